"""What two parties owe each other is set off, so that only the balance is paid.

Payment netting: of amounts in one currency that fall due between the same two parties on the same day, the smaller is
discharged, and of the larger as much (2002 ISDA Master Agreement, section 2(c)). A text may move what falls due within
a month, quarter or year to one settlement day. Set-off goes further: it takes in what is overdue, and needs words of
its own (section 6(f)). It is no clearing: what three parties owe each other in a round stays as it is.
"""

from collections.abc import Collection

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
    """Nothing that is owed: which amounts discharge each other, and on which day."""
    parties, named = clause.words("between"), clause.words("clauses")
    problems = [_unknown(clause, "between", name, clause.all.agreement.parties) for name in parties]
    problems += [_unknown(clause, "clauses", name, {c.id for c in clause.all.agreement.clauses}) for name in named]
    if len(set(parties)) < 2:
        span = clause.clause.terms["between"].span
        problems.append(Problem("T220", "between: two parties or more are needed", span, "name both: [ONE, OTHER]"))
    if f"suspend {clause.clause.id}" in clause.all.targets:
        sentence = f"no effect can suspend {clause.clause.id}: what was netted stays so"
        problems.append(Problem("A112", sentence, clause.clause.span, "end the clause, and let another begin"))
    if found := [problem for problem in problems if problem is not None]:
        raise ProblemError(found)
    ends_of = tuple[tuple[Every, Formula], ...](
        (every, clause.chosen("settlement_day", word)) for word, every in DAYS.items()
    )
    rule = Netting(clause.clause, parties, named, clause.life(), ends_of, clause.term("set_off"))
    clause.all.nettings.append(rule)


def _unknown(clause: Composer, term: str, name: str, known: Collection[str]) -> Problem | None:
    if name in known:
        return None
    span = clause.clause.terms[term].span
    if term == "between":
        return Problem("T221", f"“{name}” is no party of this agreement", span, did_you_mean(name, known))
    return Problem("A107", f"there is no clause {name}", span, did_you_mean(name, known))


FAMILY = Family("netting", "what parties owe each other is set off, and only the balance paid", TERMS, compile)
