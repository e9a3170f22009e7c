"""A settlement as a workbook (Office Open XML): a summary, its lines with live totals, and a sheet that ties both out.

Knows the plain data of `settle` and cells. Does not know how a settlement comes about.

Every total is a formula over the lines; the sheet `Tie-out` holds what the engine gave beside what the formulas make of
the lines, and says whether they are the same. Beside each formula stands the engine's figure as the value that whoever
works out no formulas shows. Texts are marked as texts, so that none is taken for a formula. A cell's number has fifteen
digits that count: amounts of more than that are exact in CSV, Parquet and JSON.

Written with XlsxWriter, which writes values beside formulas, and the same bytes for the same settlement.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from adidem.desk.output import optional
from adidem.desk.wording import when_words
from adidem.kernel.quantity import exponent
from adidem.records.exported import of_minor

Plain = dict[str, Any]
EXTRA = 'pip install "adidem[tables]"'

HEADS = (
    *("Settlement", "Kind", "Figure", "Clause", "Title", "Place", "Payer", "Payee", "Currency"),
    *("Original", "New", "Amount", "Paid", "Netted", "Open", "Fixed", "Due", "Adjusts", "Events", "Low", "High"),
    "Rests on",
)
_AT = {head: "ABCDEFGHIJKLMNOPQRSTUV"[place] for place, head in enumerate(HEADS)}
_MONEY = frozenset(("Original", "New", "Amount", "Paid", "Netted", "Open", "Low", "High"))
_FIRST = 2
_LONGEST = 32_767
"""So many signs a cell can hold."""
_KEYS = {"Figure": "id", "Rests on": "rests_on"}
_SUMS = (
    ("Settled", "Amount", "figure", "settled_minor"),
    ("Adjusted", "Amount", "adjustment", "adjusted_minor"),
    ("Paid", "Paid", "", "paid_minor"),
    ("Netted", "Netted", "", "netted_minor"),
    ("Open", "Open", "", "open_minor"),
)


class _Total(NamedTuple):
    """What the lines of one settlement come to that go from one party to another.

    minor  the engine's sum
    cell   that which holds the sheet's
    """

    settlement: int
    currency: str
    name: str
    minor: int
    cell: str


def workbook(view: Plain, rows: Sequence[Plain], file: Path) -> None:
    """Write the workbook. Problems: D114 XlsxWriter is not installed."""
    (xlsxwriter,) = optional("xlsxwriter", extra=EXTRA)
    written = BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True})
    book.set_properties({"title": view["agreement"], "created": datetime.fromisoformat(view["as_of"])})
    sheets = _Sheets(book)
    totals = sheets.lines(view, rows)
    last = sheets.tie_out(rows, totals)
    sheets.summary(view, totals, last)
    book.close()
    file.write_bytes(written.getvalue())


class _Sheets:
    """The three sheets of one book."""

    def __init__(self, book: Any):
        self.book = book
        self.of_summary, self.of_lines, self.of_ties = map(book.add_worksheet, ("Summary", "Lines", "Tie-out"))
        self.formats: dict[tuple[int | None, bool, bool], Any] = {}

    def lines(self, view: Plain, rows: Sequence[Plain]) -> list[_Total]:
        """A row for every line, amount and open as formulas of their neighbours; below them the totals."""
        sheet = self.of_lines
        self._heads(sheet, HEADS)
        for number, row in enumerate(rows, _FIRST):
            new, original, amount = (_at(head, number) for head in ("New", "Original", "Amount"))
            formulas = {"Amount": f"={new}-{original}"}
            formulas["Open"] = f"={amount}-{_at('Paid', number)}-{_at('Netted', number)}"
            for place, head in enumerate(HEADS, 1):
                value = row[_KEYS.get(head, head.lower())]
                if head in _MONEY:
                    places = exponent(row["currency"])
                    self._put(sheet, number, place, of_minor(value, row["currency"]), formulas.get(head), places)
                else:
                    self._put(sheet, number, place, value)
        sheet.freeze_panes(1, 0)
        return self._totals(view, max(_FIRST, _FIRST + len(rows) - 1))

    def _totals(self, view: Plain, last: int) -> list[_Total]:
        """Below the lines the sums of each settlement, currency and direction, each a formula."""
        sheet, at = self.of_lines, last + 2
        out: list[_Total] = []
        ways = (
            (number, total["currency"], way)
            for number, settlement in enumerate(view["settlements"], 1)
            for total in settlement["totals"]
            for way in total["directions"]
        )
        for number, currency, way in ways:
            for name, column, kind, key in _SUMS:
                whose = {"Settlement": number, "Payer": way["payer"], "Payee": way["payee"], "Currency": currency}
                for head, value in whose.items():
                    self._put(sheet, at, HEADS.index(head) + 1, value)
                self._put(sheet, at, HEADS.index("Figure") + 1, f"Total {name.lower()}", bold=True)
                place, places, amount = HEADS.index("Amount") + 1, exponent(currency), of_minor(way[key], currency)
                self._put(sheet, at, place, amount, _sumifs(column, last, at, whose, kind), places, bold=True)
                named = f"{name}, {way['payer']} to {way['payee']}"
                out.append(_Total(number, currency, named, way[key], f"Lines!{_at('Amount', at)}"))
                at += 1
        return out

    def tie_out(self, rows: Sequence[Plain], totals: Sequence[_Total]) -> int:
        """What the engine gave, what the lines make, and whether that is the same; for totals, then line by line.
        Returns the last row.
        """
        sheet = self.of_ties
        self._heads(sheet, ("Settlement", "What", "Currency", "Engine", "Sheet", "Difference", "Ties"))
        ties = [(total.settlement, total.name, total.currency, total.minor, total.cell) for total in totals]
        for at, row in enumerate(rows, _FIRST):
            ties.append((row["settlement"], row["id"], row["currency"], row["amount"], f"Lines!{_at('Amount', at)}"))
        for at, (number, what, currency, minor, where) in enumerate(ties, _FIRST):
            places, amount = exponent(currency), of_minor(minor, currency)
            for place, value in enumerate((number, what, currency), 1):
                self._put(sheet, at, place, value)
            self._put(sheet, at, 4, amount, places=places)
            self._put(sheet, at, 5, amount, f"={where}", places)
            self._put(sheet, at, 6, of_minor(0, currency), f"=ROUND(E{at}-D{at},{places})", places)
            self._put(sheet, at, 7, "ties", f'=IF(F{at}=0,"ties","DIFFERS")')
        return max(_FIRST, _FIRST + len(ties) - 1)

    def summary(self, view: Plain, totals: Sequence[_Total], last: int) -> None:
        """What this is, the sums, the positions, what is carried, what it rests on, and whether all ties out."""
        sheet, period, closing = self.of_summary, view["period"], view["closing"] or {}
        said = [("Agreement", view["agreement"]), ("Period", period["label"]), ("From", period["from"])]
        said += [("To", period["to"]), ("As of", view["as_of"])]
        said += [("Known at", view["known_at"] or "all that is recorded"), ("State", view["state"])]
        said += [("Prepared by", closing.get("prepared_by", "")), ("Approved by", closing.get("approved_by", ""))]
        said += [("Digest", closing.get("digest", ""))]
        for at, (name, value) in enumerate(said, 1):
            self._put(sheet, at, 1, name, bold=True)
            self._put(sheet, at, 2, value)
        at = len(said) + 1
        self._put(sheet, at, 1, "Ties out", bold=True)
        count = f"COUNTIF('Tie-out'!G{_FIRST}:G{last},\"DIFFERS\")"
        self._put(sheet, at, 2, "yes", f'=IF({count}=0,"yes","no")')
        at += 2
        for total in totals:
            settlement, currency = view["settlements"][total.settlement - 1], total.currency
            words = f", if {when_words(settlement['readings'])}" if settlement["readings"] else ""
            self._put(sheet, at, 1, f"{total.name}{words}", bold=True)
            self._put(sheet, at, 2, of_minor(total.minor, currency), f"={total.cell}", exponent(currency))
            self._put(sheet, at, 3, currency)
            at += 1
        at = self._positions(view, at + 1)
        for assumed in view["assumed"]:
            self._put(sheet, at, 1, assumed["term"], bold=True)
            words = f"{assumed['text']}, {assumed['basis']}, in the range {assumed['low']} to {assumed['high']}"
            self._put(sheet, at, 2, words)
            at += 1
        sheet.set_column("A:A", 40)
        sheet.set_column("B:B", 24)

    def _positions(self, view: Plain, at: int) -> int:
        """Each party's position with its range, and what each clause carries on. Returns the next free row."""
        sheet = self.of_summary
        for number, settlement in enumerate(view["settlements"], 1):
            several = f" (settlement {number})" if len(view["settlements"]) > 1 else ""
            for each in settlement["positions"]:
                currency = each["currency"]
                self._put(sheet, at, 1, f"Position of {each['party']}{several}", bold=True)
                self._put(sheet, at, 3, currency)
                for column, key in ((2, "net_minor"), (4, "low_minor"), (5, "high_minor")):
                    self._put(sheet, at, column, of_minor(each[key], currency), places=exponent(currency))
                at += 1
            goes_on = [("Carried", each) for each in settlement["carried"]]
            for what, each in (*goes_on, *(("Withheld", each) for each in settlement["withheld"])):
                self._put(sheet, at, 1, f"{what}, {each['quantity']}{several}", bold=True)
                self._put(sheet, at, 2, each["after"])
                at += 1
        return at + 1

    def _heads(self, sheet: Any, heads: Sequence[str]) -> None:
        for place, head in enumerate(heads, 1):
            self._put(sheet, 1, place, head, bold=True)

    def _put(
        self,
        sheet: Any,
        row: int,
        column: int,
        value: Any,
        formula: str | None = None,
        places: int | None = None,
        *,
        bold: bool = False,
    ) -> None:
        """A value in a cell, or beside its formula: a text as a text, whatever it begins with."""
        risky = isinstance(value, str) and value[:1] in ("=", "+", "-", "@")
        style = self._format(places, bold, risky)
        if formula is not None:
            sheet.write_formula(row - 1, column - 1, formula, style, value)
        elif isinstance(value, str):
            sheet.write_string(row - 1, column - 1, _printable(value), style)
        else:
            sheet.write_number(row - 1, column - 1, value, style)

    def _format(self, places: int | None, bold: bool, risky: bool) -> Any:
        key = (places, bold, risky)
        if key not in self.formats:
            shown = {"num_format": "#,##0" + (f".{'0' * places}" if places else "")} if places is not None else {}
            self.formats[key] = self.book.add_format({**shown, "bold": bold, "quote_prefix": risky})
        return self.formats[key]


def _at(head: str, row: int) -> str:
    return f"{_AT[head]}{row}"


def _sumifs(column: str, last: int, row: int, whose: Iterable[str], kind: str) -> str:
    """A sum over the lines of a kind that say what a row says in some columns."""

    def span(head: str) -> str:
        return f"{_AT[head]}${_FIRST}:{_AT[head]}${last}"

    conditions = [f"{span(head)},{_at(head, row)}" for head in whose]
    conditions += [f'{span("Kind")},"{kind}"'] if kind else []
    return f"=SUMIFS({','.join([span(column), *conditions])})"


def _printable(text: str) -> str:
    """Without control characters, and no longer than a cell can hold."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else " " for sign in text)[:_LONGEST]
