"""Somebody may declare that a state of things is reached, by a test; perhaps others verify it; and then other clauses
change.

The AGI clause is one. Which test, who decides and what follows are terms, and where reports disagree each is a
question of its own. A declaration that a panel has still to verify leaves what it would touch provisional; a verdict
against it undoes what it did.
"""

from adidem.clauses.parts.common import effects
from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula
from adidem.kernel.norm import NormDates

TERMS = (
    TermForm("declarer", "party", about="who may declare"),
    TermForm("subject", "name", about="what is declared"),
    TermForm("test", "formula", asks="By what test?", about="what must hold, judged on the declaration"),
    TermForm(
        "decided_by",
        "choice",
        choices=("declaration", "panel"),
        asks="Who decides: the one who declares, or others who verify?",
        about="whether the declaration decides, or a panel's verdict",
    ),
    TermForm(
        "verify_within",
        "duration",
        required=False,
        asks="How long may verification take, and what holds between declaration and verdict?",
        beside=("decided_by=panel",),
    ),
    TermForm("effects", "effects", asks="What follows?", about="what follows for which clauses"),
)
DECLARATION = EventKind(
    "declaration",
    (
        Column("by", "party"),
        Column("subject", "name"),
        Column("profit", "money", required=False),
        Column("revenue", "money", required=False),
        Column("surpasses_humans", "flag", required=False),
        Column("human_level", "flag", required=False),
    ),
    says="a party declares that a state of things is reached",
)
VERDICT = EventKind(
    "verdict",
    (Column("declaration", "id"), Column("outcome", "choice", choices=("upheld", "rejected"))),
    joins="declaration",
    says="a panel upholds or rejects a declaration",
)


def compile(clause: Composer) -> None:
    """The day on which each declaration decides, what it causes then, and what is open until then."""
    declarer = clause.word("declarer")
    declared, verdict = clause.day("declaration"), clause.day("declaration", "verdict")
    valid = (
        clause.one_of("declaration", "by", (declarer,))
        & clause.one_of("declaration", "subject", (clause.word("subject"),))
        & clause.formula("test", "declaration")
        & clause.in_force(declared)
    )
    by_panel = clause.chosen("decided_by", "panel")
    upheld = clause.one_of("declaration", "verdict.outcome", ("upheld",))
    rejected = clause.one_of("declaration", "verdict.outcome", ("rejected",))
    decided = by_panel.where(verdict.or_never(upheld), declared.or_never(~rejected)).or_never(valid)
    pending = valid & by_panel
    for flag, effect in effects(clause, "effects"):
        clause.causes(effect, decided.or_never(flag))
        clause.pends(effect.target, declared.or_never(pending & flag), verdict)
    clause.standing("power", declarer, "", f"declare “{clause.word('subject')}”")
    _panel(clause, declared.or_never(pending), declared, verdict)


def _panel(clause: Composer, arises: Formula, declared: Formula, verdict: Formula) -> None:
    due = clause.after(declared, "verify_within") if clause.has("verify_within") else None
    dates = NormDates(arises, due, verdict)
    clause.norm("verdict", "obligation", "panel", clause.word("declarer"), dates, "verify the declaration")


FAMILY = Family(
    "determination", "a declared and perhaps verified state of things", TERMS, compile, (DECLARATION, VERDICT)
)
