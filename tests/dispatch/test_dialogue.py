"""The words of the call: whole, frozen once they have spoken, kept per attempt, never recorded."""

import hashlib
from xml.etree import ElementTree

import pytest

from dispatch import dialogue
from dispatch.dialogue import book
from dispatch.rules import CallOutcome
from dispatch.telephony import Ask, Tell, Voice, twiml

# A version that has spoken is never edited: copy it to the next number (see the file's head).
SPOKEN = {"1": "41e7c6e5fe9369d28f501298b7fb1f83bbad13f6af4b489e991555e91c70d78f"}
TEXT = (book.VERSIONS / "1.toml").read_text("utf-8")


@pytest.mark.parametrize("version", SPOKEN)
def test_a_version_that_has_spoken_is_frozen(version):
    content = (book.VERSIONS / f"{version}.toml").read_bytes()
    assert hashlib.sha256(content).hexdigest() == SPOKEN[version]


def test_every_file_is_whole():
    for path in book.VERSIONS.glob("*.toml"):
        assert dialogue.of(path.stem).version == path.stem


def test_an_unknown_version_speaks_in_the_latest():
    for version in ("", "999", "x", "../1"):
        assert dialogue.of(version) == dialogue.latest()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("인공지능", "상담원", "인공지능"),
        ("silent = [", "quiet = [", "silent"),
        ("speech_timeout = 3", 'speech_timeout = "auto"', "whole seconds"),
        ("repeats = 2", "repeats = 9", "repeats"),
        ('voice = "Polly.Seoyeon-Neural"', "", "voice"),
    ],
)
def test_a_dialogue_that_must_not_speak_is_refused(old, new, fault):
    with pytest.raises(book.BadDialogue, match=fault):
        book.parse(TEXT.replace(old, new), version="next")


def test_every_answer_has_an_ending_that_says_it_back():
    own = {"ok", "said_ok", "help", "silent", ""}
    line = {"voicemail", "not_reached", "not_placed", "bad_number", "connected"}
    spoken = set(CallOutcome.values) - own - line
    assert spoken <= book.ENDINGS
    assert {f"{ok}{end}" for ok in ("ok", "said_ok") for end in ("", "_person")} <= book.ENDINGS


def test_turns_as_twiml_are_slow_and_record_nothing():
    words = dialogue.latest()
    voice = Voice(words.language, words.voice, words.rate)
    turns = [Ask(words.turn(name), "/a/", voice, words.listening) for name in words.turns]
    turns += [Tell(words.ending(name), voice) for name in words.endings]
    for turn in turns:
        text = twiml.render(turn)
        assert "ecord" not in text
        said = ElementTree.fromstring(text).findall(".//Say")  # noqa: S314 - our own text
        assert said
        assert all(say.find("prosody").get("rate") == "85%" for say in said)


@pytest.mark.django_db
def test_a_call_goes_on_in_the_version_it_began_in(yellow, company, monkeypatch, tmp_path):
    attempt = yellow.calls.get()
    company.voice(attempt)
    attempt.refresh_from_db()
    assert attempt.dialogue == dialogue.latest().version
    newer = book.parse(TEXT.replace("도움이 필요하시면", "도움이 있어야 하시면"), version="2")
    monkeypatch.setattr(dialogue, "latest", lambda: newer)
    text = company.answers(attempt).content.decode()
    assert "도움이 필요하시면" in text
