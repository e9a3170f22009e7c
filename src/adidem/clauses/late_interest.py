"""What is paid late bears interest.

Simple interest: each late part of a figure, times the rate of a year, times the days of delay, over the days of a year:
365 (Actual/365 Fixed) or 360 (Actual/360; 2006 ISDA Definitions, section 4.16(d) and (e)). It runs from the day on
which the figure was due, or from the end of the time of grace, to the day on which the part is paid; interest bears no
interest. A text speaks of what falls due while it binds. The days of payment stand in the record alone, so that the
interest is worked out of it when an outcome is read, and what may come has no late payments.
"""

from adidem.clauses.parts.common import suspended, unknown_clauses
from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm
from adidem.kernel.period import Duration
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.quantity import DAYS
from adidem.kernel.term import Term
from adidem.kernel.transfer import LateInterest

TERMS = (
    TermForm("clauses", "clauses", asks="What is owed under which clauses bears interest?", about="whose amounts"),
    TermForm("rate", "rate", asks="At what rate?", about="of a year"),
    TermForm(
        "day_count",
        "choice",
        choices=("A/365", "A/360"),
        asks="How many days has a year?",
        about="how days of delay become a part of a year",
    ),
    TermForm("grace", "duration", required=False, about="in days: how long after it is due a payment is not late"),
    TermForm(
        "runs_from",
        "choice",
        choices=("due-day", "end-of-grace"),
        asks="From which day does interest run?",
        about="the due day, or the end of grace",
    ),
    TermForm("rounding", "rounding", about="the rule; the place is each late part (line) or each figure (period)"),
)


def compile(clause: Composer) -> None:
    """The terms by which whoever reads the record works out what was late; nothing that is owed by itself.

    Problems: A107 no such clause; A112 it cannot be suspended; T220 grace that is not counted in days.
    """
    named = clause.words("clauses")
    problems = unknown_clauses(clause, "clauses")
    problems += suspended(clause, "nothing says whether interest runs on meanwhile")
    if clause.has("grace"):
        problems += _not_in_days(clause.clause.terms["grace"])
    if problems:
        raise ProblemError(problems)
    year = clause.chosen("day_count", "A/365").where(
        clause.program.constant(365, DAYS, "days of a year"), clause.program.constant(360, DAYS, "days of a year")
    )
    none = clause.program.constant(0, DAYS, "no grace")
    grace = clause.term("grace") if clause.has("grace") else none
    rounding, place = clause.rounding()
    from_due = clause.chosen("runs_from", "due-day")
    rate = clause.term("rate")
    rule = LateInterest(clause.clause, named, clause.life(), rate, year, grace, from_due, rounding, place)
    clause.all.late.append(rule)


def _not_in_days(term: Term) -> list[Problem]:
    """Days of delay are days of the calendar, and so is the time of grace."""
    found = [value for value in term.values if isinstance(value, Duration) and value.unit != "days"]
    return [
        Problem("T220", f"grace: {value} is not counted in days", term.span, "write days: 10 days") for value in found
    ]


FAMILY = Family("late-interest", "what is paid late bears interest", TERMS, compile)
