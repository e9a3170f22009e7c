"""A party must do something: once by a day, each time something else happens, or for as long as the text binds."""

from adidem.clauses.parts.acts import anything, done, either
from adidem.clauses.parts.amounts import first
from adidem.clauses.parts.common import idle, together
from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm
from adidem.kernel.norm import NormDates
from adidem.kernel.period import NEVER
from adidem.kernel.problem import ProblemError

TERMS = (
    TermForm("holder", "party", about="who must"),
    TermForm("counterparty", "party", about="to whom it is owed"),
    TermForm("act", "name", about="what must be done"),
    TermForm("scope", "scope", about="with which assets"),
    TermForm(
        "upon", "name", required=False, about="the act, of anyone, upon which it must be done with the same asset"
    ),
    TermForm(
        "within",
        "duration",
        required=False,
        asks="How long after that must it be done?",
        beside=("upon",),
        about="how long after that; without it on the same day",
    ),
    TermForm("by", "date", required=False, about="the day by which it must be done, once"),
)


def compile(clause: Composer) -> None:
    """An obligation for each triggering act, or one by a day, or one that stands.

    Problems: A151 a time after nothing, or two ways of saying when.
    """
    problems = list(idle(clause, TERMS))
    if clause.has("upon") and clause.has("by"):
        sentence, mend = "is to be done upon an act, and by a day", "write the two as two clauses"
        problems.append(together(clause.clause, sentence, mend, "by"))
    if problems:
        raise ProblemError(problems)
    holder, counterparty, act = clause.word("holder"), clause.word("counterparty"), clause.word("act")
    says = f"{either((act,))} {anything(clause.clause)}"
    occurred = clause.day("act")
    never = clause.date(NEVER, "never")
    if clause.has("upon"):
        upon = clause.word("upon")
        triggers = clause.one_of("act", "act", (upon,)) & clause.in_scope("scope", "act") & clause.in_force(occurred)
        due = clause.after(occurred, "within") if clause.has("within") else occurred
        fulfilled = clause.first_act(holder, act)
        dates = NormDates(occurred.or_never(triggers), due, triggers.where(fulfilled, never))
        clause.norm(act, "obligation", holder, counterparty, dates, f"{either((act,))} it after “{upon}”")
        within = f" within {clause.clause.terms['within'].text}" if clause.has("within") else ""
        says += f"{within} after each “{upon}”"
    elif clause.has("by"):
        did = first(clause, occurred.or_never(done(clause, holder, (act,))))
        arises, ends = clause.life()
        dates = NormDates(arises, clause.term("by"), did, terminated=ends)
        clause.norm(act, "obligation", holder, counterparty, dates, says)
        return
    clause.standing("obligation", holder, counterparty, says)


FAMILY = Family("duty", "a party must do something", TERMS, compile)
