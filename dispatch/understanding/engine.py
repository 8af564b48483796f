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
from dispatch.understanding.reading import Reading, codes, read

MIN_CONFIDENCE = 0.5
"""Below this confidence of the recogniser a "fine" goes to a human. Help and risk never weaken."""
REST = 4
"""Letters beside the statements of well-being that are worth asking about."""
ENOUGH_SAID = 8
"""Letters without which an answer with no plain statement of well-being tells nothing."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores of ok (about -1..1) above which an answer is ok: beside a plain statement of
    well-being, beside one with a sign of something else, without one, and without one beside a
    sign; and the probabilities of help or risk above which an answer is urgent: of the whole, and
    of what is left of it without its statements of well-being."""

    ok_stated: float
    ok_signed: float
    ok_unsaid: float
    ok_against: float
    urgent: float
    urgent_rest: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the model makes of an answer; `rest` asks it about the rest alone (probability of help
    or risk), which costs as much again and is needed only before an ok."""

    ok: float
    likely: dict[Label, float]
    rest: Callable[[], float]

    @property
    def urgent(self) -> float:
        return sum(self.likely[label] for label in URGENT)


def understand(text: str, *, confidence: float | None = None) -> Understood:
    """Label of one spoken answer.

    `confidence` is the recogniser's own (0..1); None or 0 when it gave none. Never raises on a str.
    """
    heard = hear(text)
    if not heard.tight:
        return Understood(Label.UNCLEAR, 1.0, ("silence",))
    reading = read(heard)
    found = decide(heard, reading, weigh(heard, reading), Thresholds(**card()["thresholds"]))
    if found.may_close and confidence and confidence < MIN_CONFIDENCE:
        return Understood(Label.UNCLEAR, confidence, ("low_confidence", *found.because))
    return found


def weigh(heard: Heard, reading: Reading) -> Weighed:
    learned = model()
    scores = learned.scores(checksums(blocks(heard, reading)))
    return weighed(scores, lambda: _rest_scores(reading), learned.sharpness)


def weighed(scores: Floats, rest: Callable[[], Floats | None], sharpness: float) -> Weighed:
    def rest_urgent() -> float:
        told = rest()
        if told is None:
            return 0.0
        shares = dict(zip(Label, likely(told, sharpness).tolist(), strict=True))
        return sum(shares[label] for label in URGENT)

    told = likely(scores, sharpness).tolist()
    return Weighed(float(scores[0]), dict(zip(Label, told, strict=True)), rest_urgent)


def _rest_scores(reading: Reading) -> Floats | None:
    heard = rest_heard(reading)
    return model().scores(checksums(blocks(heard, read(heard)))) if heard else None


def rest_heard(reading: Reading) -> Heard | None:
    """What no safe phrase explains, heard for itself; None when that is next to nothing."""
    return hear(reading.rest) if len(reading.rest) >= REST else None


def decide(heard: Heard, reading: Reading, weighed: Weighed, at: Thresholds) -> Understood:
    """The one order of things: fine where nothing speaks against it, then danger, then the rest."""
    fine = not vetoed(heard, reading) and weighed.ok >= getattr(at, reading.standing())
    rest = weighed.rest() if fine else 0.0
    if fine and rest < at.urgent_rest:
        because = tuple(f"well:{code}" for code in reading.strong)
        return Understood(Label.OK, _sure(weighed, Label.OK), (*because, "model:ok"))
    if reading.urgent or weighed.urgent >= at.urgent or rest >= at.urgent_rest:
        return _cry(reading, weighed)
    return _rest(reading, weighed)


def vetoed(heard: Heard, reading: Reading) -> bool:
    """What no score outweighs: a sign of risk, any 죽-, "fine" as a question, a cut answer, a cry
    that was misheard; and without a plain statement of well-being, too few words."""
    misheard = reading.urgent is not None and "misheard" in reading.urgent.because[0]
    never = any(sign.label is Label.RISK or sign.never_ok for sign in reading.found)
    bare = not reading.strong and len(heard.tight) < ENOUGH_SAID
    return never or bare or misheard or reading.asked or heard.cut


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
