"""What the rules find in an answer: statements of well-being, what safe phrases cover, signs."""

from dataclasses import dataclass

from dispatch.understanding import slips
from dispatch.understanding.hearing import Heard
from dispatch.understanding.labels import URGENT, Label, Understood
from dispatch.understanding.lexicons import Sign, says, signs

COVER = "·"
MUCH_LEFT = 4
"""Letters beside the statements of well-being that are worth asking about."""
ORDER = (Label.NOT_PERSON, Label.REFUSE, Label.LATER, Label.AWAY, Label.UNCLEAR)


@dataclass(frozen=True, slots=True)
class Reading:
    """`strong`: codes of the statements of well-being that are about the person, which stand
    between `first` and `last` in `tight`; `found`: signs of anything else; `urgent`: what the
    rules alone would call a cry; `rest`: what no safe phrase explains."""

    strong: tuple[str, ...]
    first: int
    last: int
    any_well: bool
    asked: bool
    found: tuple[Sign, ...]
    urgent: Understood | None
    rest: str

    @property
    def misheard(self) -> bool:
        """Whether all that speaks for a cry is that it sounds nearly like one."""
        return self.urgent is not None and "misheard" in self.urgent.because[0]

    def standing(self) -> str:
        """Which of the thresholds an ok has to pass."""
        if self.misheard:
            return "ok_misheard"
        if not self.strong:
            return "ok_against" if self.found or self.any_well else "ok_unsaid"
        if any(not sign.soft for sign in self.found):
            return "ok_signed"
        return "ok_stated" if len(self.rest) >= MUCH_LEFT else "ok_whole"

    def verdict(self) -> str:
        """What the rules alone would say."""
        if self.urgent:
            return self.urgent.label
        plain = [sign.label for sign in self.found if not sign.soft]
        if self.strong and not plain and not self.asked:
            return "ok"
        for label in ORDER:
            if label in plain:
                return label
        return "nothing" if not plain else "mild"


@dataclass(frozen=True, slots=True)
class _Safe:
    covered: tuple[bool, ...]
    strong: tuple[str, ...]
    first: int
    last: int
    any_well: bool
    asked: bool

    def bare(self, tight: str) -> str:
        """The text with everything safe blotted out."""
        return "".join(
            COVER if hidden else letter for letter, hidden in zip(tight, self.covered, strict=True)
        )


def read(heard: Heard) -> Reading:
    safe = _safe(heard)
    found = _signs(heard, safe)
    return Reading(
        strong=safe.strong,
        first=safe.first,
        last=safe.last,
        any_well=safe.any_well,
        asked=safe.asked,
        found=tuple(found),
        urgent=_urgent(found, safe, heard),
        rest=safe.bare(heard.tight).replace(COVER, ""),
    )


def _safe(heard: Heard) -> _Safe:
    covered = [False] * len(heard.tight)
    strong: list[str] = []
    first, last = len(heard.tight), 0
    any_well = asked = False
    for say in says():
        for match in say.pattern.finditer(heard.tight):
            if not match[0] or (say.never and say.never.search(match[0])):
                continue
            if say.alone and match.span() != (0, len(heard.tight)):
                continue
            if say.strong and match.end() in heard.asked:
                asked = True
                continue
            covered[match.start() : match.end()] = [True] * len(match[0])
            any_well |= say.strong
            if say.strong and (not say.subject or _about_self(heard, match.start())):
                strong.append(say.code)
                first, last = min(first, match.start()), max(last, match.end())
    return _Safe(tuple(covered), tuple(dict.fromkeys(strong)), first, last, any_well, asked)


def _about_self(heard: Heard, start: int) -> bool:
    before = heard.spaced[: heard.places[start]].split()
    return slips.about_self(before)


def _signs(heard: Heard, safe: _Safe) -> list[Sign]:
    """Signs in the text; those of danger also in the text without its filling words, so that
    "the legs just a bit won't move" is found as "the legs won't move" is."""
    bare = safe.bare(heard.tight)
    lean = slips.without_filling(heard.spaced, heard.places, bare)
    found = []
    for sign in signs():
        text = heard.tight if sign.whole or sign.label is Label.RISK else bare
        in_lean = sign.label in URGENT and not sign.mild and lean != bare
        if sign.pattern.search(text) or (in_lean and sign.pattern.search(lean)):
            found.append(sign)
    return found


def _urgent(found: list[Sign], safe: _Safe, heard: Heard) -> Understood | None:
    risk = codes(found, Label.RISK)
    if risk:
        return Understood(Label.RISK, 0.95, risk)
    help_ = [sign for sign in found if sign.label is Label.HELP]
    if help_ and safe.any_well:
        mild = [sign for sign in help_ if sign.mild]
        if mild and not _beyond_mild(mild, help_, heard, safe):
            return None
    if help_:
        return Understood(Label.HELP, 0.9, codes(help_, Label.HELP))
    return slips.nearly(safe.bare(heard.tight))


def _beyond_mild(mild: list[Sign], help_: list[Sign], heard: Heard, safe: _Safe) -> bool:
    """Whether more than the mild complaint was said."""
    bare = safe.bare(heard.tight)
    for sign in mild:
        bare = sign.pattern.sub(lambda match: COVER * len(match[0]), bare)
    lean = slips.without_filling(heard.spaced, heard.places, bare)
    return any(
        sign.pattern.search(bare) or sign.pattern.search(lean) for sign in help_ if not sign.mild
    )


def codes(found: list[Sign] | tuple[Sign, ...], label: Label) -> tuple[str, ...]:
    return tuple(f"{label}:{sign.code}" for sign in found if sign.label is label)
