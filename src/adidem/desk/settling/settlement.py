"""A settlement as plain data: what a period settles, what of it is paid, netted and open, and what changed since.

Knows settlements of periods. Does not know terminals or files.
"""

from collections.abc import Sequence
from typing import Any

from adidem.desk.settling.closing import Settling
from adidem.desk.settling.closings import digest, late_facts
from adidem.desk.settling.owing import balances, given, open_of_earlier, whom
from adidem.desk.settling.since import since
from adidem.desk.wording import known_words, quantity_words
from adidem.findings.changed import Line
from adidem.findings.closed import Closing
from adidem.findings.figure import Figure
from adidem.findings.outcome import Outcome
from adidem.findings.settlement import Carried, Settlement, events_behind
from adidem.kernel.period import show_day, show_instant


def settlement_view(settling: Settling) -> dict[str, Any]:
    """The JSON of `settle`: of an open period as it stands; of a closed one as it was closed, and what came since."""
    settling.prove()
    now = settling.now()
    closing = settling.closing or settling.holder
    if closing is None:
        outcome, found = now, settling.drafts(now)
    else:
        found = settling.as_closed()
        outcome = settling.run_of(closing)
    period = settling.period
    agreement = outcome.composition.agreement
    return {
        "agreement": agreement.title,
        "parties": {name: party.label for name, party in agreement.parties.items()},
        "period": {"label": period.label, "from": show_day(period.first), "to": show_day(period.last)},
        "as_of": show_day(outcome.as_of),
        "known_at": known_words(outcome.columns.as_of.recorded),
        "state": settling.state,
        "closing": _closing(closing) if closing is not None else None,
        "lies_in": settling.holder.period.label if settling.holder is not None else None,
        "closed_parts": [each.period.label for each in settling.parts],
        "closed_later": _closing(settling.later) | {"period": settling.later.period.label} if settling.later else None,
        "next_to_close": settling.taker.label if settling.taker is not None else None,
        "adjustments_go_to": settling.taker.label if settling.taker is not None and closing is None else None,
        "closed_before": [each.period.label for each in settling.before],
        "readings_taken": dict(outcome.pinned),
        "kept_at_one_reading": outcome.worlds.left_out,
        "questions": _questions(outcome, found),
        "settlements": [_settlement(outcome, each, settling) for each in found],
        "since": since(settling, closing, now) if closing is not None else [],
        "late_facts": _late_facts(settling),
        "assumed": _assumed(outcome, found),
        "receipt": settling.workspace.receipt(outcome),
    }


def _late_facts(settling: Settling) -> list[dict[str, str]]:
    """What has come to be known of closed periods since the closing that matters here: the own one, or the last."""
    last = settling.closing or settling.holder or (settling.before[-1] if settling.before else None)
    return late_facts(settling.workspace, last, settling.known_at) if last is not None else []


def _closing(closing: Closing) -> dict[str, Any]:
    return {
        "event": closing.id,
        "as_of": show_day(closing.as_of.occurred),
        "known_at": show_instant(closing.as_of.recorded),
        "prepared_by": closing.preparer,
        "approved_by": closing.approved_by,
        "readings": closing.readings,
        "digest": closing.digest,
    }


def _questions(outcome: Outcome, found: Sequence[Settlement]) -> dict[str, list[str]]:
    named = dict.fromkeys(question for each in found for choice in each.readings for question in choice)
    return {question: list(outcome.composition.questions[question].readings) for question in named}


def _settlement(outcome: Outcome, settlement: Settlement, settling: Settling) -> dict[str, Any]:
    """One settlement: under which readings, its sums, its lines, and what goes on."""
    netters = {netting.text.id for netting in outcome.composition.nettings}
    lines = [_line(outcome, settlement, line, netters) for line in settlement.everything()]
    open_before = open_of_earlier(outcome, settlement) if settling.closing is None and settling.holder is None else []
    carried = [(each.withheld, _carried(each)) for each in settlement.carried]
    return {
        "readings": [{question: list(readings) for question, readings in each.items()} for each in settlement.readings],
        "digest": digest(settlement),
        "totals": _totals(lines),
        "lines": [line for line in lines if line["adjusts"] is None],
        "adjustments": [line for line in lines if line["adjusts"] is not None],
        "adjustments_elsewhere": [
            {"id": line.id, **whom(line.known), "amount_minor": line.amount_minor, "adjusts": line.period}
            for line in settlement.elsewhere
        ],
        "open_of_earlier_periods": open_before,
        "interest_accruing": [_accruing(figure) for figure in settlement.accruing],
        "positions": [
            {"party": party, "currency": currency, "net_minor": minor, **_at_ends(settlement, party, currency)}
            for currency, of in settlement.positions().items()
            for party, minor in of.items()
        ],
        "balances": balances(outcome, settlement, [each["id"] for each in open_before]),
        "carried": [each for withheld, each in carried if not withheld],
        "withheld": [each for withheld, each in carried if withheld],
        "movements": [
            {
                "by": moved.by,
                "netting": moved.netting,
                "day": show_day(moved.day),
                "payer": moved.payer,
                "payee": moved.payee,
                "currency": moved.currency,
                "amount_minor": moved.amount_minor,
                "pays": moved.pays,
            }
            for moved in settlement.movements
        ],
        "payments_that_pay_nothing": [
            {"payment": payment.id, "currency": payment.currency, "amount_minor": rest}
            for payment, rest in settlement.result.unmatched
        ],
        "adjusts": [closing.period.label for closing in settling.before],
    }


def _carried(each: Carried) -> dict[str, Any]:
    return {
        "quantity": each.name,
        "unit": str(each.formula.unit),
        "before": quantity_words(each.before, each.formula.unit),
        "added": quantity_words(each.added, each.formula.unit),
        "after": quantity_words(each.after, each.formula.unit),
        "before_minor": each.before,
        "added_minor": each.added,
        "after_minor": each.after,
        "rests_on": list(each.rests_on),
    }


def _at_ends(settlement: Settlement, party: str, currency: str) -> dict[str, int]:
    """Between which amounts a party's position lies: what it receives at its own ends, what it pays at the others."""
    low = high = 0
    for line in settlement.everything():
        transfer, (least, most) = line.known.transfer, line.bounds
        if transfer.currency == currency:
            low += (least if transfer.payee == party else 0) - (most if transfer.payer == party else 0)
            high += (most if transfer.payee == party else 0) - (least if transfer.payer == party else 0)
    return {"low_minor": low, "high_minor": high}


def _line(outcome: Outcome, settlement: Settlement, line: Line, netters: set[str]) -> dict[str, Any]:
    figure = line.known
    transfer, text = figure.transfer, figure.texts[-1]
    ran, told = settlement.parts.get(line.closed_in, (outcome, settlement))
    now = {each.transfer.id: each for each in settlement.result.figures}.get(line.id) if line.closed_in else line.figure
    paid, netted = line.met(now.parts if now is not None else (), netters)
    rest = line.amount_minor - paid - netted
    low, high = line.bounds
    readings = ran.worlds.choices[told.result.world]
    return {
        "id": line.id,
        "name": figure.leg.name,
        "clause": transfer.clause,
        "title": text.title,
        "document": text.document.name,
        "place": text.span.place,
        "payer": transfer.payer,
        "payee": transfer.payee,
        "currency": transfer.currency,
        "amount_minor": line.amount_minor,
        "low_minor": low,
        "high_minor": high,
        "original_minor": line.original_minor if line.original is not None else None,
        "new_minor": line.new_minor,
        "adjusts": line.period or None,
        "fixed": show_day(figure.fixed),
        "due": show_day(transfer.due),
        "provisional": transfer.provisional,
        "paid_minor": paid,
        "netted_minor": netted,
        "open_minor": rest,
        "overdue": rest > 0 and transfer.due < outcome.as_of,
        "given": given(figure),
        "closed_in": line.closed_in or None,
        "events": events_behind(ran, told.result, figure) if line.figure is not None else 0,
        "readings": {question: readings[question] for question in figure.questions},
        "rests_on": list(figure.rests_on),
    }


def _accruing(figure: Figure) -> dict[str, Any]:
    """Interest that is not settled yet: it is fixed on the day on which what is late is paid."""
    transfer = figure.transfer
    return {
        "id": transfer.id,
        "payer": transfer.payer,
        "payee": transfer.payee,
        "currency": transfer.currency,
        "amount_minor": transfer.amount_minor,
        "low_minor": figure.low,
        "high_minor": figure.high,
        "until": show_day(transfer.due),
        "rests_on": list(figure.rests_on),
    }


_SUMS = (
    ("settled_minor", "amount_minor", False),
    ("settled_low_minor", "low_minor", False),
    ("settled_high_minor", "high_minor", False),
    ("adjusted_minor", "amount_minor", True),
    ("adjusted_low_minor", "low_minor", True),
    ("adjusted_high_minor", "high_minor", True),
    ("paid_minor", "paid_minor", None),
    ("netted_minor", "netted_minor", None),
    ("open_minor", "open_minor", None),
)


def _totals(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each currency the gross sums, all lines added up, whoever pays; and each direction alone."""
    out: list[dict[str, Any]] = []
    for currency in dict.fromkeys(line["currency"] for line in lines):
        mine = [line for line in lines if line["currency"] == currency]
        ways = dict.fromkeys((line["payer"], line["payee"]) for line in mine)
        directions = [
            {"payer": way[0], "payee": way[1], **_sums([x for x in mine if (x["payer"], x["payee"]) == way])}
            for way in ways
        ]
        out.append({"currency": currency, **_sums(mine), "directions": directions})
    return out


def _sums(lines: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Settled + adjusted - paid - netted = open; and what was settled and adjusted with each line at the low end of
    its range, and at the high end.
    """
    sums = {
        name: sum(line[column] for line in lines if adjusts is None or (line["adjusts"] is not None) == adjusts)
        for name, column, adjusts in _SUMS
    }
    figures = sum(line["adjusts"] is None for line in lines)
    return {**sums, "figures": figures, "adjustments": len(lines) - figures}


def _assumed(outcome: Outcome, found: Sequence[Settlement]) -> list[dict[str, Any]]:
    """The assumed terms on which amounts rest, with their ranges."""
    used = dict.fromkeys(id for s in found for line in s.everything() for id in line.known.rests_on)
    used |= dict.fromkeys(id for s in found for figure in s.accruing for id in figure.rests_on)
    terms = [(id, outcome.composition.assumptions[id]) for id in used]
    return [
        {
            "term": id,
            "text": assumed.term.text,
            "basis": assumed.term.basis,
            "low": quantity_words(assumed.low, assumed.unit),
            "high": quantity_words(assumed.high, assumed.unit),
        }
        for id, assumed in terms
    ]
