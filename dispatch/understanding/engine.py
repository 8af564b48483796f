"""From words to a label: hand-written rules and a learned model, and ok only where both agree.

The rules know statements of well-being and signs of anything else; the model (model.py) weighs the
whole of the answer. Thresholds come from the model's card: chosen on authors it had not read.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dispatch.understanding.features import blocks
from dispatch.understanding.hearing import Heard, hear
from dispatch.understanding.labels import URGENT, Label, Understood
from dispatch.understanding.model import Floats, card, checksums, likely, model
from dispatch.understanding.reading import MUCH_LEFT, Reading, codes, read

MIN_CONFIDENCE = 0.5
"""Below this confidence of the recogniser a "fine" goes to a human. Help and risk never weaken."""
ENOUGH_SAID = 8
"""Letters without which an answer with no plain statement of well-being tells nothing."""
OTHERS, REST, REST_OTHERS = 0.25, 0.2, 0.5
"""Shares, in the score of fine, of the strongest other label, of what is left of the answer
without its statements of well-being, and of the strongest other label there."""
CRIES_LEFT, LEARNED_LEFT = 0.4, 2.0
"""Shares, in how harmless a rest is, of the probability that it is a cry and of the score learned
from rests alone."""
NOTHING_LEFT = 0.8
"""What counts for the rest of an answer that has none."""
REST_IN_REACH = 0.3
"""Below its threshold by more than this, an answer's rest is not asked: it cannot matter."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores of fine (about -1..2) above which an answer is ok: nothing but a statement of
    well-being, more beside one, a sign of something else beside one; without one, and without one
    beside a sign; and what sounds nearly like a cry. `harmless_rest`: how harmless what is left of
    an answer without its statements must be. Then the probabilities of help or risk above which an
    answer is urgent: of the whole, and of what is left of it."""

    ok_whole: float
    ok_stated: float
    ok_signed: float
    ok_unsaid: float
    ok_against: float
    ok_misheard: float
    harmless_rest: float
    urgent: float
    urgent_rest: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the model makes of words: `ok` is the score of ok, `other` the highest of the rest;
    `left` of words as what is left of an answer: about 1 beside an ok, about -1 in a cry."""

    ok: float
    other: float
    left: float
    likely: dict[Label, float]

    @property
    def urgent(self) -> float:
        return sum(self.likely[label] for label in URGENT)

    @property
    def harmless(self) -> float:
        """How little what is left of an answer sounds like trouble."""
        return self.ok - CRIES_LEFT * self.urgent + LEARNED_LEFT * self.left

    def fine(self, rest: "Weighed | None") -> float:
        """The score of fine, when `rest` is what is left without the statements of well-being."""
        left = rest.ok - REST_OTHERS * rest.other if rest else NOTHING_LEFT
        return self.ok - OTHERS * self.other + REST * left


def understand(text: str, *, confidence: float | None = None) -> Understood:
    """Label of one spoken answer.

    `confidence` is the recogniser's own (0..1); None or 0 when it gave none. Never raises on a str.
    """
    heard = hear(text)
    if not heard.tight:
        return Understood(Label.UNCLEAR, 1.0, ("silence",))
    reading = read(heard)
    at = Thresholds(**card()["thresholds"])
    found = decide(heard, reading, weigh(heard, reading), lambda: _weigh_rest(reading), at)
    if found.may_close and confidence and confidence < MIN_CONFIDENCE:
        return Understood(Label.UNCLEAR, confidence, ("low_confidence", *found.because))
    return found


def weigh(heard: Heard, reading: Reading) -> Weighed:
    learned = model()
    return weighed(learned.scores(checksums(blocks(heard, reading))), learned.sharpness)


def weighed(scores: Floats, sharpness: float) -> Weighed:
    """`scores`: (9,) of `Model.scores`."""
    shares = dict(zip(Label, likely(scores, sharpness).tolist(), strict=True))
    return Weighed(float(scores[0]), float(scores[1:-1].max()), float(scores[-1]), shares)


def _weigh_rest(reading: Reading) -> Weighed | None:
    heard = rest_heard(reading)
    return weigh(heard, read(heard)) if heard else None


def rest_heard(reading: Reading) -> Heard | None:
    """What no safe phrase explains, heard for itself; None when that is next to nothing."""
    return hear(reading.rest) if len(reading.rest) >= MUCH_LEFT else None


def decide(
    heard: Heard,
    reading: Reading,
    weighed: Weighed,
    ask_rest: Callable[[], Weighed | None],
    at: Thresholds,
) -> Understood:
    """The one order of things: fine where nothing speaks against it, then danger, then the rest.

    `ask_rest` has the rest weighed, which costs as much again and is needed only near an ok.
    """
    needed = getattr(at, reading.standing())
    near = not vetoed(heard, reading) and weighed.fine(None) >= needed - REST_IN_REACH
    rest = ask_rest() if near else None
    cry_left = rest is not None and rest.urgent >= at.urgent_rest
    if near and weighed.fine(rest) >= needed and not spoils(reading, rest, at):
        because = tuple(f"well:{code}" for code in reading.strong)
        return Understood(Label.OK, _sure(weighed, Label.OK), (*because, "model:ok"))
    if reading.urgent or weighed.urgent >= at.urgent or cry_left:
        return _cry(reading, weighed)
    return _rest(reading, weighed)


def spoils(reading: Reading, rest: Weighed | None, at: Thresholds) -> bool:
    """Whether what stands beside the statements of well-being keeps an answer from being ok: it is
    too little harmless, or a cry so short that there is nothing to weigh."""
    if rest is None:
        return reading.urgent is not None and not reading.misheard
    return rest.harmless < at.harmless_rest


def vetoed(heard: Heard, reading: Reading) -> bool:
    """What no score outweighs: a sign of risk, any 죽-, "fine" as a question, a cut answer; and
    without a plain statement of well-being, too few words or excuses and explanations alone."""
    never = any(sign.label is Label.RISK or sign.never_ok for sign in reading.found)
    bare = not reading.strong and (len(heard.tight) < ENOUGH_SAID or not reading.rest)
    return never or bare or reading.asked or heard.cut


def _cry(reading: Reading, weighed: Weighed) -> Understood:
    rules = reading.urgent
    if rules and rules.label is Label.RISK:
        return rules
    likelier = Label.RISK if weighed.likely[Label.RISK] > weighed.likely[Label.HELP] else Label.HELP
    if weighed.urgent < 0.5 and rules:
        likelier = Label.HELP
    because = (*(rules.because if rules else ()), f"model:{likelier}")
    return Understood(likelier, _sure(weighed, likelier), because)


def _rest(reading: Reading, weighed: Weighed) -> Understood:
    """The likeliest label that neither closes nor calls for help."""
    calm = {one: share for one, share in weighed.likely.items() if one not in URGENT}
    del calm[Label.OK]
    label = max(calm, key=lambda one: calm[one])
    because = (*codes(reading.found, label), f"model:{label}")
    return Understood(label, _sure(weighed, label), because)


def _sure(weighed: Weighed, label: Label) -> float:
    return round(weighed.likely[label], 3)
