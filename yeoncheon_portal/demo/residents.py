"""Two hundred people who do not exist: names, numbers, addresses and habits, from one seed.

Pure NumPy; nothing here knows the portal. Telephone numbers are 010-0000-xxxx, a block that is not
given to anybody; streets are invented and end in 모의로; birth dates are those of people aged
40 to 64, whom the county's programme is for.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Official codes of the ten, with roughly how many single households live there.
TOWNSHIPS: tuple[tuple[str, str, float], ...] = (
    ("4180025000", "연천읍", 0.17),
    ("4180025300", "전곡읍", 0.36),
    ("4180031000", "군남면", 0.08),
    ("4180032000", "청산면", 0.09),
    ("4180033000", "백학면", 0.08),
    ("4180034000", "미산면", 0.05),
    ("4180035000", "왕징면", 0.04),
    ("4180036000", "신서면", 0.08),
    ("4180037000", "중면", 0.02),
    ("4180038000", "장남면", 0.03),
)
# Family names, the common ones first; given names of two syllables each, one after the other.
FAMILY = "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허남심노하곽성차주우구민진"
GIVEN = {
    "male": "영수성호정훈상철재현동욱병철용수기태종민창호태식광수인호명진승철경수진우석준원식",
    "female": "미숙영희정숙은경경자순옥명희혜정선영금순지연옥자현숙미경수진인숙연주말순춘희정아",
}
STREETS = ("은대", "통재", "차탄", "군자", "한탄", "고대", "옥산", "백의", "대광", "두일")
DOORS = (
    "",
    "대문 왼쪽 초인종이 울리지 않습니다. 창을 두드려 주십시오.",
    "2층, 바깥 계단이 가파릅니다.",
    "마을회관 뒤 파란 지붕입니다.",
    "현관 비밀번호는 이장님이 압니다.",
)
RELATIONS = ("family", "relative", "friend", "neighbour", "village_head", "landlord")
RISK_GROUPS = ("high", "medium", "low", "general")


@dataclass(frozen=True)
class Resident:
    """One synthetic person, with the numbers under which the three partners know the meter, the
    line and the device. Who has no line or app in the programme has the numbers all the same."""

    index: int
    name: str
    sex: str
    birth_date: date
    township: str
    address: str
    phone: str
    meter_id: str
    line_id: str
    device_id: str
    risk_group: str
    access_note: str
    dog: bool
    contact_name: str
    contact_relation: str
    contact_phone: str


@dataclass(frozen=True)
class Habits:
    """How the residents live; every field is an array with one value per resident.

    Hours are local clock hours, energies kWh, shares between 0 and 1.
    """

    wakes: Array
    sleeps: Array
    works: NDArray[np.bool_]
    shifts: NDArray[np.bool_]
    shift_phase: NDArray[np.int64]
    standby: Array
    fridge: Array
    fridge_period: Array
    fridge_phase: Array
    cooks: Array
    meal_kwh: Array
    television: Array
    bustle: Array
    mat_kwh: Array
    travels: Array
    line: NDArray[np.bool_]  # agreed that the telephone company delivers
    app: NDArray[np.bool_]  # agreed to the care app and has it
    calls: Array  # calls made on a usual day
    texts: Array
    phone_use: Array  # share of the waking hours with the telephone in hand
    carries: Array  # share of the waking hours at home with the telephone in a pocket
    walks: Array


def make_residents(count: int, seed: int, year: int) -> list[Resident]:
    """`count` people aged 41 to 62 in `year`; the first n of a longer list are the same people."""
    return [
        _resident(index, np.random.default_rng([seed, index, 1]), year) for index in range(count)
    ]


def _resident(index: int, rng: np.random.Generator, year: int) -> Resident:
    sex = "female" if rng.random() < 0.42 else "male"
    shares = np.array([share for _, _, share in TOWNSHIPS])
    # The first ten live in ten townships, so that the smallest county has them all.
    place = index if index < len(TOWNSHIPS) else int(rng.choice(len(TOWNSHIPS), p=shares))
    code, township, _ = TOWNSHIPS[place]
    street = f"{STREETS[int(rng.integers(len(STREETS)))]}모의로"
    family = FAMILY[int(rng.integers(40) * rng.random())]  # the first ones are the common ones
    return Resident(
        index=index,
        name=family + _given(sex, rng),
        sex=sex,
        birth_date=date(
            year - int(rng.integers(42, 63)), int(rng.integers(1, 13)), int(rng.integers(1, 29))
        ),
        township=code,
        address=f"경기도 연천군 {township} {street} {int(rng.integers(1, 400))}",
        phone=f"010-0000-{index + 1:04d}",
        meter_id=f"09{rng.integers(10_000):04d}{index + 1:04d}",
        line_id=f"S{index * 7919 % 9973:04d}{index + 1:04d}",
        device_id=f"hc-{index * 6151 % 9967:04x}{index + 1:03x}",
        risk_group=RISK_GROUPS[int(rng.choice(4, p=[0.15, 0.35, 0.4, 0.1]))],
        access_note=DOORS[int(rng.choice(len(DOORS), p=[0.6, 0.1, 0.1, 0.1, 0.1]))],
        dog=bool(rng.random() < 0.12),
        contact_name=FAMILY[int(rng.integers(30))] + _given("male", rng),
        contact_relation=RELATIONS[int(rng.integers(len(RELATIONS)))],
        contact_phone=f"010-0000-{5000 + index + 1:04d}",
    )


def _given(sex: str, rng: np.random.Generator) -> str:
    at = 2 * int(rng.integers(len(GIVEN[sex]) // 2))
    return GIVEN[sex][at : at + 2]


def make_habits(count: int, seed: int) -> Habits:
    """Habits of the same people, drawn apart from their names."""
    rows = [
        _habits_of(np.random.default_rng([seed, index, 2]))
        | _phone_habits_of(np.random.default_rng([seed, index, 4]))
        for index in range(count)
    ]
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Habits(**columns)


def _habits_of(rng: np.random.Generator) -> dict[str, float | bool | int]:
    shifts = bool(rng.random() < 0.06)
    early = rng.random() < 0.6  # a farming county gets up early
    wakes = rng.normal(5.8, 0.7) if early else rng.normal(7.6, 1.0)
    sleeps = wakes + rng.normal(16.3, 0.7)
    return {
        "wakes": float(np.clip(wakes, 4.0, 10.5)),
        "sleeps": float(np.clip(sleeps, 20.5, 26.0)),
        "works": bool(rng.random() < 0.38) and not shifts,
        "shifts": shifts,
        "shift_phase": int(rng.integers(0, 8)),
        "standby": float(rng.uniform(0.008, 0.045)),
        "fridge": float(rng.uniform(0.028, 0.062)),
        "fridge_period": float(rng.uniform(5.3, 9.7)),
        "fridge_phase": float(rng.uniform(0, 2 * np.pi)),
        "cooks": float(rng.uniform(0.35, 0.9)),
        "meal_kwh": float(rng.uniform(0.12, 0.55)),
        "television": float(rng.uniform(0.05, 0.14)),
        "bustle": float(rng.uniform(0.6, 1.5)),
        "mat_kwh": float(rng.uniform(0.05, 0.14)) if rng.random() < 0.45 else 0.0,
        "travels": float(rng.choice([0.35, 1.0, 3.0], p=[0.55, 0.35, 0.10])),
    }


def _phone_habits_of(rng: np.random.Generator) -> dict[str, float | bool]:
    return {
        "line": bool(rng.random() < 0.9),
        "app": bool(rng.random() < 0.75),
        "calls": float(rng.gamma(2.2, 1.5)),
        "texts": float(rng.gamma(1.2, 1.1)),
        "phone_use": float(rng.beta(2.2, 1.7)),
        "carries": float(rng.beta(3.0, 4.5)),
        "walks": float(rng.gamma(5.0, 0.2)),
    }
