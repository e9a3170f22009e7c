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
    return {"id": f"hypothetical-{kind.name}", "kind": kind.name, "occurred": when, "recorded": when, **fields}


def _variations(clause: Clause, family: Family, kind: EventKind, currency: str) -> Iterator[dict[str, str]]:
    """The first choice in every column, then each other choice of one column alone."""
    choices = {c.name: values for c in kind.columns if (values := _choices(clause, family, kind, c, currency))}
    first = {name: values[0] for name, values in choices.items() if values[0]}
    yield first
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
    elif column.type == "money":
        values = [amount.replace("USD", currency) for amount in _AMOUNTS]
    elif column.type == "flag":
        values = ["yes", "no"]
    elif column.type == "choice":
        values = list(column.choices)
    elif column.name == "act":
        values = [str(name) for key in ("act", "acts", "upon") if key in terms for name in _many(terms[key].value)]
    elif column.name in ("asset", "product", "service"):
        values = _assets(clause)
    elif column.name == "with":
        values = [_ELSEWHERE]
    elif column.name == "subject":
        values = [str(terms["subject"].value)] if "subject" in terms else []
    return values if column.required else [*values, ""]


_PARTIES = (
    "grantor", "payer", "of", "licensee", "declarer", "customer", "company", "holder",
    "payee", "licensor", "provider", "investor", "counterparty", "unless_consent_of",
)  # fmt: skip


def _many(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _assets(clause: Clause) -> list[str]:
    """An asset of each class that a reading of a scope names, exceptions included."""
    found: list[str] = []
    for term in clause.terms.values():
        for value in (term.value, *(reading.value for reading in term.readings)):
            if isinstance(value, Scope):
                found += [*value.classes, *value.without]
    return list(dict.fromkeys(f"{name}/hypothetical" for name in found))
