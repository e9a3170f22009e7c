"""One party states the figures of each period; the other may object to them, and have them audited.

The cycle of a royalty or a share: a statement is due so long after a period ends; for so long the receiver may object;
what its silence means is for the text; for longer it may audit; and an audit that finds more than a stated
underpayment is paid for by the one who stated too little. Whether an underpayment is measured on what was stated or on
what the audit found parts such clauses, so it is a term. What is owed by the audited clause is for that clause.
"""

from adidem.clauses.parts.amounts import next_day, nothing
from adidem.clauses.parts.common import idle, unknown_clauses
from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula, greater
from adidem.kernel.norm import NormDates
from adidem.kernel.period import NEVER
from adidem.kernel.problem import ProblemError
from adidem.kernel.quantity import Unit

TERMS = (
    TermForm("reporter", "party", about="who states the figures"),
    TermForm("receiver", "party", about="to whom"),
    TermForm("states", "clauses", about="the clauses whose figures are stated"),
    TermForm("every", "every", about="month, quarter or year"),
    TermForm(
        "due_within",
        "duration",
        asks="How long after a period ends is its statement due?",
        about="when a statement is due",
    ),
    TermForm("object_within", "duration", required=False, asks="How long may the receiver object to a statement?"),
    TermForm(
        "silence",
        "choice",
        required=False,
        choices=("accepted", "open"),
        asks="What does it mean if the receiver does not object in time?",
        beside=("object_within",),
    ),
    TermForm("look_back", "duration", required=False, asks="How long after a statement may it be audited?"),
    TermForm(
        "threshold",
        "rate",
        required=False,
        asks="Above which underpayment does the one who stated too little bear the cost of an audit?",
    ),
    TermForm(
        "threshold_of",
        "choice",
        required=False,
        choices=("stated", "found"),
        asks="Is that underpayment measured on what was stated, or on what the audit found?",
        beside=("threshold",),
    ),
    TermForm(
        "pay_within",
        "duration",
        required=False,
        asks="How long after an audit must its cost be paid?",
        beside=("threshold",),
    ),
)
STATEMENT = EventKind(
    "statement",
    (
        Column("by", "party"),
        Column("about", "name"),
        Column("through", "date"),
        Column("amount", "money", signed=True),
    ),
    says="a party states the figure of a clause for the period that ends with the day `through`",
)
OBJECTION = EventKind(
    "objection",
    (Column("by", "party"), Column("statement", "id")),
    joins="statement",
    says="a party objects to a statement",
)
AUDIT = EventKind(
    "audit",
    (Column("by", "party"), Column("statement", "id"), Column("found", "money", signed=True), Column("cost", "money")),
    joins="statement",
    says="an audit of a statement finds what its figure should have been, and costs so much",
)


def compile(clause: Composer) -> None:
    """A duty to state each period, and for each statement the rights of the one who receives it.

    Problems: A107 a clause that the agreement has not; A151 a term that says nothing without another.
    """
    if problems := [*unknown_clauses(clause, "states"), *idle(clause, TERMS)]:
        raise ProblemError(problems)
    reporter, receiver, about = clause.word("reporter"), clause.word("receiver"), clause.words("states")
    through = clause.column("statement", "through")
    mine = clause.one_of("statement", "by", (reporter,)) & clause.in_force(through)
    for name in about:
        _missing(clause, name, mine & clause.one_of("statement", "about", (name,)))
    mine = mine & clause.one_of("statement", "about", about)
    made = clause.received("statement")
    arises = next_day(through).or_never(mine)
    due = clause.after(through, "due_within")
    says = "state the figures of the period"
    clause.norm("stated", "obligation", reporter, receiver, NormDates(arises, due, made), says)
    if clause.has("object_within"):
        _objection(clause, mine, made)
    _audit(clause, mine, made)
    clause.standing("obligation", reporter, receiver, f"state {' and '.join(about)} every {clause.every()}")


def _missing(clause: Composer, name: str, mine: Formula) -> None:
    """The earliest period that is over and of which no statement has come."""
    unit = Unit("count", "statements")
    one, none = clause.program.constant(1, unit, "one statement"), clause.program.constant(0, unit, "none")
    last = clause.last_day()
    came = one <= mine.where(one, none).sum(clause.column("statement", "through"))
    open_ = clause.closes(clause.every()) & ~came & clause.in_force(last)
    ended = last.or_never(open_).first_so_far().at(clause.as_of(), NEVER)
    dates = NormDates(next_day(ended), clause.after(ended, "due_within"))
    says = f"state {name} for the earliest period of which no statement has come"
    clause.norm(f"state {name}", "obligation", clause.word("reporter"), clause.word("receiver"), dates, says)


def _objection(clause: Composer, mine: Formula, made: Formula) -> None:
    """[statements] The right to object, and what is so when nobody has objected in time."""
    reporter, receiver = clause.word("reporter"), clause.word("receiver")
    due = clause.after(made, "object_within")
    came = clause.received("statement", "objection")
    objected = came.or_never(clause.one_of("statement", "objection.by", (receiver,)) & (came <= due))
    dates = NormDates(made.or_never(mine), due, objected)
    clause.norm("object", "power", receiver, reporter, dates, "object to the statement")
    if clause.has("silence"):
        silent = mine & ~(objected <= due) & clause.chosen("silence", "accepted")
        accepted = NormDates(next_day(due).or_never(silent))
        says = "object to the statement, which it is deemed to have accepted"
        clause.norm("accepted", "prohibition", receiver, reporter, accepted, says)


def _audit(clause: Composer, mine: Formula, made: Formula) -> None:
    """[statements] The right to audit, as long as it looks back; and who bears the cost of what it finds."""
    reporter, receiver = clause.word("reporter"), clause.word("receiver")
    borne = clause.has("threshold") and clause.has("threshold_of")  # else the text leaves open who bears the cost
    if not (borne or clause.has("look_back")):
        return
    came = clause.day("statement", "audit")
    counts = mine & clause.one_of("statement", "audit.by", (receiver,))
    if clause.has("look_back"):
        last = clause.after(made, "look_back")
        counts = counts & (came <= last)
        dates = NormDates(made.or_never(mine), last, came.or_never(counts))
        clause.norm("audit", "power", receiver, reporter, dates, "audit the statement")
    if not borne:
        return
    stated, found = clause.column("statement", "amount"), clause.column("statement", "audit.found")
    on = greater(clause.chosen("threshold_of", "stated").where(stated, found), nothing(stated))
    # Whole minor units are more than a part of one where they are more than the whole ones in it: rounded down.
    beyond = on.scale(clause.term("threshold"), "down") < found - stated
    cost = (counts & beyond).where(clause.column("statement", "audit.cost"), nothing(stated))
    due = clause.after(came, "pay_within") if clause.has("pay_within") else came
    clause.leg("audit-cost", reporter, receiver, cost, due, came)


FAMILY = Family(
    "statement",
    "one party states the figures of each period, and the other may object and audit",
    TERMS,
    compile,
    (STATEMENT, OBJECTION, AUDIT),
)
