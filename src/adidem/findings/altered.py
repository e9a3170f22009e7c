"""Other values that the terms of a clause could have, and the agreement with one of them in its place.

Knows terms, their forms and how each type of value can be otherwise. Does not know any family, events, or why somebody
would take another value.

What may be otherwise is read off the terms themselves, so that a family's own terms are tried without being known here:
a reading that is held, an end of a range, the value of another text of the clause, another word of a choice, another
rounding, a class more or less in a scope, a tier less in a ladder, an optional term left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import cast

from adidem.kernel.agreement import Agreement, Clause
from adidem.kernel.family import Family, TermForm
from adidem.kernel.quantity import ROUNDINGS, Unit, show_money, show_rate
from adidem.kernel.term import Quantity, Scope, Term, Value

ORDER = (
    "late data",
    "period cut-off",
    "exclusion",
    "missing line",
    "extra line",
    "base",
    "rate",
    "exchange rate",
    "tier",
    "cap",
    "rounding place",
    "other term",
    "adjustment",
)
"""The causes, in the order in which a difference is attributed to them."""
_CAUSES = (
    ("exchange", "exchange rate"),
    ("deduct", "base"),
    ("net_of", "base"),
    ("bundle", "base"),
    ("recognised", "base"),
    ("allocated", "base"),
    ("counts_once", "base"),
    ("tier", "tier"),
    ("ladder", "tier"),
    ("cap", "cap"),
    ("round", "rounding place"),
    ("rate", "rate"),
)
_BY_TYPE = {"scope": "exclusion", "rounding": "rounding place", "groups": "tier", "rate": "rate"}
_NEVER = frozenset(("party", "name", "every", "duration", "time", "settlements", "effects"))
"""Types of which another value would make it another clause, or moves no amount of a period."""


@dataclass(frozen=True, slots=True)
class Altered:
    """One term of a clause with another value; `value` is None where it is left out.

    cause  which of `ORDER` it would be
    words  what it is read as, and why that is tried
    with_  terms that say nothing without it, and are left out with it
    """

    clause: str
    term: str
    cause: str
    words: str
    value: Term | None
    with_: tuple[str, ...] = ()


def with_term(agreement: Agreement, altered: Altered, texts: Sequence[Clause]) -> Agreement:
    """The agreement with a term of some texts of one clause replaced, or left out."""
    chosen = {id(text.document) for text in texts}
    clauses: list[Clause] = []
    for clause in agreement.clauses:
        if clause.id == altered.clause and id(clause.document) in chosen:
            out = (altered.term, *altered.with_)
            terms = {name: term for name, term in clause.terms.items() if name not in out}
            if altered.value is not None:
                terms[altered.term] = altered.value
            clause = replace(clause, terms=terms)
        clauses.append(clause)
    return replace(agreement, clauses=tuple(clauses))


def cause_of(form: TermForm) -> str:
    """Which cause a difference in this term is."""
    if form.type in ("scope", "rounding"):
        return _BY_TYPE[form.type]
    named = next((cause for part, cause in _CAUSES if part in form.name), "")
    return named or _BY_TYPE.get(form.type, "other term")


def alternatives(clause: Clause, family: Family, others: Iterable[Clause]) -> Iterator[Altered]:
    """Every other value of every term of a text that can be tried, each once, in the order of the family's terms.

    others  the other texts of the clause: what was agreed before, or will be
    """
    for form in family.terms:
        if form.type in _NEVER:
            continue
        seen: list[object] = []
        term = clause.terms.get(form.name)
        tried = [*_held(clause, form, others), *(_otherwise(term, form) if term is not None else ())]
        if term is not None:
            seen = [(_same(term.value),)]
            tried += [("left out", None)] if not form.required else []
        for words, value in tried:
            key = None if value is None else (_same(value.value),)
            if key not in seen:
                seen.append(key)
                there = {name for name in clause.terms if name != form.name}
                alone = [other for other in family.terms if form.name in _beside(other)]
                beside = tuple(other.name for other in alone if there.isdisjoint(_beside(other)))
                yield Altered(clause.id, form.name, cause_of(form), words, value, () if value is not None else beside)


def _beside(form: TermForm) -> list[str]:
    """The terms beside which alone a term says something."""
    return [name.partition("=")[0] for name in form.beside]


def stated(clause: Clause, name: str, rate: Fraction, words: str) -> Altered | None:
    """A term that is a rate, with a rate that somebody states; None where the text has no such term."""
    term = clause.terms.get(name)
    if term is None or not isinstance(term.value, Quantity) or term.value.unit.kind != "rate":
        return None
    value = Quantity(rate.numerator, Unit("rate", "", rate.denominator))
    return Altered(clause.id, name, "rate", words, _plain(term, value))


def scoped(clause: Clause, name: str, scope: Scope, words: str) -> Altered:
    """A term that is a scope, read otherwise."""
    return Altered(clause.id, name, "exclusion", words, _plain(clause.terms[name], scope))


def value_words(value: object) -> str:
    """A value of a term as a person writes it."""
    match value:
        case Quantity(number, unit) if unit.kind == "money":
            return show_money(number, unit.name)
        case Quantity(number, unit) if unit.kind == "rate":
            return show_rate(Fraction(number, unit.denominator))
        case bool():
            return "yes" if value else "no"
        case tuple():
            return f"{len(value)} of them"
        case _:
            return str(value)


def _plain(term: Term, value: Value) -> Term:
    """The term with one value, certain and undisputed."""
    return replace(term, value=value, text=value_words(value), readings=(), range=None)


def _same(value: Value) -> object:
    """What tells two values apart: a rate is the same over any denominator."""
    if isinstance(value, Quantity):
        return (value.unit.kind, value.unit.name, Fraction(value.value, value.unit.denominator))
    if isinstance(value, tuple):
        return tuple(_same(part.value) if isinstance(part, Term) else part for part in value)
    return value


def _held(clause: Clause, form: TermForm, others: Iterable[Clause]) -> Iterator[tuple[str, Term | None]]:
    """What somebody holds or held: a rival reading, an end of the range, the value of another text."""
    term = clause.terms.get(form.name)
    for reading in term.readings if term is not None else ():
        held = f", as {reading.held_by} holds" if reading.held_by else ""
        yield f"read as {reading.name}{held}", _plain(term, reading.value) if term is not None else None
    for other in others:
        theirs = other.terms.get(form.name)
        where = f"as {other.document.name} has it"
        if theirs is not None:
            yield f"{value_words(theirs.value)}, {where}", theirs
        elif term is not None and not form.required:
            yield f"left out, {where}", None
    for end in (term.range or ()) if term is not None else ():
        assert term is not None
        yield f"{value_words(end)}, an end of its range", _plain(term, end)


def _otherwise(term: Term, form: TermForm) -> Iterator[tuple[str, Term]]:
    """What the type of a value lets it be besides."""
    value = term.value
    match value:
        case str() if form.type == "rounding":
            rule, _, place = value.partition(", per ")
            places = dict.fromkeys((place, *(form.choices or ("line", "period"))))
            # The place first, then the rule: what is most often done otherwise.
            for other in [(rule, p) for p in places] + [(r, p) for p in places for r in ROUNDINGS]:
                text = ", per ".join(other)
                yield text, _plain(term, text)
        case str() if form.type == "choice":
            for word in form.choices:
                yield word, _plain(term, word)
        case bool():
            yield value_words(not value), _plain(term, not value)
        case Scope(classes, without, new_only):
            for out in without:
                kept = tuple(other for other in without if other != out)
                yield f"{out} taken in", _plain(term, Scope(classes, kept, new_only))
        case tuple():
            yield from _ladder(term, form, value)
        case _:
            return


def _ladder(term: Term, form: TermForm, parts: Sequence[object]) -> Iterator[tuple[str, Term]]:
    """A list, such as tiers, with one part alone, or without one of its parts.

    The part before one that is left out ends where that one ended: of a group the terms that it need not have are then
    those of the one left out.
    """
    count = len(parts)
    optional = [part.name for part in form.parts if not part.required]
    for place in range(count if count > 1 else 0):
        rest: list[object] = [part for at, part in enumerate(parts) if at != place]
        if place:
            rest[place - 1] = _ending(parts[place - 1], parts[place], optional)
        yield f"without number {place + 1} of its {count}", _plain(term, cast(Value, tuple(rest)))
    for place in range(count if count > 2 else 0):
        alone = _ending(parts[place], parts[-1], optional)
        yield f"number {place + 1} of its {count} alone", _plain(term, cast(Value, (alone,)))


def _ending(one: object, other: object, optional: Sequence[str]) -> object:
    """A group with the optional terms of another; what is no group, as it is."""
    if not (isinstance(one, Term) and isinstance(other, Term) and optional):
        return one
    own, theirs = (part.value if isinstance(part.value, tuple) else () for part in (one, other))
    kept = [part for part in own if isinstance(part, Term) and part.name not in optional]
    taken = [part for part in theirs if isinstance(part, Term) and part.name in optional]
    return replace(one, value=(*kept, *taken))


def round_rate(part: int, whole: int) -> Fraction | None:
    """The rate of whole hundredths of a per cent that lies nearest to part / whole, if it is one between 0 and 1."""
    if whole <= 0 or not 0 < part <= whole:
        return None
    near = Fraction(round(Fraction(part, whole) * 10_000), 10_000)
    return near or None
