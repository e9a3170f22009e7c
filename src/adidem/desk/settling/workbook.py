"""A settlement as a workbook (Office Open XML): a summary, its lines with live totals, and a sheet that ties both out.

Knows the plain data of `settle` and cells. Does not know how a settlement comes about.

Every total is a formula over the lines; the sheet `Tie-out` holds what the engine gave beside what the formulas make of
the lines, and says whether they are the same. Texts are marked as texts, so that none is taken for a formula. A cell's
number has fifteen digits that count: amounts of more than that are exact in CSV, Parquet and JSON.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adidem.desk.output import optional
from adidem.desk.settling.decimals import decimal_of
from adidem.desk.wording import when_words
from adidem.kernel.quantity import exponent

Plain = dict[str, Any]
Totals = Sequence[tuple[int, str, str, Plain, str, str]]
"""Settlement, currency, name, the engine's sums and the key among them, and the cell that holds the sheet's."""
EXTRA = 'pip install "adidem[tables]"'

HEADS = (
    *("Settlement", "Kind", "Figure", "Clause", "Title", "Place", "Payer", "Payee", "Currency"),
    *("Original", "New", "Amount", "Paid", "Netted", "Open", "Fixed", "Due", "Adjusts", "Events", "Low", "High"),
    "Rests on",
)
_AT = {head: "ABCDEFGHIJKLMNOPQRSTUV"[place] for place, head in enumerate(HEADS)}
_MONEY = frozenset(("Original", "New", "Amount", "Paid", "Netted", "Open", "Low", "High"))
_FORMULAS = frozenset(("Amount", "Open"))
_FIRST = 2
_SUMS = (
    ("Settled", "Amount", "figure", "settled_minor"),
    ("Adjusted", "Amount", "adjustment", "adjusted_minor"),
    ("Paid", "Paid", "", "paid_minor"),
    ("Netted", "Netted", "", "netted_minor"),
    ("Open", "Open", "", "open_minor"),
)


def workbook(view: Plain, rows: Sequence[Plain], file: Path) -> None:
    """Write the workbook. Problems: D114 openpyxl is not installed."""
    openpyxl, styles = optional("openpyxl", "openpyxl.styles", extra=EXTRA)
    book = openpyxl.Workbook()
    sheets = _Sheets(book, styles)
    last = sheets.lines(rows)
    totals = sheets.totals(view, last)
    sheets.tie_out(rows, totals)
    sheets.summary(view, totals)
    book.save(file)


class _Sheets:
    """The three sheets of one book."""

    def __init__(self, book: Any, styles: Any):
        self.bold = styles.Font(bold=True)
        self.of_summary = book.active
        self.of_summary.title = "Summary"
        self.of_lines = book.create_sheet("Lines")
        self.of_ties = book.create_sheet("Tie-out")
        self.last_tie = _FIRST

    def lines(self, rows: Sequence[Plain]) -> int:
        """A row for every line; amount and open are formulas of their neighbours. Returns the last row."""
        sheet = self.of_lines
        self._heads(sheet, HEADS)
        for number, row in enumerate(rows, _FIRST):
            named = ("original", "new", "paid", "netted", "low", "high")
            money = {name: decimal_of(row[name], row["currency"]) for name in named}
            new, amount, paid, netted = (_at(head, number) for head in ("New", "Amount", "Paid", "Netted"))
            said = (
                *(row[name] for name in ("settlement", "kind", "id", "clause", "title", "place", "payer", "payee")),
                *(row["currency"], money["original"], money["new"], f"={new}-{_at('Original', number)}"),
                *(
                    money["paid"],
                    money["netted"],
                    f"={amount}-{paid}-{netted}",
                    row["fixed"],
                    row["due"],
                    row["adjusts"],
                ),
                *(row["events"], money["low"], money["high"], row["rests_on"]),
            )
            for place, (head, value) in enumerate(zip(HEADS, said, strict=True), 1):
                places = exponent(row["currency"]) if head in _MONEY else None
                self._put(sheet, number, place, value, formula=head in _FORMULAS, places=places)
        sheet.freeze_panes = "A2"
        return max(_FIRST, _FIRST + len(rows) - 1)

    def totals(self, view: Plain, last: int) -> Totals:
        """Below the lines the sums of each settlement and currency, each a formula. Returns where each stands."""
        sheet, at = self.of_lines, last + 2
        out: list[tuple[int, str, str, Plain, str, str]] = []
        for number, settlement in enumerate(view["settlements"], 1):
            for total in settlement["totals"]:
                for name, column, kind, key in _SUMS:
                    formula = _sumifs(column, last, number, total["currency"], kind)
                    self._put(sheet, at, 1, number)
                    self._put(sheet, at, 3, f"Total {name.lower()}", bold=True)
                    self._put(sheet, at, HEADS.index("Currency") + 1, total["currency"])
                    places = exponent(total["currency"])
                    self._put(sheet, at, HEADS.index("Amount") + 1, formula, formula=True, places=places, bold=True)
                    out.append((number, total["currency"], name, total, key, f"Lines!{_at('Amount', at)}"))
                    at += 1
        return out

    def tie_out(self, rows: Sequence[Plain], totals: Totals) -> None:
        """What the engine gave, what the lines make, and whether that is the same; for totals, then line by line."""
        sheet = self.of_ties
        self._heads(sheet, ("Settlement", "What", "Currency", "Engine", "Sheet", "Difference", "Ties"))
        ties = [(number, name, currency, total[key], where) for number, currency, name, total, key, where in totals]
        for at, row in enumerate(rows, _FIRST):
            place = f"Lines!{_at('Amount', at)}"
            ties.append((row["settlement"], row["id"], row["currency"], row["amount"], place))
        for at, (number, what, currency, minor, where) in enumerate(ties, _FIRST):
            places = exponent(currency)
            self._put(sheet, at, 1, number)
            self._put(sheet, at, 2, what)
            self._put(sheet, at, 3, currency)
            self._put(sheet, at, 4, decimal_of(minor, currency), places=places)
            self._put(sheet, at, 5, f"={where}", formula=True, places=places)
            self._put(sheet, at, 6, f"=ROUND(E{at}-D{at},{places})", formula=True, places=places)
            self._put(sheet, at, 7, f'=IF(F{at}=0,"ties","DIFFERS")', formula=True)
        self.last_tie = max(_FIRST, _FIRST + len(ties) - 1)

    def summary(self, view: Plain, totals: Totals) -> None:
        """What this is, the sums, the positions, what is carried, what it rests on, and whether all ties out."""
        sheet, period = self.of_summary, view["period"]
        said = [("Agreement", view["agreement"]), ("Period", period["label"]), ("From", period["from"])]
        said += [
            ("To", period["to"]),
            ("As of", view["as_of"]),
            ("Known at", view["known_at"] or "all that is recorded"),
        ]
        closing = view["closing"] or {}
        said += [("State", view["state"]), ("Prepared by", closing.get("prepared_by", ""))]
        said += [("Approved by", closing.get("approved_by", "")), ("Digest", closing.get("digest", ""))]
        for at, (name, value) in enumerate(said, 1):
            self._put(sheet, at, 1, name, bold=True)
            self._put(sheet, at, 2, value)
        at = len(said) + 1
        self._put(sheet, at, 1, "Ties out", bold=True)
        count = f"COUNTIF('Tie-out'!G{_FIRST}:G{self.last_tie},\"DIFFERS\")"
        self._put(sheet, at, 2, f'=IF({count}=0,"yes","no")', formula=True)
        at += 2
        for number, currency, name, _, _, where in totals:
            settlement = view["settlements"][number - 1]
            words = f" if {when_words(settlement['readings'])}" if settlement["readings"] else ""
            self._put(sheet, at, 1, f"{name}{words}", bold=True)
            self._put(sheet, at, 2, f"={where}", formula=True, places=exponent(currency))
            self._put(sheet, at, 3, currency)
            at += 1
        at = self._positions(view, at + 1)
        for assumed in view["assumed"]:
            self._put(sheet, at, 1, assumed["term"], bold=True)
            words = f"{assumed['text']}, {assumed['basis']}, in the range {assumed['low']} to {assumed['high']}"
            self._put(sheet, at, 2, words)
            at += 1
        for letter, wide in (("A", 40), ("B", 24)):
            sheet.column_dimensions[letter].width = wide

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
                    self._put(sheet, at, column, decimal_of(each[key], currency), places=exponent(currency))
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
        *,
        formula: bool = False,
        places: int | None = None,
        bold: bool = False,
    ) -> None:
        """A value in a cell: a text as a text, whatever it begins with, unless it is a formula of ours."""
        cell = sheet.cell(row=row, column=column)
        if isinstance(value, str) and not formula:
            cell.value = _printable(value)
            cell.data_type = "s"
            cell.quotePrefix = value[:1] in ("=", "+", "-", "@")
        else:
            cell.value = value
        if places is not None:
            cell.number_format = "#,##0" + (f".{'0' * places}" if places else "")
        if bold:
            cell.font = self.bold


def _at(head: str, row: int) -> str:
    return f"{_AT[head]}{row}"


def _sumifs(column: str, last: int, number: int, currency: str, kind: str) -> str:
    """A sum over the lines of one settlement, currency and kind."""

    def span(head: str) -> str:
        return f"{_AT[head]}${_FIRST}:{_AT[head]}${last}"

    conditions = f'{span("Settlement")},{number},{span("Currency")},"{currency}"'
    conditions += f',{span("Kind")},"{kind}"' if kind else ""
    return f"=SUMIFS({span(column)},{conditions})"


def _printable(text: str) -> str:
    """Without control characters, which the format cannot hold."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else " " for sign in text)
