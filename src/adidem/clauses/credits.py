"""A provider grants credits: units of its own that are not money, and that a customer uses before they expire.

Their roll-forward is that of FOCUS and of published cloud credits: granted, used, expired, left. Credits lie in one
line, by the day on which they expire or on which they were granted; use is set against its front, also in hindsight,
and what is left in front of a place is gone when the credits there expire. Under `oldest-first` none expires before
one that was granted earlier: credits of different lives, bought and given, belong into two clauses with two units.
What is used beyond what is left is overdrawn: a violation, and counted against what is granted next.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from adidem.clauses.parts.amounts import as_rate, day_before, in_unit, nothing
from adidem.clauses.parts.common import needs, spoken_of, together, unsaid
from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula, greater
from adidem.kernel.norm import NormDates
from adidem.kernel.period import ALWAYS, NEVER
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.quantity import Unit
from adidem.kernel.term import Quantity

PARTS = 10**6
"""The finest part of a credit is a millionth."""
TERMS = (
    TermForm("grantor", "party", about="who grants them"),
    TermForm("holder", "party", about="to whom"),
    TermForm("unit", "name", about="what they are called, in events too"),
    TermForm(
        "order",
        "choice",
        asks="Which are used first: the oldest, or those that expire soonest?",
        choices=("oldest-first", "soonest-first"),
        about="which are used first",
    ),
    TermForm("expires_after", "duration", False, "How long after they were granted do they expire?"),
    TermForm("transferable", "flag", asks="May others use them?", about="whether others may use them"),
    TermForm("grant", "count", False, about="how many are granted with the end of each period"),
    TermForm("every", "every", False, about="month, quarter or year"),
    TermForm("price", "money", False, about="what one counts for, in money"),
    TermForm("rounding", "rounding", False, about="the rule by which that is rounded, per line"),
    TermForm("cap", "money", False, about="the most that may be used, in money, over the life of the clause"),
)
GRANT = EventKind(
    "grant",
    (
        Column("by", "party"),
        Column("to", "party"),
        Column("unit", "name"),
        Column("amount", "count", denominator=PARTS),
        Column("expires", "date", required=False),
    ),
    says="a party grants credits; `expires` is the last day on which these can be used",
)
REDEMPTION = EventKind(
    "redemption",
    (
        Column("by", "name"),
        Column("of", "party"),
        Column("unit", "name"),
        Column("amount", "count", denominator=PARTS),
    ),
    says="somebody uses credits",
)


@dataclass(frozen=True)
class Line:
    """Credits in the order in which they are used.

    amount, day  what was granted, and when
    expires      the last day on which it can be used, and not before all in front of it
    """

    amount: Formula
    day: Formula
    expires: Formula


def compile(clause: Composer) -> None:
    """The roll-forward, and as violations what is used beyond what is left, and what others use that may not.

    Problems: A151 terms that only together say something.
    """
    if problems := list(_unsound(clause)):
        raise ProblemError(problems)
    unit = Unit("count", clause.word("unit"), PARTS)
    zero = clause.program.constant(0, unit, "nothing")
    lines, granted = _granted(clause, unit, zero)
    used, own = _used(clause, unit, zero)
    day = clause.day("redemption")

    def gone(when: Formula) -> Formula:
        """What has expired before the days `when`."""
        out = zero
        for line in lines:
            taken = used.until(day, line.expires)
            left = _before(line, lines, clause) - taken
            out = greater(out, left.latest(line.expires, day_before(when)))
        return out

    binds, ends = clause.in_force(day), clause.last_day()
    expired = gone(ends)
    expired = clause.in_force(ends).where(expired - expired.previous(0), zero)
    counted = binds.where(used, zero).sum()
    clause.flow("granted", granted)
    clause.flow("used", counted)
    clause.flow("expired", expired)
    clause.flow("left", granted - counted - expired)
    there, order = zero, clause.order("redemption")
    for line in lines:
        there = there + line.amount.until(line.day, day)
    left = there - gone(day) - used.until(order, order)
    _norms(clause, day.or_never(binds & (used > zero) & (left < zero)), day.or_never(binds & own))
    if clause.has("price"):
        _worth(clause, used, binds)


def _worth(clause: Composer, used: Formula, binds: Formula) -> None:
    """What is used counts for so much money, by the text of its day; beyond the cap nothing may be used."""
    day, order = clause.day("redemption"), clause.order("redemption")
    worth = _priced(clause, used, binds)
    zero, ever = nothing(worth), worth
    clause.flow("worth", worth.sum())
    if clause.has("cap"):
        for text in clause.all.agreement.texts_of(clause.clause.id):
            if text.starts < clause.clause.starts and "price" in text.terms:
                earlier = Composer(clause.all, text)
                own, _ = _used(earlier, used.unit, nothing(used))
                ever = ever + _priced(earlier, own, earlier.in_force(day))
        over = day.or_never((worth > zero) & (ever.until(order, order) > clause.term("cap")))
        says = f"use {clause.word('unit')} for more than {clause.clause.terms['cap'].text} in all"
        clause.norm(
            "cap", "prohibition", clause.word("holder"), clause.word("grantor"), NormDates(over, violated=over), says
        )


def _priced(text: Composer, used: Formula, binds: Formula) -> Formula:
    """[redemptions] What each use on the days of a text counts for."""
    worth = text.term("price").scale(as_rate(used), text.rounding()[0])
    return binds.where(worth, nothing(worth))


def _granted(clause: Composer, unit: Unit, zero: Formula) -> tuple[list[Line], Formula]:
    """The lines of what is granted by events and by schedule, earlier texts of the clause included; and what this text
    grants in each period.
    """
    day = clause.day("grant")
    mine = (
        clause.one_of("grant", "by", (clause.word("grantor"),))
        & clause.one_of("grant", "to", (clause.word("holder"),))
        & clause.one_of("grant", "unit", (clause.word("unit"),))
    )
    binds = clause.in_force(day)
    amount = in_unit(clause.column("grant", "amount"), unit)
    granted = (mine & binds).where(amount, zero).sum()
    expires = clause.column("grant", "expires")
    if clause.has("expires_after"):
        expires = unsaid(clause, "grant", "expires").where(clause.after(day, "expires_after"), expires)
    counts = mine & spoken_of(clause, day)
    lines = [Line(counts.where(amount, zero), day, expires.or_never(counts))]
    if clause.has("grant"):
        ends = clause.last_day()
        number = in_unit(clause.term("grant").over(PARTS), unit)
        own = (clause.closes(clause.every()) & clause.in_force(ends)).where(number, zero)
        amount = own + clause.flowing("scheduled", unit)
        clause.flow("scheduled", own)
        granted = granted + own
        expires = clause.after(ends, "expires_after") if clause.has("expires_after") else clause.date(NEVER, "never")
        lines.append(Line(amount, ends, expires.or_never(amount > zero)))
    return _in_order(clause, lines, zero), granted


def _in_order(clause: Composer, lines: list[Line], zero: Formula) -> list[Line]:
    """The lines with their expiry: under `oldest-first` not before that of what was granted earlier."""
    oldest, always = clause.chosen("order", "oldest-first"), clause.date(ALWAYS, "always")
    if oldest.fixed() == 0:
        return lines
    out: list[Line] = []
    for line in lines:
        last = line.expires
        for other in lines:
            ends = (other.amount > zero).where(other.expires, always)
            last = greater(last, ends.latest(other.day, line.day))
        out.append(Line(line.amount, line.day, oldest.where(last, line.expires).or_never(line.amount > zero)))
    return out


def _before(line: Line, lines: list[Line], clause: Composer) -> Formula:
    """What was granted up to each place of a line, that place included."""
    oldest, out = clause.chosen("order", "oldest-first"), None
    for other in lines:
        by_day, by_expiry = other.amount.until(other.day, line.day), other.amount.until(other.expires, line.expires)
        part = oldest.where(by_day, by_expiry)
        out = part if out is None else out + part
    assert out is not None
    return out


def _used(clause: Composer, unit: Unit, zero: Formula) -> tuple[Formula, Formula]:
    """[redemptions] What each uses; and whether it is one of somebody else's who may not."""
    mine = clause.one_of("redemption", "of", (clause.word("grantor"),)) & clause.one_of(
        "redemption", "unit", (clause.word("unit"),)
    )
    may = clause.one_of("redemption", "by", (clause.word("holder"),)) | clause.term("transferable")
    amount = in_unit(clause.column("redemption", "amount"), unit)
    return (mine & may).where(amount, zero), mine & ~may


def _norms(clause: Composer, overdrawn: Formula, passed_on: Formula) -> None:
    """The violations; and the power to use what is granted."""
    holder, grantor, unit = clause.word("holder"), clause.word("grantor"), clause.word("unit")
    dates = NormDates(overdrawn, violated=overdrawn)
    clause.norm("overdrawn", "prohibition", holder, grantor, dates, f"use more {unit} than are left")
    dates = NormDates(passed_on, violated=passed_on)
    clause.norm("passed on", "prohibition", holder, grantor, dates, f"let others use its {unit}")
    clause.standing("power", holder, grantor, f"use the {unit} that {grantor} has granted")


def _unsound(clause: Composer) -> Iterator[Problem]:
    """Whether a schedule has a number and a period, and a price says how it is rounded."""
    pairs = (("grant", "every"), ("every", "grant"), ("price", "rounding"), ("rounding", "price"), ("cap", "price"))
    yield from needs(clause, pairs)
    granted = clause.clause.terms["grant"].values if clause.has("grant") else ()
    for value in (each for each in granted if isinstance(each, Quantity)):
        if value.unit.name not in ("", clause.word("unit")) or PARTS % value.unit.denominator:
            sentence, mend = "grants what is no number of its unit", f"write so many {clause.word('unit')}"
            yield together(clause.clause, sentence, f"{mend}, with at most six decimal places", "grant")
    if clause.has("rounding") and clause.rounding()[1] != "line":
        sentence = "rounds what credits count for by the period, and each use is counted on its own"
        yield together(clause.clause, sentence, f"write {clause.rounding()[0]}, per line", "rounding")


FAMILY = Family("credits", "units that are not money, granted and used", TERMS, compile, (GRANT, REDEMPTION))
