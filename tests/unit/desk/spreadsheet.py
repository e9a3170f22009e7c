"""Formulas of a workbook, worked out: as many of them as a settlement has.

Knows cells, references, and the functions SUMIFS, COUNTIF, ROUND and IF. Does not know what is counted.
"""

import re
from decimal import Decimal
from typing import Any

_CELL = r"(?:(?:'[^']+'|\w+)!)?\$?[A-Z]+\$?\d+"
_SPAN = re.compile(r"^(?:(?P<sheet>'[^']+'|\w+)!)?\$?(?P<from>[A-Z]+)\$?(?P<first>\d+):\$?[A-Z]+\$?(?P<last>\d+)$")


class Book:
    """A workbook whose formulas can be asked for their values; `changed` puts other values in cells."""

    def __init__(self, book: Any, changed: dict[tuple[str, str], Any] | None = None):
        self.book, self.changed = book, changed or {}

    def value(self, sheet: str, cell: str) -> Any:
        """What a cell shows."""
        cell = cell.replace("$", "")
        found = self.changed.get((sheet, cell), self.book[sheet][cell].value)
        if isinstance(found, str) and self.book[sheet][cell].data_type == "f":
            return self._formula(sheet, found[1:])
        return Decimal(str(found)) if isinstance(found, int | float) else found

    def _formula(self, sheet: str, text: str) -> Any:
        if match := re.fullmatch(r"IF\((.+)=(\d+),\"(.*)\",\"(.*)\"\)", text):
            return match[3] if self._formula(sheet, match[1]) == Decimal(match[2]) else match[4]
        if match := re.fullmatch(r"ROUND\((.+),(\d+)\)", text):
            return round(self._formula(sheet, match[1]), int(match[2]))
        if match := re.fullmatch(r"COUNTIF\((.+),\"(.*)\"\)", text):
            return Decimal(sum(value == match[2] for value in self._span(sheet, match[1])))
        if match := re.fullmatch(r"SUMIFS\((.+)\)", text):
            return self._sum_if(sheet, match[1].split(","))
        if match := re.fullmatch(rf"{_CELL}(?:-{_CELL})*", text):
            first, *rest = (self._at(sheet, part) for part in match[0].split("-"))
            return first - sum(rest, Decimal(0)) if rest else first
        raise AssertionError(f"no rule works out ={text}")

    def _at(self, sheet: str, name: str) -> Any:
        of, _, cell = name.rpartition("!")
        return self.value(of.strip("'") or sheet, cell)

    def _span(self, sheet: str, name: str) -> list[Any]:
        match = _SPAN.match(name)
        assert match, name
        of = (match["sheet"] or sheet).strip("'")
        return [self.value(of, f"{match['from']}{row}") for row in range(int(match["first"]), int(match["last"]) + 1)]

    def _sum_if(self, sheet: str, parts: list[str]) -> Decimal:
        values = self._span(sheet, parts[0])
        keep = [True] * len(values)
        for span, wanted in zip(parts[1::2], parts[2::2], strict=True):
            aim = wanted.strip('"') if wanted.startswith('"') else self._at(sheet, wanted)
            keep = [kept and found == aim for kept, found in zip(keep, self._span(sheet, span), strict=True)]
        return sum((value for value, kept in zip(values, keep, strict=True) if kept and value is not None), Decimal(0))
