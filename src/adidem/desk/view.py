"""Every answer as plain data: the same for `--json`, for pages and for whoever asks the desk.

Knows outcomes. Does not know terminals, HTTP or files.
"""

from typing import Any

from adidem.desk.balances import balances_view, money_quantities
from adidem.desk.wording import known_words
from adidem.desk.workspace import Workspace
from adidem.findings.figure import Figure
from adidem.findings.outcome import Outcome, Result
from adidem.findings.standing import Standing
from adidem.kernel.period import NEVER, show_day


def run_view(workspace: Workspace, outcome: Outcome) -> dict[str, Any]:
    """The JSON of `run`."""
    agreement = outcome.composition.agreement
    return {
        "agreement": agreement.title,
        **asked_view(outcome),
        "questions": {q: list(outcome.composition.questions[q].readings) for q in outcome.questions},
        "kept_at_one_reading": outcome.worlds.left_out,
        "results": [result_view(outcome, result) for result in outcome.results],
        "receipt": workspace.receipt(outcome),
    }


def asked_view(outcome: Outcome) -> dict[str, Any]:
    """What was asked: as of which day, as known when, with which supposed events and readings."""
    return {
        "as_of": show_day(outcome.as_of),
        "known_at": known_words(outcome.columns.as_of.recorded),
        "hypothetical": list(outcome.hypothetical),
        "read_as_asked": dict(outcome.pinned),
    }


def result_view(outcome: Outcome, result: Result) -> dict[str, Any]:
    """One combination of readings."""
    return {
        "readings": result.readings,
        "same_under": result.also,
        "in_force": [
            {
                "clause": f.clause.id,
                "family": f.clause.family,
                "since": show_day(f.since),
                "document": f.clause.document.name,
            }
            for f in result.in_force
        ],
        "obligations": [obligation_view(o) for o in result.obligations],
        "transfers": [figure_view(f, outcome.as_of) for f in result.figures],
        "possible": {
            "obligations": [obligation_view(o) for o in result.possible.standings],
            "transfers": [figure_view(f, outcome.as_of) for f in result.possible.figures],
        },
        "totals": totals_view(result, outcome.as_of),
        "quantities_minor": money_quantities(outcome, result),
        "balances": balances_view(outcome, result),
        "payments_that_pay_nothing": [{"payment": p.id, "amount_minor": rest} for p, rest in result.unmatched],
    }


def obligation_view(standing: Standing) -> dict[str, Any]:
    """One line of the obligations register."""
    norm = standing.norm
    return {
        "id": standing.id,
        "kind": norm.kind,
        "holder": norm.holder,
        "counterparty": norm.counterparty,
        "clause": norm.clause,
        "due": _day(standing.due),
        "due_first": _day(standing.dues[0]),
        "due_last": _day(standing.dues[1]),
        "state": standing.state,
        "states": list(standing.states),
        "rests_on": list(standing.rests_on),
        "event": standing.event or None,
        "says": norm.says,
    }


def _day(number: int) -> str | None:
    return None if number >= NEVER // 2 else show_day(number)


def figure_view(figure: Figure, as_of: int) -> dict[str, Any]:
    """One transfer."""
    transfer = figure.transfer
    return {
        "id": transfer.id,
        "due": show_day(transfer.due),
        "due_first": show_day(figure.dues[0]),
        "due_last": show_day(figure.dues[1]),
        "payer": transfer.payer,
        "payee": transfer.payee,
        "currency": transfer.currency,
        "amount_minor": transfer.amount_minor,
        "low_minor": figure.low,
        "high_minor": figure.high,
        "paid_minor": figure.paid,
        "overdue_minor": figure.overdue_minor if transfer.due < as_of else 0,
        "clause": transfer.clause,
        "provisional": transfer.provisional,
        "rests_on": [*figure.rests_on, *figure.questions],
    }


def totals_view(result: Result, as_of: int) -> list[dict[str, Any]]:
    """Money due, paid and overdue: three figures for each pair of parties, clause and currency."""
    totals: dict[tuple[str, str, str, str], list[int]] = {}
    for figure in result.figures:
        t = figure.transfer
        sums = totals.setdefault((t.payer, t.payee, t.clause, t.currency), [0, 0, 0, 0])
        sums[0] += t.amount_minor
        sums[1] += t.amount_minor if t.due <= as_of else 0
        sums[2] += figure.paid
        sums[3] += max(0, figure.overdue_minor) if t.due < as_of else 0
    return [
        {
            "payer": payer,
            "payee": payee,
            "clause": clause,
            "currency": currency,
            "settled_minor": sums[0],
            "due_minor": sums[1],
            "paid_minor": sums[2],
            "overdue_minor": sums[3],
        }
        for (payer, payee, clause, currency), sums in totals.items()
    ]
