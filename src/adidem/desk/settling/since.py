"""What has come of a closed period since it was closed: what changed of it, and what was paid.

Knows closings and the runs as of their pairs. Does not know how it is shown.
"""

from collections.abc import Sequence
from typing import Any

from adidem.desk.settling.closing import Settling
from adidem.desk.settling.owing import whom
from adidem.findings.changed import Line, history
from adidem.findings.closed import Closing
from adidem.findings.outcome import Outcome
from adidem.findings.settlement import Settlement
from adidem.kernel.period import show_day


def since(settling: Settling, closing: Closing, now: Outcome) -> list[dict[str, Any]]:
    """What later facts make of a closed period: original, delta, new, and where the difference is settled; and what
    of all that it settled is paid since, and open now.
    """
    later = [each for each in settling.closings if each.period.first > closing.period.last]
    runs = {each.id: settling.run_of(each) for each in (closing, *later)}
    settled = settling.as_closed()[0].everything()
    out: list[dict[str, Any]] = []
    for settlement in settling.settlements(now):
        lines: list[dict[str, Any]] = []
        for line, taken in history(settling.period, closing, later, runs, settlement.result):
            lines.append(
                {
                    "id": line.id,
                    **whom(line.known),
                    "original_minor": line.original_minor,
                    "delta_minor": line.amount_minor,
                    "new_minor": line.new_minor,
                    "settled_in": taken,
                    "to_settle_minor": line.amount_minor - sum(taken.values()),
                    "to_settle_in": settling.taker.label if settling.taker is not None else None,
                }
            )
        readings = [{q: list(r) for q, r in each.items()} for each in settlement.readings]
        paid = _paid_since(settled, settlement)
        out.append({"as_of": show_day(now.as_of), "readings": readings, "lines": lines, "paid": paid})
    return out


def _paid_since(settled: Sequence[Line], now: Settlement) -> list[dict[str, Any]]:
    """Of each direction: what is paid or netted now of what was settled, more than at the close; and what is open."""
    figures = {figure.transfer.id: figure for figure in now.result.figures}
    sums: dict[tuple[str, str, str], list[int]] = {}
    for line in settled:
        transfer, figure = line.known.transfer, figures.get(line.id)
        before = sum(line.met(line.figure.parts if line.figure is not None else (), ()))
        met = sum(line.met(figure.parts if figure is not None else (), ()))
        of = sums.setdefault((transfer.payer, transfer.payee, transfer.currency), [0, 0])
        of[0], of[1] = of[0] + met - before, of[1] + line.amount_minor - met
    keys = ("payer", "payee", "currency", "paid_since_minor", "open_now_minor")
    return [dict(zip(keys, (*way, *amounts), strict=True)) for way, amounts in sums.items()]
