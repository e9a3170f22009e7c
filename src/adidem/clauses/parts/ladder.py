"""Shares of what is counted: one rate, or tiers of rates, exact until they are rounded once at a named place.

Knows rates, tiers and the position on the ladder at which a period begins. Does not know what is counted, or paid.

What lies below the first tier is shared at the term `rate`. A share is held in parts of a minor unit until all tiers
of a period are added up: their common denominator is that of all the clause's rates.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import lcm

from adidem.kernel.composer import Composer
from adidem.kernel.family import TermForm
from adidem.kernel.formula import Formula, greater, lesser
from adidem.kernel.problem import Problem
from adidem.kernel.quantity import Rounding, Unit
from adidem.kernel.term import Quantity, Term, Value

COUNTED = "counted"
TERMS = (
    TermForm(
        "tiers",
        "groups",
        required=False,
        about="other rates for what is counted above the first of them",
        parts=(
            TermForm("above", "money", about="the amount above which the tier begins", disputable=False),
            TermForm("up_to", "money", False, about="the amount with which it ends", disputable=False),
            TermForm("rate", "rate", about="the share in it", disputable=False),
        ),
    ),
    TermForm(
        "tiers_count",
        "choice",
        required=False,
        choices=("period", "year", "life"),
        beside=("tiers",),
        about="since when what is counted climbs the tiers",
    ),
    TermForm(
        "tiers_apply",
        "choice",
        required=False,
        choices=("incremental", "all-units"),
        beside=("tiers",),
        about="whether a tier's rate holds for what lies in it, or for everything counted so far",
    ),
)


def chosen(clause: Composer, name: str, choices: Mapping[str, Callable[[], Formula]]) -> Formula:
    """The formula of the choice that is made, under each reading."""
    out: Formula | None = None
    for flag, word in clause.alternatives(name):
        formula = choices[str(word)]()
        out = formula if out is None else flag.where(formula, out)
    assert out is not None
    return out


def rate_of_period(clause: Composer) -> Formula:
    """[periods] The rate as the last effect before the end of each period set it."""
    (_, rate), *later = clause.terms_by_day("rate", clause.last_day())
    for applies, value in later:
        rate = applies.where(value, rate)
    return rate


def climbed(clause: Composer, base: Formula, closes: Formula) -> Formula:
    """[periods] The exact share of what a period counts, by the tiers in which it lies."""
    unit = base.unit
    earlier = clause.flowing(COUNTED, unit)  # what other texts have counted in the same period
    clause.flow(COUNTED, closes.where(base, clause.program.constant(0, unit, "nothing")))
    before = chosen(
        clause,
        "tiers_count",
        {
            "period": lambda: earlier,
            "year": lambda: clause.carried_since(COUNTED, unit, clause.closes("year")) + earlier,
            "life": lambda: clause.carried(COUNTED, unit) + earlier,
        },
    )
    after = before + base
    return chosen(
        clause,
        "tiers_apply",
        {
            "incremental": lambda: _in_tiers(clause, before, after),
            "all-units": lambda: _at_the_tier(clause, after) - _at_the_tier(clause, before),
        },
    )


def _in_tiers(clause: Composer, before: Formula, after: Formula) -> Formula:
    """Each tier's rate of what lies in it."""
    edges = [clause.part(tier["above"], f"tiers.{n}.above") for n, tier in enumerate(clause.groups("tiers"), 1)]
    out: Formula | None = None
    for number, rate in enumerate(_rates(clause)):
        low = edges[number - 1] if number else None
        high = edges[number] if number < len(edges) else None

        def within(reached: Formula, low: Formula | None = low, high: Formula | None = high) -> Formula:
            capped = lesser(reached, high) if high is not None else reached
            return greater(capped, low) if low is not None else capped

        part = exact(clause, within(after) - within(before), rate)
        out = part if out is None else out + part
    assert out is not None
    return out


def _at_the_tier(clause: Composer, reached: Formula) -> Formula:
    """The rate of the tier that is reached, of all."""
    first, *others = _rates(clause)
    out = exact(clause, reached, first)
    for number, (tier, rate) in enumerate(zip(clause.groups("tiers"), others, strict=True), 1):
        edge = clause.part(tier["above"], f"tiers.{number}.above")
        out = (reached > edge).where(exact(clause, reached, rate), out)
    return out


def _rates(clause: Composer) -> list[Formula]:
    """The rate below the first tier, and that of each tier."""
    tiers = enumerate(clause.groups("tiers"), 1)
    return [rate_of_period(clause), *(clause.part(tier["rate"], f"tiers.{n}.rate") for n, tier in tiers)]


def exact(clause: Composer, amount: Formula, rate: Formula) -> Formula:
    """A rate of an amount in parts of a minor unit, nothing rounded."""
    return amount.over(_parts(clause)).scale(rate, "down")


def rounded(amount: Formula, rounding: Rounding) -> Formula:
    """What is exact, as minor units."""
    parts, unit = amount.unit.denominator, replace(amount.unit, denominator=1)
    if parts == 1:
        return amount
    whole = amount.with_others("times", detail=(1, unit))
    return whole.scale(amount.program.constant(1, Unit("rate", "", parts), f"1 of {parts} parts"), rounding)


def settled(clause: Composer, parts: list[Formula], closes: Formula, rounding: Rounding, place: str) -> Formula:
    """[periods] The sum of exact parts, rounded: of each period, or as what it adds to the rounded total so far."""
    amount = parts[0]
    for more in parts[1:]:
        amount = amount + more
    if place == "period":
        return rounded(amount, rounding)
    before = clause.carried("exact", amount.unit) + clause.flowing("exact", amount.unit)
    clause.flow("exact", closes.where(amount, clause.program.constant(0, amount.unit, "nothing")))
    return rounded(before + amount, rounding) - rounded(before, rounding)


def _parts(clause: Composer) -> int:
    """Into how many parts a minor unit is cut, so that each rate of every text of the clause gives whole ones."""
    values: list[Value | None] = [
        caused.effect.value for caused in clause.caused("set") if caused.effect.target == clause.clause.id
    ]
    for text in clause.all.agreement.texts_of(clause.clause.id):
        terms = [text.terms[name] for name in ("rate", "tiers") if name in text.terms]
        while terms:
            term = terms.pop()
            values += term.values
            terms += [inner for value in term.values for inner in _inner(value)]
    return lcm(*(v.unit.denominator for v in values if isinstance(v, Quantity) and v.unit.kind == "rate"))


def _inner(value: Value) -> list[Term]:
    return [item for item in value if isinstance(item, Term)] if isinstance(value, tuple) else []


def misplaced(clause: Composer) -> list[Problem]:
    """What is wrong with the tiers. Problems: T202 how they count or apply is not said; A131 they overlap, or leave a
    gap.
    """
    if not clause.has("tiers"):
        return []
    found: list[Problem] = []
    for form in TERMS[1:]:
        if not clause.has(form.name):
            sentence = f"the {clause.clause.family} clause has tiers, and does not say its term {form.name}"
            mend = f"add a line “{form.name}: …” that says {form.about}, one of {', '.join(form.choices)}"
            found.append(Problem("T202", sentence, clause.clause.span, mend))
    end: Term | None = None
    for number, tier in enumerate(clause.groups("tiers"), 1):
        if "above" not in tier:
            continue
        begin, low = tier["above"], _minor(tier["above"])
        high = _minor(tier["up_to"]) if "up_to" in tier else None
        sentence = ""
        if number > 1 and end is None:
            sentence = f"tier {number} begins above {begin.text}, and the tier before it has no end"
        elif end is not None and low != _minor(end):
            how = "overlaps with the tier before it" if low < _minor(end) else "leaves a gap behind the tier before it"
            sentence = f"tier {number} {how}: it begins above {begin.text}, and that one goes up to {end.text}"
        elif high is not None and high <= low:
            sentence = f"tier {number} ends at {tier['up_to'].text}, and begins above {begin.text}"
        if sentence:
            mend = "let each tier begin above the amount up to which the one before it goes"
            if number > 1 and end is None:
                mend = f"write up_to: {begin.text} in tier {number - 1}"
            found.append(Problem("A131", sentence, begin.span, mend))
        end = tier.get("up_to")
    return found


def _minor(term: Term) -> int:
    assert isinstance(term.value, Quantity)
    return term.value.value
