"""What two parties owe each other is set off, so that only the balance is paid.

Payment netting: of amounts in one currency that fall due between the same two parties on the same day, the smaller is
discharged, and of the larger as much (2002 ISDA Master Agreement, section 2(c)). A text may move what falls due within
a month, quarter or year to one settlement day. Set-off goes further: it takes in what is overdue, and needs words of
its own (section 6(f)). It is no clearing: what three parties owe each other in a round stays as it is.
"""

from adidem.clauses.parts.common import suspended, unknown_clauses
from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula
from adidem.kernel.period import Every
from adidem.kernel.problem import Problem, ProblemError, did_you_mean
from adidem.kernel.transfer import Netting

DAYS: dict[str, Every] = {"month-end": "month", "quarter-end": "quarter", "year-end": "year"}
TERMS = (
    TermForm("between", "names", about="the parties, each with each other, two or more"),
    TermForm(
        "clauses", "clauses", asks="What is owed under which clauses is netted?", about="whose amounts are netted"
    ),
    TermForm(
        "settlement_day",
        "choice",
        choices=("due-day", *DAYS),
        asks="On which day is the balance struck and due?",
        about="each due day, or the last of the month, quarter or year in which an amount falls due",
    ),
    TermForm(
        "set_off",
        "flag",
        asks="Is what is overdue set off against what falls due?",
        about="whether what is overdue is set off too",
    ),
)


def compile(clause: Composer) -> None:
    """Nothing that is owed: which amounts discharge each other, and on which day.

    Problems: A107 no such clause; A112 it cannot be suspended; T220 and T221 parties.
    """
    parties, named, known = clause.words("between"), clause.words("clauses"), clause.all.agreement.parties
    span = clause.clause.terms["between"].span
    problems = [
        Problem("T221", f"“{name}” is no party of this agreement", span, did_you_mean(name, known))
        for name in parties
        if name not in known
    ]
    problems += [*unknown_clauses(clause, "clauses"), *suspended(clause, "what was netted stays so")]
    if len(set(parties)) < 2:
        problems.append(Problem("T220", "between: two parties or more are needed", span, "name both: [ONE, OTHER]"))
    if problems:
        raise ProblemError(problems)
    ends_of = tuple[tuple[Every, Formula], ...](
        (every, clause.chosen("settlement_day", word)) for word, every in DAYS.items()
    )
    rule = Netting(clause.clause, parties, named, clause.life(), ends_of, clause.term("set_off"))
    clause.all.nettings.append(rule)


FAMILY = Family("netting", "what parties owe each other is set off, and only the balance paid", TERMS, compile)
