"""Spoken answers: nobody in trouble is taken for fine, and the cries are heard."""

import csv
import json
import random
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.understanding import Label, Understood, learn, understand
from dispatch.understanding.answers import all_answers
from dispatch.understanding.lexicons import signs
from dispatch.understanding.model import card
from dispatch.understanding.reasons import words

ANSWERS = all_answers()
Said = list[tuple[str, Label, Understood]]

FINE = ("괜찮아요", "별일 없어요", "저 잘 지내고 있습니다", "네 건강합니다 걱정 마세요")
DANGER = (
    "숨이 차요",
    "다리가 안 움직여요",
    "도와주세요",
    "죽고 싶어요",
    "쌀이 떨어졌어요",
    "피가 안 멈춰요",
    "119 좀 불러 주세요",
    "사흘째 굶었어요",
    "약을 많이 먹었어요",
    "누가 좀 와 주세요",
    "더 살아서 뭐 해요",
    "무서워요",
    "차에 끼였어요",
    "우물에 빠졌소",
    "구급차",
    "도와줘",
    "사는 게 고문이에요",
    "숨은 쉬어 뭐 합니까",
    "죽지 못해 삽니다",
)


NOT_FINE = (
    "안 괜찮아요|괜찮지 않아요|괜찮겠어요?|괜찮을 리가|퍽이나 괜찮겠네|괜찮아요?|괜찮은 척해요|"
    "왜 119를 불러도 안 와요 괜찮다니까요|도와달라고 할 사람이 없어요 괜찮아요|"
    "구급차 부를 사람이 없어요 잘 지냈는데|"
    "아 주거버리고 싶어 괜찮아요|경운기가 넘어졌어요 괜찮아요|암 전이됐대요 잘 지내요|"
    "잘 지내고 싶어요|잘 지내지 못해요|안 아픈 데가 없어요|거기 음식 괜찮아요|엄마는 괜찮아요|"
    "이 트랙터 중고치곤 괜찮아요|값에 비해 아주 좋습니다|새로 산 의자 괜찮습니다|"
    "소들은 다 건강합니다|냉장고도 잘 돌아가고 집은 괜찮아요|네 단무지는 괜찮아요|별일 없는데 그|"
    "이젠 아무렇지도 않아요 아무 느낌도 없어요|밥은 먹고 다니냐 별일 없고|가만히 있으면 안 아파요|"
    "아직 안 죽었어요|죽지 않고 잘 있어요|괜찮아요 누가 옆에 있어요||?|ㅋㅋ|"
    "손님 없어 파리 날리지만 전 괜찮아요|나는 괜찮은데 우리|감사합니다 끊습니다|괜찮아질 거예요|"
    "눈이 지붕까지 왔어요 괜찮으려나|변비가 심해서 그렇지 다 좋아요|아프지 않은 데가 없습니다"
    "|"
)


HARMLESS = (
    "아주 거뜬합니다 걱정 마세요|겁나게 잘 지내부러요|아프던 무릎도 이제 말짱해요|"
    "뭐하러 사람을 보내요 저 잘 지내는데|구급차 탈 사람 여기 없습니다 저 건강해요|"
    "염소 잡으러 다녔어요 저는 건강합니다|혼자 살아도 재밌고 건강해요|"
    "구조대 보내지 마세요 저 말짱합니다|누굴 환자로 아나 나 멀쩡해|눈 다 치웠어요 저 건강해요|"
    "모르는 번호라 안 받았어요 아무 일 없습니다|병원에서 검사했는데 다 정상이래요|답은 괜찮다예요|"
    "괜찮아 진짜로 괜찮아|괜찮아요 제가 원래 말을 더듬어요|쌀가마도 번쩍 들어요 건강합니다|"
    "주사 맞고 아주 거뜬해졌어요|아무 탈 있을 리가 있나요 잘 지내요|등 따시고 배불러요 잘 있습니다"
)


@pytest.fixture(scope="module")
def said() -> Said:
    """A part of what the model has read: the card keeps the figures of authors it had not."""
    return [(answer.text, answer.label, understand(answer.text)) for answer in ANSWERS[::30]]


def test_nobody_in_trouble_is_fine_and_cries_are_heard(said: Said) -> None:
    assert [text for text, label, seen in said if seen.may_close and label != "ok"] == []
    fine = [seen.may_close for _, label, seen in said if label == "ok"]
    assert sum(fine) / len(fine) >= 0.93
    urgent = [seen.urgent for _, label, seen in said if label in ("help", "risk")]
    assert sum(urgent) / len(urgent) >= 0.985
    assert sum(label == seen.label for _, label, seen in said) / len(said) >= 0.9


# ── the model that is kept ───────────────────────────────────────────────────
def test_the_card_tells_of_these_weights_words_and_answers() -> None:
    assert card()["sums"] == learn.sums(), "run manage.py train_understanding"
    assert card()["answers"] == len(ANSWERS)


def test_the_card_claims_no_false_ok_of_any_author_unread() -> None:
    assert [row["author"] for row in card()["unread_authors"] if row["false_ok"]] == []


def test_unread_scores_are_those_of_a_model_without_the_author() -> None:
    """The closed form of leaving an author out against really leaving the author out."""
    few = learn.examples(ANSWERS[::70])
    told = learn.by_author(few)
    without = learn.fit([one for one in few if one.author != few[-1].author])
    own = [place for place, one in enumerate(few) if one.author == few[-1].author]
    apart = [np.abs(told[place, 0] - without.scores(few[place].sums)) for place in own]
    assert np.mean(apart) < 0.05


def test_learning_again_gives_the_same_weights() -> None:
    """On a part of the data, twice: the whole takes minutes and is checked by its sums."""
    few = learn.examples(ANSWERS[::100])
    one, other = learn.fit(few), learn.fit(few)
    assert np.array_equal(one.known, other.known)
    assert np.allclose(one.weights, other.weights, atol=1e-5)
    assert one.scores(few[0].sums)[few[0].label] > 0.3  # and it has learned something


@pytest.mark.parametrize("danger", DANGER)
@pytest.mark.parametrize("fine", FINE)
def test_danger_beside_fine_is_urgent(fine: str, danger: str) -> None:
    assert understand(f"{fine} {danger}").urgent
    assert understand(f"{danger} {fine}").urgent
    assert understand(f"{fine}{danger}").urgent


@pytest.mark.parametrize("text", NOT_FINE.split("|"))
def test_odd_words_of_wellbeing_do_not_close(text: str) -> None:
    assert not understand(text).may_close


@pytest.mark.parametrize(
    "text", ["전화 못 받은 건 미안합니다", "벨소리를 못 들었어요", "안심하셔도 됩니다"]
)
def test_excuses_and_explanations_alone_do_not_close(text: str) -> None:
    assert not understand(text).may_close


def test_past_trouble_that_is_over_is_fine_and_an_open_one_is_not() -> None:
    assert understand("어제는 아팠는데 이제 괜찮아요").may_close
    assert understand("지난주에 넘어졌는데 이제 다 나았어요").may_close
    assert not understand("어제는 괜찮았는데 이제 아파요").may_close
    assert not understand("어제 쓰러졌는데 지금은 괜찮아요").may_close


@pytest.mark.parametrize("text", HARMLESS.split("|"))
def test_harmless_words_that_hold_a_cry_close(text: str) -> None:
    assert understand(text).may_close


def test_low_confidence_weakens_fine_but_never_a_cry() -> None:
    assert understand("괜찮아요", confidence=0.9).may_close
    assert understand("괜찮아요", confidence=0.2).label is Label.UNCLEAR
    assert understand("괜찮아요", confidence=0.0).may_close  # "none given"
    assert understand("도와주세요", confidence=0.01).label is Label.HELP


def test_spaces_put_anywhere_make_nobody_fine(said: Said) -> None:
    """Some answers are enough: features are taken from the text without spaces."""
    dice = random.Random(4)
    for text in [text for text, label, _ in said if label != "ok"][::3]:
        tight = text.replace(" ", "")
        loose = "".join(letter + " " * (dice.random() < 0.3) for letter in tight)
        for spelt in (tight, loose):
            assert not understand(spelt).may_close, spelt


@pytest.mark.parametrize(
    "cry", ["도와주세요", "살려주세요", "못 일어나겠어요", "죽고 싶어요", "넘어졌어요"]
)
def test_cry_with_one_letter_misheard_never_closes(cry: str) -> None:
    for place, letter in enumerate(cry):
        if letter == " ":
            continue
        code = ord(letter) - 0xAC00
        for other in {code - code % 28, code // 588 * 588 + (code + 28) % 588}:
            slip = cry[:place] + chr(0xAC00 + other) + cry[place + 1 :]
            assert not understand(f"괜찮아요 {slip}").may_close, slip


@settings(max_examples=100)
@given(st.text(alphabet=st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), max_size=40))
def test_random_syllables_never_close(text: str) -> None:
    assert not understand(text).may_close


@settings(max_examples=60)
@given(st.text(max_size=150))
def test_any_text_gets_a_label(text: str) -> None:
    assert understand(text).label in Label


def test_every_reason_has_words_without_the_persons_own(said: Said) -> None:
    for _, _, seen in said:
        for code in seen.because:
            assert words(code) != code
    assert len({sign.code for sign in signs()}) == len(signs())


def test_a_very_long_answer_is_cut_and_never_closes() -> None:
    assert not understand("괜찮아요 " * 400).may_close


# ── the command ──────────────────────────────────────────────────────────────
def test_command_labels_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "said.csv", tmp_path / "labels.csv"
    source.write_text('id,text\n1,괜찮아요\n2,"아파요, 와 주세요"\n3,\n', encoding="utf-8-sig")

    call_command("understand", str(source), out=out, json=True)

    with out.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["text", "label"],
            ["괜찮아요", "ok"],
            ["아파요, 와 주세요", "help"],
            ["", "unclear"],
        ]
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == 3
    assert told["labels"] == {"help": 1, "ok": 1, "unclear": 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), (b"label\nok\n", "no column"), ("text\n괜".encode("cp949"), "UTF-8")],
)
def test_command_refuses_bad_input(
    content: bytes | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "said.csv"
    if content is not None:
        source.write_bytes(content)

    with pytest.raises(SystemExit) as end:
        call_command("understand", str(source), out=tmp_path / "out.csv")

    assert end.value.code == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert not told.out
