"""What may be done, why a figure is so, where the parties differ: asked of a workspace, answered as plain data.

Knows workspaces and findings. Does not know terminals.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from adidem.desk.event_line import said_at
from adidem.desk.families import families
from adidem.desk.spoken import ACTS, classes_of, words_of
from adidem.desk.view import asked_view
from adidem.desk.wording import quantity_words
from adidem.desk.workspace import Workspace
from adidem.findings.explain import Explanation, Step, explain
from adidem.findings.may import Answer, Ground, may
from adidem.findings.otherwise import Change, changes
from adidem.findings.outcome import Outcome
from adidem.findings.readings import Difference, Dispute, dispute
from adidem.kernel.composition import Question
from adidem.kernel.period import AsOf, show_day
from adidem.kernel.problem import Problem, ProblemError, did_you_mean
from adidem.kernel.source import Span
from adidem.records.provenance import Origin, origin_of

HYPOTHETICAL = "hypothetical-act"
Explained = tuple[Explanation, list[Change]]
"""Why a figure is so, and what would have made it otherwise."""


def may_view(
    workspace: Workspace,
    as_of: AsOf,
    when: str,
    party: str,
    act: str,
    asset: str,
    other: str = "",
    new: bool = False,
) -> dict[str, Any]:
    """Whether a party may do an act with an asset then. Problems: D108 unknown party, act or asset."""
    _known(workspace, party, act, asset)
    fields = {
        "id": HYPOTHETICAL,
        "kind": "act",
        "occurred": when,
        "recorded": when,
        "by": party,
        "act": act,
        "asset": asset,
    }
    fields |= ({"with": other} if other else {}) | ({"new": "yes"} if new else {})
    outcome = workspace.run(as_of, {}, [json.dumps(fields)])
    answer = may(outcome, HYPOTHETICAL)
    return {
        "party": party,
        "act": act,
        "asset": asset,
        "with": other or None,
        "new": new,
        "at": when,
        "answer": answer.word,
        "questions": answer.questions,
        "verdicts": _verdicts(answer),
    }


def _verdicts(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "readings": dict(readings),
            "allowed": allowed,
            "grounds": [
                {
                    "clause": ground.judgement.clause.id,
                    "title": ground.judgement.clause.title,
                    "forbids": ground.forbids,
                    "depends_on_whom": "provider" in ground.judgement.clause.terms,
                    "reason": _reason(ground),
                    "document": ground.judgement.clause.document.name,
                    "place": ground.judgement.clause.span.place,
                }
                for ground in grounds
            ],
        }
        for readings, (allowed, grounds) in answer.verdicts.items()
    ]


def _reason(ground: Ground) -> str:
    """`openai must not place any workload with anyone but azure`."""
    judgement = ground.judgement
    return f"{judgement.holder or 'a party'} {'must not' if ground.forbids else 'may'} {judgement.reason}"


def _known(workspace: Workspace, party: str, act: str, asset: str) -> None:
    if party not in workspace.whole.parties:
        mend = did_you_mean(party, workspace.whole.parties)
        raise ProblemError([Problem("D108", f"“{party}” is no party of this agreement", at="PARTY", mend=mend)])
    acts = {word for clause in workspace.whole.clauses for word in words_of(clause, *ACTS)}
    if act not in acts:
        mend = did_you_mean(act, acts) or "add a clause about it: a permission, a prohibition or a duty"
        raise ProblemError(
            [Problem("D108", f"no clause of this agreement speaks of the act “{act}”", at="ACT", mend=mend)]
        )
    classes = {name.partition("/")[0] for clause in workspace.whole.clauses for name in classes_of(clause)}
    first = asset.partition("/")[0]
    if first not in classes and "everything" not in classes:
        sentence, mend = f"no clause of this agreement speaks of “{first}”", did_you_mean(first, classes)
        raise ProblemError([Problem("D108", sentence, at="ASSET", mend=mend)])


def explained(outcome: Outcome, figure: str) -> list[Explained]:
    """A figure explained once for each amount that it has under some reading. Problems: D109 no such figure."""
    known = list(dict.fromkeys(f.transfer.id for result in outcome.results for f in result.figures))
    if figure not in known:
        raise ProblemError([_unknown(outcome, figure, known)])
    seen: dict[object, Explained] = {}
    for result in outcome.results:
        found = next((f for f in result.figures if f.transfer.id == figure), None)
        if found is not None and found.transfer not in seen:
            explanation = explain(outcome, result, found)
            seen[found.transfer] = (explanation, changes(outcome, explanation))
    return list(seen.values())


def _unknown(outcome: Outcome, figure: str, known: Sequence[str]) -> Problem:
    """D109: there is no such figure; or only at other values of what is assumed, where `run` lists it too."""
    maybe = next((f for result in outcome.results for f in result.possible.figures if f.transfer.id == figure), None)
    if maybe is not None:
        terms = " and ".join(maybe.rests_on)
        sentence = f"as taken, {figure} comes to nothing; it comes to something at other values of {terms}"
        return Problem(
            "D109", sentence, at="FIGURE", mend=f"write another value of {terms}, within its range, and ask again"
        )
    mend = did_you_mean(figure, known) if known else "adidem run lists the figures"
    return Problem("D109", f"there is no figure {figure}", at="FIGURE", mend=mend)


def explain_view(outcome: Outcome, figure: str, found: Sequence[Explained] | None = None) -> dict[str, Any]:
    """The JSON of `explain`.

    found  what `explained` has said of the figure, where it was asked already
    """
    each = explained(outcome, figure) if found is None else found
    return {
        "figure": figure,
        **asked_view(outcome),
        "explanations": [_explanation(outcome, explanation, otherwise) for explanation, otherwise in each],
    }


def _explanation(outcome: Outcome, explanation: Explanation, found: list[Change]) -> dict[str, Any]:
    transfer, texts = explanation.figure.transfer, explanation.figure.texts
    return {
        "readings": explanation.readings,
        "amount_minor": transfer.amount_minor,
        "low_minor": explanation.figure.low,
        "high_minor": explanation.figure.high,
        "paid_minor": explanation.figure.paid,
        "currency": transfer.currency,
        "payer": transfer.payer,
        "payee": transfer.payee,
        "due": show_day(transfer.due),
        "due_first": show_day(explanation.figure.dues[0]),
        "due_last": show_day(explanation.figure.dues[1]),
        "provisional": transfer.provisional,
        "clauses": [{"id": text.id, "title": text.title, "place": text.span.place} for text in texts],
        "rests_on": [*explanation.figure.rests_on, *explanation.figure.questions],
        "steps": step_view(explanation.step),
        "otherwise": [change_view(change) for change in found],
    }


def step_view(step: Step) -> dict[str, Any]:
    """One step and those behind it. Numbers are whole, over `denominator`."""
    return {
        "operation": step.operation,
        "number": step.number,
        "unit": str(step.unit),
        "denominator": step.unit.denominator,
        "words": quantity_words(step.number, step.unit),
        **({"name": step.name} if step.name else {}),
        **({"column": step.column} if step.column else {}),
        **({"rounding": step.detail} if step.operation in ("scale", "rounded", "interest") else {}),
        **({"place": step.span.place} if step.span is not None else {}),
        **({"source": str(origin)} if (origin := origin_of_step(step)) is not None else {}),
        **({"parts": [step_view(part) for part in step.parts]} if step.parts else {}),
    }


def origin_of_step(step: Step) -> Origin | None:
    """The file, its hash and the rows from which the event of a step was imported."""
    if step.operation != "event" or step.span is None:
        return None
    return origin_of(said_at(step.span).get("source"))


def change_view(change: Change) -> dict[str, Any]:
    """A change that would have made the figure otherwise, and for an event the correction that applies it."""
    unit = replace(change.leaf.unit, denominator=change.denominator)
    before, after = quantity_words(change.before, unit), quantity_words(change.after, unit)
    view: dict[str, Any] = {
        "of": change.leaf.operation,
        "name": change.leaf.name,
        "before": before,
        "after": after,
        "figure_minor": change.figure_after,
        "place": change.leaf.span.place if change.leaf.span is not None else "",
    }
    if change.leaf.operation == "event":
        column = change.leaf.column.partition(".")[2]
        view["column"] = column
        view["apply"] = f"correction corrects={change.leaf.name} {column}='{after}'"
    return view


def readings_view(workspace: Workspace, outcome: Outcome) -> dict[str, Any]:
    """The JSON of `readings`."""
    asked = outcome.columns.as_of
    after = AsOf(asked.occurred + 1, asked.recorded)  # effects act from the day after the event that has them

    def rerun(lines: Sequence[str]) -> Outcome:
        return workspace.run(after, {}, [*outcome.hypothetical, *lines], ranges=False)

    found = dispute(outcome, families(), rerun)
    return {
        "agreement": outcome.composition.agreement.title,
        **asked_view(outcome),
        "tested": [difference_view(outcome, d) for d in found.tested],
        "tested_by_a_hypothetical_event": [difference_view(outcome, d) for d in found.untested],
        "nothing_turns_on": [question_view(question) for question in found.silent],
        "settle_first": _settle(found),
        "settled": [
            {
                "question": s.question,
                "reading": s.reading,
                "final": s.final,
                "document": s.document.name,
                "place": s.span.place,
            }
            for s in outcome.composition.agreement.settlements
            if s.since <= outcome.as_of
        ],
    }


def _settle(found: Dispute) -> dict[str, Any] | None:
    return {"question": found.settle_first, "removes": round(found.removes, 4)} if found.settle_first else None


def question_view(question: Question) -> dict[str, Any]:
    """A question, its readings, who holds each, and where that is said."""
    readings: list[dict[str, Any]] = []
    for name in question.readings:
        reading = next(r for term in question.terms for r in term.readings if r.name == name)
        span: Span | None = reading.span
        readings.append(
            {
                "reading": name,
                "held_by": reading.held_by or None,
                "source": reading.source,
                "place": span.place if span else "",
            }
        )
    return {"question": question.id, "readings": readings}


def difference_view(outcome: Outcome, difference: Difference) -> dict[str, Any]:
    """What turns on one question."""
    return {
        **question_view(difference.question),
        "first_event": difference.first or None,
        "first_day": show_day(difference.first_day) if difference.first else None,
        "money": [
            {"party": party, "currency": outcome.composition.currency(), "least_minor": low, "most_minor": high}
            for party, (low, high) in difference.money.items()
        ],
        "rights": [{"obligation": id, "states": states} for id, states in difference.rights.items()],
        "in_force": [{"clause": id, "states": states} for id, states in difference.in_force.items()],
        "hypothetical": list(difference.hypothetical),
    }
