"""What limits a share: a floor, caps of the year and of the clause's life, a minimum of the year; and part years.

Knows the amounts of a year and the part of it in which a text binds. Does not know how a share is worked out.

An amount of a year is prorated by the days on which a text binds in it, over the days that the named count gives a
year (ISDA 2006 Definitions, section 4.16: actual/actual, actual/365 (fixed), actual/360); with a text that takes
another's place in the middle of a year, that year has the prorated amounts of both.
"""

from collections.abc import Iterator
from fractions import Fraction

from adidem.clauses.parts.ladder import chosen
from adidem.clauses.parts.years import YEAR_STARTS, overlapping, year_starts
from adidem.kernel.composer import Composer
from adidem.kernel.family import TermForm
from adidem.kernel.formula import Formula, greater, lesser
from adidem.kernel.problem import Problem
from adidem.kernel.quantity import DAYS, Rounding, Unit, show_rate
from adidem.kernel.source import Span
from adidem.kernel.term import Quantity, Term

TERMS = (
    TermForm("floor", "money", required=False, about="the least that a period pays"),
    TermForm("cap", "money", required=False, about="the most that is paid over the life of the clause"),
    TermForm("annual_cap", "money", required=False, about="the most that is paid of a year"),
    TermForm(
        "over_annual_cap",
        "choice",
        required=False,
        choices=("lost", "carried"),
        asks="Is what exceeds the cap of a year lost, or paid in a later year?",
        beside=("annual_cap",),
        about="whether what exceeds the cap of a year is lost, or carried into later years; without it it is lost",
    ),
    TermForm(
        "cap_reached",
        "choice",
        required=False,
        choices=("stop", "refund"),
        asks="If more is paid than a cap allows, do payments stop, or is the rest refunded?",
        beside=("cap", "annual_cap"),
        about="what follows where a cap is below what is already paid; without it payments stop",
    ),
    TermForm("minimum", "money", required=False, about="the least that a year pays, by a true-up at its end"),
    TermForm(
        "part_year",
        "choice",
        required=False,
        choices=("full", "actual/actual", "actual/365", "actual/360"),
        asks="Is what is said of a year owed in full for a part of one, or by which count of its days?",
        beside=("annual_cap", "minimum"),
        about="how amounts of a year are prorated where the text binds in a part of it; without it they are not",
    ),
    year_starts("annual_cap", "minimum", "tiers_count=year", "every=year"),
)
_SHARES = ("rate", "deductions_limit", "recoup_at_most", "withholding")
_WHOLE = ("tiers", "deductions_limit")


def of_year(clause: Composer, name: str, rounding: Rounding) -> Formula:
    """[periods] An amount that the text says of a year, of the part of the year in which it binds."""
    if not clause.has("part_year"):
        return clause.term(name)
    return chosen(
        clause,
        "part_year",
        {
            "full": lambda: clause.term(name),
            "actual/actual": lambda: _prorated(clause, name, rounding, None),
            "actual/365": lambda: _prorated(clause, name, rounding, 365),
            "actual/360": lambda: _prorated(clause, name, rounding, 360),
        },
    )


def _prorated(clause: Composer, name: str, rounding: Rounding, year: int | None) -> Formula:
    """[periods] The amounts of this text and of those before it, each for the days on which it binds."""
    out: Formula | None = None
    for text in clause.all.agreement.texts_of(clause.clause.id):
        if text.starts <= clause.clause.starts and name in text.terms:
            each = Composer(clause.all, text)
            part = each.term(name).scale(_part(each, clause.year(), year), rounding)
            out = part if out is None else out + part
    assert out is not None
    return out


def _part(text: Composer, of: tuple[Formula, Formula], year: int | None) -> Formula:
    """[periods] The part of a year in which the text binds; a whole year is one, by any count."""
    days, (starts, ends) = _days_bound(text, of), of
    whole = ends.after("days", text.program.constant(1, DAYS, "one day")) - starts
    if year is not None:
        one = text.program.constant(1, Unit("rate"), "the whole year")
        return days.equals(whole).where(one, _over(days, year))
    return (whole > text.program.constant(365, DAYS, "365 days")).where(_over(days, 366), _over(days, 365))


def _over(days: Formula, year: int) -> Formula:
    return days.with_others("times", detail=(1, Unit("rate", "", year)))


def _days_bound(text: Composer, year: tuple[Formula, Formula]) -> Formula:
    """[periods] On how many days of the year in which each period ends the text binds.

    year  the first and the last day of that year
    """
    (first, last), (starts, ends) = text.bounds(), year
    one, none = (text.program.constant(number, DAYS) for number in (1, 0))
    return greater(lesser(last, ends).after("days", one) - greater(first, starts), none)


def year_is_up(clause: Composer) -> Formula:
    """[periods] Whether this is the last text that binds in the year."""
    binds = _days_bound(clause, clause.year()) > clause.program.constant(0, DAYS)
    return _before_the_next(clause, clause.year()[1], binds)


def is_latest(clause: Composer) -> Formula:
    """[periods] Whether by the last day of each this text has begun, and none has taken its place; ended or not."""
    last = clause.last_day()
    return _before_the_next(clause, last, clause.bounds()[0] <= last)


def _before_the_next(clause: Composer, day: Formula, holds: Formula) -> Formula:
    texts = clause.all.agreement.texts_of(clause.clause.id)
    later = [text.starts for text in texts if text.starts > clause.clause.starts]
    return holds & (day < clause.date(min(later), "the next text takes effect")) if later else holds


def misfits(clause: Composer, forms: tuple[TermForm, ...]) -> list[Problem]:
    """What does not fit in these terms. Problems: A130 a share over 100 %; A132 a limit past another; A133 a term that
    says nothing without another; A134 rounded per line, what has no lines; A136 two texts with other years.
    """
    found = [
        Problem("A130", f"{name} is {show_rate(rate)}, more than all of it", span, "write a rate of at most 100 %")
        for name, rate, span in _rates(clause)
        if rate > 1
    ]
    found += [
        Problem("A130", f"{name} is 100 %, and nothing is left to pay", span, "write a rate below 100 %")
        for name, rate, span in _rates(clause)
        if name == "withholding" and rate == 1
    ]
    for low, high, why in (
        ("annual_cap", "cap", "a year never pays more than the clause does in its life"),
        ("floor", "annual_cap", "one period would pay more than a year may"),
        ("floor", "cap", "one period would pay more than the clause may in its life"),
        ("minimum", "annual_cap", "a year would have to pay more than it may"),
        ("minimum", "cap", "a year would have to pay more than the clause may in its life"),
    ):
        if clause.has(low) and clause.has(high) and min(_amounts(clause, low)) > max(_amounts(clause, high)):
            one, other = (clause.clause.terms[name] for name in (low, high))
            sentence = f"{low} is {one.text}, and {high} only {other.text}: {why}"
            see = ((other.span, high),) if other.span is not None else ()
            found.append(Problem("A132", sentence, one.span, f"write {low} below {high}, or leave one out", see))
    for form in (each for each in forms if each.name != YEAR_STARTS):  # of quarters it says something by itself
        if form.beside and clause.has(form.name) and not any(clause.has(name) for name in form.beside):
            needs = " or ".join(form.beside)
            sentence = f"{form.name} says nothing without {needs}"
            mend = f"add {needs}, or take {form.name} away"
            found.append(Problem("A133", sentence, clause.clause.terms[form.name].span, mend))
    found += overlapping(clause, ("annual_cap", "minimum"))
    if clause.rounding()[1] == "line" and (whole := [name for name in _WHOLE if clause.has(name)]):
        sentence = f"with {whole[0]} a share is taken of a period's sum, and no line has a share to round"
        span = clause.clause.terms["rounding"].span
        found.append(Problem("A134", sentence, span, "write the rounding per period or per cumulative total"))
    return found


def _rates(clause: Composer) -> Iterator[tuple[str, Fraction, Span | None]]:
    """Every rate that a text gives, and those to which an effect sets one, with its name and place."""
    terms = [(name, clause.clause.terms[name]) for name in _SHARES if clause.has(name)]
    terms += [
        (f"the {part} of {name.removesuffix('s')} {number}", group[part])
        for name, part in (("tiers", "rate"), ("bundles", "part"))
        for number, group in enumerate(clause.groups(name) if clause.has(name) else (), 1)
        if part in group
    ]
    for name, term in terms:
        for value in (term.value, *(term.range or ())):
            if isinstance(value, Quantity):
                yield name, Fraction(value.value, value.unit.denominator), term.span
        for reading in term.readings:
            if isinstance(reading.value, Quantity):
                yield name, Fraction(reading.value.value, reading.value.unit.denominator), reading.span or term.span
    for effect in (caused.effect for caused in clause.caused("set")):
        if effect.target == clause.clause.id and isinstance(effect.value, Quantity):
            yield effect.term, Fraction(effect.value.value, effect.value.unit.denominator), effect.span


def _amounts(clause: Composer, name: str) -> list[int]:
    term: Term = clause.clause.terms[name]
    return [value.value for value in term.values if isinstance(value, Quantity)]
