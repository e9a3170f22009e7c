"""Pages on which each term of a family is changed alone, to see what it changes.

Knows the form of such a page and how a workspace is run. Does not know any family.

A page has agreements (fences `lgd`), ledgers (`jsonl`) and days (`As of: DATE`), each good until the next. A heading
`## TERM` with a fence `diff` changes that term in the agreement above; a line `May: PARTY ACT ASSET …` asks besides.
"""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2e.asking import ask

FOLDER = Path(__file__).parent
_FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<info>\w+)\n(?P<body>.*?)^(?P=ticks)$", re.DOTALL | re.MULTILINE)
_PIECE = re.compile(
    rf"{_FENCE.pattern}|^## (?P<term>\S+)[^\n]*$|^As of: (?P<day>\S+)$|^May: (?P<may>[^\n]+)$", re.DOTALL | re.M
)


@dataclass(frozen=True)
class Changed:
    """A term changed alone: the agreement before and after, the record, and what is asked of both."""

    family: str
    term: str
    lines: tuple[str, ...]
    before: str
    after: str
    ledger: str
    day: str
    may: str = ""

    @property
    def taken(self) -> list[str]:
        """What the term said."""
        return [line[2:].strip() for line in self.lines if line.startswith("- ")]

    @property
    def given(self) -> list[str]:
        """What it says instead."""
        return [line[2:].strip() for line in self.lines if line.startswith("+ ")]


@dataclass
class _Reading:
    family: str
    agreement: str = ""
    ledger: str = ""
    day: str = ""
    term: str = ""
    lines: tuple[str, ...] = ()
    may: str = ""
    found: list[Changed] = field(default_factory=list[Changed])

    def end_section(self) -> None:
        """Keep what the section said."""
        if self.lines:
            after = substituted(self.agreement, self.lines, f"{self.family}, {self.term}")
            self.found.append(
                Changed(self.family, self.term, self.lines, self.agreement, after, self.ledger, self.day, self.may)
            )
        self.lines, self.may = (), ""


def pages() -> list[Path]:
    """The page of each family."""
    return sorted(FOLDER.glob("*.md"))


def changes(page: Path) -> list[Changed]:
    """Every term that a page changes."""
    reading = _Reading(page.stem)
    for piece in _PIECE.finditer(page.read_text(encoding="utf-8")):
        info, body = piece["info"], piece["body"] or ""
        if piece["term"]:
            reading.end_section()
            reading.term = piece["term"]
        elif piece["day"]:
            reading.end_section()
            reading.day = piece["day"]
        elif piece["may"]:
            reading.may = piece["may"]
        elif info == "diff":
            reading.end_section()
            reading.lines = tuple(body.splitlines())
        elif info in ("lgd", "jsonl"):
            reading.end_section()
            setattr(reading, "agreement" if info == "lgd" else "ledger", body)
    reading.end_section()
    return reading.found


def substituted(text: str, lines: tuple[str, ...], where: str) -> str:
    """The agreement with the lines of a diff applied at the one place where they fit."""
    old = "".join(f"{line[2:]}\n" for line in lines if line[:2] in ("- ", "  "))
    new = "".join(f"{line[2:]}\n" for line in lines if line[:2] in ("+ ", "  "))
    assert old, f"{where}: say by a line of context where the term goes"
    count = f"\n{text}".count(f"\n{old}")
    assert count == 1, f"{where}: the lines of the diff stand {count} times in the agreement"
    return f"\n{text}".replace(f"\n{old}", f"\n{new}")[1:]


def outcome(changed: Changed, agreement: str) -> dict[str, Any]:
    """What an agreement brings about over the record: transfers, obligations, and the answer of `may` if asked."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "agreement.lgd").write_text(agreement, encoding="utf-8")
        (folder / "ledger.jsonl").write_text(changed.ledger, encoding="utf-8")
        results = ask("run", folder, "--as-of", changed.day)["results"]
        seen: dict[str, Any] = {"readings": len(results)}
        for number, result in enumerate(results):
            for figure in result["transfers"]:
                seen[f"{number} transfer {figure['id']}"] = {key: figure[key] for key in _TRANSFER}
            for norm in result["obligations"]:
                seen[f"{number} norm {norm['id']}"] = {key: norm[key] for key in _NORM}
        if changed.may:
            seen["may"] = ask("may", folder, *changed.may.split(), code=None)["answer"]
    return seen


_TRANSFER = ("payer", "payee", "amount_minor", "low_minor", "high_minor", "due", "provisional")
_NORM = ("kind", "holder", "counterparty", "due", "state")


def differences(changed: Changed) -> Iterator[tuple[str, Any, Any]]:
    """What came to be otherwise: its name, before and after; None where it is not there."""
    before, after = outcome(changed, changed.before), outcome(changed, changed.after)
    for name in [*before, *(name for name in after if name not in before)]:
        if before.get(name) != after.get(name):
            yield name, before.get(name), after.get(name)
