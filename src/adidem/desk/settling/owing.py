"""What is left to be paid: of earlier periods, and by due day, less what will be set off.

Knows settlements of periods, as plain data comes of them. Does not know closings.
"""

from collections.abc import Sequence
from typing import Any

from adidem.findings.outcome import Figure, Outcome
from adidem.findings.settlement import Settlement
from adidem.kernel.period import NEVER, show_day
from adidem.kernel.transfer import Payment


def whom(figure: Figure) -> dict[str, str]:
    """Who owes a figure to whom, and in which money."""
    transfer = figure.transfer
    return {"payer": transfer.payer, "payee": transfer.payee, "currency": transfer.currency}


def given(figure: Figure) -> str | None:
    """How a credit is given, where the text says it: `against-invoices` is no payment."""
    term = figure.texts[-1].terms.get("given")
    return term.text if term is not None else None


def open_of_earlier(outcome: Outcome, settlement: Settlement) -> list[dict[str, Any]]:
    """What is open of earlier periods, figure by figure; what is adjusted of them here is left out."""
    # What meets a figure that moved into the period is shown with it there.
    here = {line.id for line in settlement.lines}
    now = {f.transfer.id: f for f in settlement.result.figures if f.transfer.id not in here}
    out: list[dict[str, Any]] = []
    for line in settlement.earlier:
        figure = now.get(line.id)
        paid = sum(line.met(figure.parts if figure is not None else (), ()))
        if rest := line.amount_minor - paid:
            due = line.known.transfer.due
            out.append(
                {
                    "id": line.id,
                    **whom(line.known),
                    "amount_minor": line.amount_minor,
                    "paid_minor": paid,
                    "open_minor": rest,
                    "due": show_day(due),
                    "overdue": rest > 0 and due < outcome.as_of,
                    "closed_in": line.closed_in or None,
                }
            )
    return out


def balances(outcome: Outcome, settlement: Settlement, earlier: Sequence[str]) -> list[dict[str, Any]]:
    """What is left to be paid, by due day, also of earlier periods: gross, less what will be set off on that day, is
    the balance.
    """
    now = {figure.transfer.id: figure for figure in settlement.result.figures}
    mine = {id: now[id] for id in (*(line.id for line in settlement.everything()), *earlier) if id in now}
    owed: dict[tuple[int, str, str, str, str], list[Figure]] = {}
    for figure in mine.values():
        transfer = figure.transfer
        if transfer.amount_minor > figure.paid:
            key = (transfer.due, transfer.payer, transfer.payee, transfer.currency, given(figure) or "")
            owed.setdefault(key, []).append(figure)
    coming: dict[str, list[Payment]] = {}
    for payment in settlement.to_net:
        coming.setdefault(payment.pays, []).append(payment)
    out: list[dict[str, Any]] = []
    for (due, payer, payee, currency, how), figures in sorted(owed.items(), key=lambda each: each[0]):
        gross = sum(figure.transfer.amount_minor - figure.paid for figure in figures)
        nets = [payment for figure in figures for payment in coming.get(figure.transfer.id, ())]
        netted = sum(payment.amount_minor for payment in nets)
        low, high = _within(settlement, figures, bool(nets))
        out.append(
            {
                "due": show_day(due) if due < NEVER // 2 else None,
                "payer": payer,
                "payee": payee,
                "currency": currency,
                "gross_minor": gross,
                "netted_minor": netted,
                "balance_minor": gross - netted,
                "low_minor": low,
                "high_minor": high,
                "overdue": due < outcome.as_of,
                "given": how or None,
                "netted_by": sorted({payment.id for payment in nets}),
                "figures": [figure.transfer.id for figure in figures],
            }
        )
    return out


def _within(settlement: Settlement, figures: Sequence[Figure], netted: bool) -> tuple[int, int]:
    """Between which amounts a balance lies: each figure at its own ends, what is set off against it at the others."""
    low, high = (sum(max(0, bound - f.paid) for f, bound in ends) for ends in _ends(figures))
    if not netted:
        return low, high
    transfer = figures[0].transfer
    against = [
        f
        for f in settlement.result.figures
        if (f.transfer.payer, f.transfer.payee, f.transfer.due, f.transfer.currency)
        == (transfer.payee, transfer.payer, transfer.due, transfer.currency)
    ]
    least, most = (sum(max(0, bound - f.paid) for f, bound in ends) for ends in _ends(against))
    return max(0, low - most), max(0, high - least)


def _ends(figures: Sequence[Figure]) -> tuple[list[tuple[Figure, int]], list[tuple[Figure, int]]]:
    return [(figure, figure.low) for figure in figures], [(figure, figure.high) for figure in figures]
