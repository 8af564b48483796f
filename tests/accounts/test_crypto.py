"""Encrypted fields, blind indexes, keys per person, rotation."""

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import crypto
from accounts.models import User
from tests.cast import make_person

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def raw_phone(user: User) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM accounts_user WHERE id = %s", [user.pk])
        return cursor.fetchone()[0]


def test_the_database_holds_a_token_and_the_model_the_text(db):
    user = make_person("kim", phone="01012345678")
    assert "01012345678" not in raw_phone(user)
    assert raw_phone(user).startswith("gAAAA")
    assert User.objects.get(pk=user.pk).phone == "01012345678"


def test_an_empty_text_stays_empty(db):
    assert raw_phone(make_person("kim", phone="")) == ""


def test_an_encrypted_field_cannot_be_searched(db):
    with pytest.raises(FieldError, match="blind index"):
        User.objects.filter(phone="01012345678")
    assert User.objects.filter(phone__isnull=False).count() == 0


def test_two_encryptions_of_one_text_differ():
    assert crypto.encrypt("가") != crypto.encrypt("가")


def test_a_foreign_token_is_refused_without_telling_its_content(settings):
    token = crypto.encrypt("비밀")
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(crypto.CryptoError) as refusal:
        crypto.decrypt(token)
    assert token not in str(refusal.value)


def test_no_keys_is_an_error(settings):
    settings.FIELD_KEYS = []
    with pytest.raises(crypto.CryptoError):
        crypto.encrypt("가")


def test_the_blind_index_finds_a_number_however_it_is_written(db):
    user = make_person("kim", phone="010-1234-5678")
    index = crypto.phone_index("+821012345678", purpose="staff_phone")
    assert User.objects.get(phone_index=index) == user


def test_the_blind_index_follows_a_change_of_number(db):
    user = make_person("kim", phone="01012345678")
    user.phone = "01099998888"
    user.save(update_fields=["phone"])
    user.refresh_from_db()
    assert user.phone_index == crypto.phone_index("01099998888", purpose="staff_phone")


def test_the_blind_index_separates_purposes_and_survives_new_field_keys(settings):
    before = crypto.blind_index("01012345678", purpose="staff_phone")
    assert before != crypto.blind_index("01012345678", purpose="household_phone")
    settings.FIELD_KEYS = [NEW]
    assert crypto.blind_index("01012345678", purpose="staff_phone") == before
    settings.BLIND_INDEX_KEY = "another"
    assert crypto.blind_index("01012345678", purpose="staff_phone") != before


def test_nothing_has_no_blind_index():
    assert crypto.phone_index("", purpose="staff_phone") == ""


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("+82 10-1234-5678", "01012345678"),
        ("82-010-1234-5678", "01012345678"),
        ("031 839 1234", "0318391234"),
        ("", ""),
    ],
)
def test_numbers_have_one_normal_form(written, normal):
    assert crypto.normal_phone(written) == normal


def test_sealed_words_open_with_the_key_of_their_person_only():
    mine, other = crypto.new_wrapped_key(), crypto.new_wrapped_key()
    token = crypto.seal(mine, "마루에 앉아 계셨음")
    assert crypto.unseal(memoryview(mine), memoryview(token)) == "마루에 앉아 계셨음"
    with pytest.raises(crypto.CryptoError):
        crypto.unseal(other, token)


@pytest.mark.parametrize("gone", [b"", None])
def test_a_destroyed_key_forgets_for_good(gone):
    token = crypto.seal(crypto.new_wrapped_key(), "말")
    with pytest.raises(crypto.KeyDestroyed):
        crypto.unseal(gone, token)
    with pytest.raises(crypto.KeyDestroyed):
        crypto.seal(gone, "말")


def test_a_data_key_under_lost_field_keys_is_a_crypto_error(settings):
    wrapped = crypto.new_wrapped_key()
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(crypto.CryptoError):
        crypto.seal(wrapped, "말")


def test_rotation_moves_every_field_to_the_first_key(db, settings, capsys):
    settings.FIELD_KEYS = [OLD]
    user = make_person("kim", phone="01012345678")
    make_person("lee", phone="")
    settings.FIELD_KEYS = [NEW, OLD]
    call_command("rotate_field_keys")
    assert "accounts.User.phone: 1" in capsys.readouterr().out
    settings.FIELD_KEYS = [NEW]
    assert User.objects.get(pk=user.pk).phone == "01012345678"


def test_rotation_twice_changes_nothing_the_second_time(db, settings, capsys):
    settings.FIELD_KEYS = [OLD]
    user = make_person("kim", phone="01012345678")
    settings.FIELD_KEYS = [NEW, OLD]
    call_command("rotate_field_keys")
    token = raw_phone(user)
    capsys.readouterr()
    call_command("rotate_field_keys")
    assert raw_phone(user) == token
    assert "total: 0" in capsys.readouterr().out


def test_rotation_reaches_second_factors(db, settings):
    settings.FIELD_KEYS = [OLD]
    user = make_person("kim")
    row = Authenticator.objects.create(
        user=user, type="recovery_codes", data={"seed": crypto.encrypt("s"), "used_mask": 3}
    )
    settings.FIELD_KEYS = [NEW, OLD]
    call_command("rotate_field_keys")
    row.refresh_from_db()
    settings.FIELD_KEYS = [NEW]
    assert crypto.decrypt(row.data["seed"]) == "s"
    assert row.data["used_mask"] == 3


def test_rotation_without_the_old_key_stops_and_names_the_column(db, settings):
    settings.FIELD_KEYS = [OLD]
    make_person("kim", phone="01012345678")
    settings.FIELD_KEYS = [NEW, Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match=r"accounts\.User\.phone"):
        call_command("rotate_field_keys")
