"""Settings of the county: typed, validated, dated."""

from datetime import time, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts import county_settings
from accounts.county_settings import SettingSpec, change, history, register, setting, spec, specs
from accounts.models import SettingVersion

HOUR = timedelta(hours=1)


def refuse_thirteen(value):
    if value == 13:
        raise ValidationError("13은 쓰지 않습니다.")


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """A registry of this test's own."""
    monkeypatch.setattr(county_settings, "_specs", {})
    for one in (
        SettingSpec(
            "t.lease", "int", 10, "대기", unit="분", minimum=1, maximum=60, validate=refuse_thirteen
        ),
        SettingSpec("t.share", "float", 0.5, "비율", minimum=0.0, maximum=1.0),
        SettingSpec("t.hold", "bool", True, "보류"),
        SettingSpec("t.quiet", "time", time(22), "야간 시작"),
        SettingSpec(
            "t.who", "choice", "clerk", "누가", choices=(("clerk", "담당자"), ("op", "관제"))
        ),
        SettingSpec("t.free", "json", [], "목록"),
    ):
        register(one)


@pytest.fixture
def put(administrator, now):
    def put(name, value, *, valid_from=None, reason="시험", at=now):
        return change(
            name=name,
            value=value,
            valid_from=valid_from or at,
            by=administrator,
            reason=reason,
            now=at,
        )

    return put


def test_the_default_holds_before_the_first_version(db, now):
    assert setting("t.lease", at=now) == 10
    assert setting("t.quiet", at=now) == time(22)


def test_a_version_holds_from_its_date_on(put, now):
    put("t.lease", 20, valid_from=now + HOUR)
    assert setting("t.lease", at=now) == 10
    assert setting("t.lease", at=now + HOUR) == 20


def test_last_months_decision_is_explained_by_last_months_value(put, now):
    put("t.lease", 20)
    put("t.lease", 30, at=now + 720 * HOUR)
    assert setting("t.lease", at=now + HOUR) == 20
    assert setting("t.lease", at=now + 721 * HOUR) == 30


def test_of_two_versions_from_one_date_the_later_written_holds(put, now):
    put("t.lease", 20, valid_from=now + HOUR)
    put("t.lease", 25, valid_from=now + HOUR)
    assert setting("t.lease", at=now + HOUR) == 25


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("t.lease", " 15 ", 15),
        ("t.share", "0.25", 0.25),
        ("t.hold", "false", False),
        ("t.hold", False, False),
        ("t.quiet", "21:30", time(21, 30)),
        ("t.quiet", time(21, 30, 5), time(21, 30)),
        ("t.who", "op", "op"),
        ("t.free", [1, {"a": 2}], [1, {"a": 2}]),
    ],
)
def test_form_text_comes_back_in_its_own_type(put, now, name, written, value):
    put(name, written)
    found = setting(name, at=now)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("t.lease", 0, "1분 이상"),
        ("t.lease", 61, "60분 이하"),
        ("t.lease", 13, "13은 쓰지 않습니다"),
        ("t.lease", "열", "정수"),
        ("t.lease", 1.5, "정수"),
        ("t.lease", True, "정수"),
        ("t.lease", None, "정수"),
        ("t.share", "nan", "숫자"),
        ("t.share", "가", "숫자"),
        ("t.share", True, "숫자"),
        ("t.share", 2, "1 이하"),
        ("t.hold", "글쎄", "예 또는 아니요"),
        ("t.quiet", "25시", "시각"),
        ("t.who", "nobody", "고를 수 있는 값"),
    ],
)
def test_a_bad_value_is_refused_in_korean(put, name, value, message):
    with pytest.raises(ValidationError, match=message):
        put(name, value)
    assert not SettingVersion.objects.exists()


def test_a_change_needs_a_reason(put):
    with pytest.raises(ValidationError, match="사유"):
        put("t.lease", 20, reason="  ")


def test_a_change_cannot_reach_back(put, now):
    with pytest.raises(ValidationError, match="앞설 수 없습니다"):
        put("t.lease", 20, valid_from=now - HOUR)


def test_a_second_click_writes_no_second_version(put):
    put("t.lease", 20)
    with pytest.raises(ValidationError, match="이미 같은 값"):
        put("t.lease", 20)
    assert len(history("t.lease")) == 1


def test_history_tells_who_and_why(put, administrator, now):
    put("t.lease", 20, reason="야간 인원 감소")
    (version,) = history("t.lease")
    assert (version.by, version.reason, version.created_at) == (
        administrator,
        "야간 인원 감소",
        now,
    )


def test_an_unknown_name_is_a_key_error(put, now):
    with pytest.raises(KeyError):
        setting("t.unknown", at=now)
    with pytest.raises(KeyError):
        put("t.unknown", 1)
    with pytest.raises(KeyError):
        spec("t.unknown")


def test_a_name_is_registered_once():
    register(spec("t.lease"))
    with pytest.raises(ValueError, match="twice"):
        register(SettingSpec("t.lease", "int", 11, "다른 것"))


def test_a_default_must_be_a_good_value():
    with pytest.raises(ValidationError):
        register(SettingSpec("t.bad", "int", 0, "나쁨", minimum=1))


def test_values_are_shown_as_a_clerk_reads_them():
    assert spec("t.lease").shown(10) == "10분"
    assert spec("t.hold").shown(False) == "아니요"
    assert spec("t.quiet").shown(time(22)) == "22:00"
    assert spec("t.who").shown("op") == "관제"
    assert [one.name for one in specs()] == sorted(one.name for one in specs())


def test_remembered_settings_are_read_with_one_query(put, now, django_assert_num_queries):
    put("t.lease", 20)
    with django_assert_num_queries(1), county_settings.remembered():
        assert setting("t.lease", at=now) == 20
        assert setting("t.lease", at=now - HOUR) == 10
        assert setting("t.hold", at=now) is True


def test_a_change_is_seen_while_settings_are_remembered(put, now):
    with county_settings.remembered():
        assert setting("t.lease", at=now) == 10
        put("t.lease", 20)
        assert setting("t.lease", at=now) == 20


def test_nothing_is_remembered_afterwards(put, now):
    with county_settings.remembered():
        assert setting("t.lease", at=now) == 10
    put("t.lease", 20)
    assert setting("t.lease", at=now) == 20


def test_a_setting_of_its_own_form_is_said_in_words():
    assert spec("t.free").shown([]) == "정하지 않음"
    assert spec("t.free").shown(["a"]) == "['a']"
    said = SettingSpec("t.said", "json", {}, "정한 것", words=lambda value: f"{len(value)}가지")
    assert (said.shown({}), said.shown({"a": 1})) == ("정하지 않음", "1가지")
