"""How the county's residents answer their telephones in the demo.

Most answer after a ring or two and press 1; a few talk, are busy, have voicemail or do not hear
it. The people who are in trouble never answer - unless somebody takes the call on the page.
"""

import json
from collections.abc import Iterable

import numpy as np

from .local_http import send
from .staff import ADMINISTRATOR, STAFF, phone_of
from .world import County

KINDS = ("presses", "says", "late", "busy", "voicemail", "never")
SHARES = (0.72, 0.06, 0.06, 0.03, 0.05, 0.08)
SENTENCES = ("네, 괜찮아요.", "밭에 나와 있어요. 별일 없어요.", "응, 잘 있어요.")


def e164(number: str) -> str:
    return "+82" + number.replace("-", "").removeprefix("0")


def people(county: County, troubled: frozenset[int]) -> list[dict[str, object]]:
    """The control API's list of phones: every resident's, and the staff's."""
    names = {resident.index: _township(county, resident.index) for resident in county.residents}
    phones: list[dict[str, object]] = [
        {
            "number": e164(resident.phone),
            "label": f"{resident.name} ({names[resident.index]})",
            "person": person(resident.index, county.seed, resident.index in troubled),
        }
        for resident in county.residents
    ]
    for account in (ADMINISTRATOR, *STAFF):
        label = f"{account.name} {account.role.label}"
        phones.append({"number": e164(phone_of(account)), "label": label, "person": {}})
    return phones


def person(index: int, seed: int, troubled: bool) -> dict[str, object]:
    if troubled:
        return {"answer": "never"}
    rng = np.random.default_rng([seed, index, 3])
    kind = KINDS[int(rng.choice(len(KINDS), p=SHARES))]
    after = float(rng.uniform(3, 14))
    if kind == "presses":
        return {"answer": "human", "after": after, "acts": [{"do": "press", "value": "1"}]}
    if kind == "says":
        sentence = SENTENCES[int(rng.integers(len(SENTENCES)))]
        return {"answer": "human", "after": after, "acts": [{"do": "say", "value": sentence}]}
    if kind == "late":
        return {"answer": "human", "after": 24.0, "acts": [{"do": "press", "value": "1"}]}
    if kind == "voicemail":
        return {"answer": "machine", "after": 18.0}
    return {"answer": kind}


def _township(county: County, index: int) -> str:
    return county.residents[index].address.split()[2]


def tell_company(
    url: str, county: County, troubled: frozenset[int], *, only: Iterable[int] | None = None
) -> int:
    """Sets every phone at the fake company, or those of some residents; returns how many. Raises
    OSError."""
    phones = people(county, troubled)
    if only is not None:
        phones = [phones[index] for index in sorted(only)]
    body = json.dumps({"phones": phones}).encode()
    status, answer = send(
        "PUT",
        f"{url}/_control/phones",
        body=body,
        headers={"Content-Type": "application/json"},
    )
    if status != 200:
        raise OSError(f"the telephone company answered {status}")
    return int(json.loads(answer)["phones"])
