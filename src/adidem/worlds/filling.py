"""What an outlook writes into the columns of events: words that are always the same, and formulas over drivers.

Knows kinds of event, their columns and units. Does not know sources, chance or worlds.
"""

from collections.abc import Iterable, Mapping, Sequence

from adidem.kernel.event import Column, EventKind
from adidem.kernel.literal import Misspelt, parse_date, parse_money
from adidem.kernel.problem import did_you_mean
from adidem.kernel.quantity import Unit, money
from adidem.kernel.source import Span
from adidem.kernel.term import Syntax, Term
from adidem.worlds.computed import Computed, is_moment, parts_a_day, parts_of
from adidem.worlds.dimension import judged, unit
from adidem.worlds.draft import PURE, Draft, called, key_place

_LENGTHS = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}
_COMPUTED = ("money", "rate", "count", "date", "instant")


def fixed_columns(draft: Draft, kind: EventKind, given: Sequence[Term]) -> dict[str, str]:
    """The words of fixed columns. Problems: W103 no such column; W110 a word that it cannot hold."""
    columns: dict[str, str] = {}
    for term in given:
        column, text = kind.column(term.name), str(term.value).strip()
        if column is None or column.name == kind.joins:
            known = [each.name for each in kind.columns if each.name != kind.joins]
            sentence = f"an event of the kind {kind.name} has no column {term.name} that an outlook could fill"
            draft.problem("W103", sentence, key_place(term), did_you_mean(term.name, known))
            continue
        columns[term.name] = text
        holds(draft, column, text, term.span)
    return columns


def holds(draft: Draft, column: Column, text: str, span: Span | None) -> None:
    """Whether a column can hold a word. Problems: W109 money of another currency; W110."""
    known: Sequence[str] = {
        "party": tuple(draft.parties),
        "choice": column.choices,
        "flag": ("yes", "no"),
    }.get(column.type, ())
    try:
        if known and text not in known:
            draft.problem("W110", f"{column.name} is never {text}", span, did_you_mean(text, known))
        elif column.type == "instant":
            sentence = f"{column.name} is an instant, and no two events of an outlook have the same"
            draft.problem("W110", sentence, span, f"write how long after: amounts: {{{column.name}: 2 hours}}")
        elif column.type == "date":
            parse_date(text)
        elif column.type in ("rate", "count"):
            _not_negative(draft, column, parts_of(column, text), span)
        elif column.type == "money":
            amount = parse_money(text)
            if draft.currency and amount.unit.name != draft.currency:
                sentence = f"{column.name} is in {amount.unit.name}, and the ledger's amounts in {draft.currency}"
                draft.problem("W109", sentence, span, f"write the amount in {draft.currency}")
            else:
                _not_negative(draft, column, amount.value, span)
    except Misspelt as wrong:
        mend = "write USD 5 m, or a formula under amounts" if column.type == "money" else "write the number alone"
        draft.problem("W110", f"{column.name}: {wrong.sentence}", span, wrong.mend or mend)


def _not_negative(draft: Draft, column: Column, number: int, span: Span | None) -> None:
    if number < 0 and not column.signed:
        what = "the amount" if column.type == "money" else "the number"
        draft.problem("W110", f"{column.name} is negative", span, f"write {what} without its sign")


def computed_columns(
    draft: Draft, kind: EventKind, given: Iterable[Term], columns: Mapping[str, str]
) -> dict[str, Computed]:
    """The computed columns, each after the one that it follows.

    Problems: W103 no such column; W109 a formula of another unit; W110 a column that holds no number, or an
    earlier day; W113 told twice.
    """
    found: dict[str, Computed] = {}
    for term in given:
        column = kind.column(term.name)
        if column is None:
            known = [each.name for each in kind.columns if each.type in _COMPUTED]
            sentence = f"an event of the kind {kind.name} has no column {term.name}"
            mend = did_you_mean(term.name, known) or "leave it out: events of that kind have no amount"
            draft.problem("W103", sentence, key_place(term), mend)
        elif column.type not in _COMPUTED:
            sentence = f"the column {term.name} of {kind.name} holds no amount, and no formula is worked out for it"
            draft.problem("W110", sentence, key_place(term), f"write its word under columns: {{{term.name}: …}}")
        elif term.name in columns or term.name in found:
            draft.problem("W113", f"{term.name} is told twice", term.span, "keep one of the two")
        elif isinstance(term.value, Syntax):
            if column.past:
                sentence = f"{term.name} is an earlier day than that of its {kind.name}, and a later one is worked out"
                draft.problem("W110", sentence, key_place(term), f"write the day under columns: {{{term.name}: …}}")
            found[term.name] = Computed(term.value, column, _parts(draft, column, term.value))
    return dict(sorted(found.items(), key=lambda each: _behind(kind, each[1].column)))


def _behind(kind: EventKind, column: Column | None) -> int:
    """How many columns a column of a date or an instant follows, one after the other."""
    return 0 if column is None or not column.not_before else 1 + _behind(kind, kind.column(column.not_before))


def _parts(draft: Draft, column: Column, formula: Syntax) -> int:
    """How many parts of the column one of the formula's is. Problems: W109 it is of another unit."""
    if not is_moment(column):
        wanted = {"money": money(draft.currency), "rate": PURE}.get(column.type, Unit("count", column.counts))
        judged(draft, formula, column.name, wanted)
        return 1 if column.type == "money" else column.denominator
    found = unit(draft, formula)
    names = ("days",) if column.type == "date" else tuple(_LENGTHS)
    if found is None:
        return 1
    if found.kind != "count" or found.name not in names:
        sentence = f"{column.name} is {called(found)}, and so many {' or '.join(names)} are wanted"
        draft.problem("W109", sentence, formula.span, "write how long after, as in 3 days")
        return 1
    return _LENGTHS[found.name] * parts_a_day(column) // 86_400


def complete(draft: Draft, kind: EventKind, given: set[str], span: Span) -> None:
    """Every column that a kind needs is given. Problems: W115."""
    for column in kind.columns:
        if column.required and column.name not in given and column.name != kind.joins:
            where = "amounts" if column.type in ("money", "instant") else "columns"
            sentence = f"an event of the kind {kind.name} needs its column {column.name}"
            draft.problem("W115", sentence, span, f"add it under {where}: {{{column.name}: …}}")
