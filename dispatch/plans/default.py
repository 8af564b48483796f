"""The plan before the county has saved one: the ladder of the programme."""

from typing import Any

from dispatch.plans.schema import NUMBERS

CHAIN: list[dict[str, Any]] = [
    {"minutes": 3, "who": "operator"},
    {"minutes": 6, "who": "shift_lead"},
    {"minutes": 10, "who": "county_official"},
]
_DESK: dict[str, Any] = {
    "unclaimed": CHAIN,
    **{name: number.default for name, number in NUMBERS.items()},
}
DEFAULT: dict[str, Any] = {
    "bands": [
        {"key": "night", "name": "밤", "from": "22:00", "until": "07:00", "days": "all"},
        {"key": "holiday", "name": "쉬는 날", "from": "00:00", "until": "00:00", "days": "free"},
    ],
    "ladders": [
        {
            "light": "yellow",
            "groups": [],
            "bands": [],
            "steps": [
                {"kind": "ai_call", "minutes": 0},
                {"kind": "ai_call", "minutes": 15},
                {"kind": "ai_call", "minutes": 30},
                {"kind": "ai_call", "minutes": 60},
                {"kind": "desk", "minutes": 75},
            ],
            "quiet": ["22:00", "07:00"],
            **_DESK,
        },
        {
            "light": "red",
            "groups": [],
            "bands": [],
            "steps": [
                {"kind": "desk", "minutes": 0},
                {"kind": "ai_call", "minutes": 0},
                {"kind": "ai_call", "minutes": 5},
                {"kind": "ai_call", "minutes": 15},
            ],
            "quiet": None,
            **_DESK,
        },
    ],
    "jumps": {"help": "emergency", "risk": "emergency", "report": "visit"},
}
