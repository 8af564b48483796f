"""From words to a label.

An answer is ok only when the whole of it is explained: at least one plain statement of well-being
about the person, no sign of anything else, and no content word outside the safe vocabulary.
Everything else is the strongest sign found, in the order of the labelling rules, or unclear.
"""

from dataclasses import dataclass

from dispatch.understanding import slips
from dispatch.understanding.hearing import Heard, hear
from dispatch.understanding.labels import URGENT, Label, Understood
from dispatch.understanding.lexicons import Sign, says, signs
from dispatch.understanding.vocabulary import unexplained

MIN_CONFIDENCE = 0.5
"""Below this confidence of the recogniser a "fine" goes to a human. Help and risk never weaken."""

COVER = "·"
ORDER = (Label.NOT_PERSON, Label.REFUSE, Label.LATER, Label.AWAY, Label.UNCLEAR)


@dataclass(frozen=True, slots=True)
class _Safe:
    """What safe phrases cover, and which statements of well-being count."""

    covered: tuple[bool, ...]
    strong: tuple[str, ...]
    any_well: bool
    asked: bool

    def bare(self, tight: str) -> str:
        """The text with everything safe blotted out."""
        return "".join(
            COVER if hidden else letter for letter, hidden in zip(tight, self.covered, strict=True)
        )


def understand(text: str, *, confidence: float | None = None) -> Understood:
    """Label of one spoken answer.

    `confidence` is the recogniser's own (0..1); None or 0 when it gave none. Never raises on a str.
    """
    heard = hear(text)
    if not heard.tight:
        return Understood(Label.UNCLEAR, 1.0, ("silence",))
    safe = _safe(heard)
    found = _signs(heard, safe)
    urgent = _urgent(found, safe, heard)
    if urgent:
        return urgent
    well = _well(heard, safe, found)
    if well is None:
        return _other(found, safe)
    if confidence and confidence < MIN_CONFIDENCE:
        return Understood(Label.UNCLEAR, confidence, ("low_confidence", *well.because))
    return well


def _safe(heard: Heard) -> _Safe:
    covered = [False] * len(heard.tight)
    strong: list[str] = []
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
    return _Safe(tuple(covered), tuple(dict.fromkeys(strong)), any_well, asked)


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
    risk = _codes(found, Label.RISK)
    if risk:
        return Understood(Label.RISK, 0.95, risk)
    help_ = [sign for sign in found if sign.label is Label.HELP]
    if help_ and safe.any_well:
        mild = [sign for sign in help_ if sign.mild]
        if mild and not _beyond_mild(mild, help_, heard, safe):
            return None
    if help_:
        return Understood(Label.HELP, 0.9, _codes(help_, Label.HELP))
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


def _well(heard: Heard, safe: _Safe, found: list[Sign]) -> Understood | None:
    if not safe.strong or safe.asked or heard.cut or any(not sign.soft for sign in found):
        return None
    if unexplained(heard, safe.covered):
        return None
    return Understood(Label.OK, 0.95, tuple(f"well:{code}" for code in safe.strong))


def _other(found: list[Sign], safe: _Safe) -> Understood:
    for label in ORDER:
        codes = _codes(found, label)
        if codes:
            return Understood(label, 0.8, codes)
    mild = _codes(found, Label.HELP)
    if mild:
        return Understood(Label.UNCLEAR, 0.7, mild)
    return Understood(Label.UNCLEAR, 0.5, ("unexplained" if safe.any_well else "no_statement",))


def _codes(found: list[Sign], label: Label) -> tuple[str, ...]:
    return tuple(f"{label}:{sign.code}" for sign in found if sign.label is label)
