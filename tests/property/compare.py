"""The engine's answer and the oracle's, side by side.

Knows outcomes and oracles. Does not know how a case was made.
"""

from collections.abc import Mapping
from itertools import product

from adidem.desk.workspace import Workspace
from adidem.findings.outcome import Outcome, Result
from adidem.kernel.agreement import Agreement
from property.oracle import NEVER, Answer, Oracle, Owed, Standing, known, zone_of
from property.strategies import Case


def answer_of(result: Result) -> Answer:
    """A result of the engine, in the oracle's words."""
    return Answer(
        sorted((f.clause.id, f.clause.document.name, f.since) for f in result.in_force),
        sorted(map(_standing, result.obligations), key=repr),
        sorted((_owed(f) for f in result.figures), key=repr),
        {name: amount for name, amount in result.quantities.items() if amount},
    )


def _standing(o) -> Standing:
    return Standing(o.id, o.norm.kind, o.norm.holder, None if o.due > NEVER else o.due, o.state)


def _owed(figure) -> Owed:
    t = figure.transfer
    return Owed(t.id, t.due, t.payer, t.payee, t.amount_minor, t.provisional, figure.paid)


def agreement_known(case: Case, workspace: Workspace) -> Agreement:
    """The agreement that the known documents make up, by the oracle's own count of them."""
    names = known(workspace.whole.documents, case.ledger.splitlines(), case.day, case.second)
    return workspace.agreement([text for text in workspace.texts if text.source.name in names])


def choices(agreement: Agreement) -> list[dict[str, str]]:
    """Every combination of readings."""
    questions: dict[str, dict[str, None]] = {}
    for clause in agreement.clauses:
        for term in clause.terms.values():
            if term.readings:
                questions.setdefault(f"{clause.id}.{term.name}", {}).update(
                    dict.fromkeys(r.name for r in term.readings)
                )
    return [dict(zip(questions, combination, strict=True)) for combination in product(*questions.values())]


def oracle(case: Case, workspace: Workspace, agreement: Agreement, readings: Mapping[str, str]) -> Answer:
    """What the oracle says, in the order in which answers are compared."""
    lines = case.ledger.splitlines()
    found = Oracle(agreement, zone_of(workspace.whole), lines, case.day, case.second, readings).answer()
    return Answer(
        sorted(found.in_force),
        sorted(found.obligations, key=repr),
        sorted(found.transfers, key=repr),
        {name: amount for name, amount in found.flows.items() if amount},
    )


def result_under(outcome: Outcome, readings: Mapping[str, str]) -> Result:
    """The result that holds under a combination of readings."""
    found = [
        result
        for result in outcome.results
        if any(
            all(readings[q] == r for q, r in each.items() if q in readings) for each in (result.readings, *result.also)
        )
    ]
    assert len(found) == 1, (readings, [(r.readings, r.also) for r in outcome.results])
    return found[0]


def differences(case: Case) -> list[str]:
    """Where engine and oracle part, under every combination of readings; nothing where they agree.

    Quantities are compared where the readings are pinned to the first combination: results that differ in them alone
    are told as one.
    """
    workspace = case.workspace()
    outcome = workspace.run(case.as_of)
    agreement = agreement_known(case, workspace)
    every = choices(agreement)
    said = [oracle(case, workspace, agreement, readings) for readings in every]
    out = [
        f"under {readings}: {line}"
        for readings, answer in zip(every, said, strict=True)
        for line in differ(answer, answer_of(result_under(outcome, readings)))
    ]
    pinned = answer_of(workspace.run(case.as_of, in_question(workspace, case, every[0])).results[0])
    if said[0].flows != pinned.flows:
        out.append(f"flows: the oracle says {said[0].flows}, the engine {pinned.flows}")
    return out


def in_question(workspace: Workspace, case: Case, readings: Mapping[str, str]) -> dict[str, str]:
    """The readings of questions that no clarification has settled: those that can be pinned."""
    questions = workspace.composed(case.as_of)[0].questions
    return {question: reading for question, reading in readings.items() if question in questions}


def differ(said: Answer, found: Answer) -> list[str]:
    """What the oracle says and the engine does not, and the other way round; quantities apart."""
    out: list[str] = []
    for name in ("in_force", "obligations", "transfers"):
        ours, theirs = list(getattr(said, name)), list(getattr(found, name))
        for each in list(ours):
            if each in theirs:
                ours.remove(each)
                theirs.remove(each)
        out += [f"{name}: the oracle says {each}" for each in ours] + [
            f"{name}: the engine says {each}" for each in theirs
        ]
    return out
