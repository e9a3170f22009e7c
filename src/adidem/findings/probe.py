"""Hypothetical events that put a question to the test.

Knows a clause's terms and the kinds of event its family speaks of. Does not know any family.

What nothing has tested yet is tested here: an event of each kind the family speaks of, by the clause's own parties,
of its own acts and assets; then variations of it in one column at a time.
"""

import json
from collections.abc import Iterator

from adidem.kernel.agreement import Clause
from adidem.kernel.event import ACT, Column, EventKind
from adidem.kernel.family import Family
from adidem.kernel.period import show_day
from adidem.kernel.term import Scope

_ELSEWHERE = "another-provider"
_FAR_DAYS = ("2050-01-01", "2060-01-01")
_AMOUNTS = ("USD 1,000 bn", "USD 1 m")


def probes(clause: Clause, family: Family, day: int, currency: str) -> Iterator[list[str]]:
    """Sequences of hypothetical events on a day, as lines of a ledger, the plainest first."""
    kinds = [kind for kind in (ACT, *family.events) if not kind.joins]
    stages = {kind.joins: kind for kind in family.events if kind.joins}
    events = [_event(kind, fields, day) for kind in kinds for fields in _variations(clause, family, kind, currency)]
    yield from ([json.dumps(event)] for event in events)
    for event in events:
        stage = stages.get(event["kind"])
        if stage is None:
            continue
        for fields in _variations(clause, family, stage, currency):
            after = _event(stage, fields, day) | {stage.joins: event["id"]}
            act = _event(ACT, next(_variations(clause, family, ACT, currency)), day) | {
                "asset": event.get("asset", "x")
            }
            yield [json.dumps(event), json.dumps(after)]
            yield [json.dumps(event), json.dumps(after), json.dumps(act)]


def _event(kind: EventKind, fields: dict[str, str], day: int) -> dict[str, str]:
    when = show_day(day)
    told = {"id": f"hypothetical-{kind.name}", "kind": kind.name, "occurred": when, "recorded": when}
    moments = {c.name: _moment(c, day) for c in kind.columns if c.required and c.type in ("date", "instant")}
    return {**told, **moments, **fields}


def _moment(column: Column, day: int) -> str:
    """A day, or the instant at which it begins; the day before where the column names one that is over."""
    return show_day(day - column.past) + ("T00:00:00Z" if column.type == "instant" else "")


def _variations(clause: Clause, family: Family, kind: EventKind, currency: str) -> Iterator[dict[str, str]]:
    """The first choice in every column, then all that can be said, then each other choice of one column alone."""
    choices = {c.name: values for c in kind.columns if (values := _choices(clause, family, kind, c, currency))}
    first = {name: values[0] for name, values in choices.items() if values[0]}
    yield first
    full = {name: next(filter(None, values)) for name, values in choices.items() if any(values)}
    if full != first:
        yield full
    for name, values in choices.items():
        for value in values[1:]:
            varied = {**first, name: value}
            yield {key: v for key, v in varied.items() if v}


def _choices(clause: Clause, family: Family, kind: EventKind, column: Column, currency: str) -> list[str]:
    """Values worth trying in a column; empty text leaves an optional column out."""
    terms = clause.terms
    values: list[str] = []
    if column.type == "party":
        parties = {form.name for form in family.terms if form.type == "party"}
        values = [str(terms[name].value) for name in _PARTIES if name in terms and name in parties]
        holder_first = column.name in ("to", "of") or bool(kind.joins)  # who is asked answers
        values = values[::-1] if holder_first else values
        values.sort(key=lambda name: column.name not in terms or name != terms[column.name].value)
    elif column.type == "money":
        values = [amount.replace("USD", currency) for amount in _AMOUNTS]
    elif column.type == "count":
        values = ["100", "60"]
    elif column.type == "date" and not column.required:
        values = list(_FAR_DAYS)
    elif column.type == "flag":
        values = ["yes", "no"]
    elif column.type == "choice":
        values = list(column.choices)
    elif column.name in ("third_party", "matter", "unit", "ground") or (column.name, column.type) in _SOMEBODY:
        named = [str(name) for key in _NAMED.get(column.name, ()) if key in terms for name in _many(terms[key].value)]
        values = [*named, _ELSEWHERE] if column.name in ("third_party", "to", "ground") else named
    elif column.name == "act":
        values = [str(name) for key in ("act", "acts", "upon") if key in terms for name in _many(terms[key].value)]
    elif column.name in ("asset", "product", "service"):
        values = _assets(clause)
    elif column.name == "with":
        values = [_ELSEWHERE]
    elif column.name == "subject":
        values = [str(terms["subject"].value)] if "subject" in terms else []
    if column.name in _LEFT_OUT and not column.required:
        return ["", *values]
    return values if column.required else [*values, ""]


_LEFT_OUT = (
    "third_party", "price", "capacity", "starts", "lacks", "chooses_not", "volume", "quantity", "ground",
    "expires",
)  # fmt: skip
"""Optional columns of which the plainest event says nothing."""
_SOMEBODY = (("to", "name"), ("by", "name"))
_NAMED = {"matter": ("matter",), "unit": ("unit",), "ground": ("grounds",), "by": ("holder",)}
_PARTIES = (
    "grantor", "asker", "payer", "of", "licensee", "declarer", "customer", "company", "holder",
    "payee", "licensor", "provider", "investor", "counterparty", "unless_consent_of",
)  # fmt: skip


def _many(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _assets(clause: Clause) -> list[str]:
    """An asset of each class that a reading of a scope names, exceptions included."""
    found: list[str] = []
    for term in clause.terms.values():
        for value in term.values:
            if isinstance(value, Scope):
                found += [*value.classes, *value.without]
    return list(dict.fromkeys(f"{name}/hypothetical" for name in found))
