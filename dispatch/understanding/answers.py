"""The written answers the model learns from: `data/*.csv` with `text,label,closable`."""

import csv
import tomllib
from dataclasses import dataclass
from pathlib import Path

from dispatch.understanding.labels import Label

FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    label: Label
    author: str
    rules_saw: bool


def read_csv(path: Path, author: str = "", *, rules_saw: bool = False) -> list[Answer]:
    """Raises ValueError for an unknown label, KeyError for a missing column."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            Answer(row["text"], Label(row["label"]), author, rules_saw)
            for row in csv.DictReader(file)
        ]


def all_answers() -> list[Answer]:
    sources = tomllib.loads((FOLDER / "sources.toml").read_text(encoding="utf-8"))["source"]
    return [
        answer
        for source in sources
        for answer in read_csv(
            FOLDER / source["file"], source["author"], rules_saw=source["rules_saw"]
        )
    ]
