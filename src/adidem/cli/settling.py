"""The command `settle`.

Knows what was typed and how a settlement is printed.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from adidem.cli import typed
from adidem.cli.head import read_as
from adidem.cli.layout import counted, heading, line, money_range, short_money, show_json, table
from adidem.cli.running import opened
from adidem.desk.settling import closing
from adidem.desk.settling.closing import Settling
from adidem.desk.settling.files import FORMS, text_of, write
from adidem.desk.settling.refusals import still_open
from adidem.desk.settling.settlement import settlement_view
from adidem.desk.wording import when_words
from adidem.kernel.period import show_instant
from adidem.kernel.problem import Problem, ProblemError, did_you_mean
from adidem.kernel.quantity import show_money

Plain = dict[str, Any]
_MOST = 10
_DAY = 86_400
_AGAINST = "against-invoices"
_ONE_WAY = ("focus", "journal")
"""Forms in which amounts under several readings would be added up by whoever reads them."""


@dataclass(frozen=True)
class Asked:
    """What was typed."""

    period: str
    form: str
    out: Path | None
    at: str
    known_at: str
    readings: Sequence[str]
    close: bool
    other_length: bool = False


def settle(folder: Path, asked: Asked, preparer: str, approved_by: str) -> None:
    """Print or write a settlement; with `close`, close the period first.

    Problems: D306 an instant to come; D308 an unknown form, or one that is not printed; those of settling and writing.
    """
    if asked.form not in FORMS:
        mend = did_you_mean(asked.form, FORMS) or f"name one of {', '.join(FORMS)}"
        raise ProblemError([Problem("D308", f"there is no form {asked.form}", at="--format", mend=mend)])
    workspace = opened(folder)
    at = typed.day_or_none(asked.at, "--as-of")
    known = typed.second_of(asked.known_at) if asked.known_at else None
    hands = (preparer, approved_by)
    wish = closing.Asked(asked.period, at, known, typed.pinned(asked.readings), *hands, asked.other_length)
    if asked.close and known is not None and known // _DAY > time.time() // _DAY:
        sentence, mend = (
            f"nobody knows yet what will be known at {show_instant(known)}",
            "leave it out, or name a day so far",
        )
        raise ProblemError([Problem("D306", sentence, at="--known-at", mend=mend)])
    settling = Settling(workspace, wish)
    if asked.close:
        closed = settling.close()
        settling = Settling(opened(folder), closing.Asked(asked.period, at, None, wish.readings))
        typer.echo(f"{asked.period} is closed: event {closed.id}, digest {closed.digest[:12]}…", err=True)
    view = settlement_view(settling)
    if asked.form in _ONE_WAY and len(view["settlements"]) > 1:
        outcome = settling.now()
        why = f"the form {asked.form} holds one settlement"
        raise ProblemError(still_open(outcome, settling.settlements(outcome), asked.period, why))
    if asked.out is not None:
        write(view, asked.form, asked.out)
        typer.echo(f"{asked.out}: {asked.form}", err=True)
    elif asked.form == "json":
        show_json(view)
    elif asked.form == "table":
        _print(view)
    else:
        text = text_of(view, asked.form)
        if text is None:
            mend = f"name a file: --out {asked.period}.{asked.form}"
            sentence = f"the form {asked.form} is no text, and is not printed"
            raise ProblemError([Problem("D308", sentence, at="--out", mend=mend)])
        sys.stdout.write(text)


def _print(view: Plain) -> None:
    period = view["period"]
    line(f"{view['agreement']}: settlement of {period['label']}, {period['from']} to {period['to']}")
    known = f", as known at {view['known_at']}" if view["known_at"] else ""
    line(f"as of {view['as_of']}{known} · {_state(view)}")
    read_as(view["readings_taken"])
    _paid_since(view)
    for settlement in view["settlements"]:
        if settlement["readings"]:
            heading(f"IF {when_words(settlement['readings'])}")
        _numbers(settlement)
        _lines(settlement["lines"])
        _adjustments(settlement["adjustments"])
        _elsewhere(view, settlement["adjustments_elsewhere"])
        _earlier(settlement["open_of_earlier_periods"])
        _balances(settlement["balances"], "" if view["closing"] is None else f", as it stood on {view['as_of']}")
        _accruing(settlement["interest_accruing"])
        _carried(settlement["carried"], "CARRIED FORWARD")
        _carried(settlement["withheld"], "WITHHELD, carried on only as far as CARRIED FORWARD says so")
        _positions(settlement)
    _since(view)
    _late_facts(view["late_facts"])
    if view["assumed"]:
        heading("RESTS ON TERMS THAT MAY BE OFF")
        rows = [
            [a["term"], f"{a['text']}, {a['basis']}, in the range {a['low']} to {a['high']}"] for a in view["assumed"]
        ]
        table(rows)


def _state(view: Plain) -> str:
    if view["state"] == "closed in parts":
        return f"CLOSED IN PARTS: {', '.join(view['closed_parts'])}, shown as they were closed"
    if view["state"] == "passed over":
        return f"NOT CLOSED, and a later period is: what is owed of it is settled in {view['next_to_close']}"
    if view["state"] != "closed":
        return _draft(view)
    closing = view["closing"]
    by = f" by {closing['prepared_by']}" if closing["prepared_by"] else ""
    approved = f", approved by {closing['approved_by']}" if closing["approved_by"] else ""
    lies = f": lies in {view['lies_in']}, which is closed" if view["lies_in"] else ""
    return f"CLOSED{lies}{by}{approved}"


def _draft(view: Plain) -> str:
    """Why it is a draft, what of it is closed, and which period is closed before it or was closed later."""
    words = "DRAFT, not closed"
    if view["state"] == "not ended":
        words = f"DRAFT: the period has not ended, it ends on {view['period']['to']}"
    due, later = view["next_to_close"], view["closed_later"]
    if later is not None:
        words += f"; {later['period']} was closed later, as of {later['as_of']}, as known at {later['known_at']}"
    elif due not in (None, view["period"]["label"]) and not view["closed_parts"]:
        words += f"; {due} is closed next"
    return words + (f"; {', '.join(view['closed_parts'])} shown as closed" if view["closed_parts"] else "")


def _numbers(settlement: Plain) -> None:
    """The numbers of each direction: settled and adjusted, less paid and netted, is open."""
    if not settlement["totals"]:
        line("nothing is settled in this period", 2)
    for total in settlement["totals"]:
        currency, directions = total["currency"], total["directions"]
        for each in directions:
            if len(directions) > 1:
                line(f"{each['payer']} to {each['payee']}", 2)
            changes = each["adjustments"]
            adjusted = f"{counted(changes, 'figure')} of closed periods" if changes else ""
            says = {"settled": f"{counted(each['figures'], 'figure')}{_between(each, 'settled', currency)}"}
            says |= {"adjusted": f"{adjusted}{_between(each, 'adjusted', currency)}"}
            says |= {"paid": "of these amounts", **({"netted": ""} if each["netted_minor"] else {}), "open": ""}
            rows = [[name, short_money(each[f"{name}_minor"], currency), words] for name, words in says.items()]
            table(rows, 2, right=(1,))


def _between(total: Plain, name: str, currency: str) -> str:
    """The range of a sum, each line at its own low end and at its own high end."""
    low, high = total[f"{name}_low_minor"], total[f"{name}_high_minor"]
    return "" if low == high else f", {money_range(low, high, currency)} over what is assumed"


def _lines(lines: Sequence[Plain]) -> None:
    if not lines:
        return
    heading("FIGURES FIXED IN THE PERIOD")
    for each in lines:
        amount = money_range(each["low_minor"], each["high_minor"], each["currency"])
        taken = "" if each["low_minor"] == each["high_minor"] else f", taken as {_money(each, 'amount_minor')}"
        line(f"{each['id']}: {each['payer']} owes {each['payee']} {amount}{taken}", 2, 4)
        held = f", as closed in {each['closed_in']}" if each["closed_in"] else ""
        line(f"due {each['due']}{_met(each)}{held}", 4, 2)
        line(f"{each['title']} ({each['place']}), {counted(each['events'], 'event')}{_resting(each)}", 4, 2)


def _met(each: Plain) -> str:
    words = [f"{_money(each, 'paid_minor')} paid"] if each["paid_minor"] else []
    words += [f"{_money(each, 'netted_minor')} netted"] if each["netted_minor"] else []
    words += [f"{_money(each, 'open_minor')} {'overdue' if each['overdue'] else 'open'}"] if each["open_minor"] else []
    words += ["provisional"] if each["provisional"] else []
    words += ["given against invoices"] if each["given"] == _AGAINST else []
    return "".join(f", {word}" for word in words)


def _resting(each: Plain) -> str:
    rests = [*each["rests_on"], *(f"{q} as {r}" if r else q for q, r in each.get("readings", {}).items())]
    return f"; rests on {', '.join(rests)}" if rests else ""


def _adjustments(lines: Sequence[Plain]) -> None:
    if not lines:
        return
    heading("ADJUSTMENTS OF CLOSED PERIODS")
    rows = [["", "original", "delta", "new", ""]]
    for each in lines:
        amounts = [
            show_money(each[key] or 0, each["currency"]) for key in ("original_minor", "amount_minor", "new_minor")
        ]
        open_now = f"{_money(each, 'open_minor')} of the delta open" if each["open_minor"] else ""
        rows.append([each["id"], *amounts, open_now])
    table(rows, 2, right=(1, 2, 3))


def _elsewhere(view: Plain, lines: Sequence[Plain]) -> None:
    """Adjustments that this draft does not book."""
    if lines and view["adjustments_go_to"]:
        heading(f"adjustments go to {view['adjustments_go_to']}, and are not booked here")
        for each in lines:
            line(f"{each['id']}: {_money(each, 'amount_minor')}", 2, 4)


def _earlier(lines: Sequence[Plain]) -> None:
    """What is open of earlier periods: of each direction the sum, and the figures."""
    if not lines:
        return
    heading("OPEN OF EARLIER PERIODS")
    for way in dict.fromkeys((each["payer"], each["payee"], each["currency"]) for each in lines):
        mine = [each for each in lines if (each["payer"], each["payee"], each["currency"]) == way]
        total = short_money(sum(each["open_minor"] for each in mine), way[2])
        line(f"open of earlier periods {total}, {way[0]} to {way[1]}", 2, 4)
        for each in mine:
            late = "overdue" if each["overdue"] else "open"
            of = f" of {_money(each, 'amount_minor')}" if each["paid_minor"] else ""
            line(f"{each['id']}: {_money(each, 'open_minor')}{of} {late}, due {each['due']}", 4, 2)


def _balances(balances: Sequence[Plain], then: str) -> None:
    if not balances:
        return
    heading(f"TO BE PAID{then}")
    for each in balances:
        balance, gross, netted = (_money(each, key) for key in ("balance_minor", "gross_minor", "netted_minor"))
        by = f"  ({gross} less {netted} set off by {', '.join(each['netted_by'])})" if each["netted_minor"] else ""
        late = "  overdue" if each["overdue"] else ""
        within = money_range(each["low_minor"], each["high_minor"], each["currency"])
        amount = balance if each["low_minor"] == each["high_minor"] else f"{within}, taken as {balance}"
        whom = f"{each['payer']} pays {each['payee']} {amount}"
        if each["given"] == _AGAINST:
            whom = f"{each['payer']} sets {amount} against invoices to {each['payee']}"
        line(f"{each['due']}  {whom}{late}{by}", 2, 12)


def _accruing(figures: Sequence[Plain]) -> None:
    if not figures:
        return
    heading("LATE INTEREST THAT ACCRUES, settled when what is late is paid")
    for each in figures:
        amount = money_range(each["low_minor"], each["high_minor"], each["currency"])
        line(f"{each['id']}: {amount} until {each['until']}", 2, 4)


def _carried(carried: Sequence[Plain], title: str) -> None:
    if carried:
        heading(title)
        rows = [
            [each["quantity"], *(_carry(each, key) for key in ("before", "added", "after")), _resting(each)[2:]]
            for each in carried
        ]
        table([["", "before", "added", "after", ""], *rows], 2, right=(1, 2, 3))


def _carry(each: Plain, key: str) -> str:
    kind, _, currency = each["unit"].partition(" ")
    return short_money(each[f"{key}_minor"], currency) if kind == "money" else str(each[key])


def _positions(settlement: Plain) -> None:
    if settlement["positions"]:
        heading("POSITIONS, which sum to nothing")
        rows = [[each["party"], _money(each, "net_minor"), _ends(each)] for each in settlement["positions"]]
        table(rows, 2, right=(1,))
    for each in settlement["payments_that_pay_nothing"]:
        line(f"{each['payment']}: {_money(each, 'amount_minor')} of it pays nothing that is owed", 2, 4)


def _ends(each: Plain) -> str:
    """The range of an amount that was taken as one."""
    low, high = each["low_minor"], each["high_minor"]
    return "" if low == high else money_range(low, high, each["currency"])


def _paid_since(view: Plain) -> None:
    """Of a closed period: what was paid since, and what is open now."""
    for each in view["since"]:
        when = f" if {when_words(each['readings'])}" if each["readings"] else ""
        for way in each["paid"]:
            paid, rest = _money(way, "paid_since_minor"), _money(way, "open_now_minor")
            whom = f"{way['payer']} to {way['payee']}"
            line(f"since the close, to {each['as_of']}{when}: paid {paid}, open now {rest}, {whom}", hang=2)


def _since(view: Plain) -> None:
    """What has changed since the close: nothing of the settlement above."""
    for each in view["since"]:
        changes = [found for found in each["lines"] if found["delta_minor"] or found["settled_in"]]
        when = f" IF {when_words(each['readings'])}" if each["readings"] else ""
        heading(f"SINCE THE CLOSE, as of {each['as_of']}{when}")
        if not changes:
            line("nothing changed", 2)
            continue
        rows = [["", "original", "delta", "new"]]
        for found in changes:
            keys = ("original_minor", "delta_minor", "new_minor")
            rows.append([found["id"], *(show_money(found[key], found["currency"]) for key in keys)])
        table(rows, 2, right=(1, 2, 3))
        for found in changes:
            told = [
                f"{show_money(minor, found['currency'])} in {label}" for label, minor in found["settled_in"].items()
            ]
            rest = found["to_settle_minor"]
            told += [f"{show_money(rest, found['currency'])} in {found['to_settle_in']}, which is open"] if rest else []
            line(f"{found['id']}: settled {', '.join(told)}", 2, 4)


def _late_facts(facts: Sequence[Plain]) -> None:
    """The events that came to be known of closed periods since."""
    if not facts:
        return
    heading("WHAT CAME TO BE KNOWN SINCE, of days that are closed")
    rows = []
    for fact in facts[:_MOST]:
        what = f"{fact['kind']} of {fact['corrects']}" if "corrects" in fact else fact["kind"]
        rows.append([fact["id"], what, f"{fact['occurred']}  ({fact['place']})"])
    table(rows)
    if len(facts) > _MOST:
        line(f"and {len(facts) - _MOST:,} more, in --json", 2)


def _money(each: Plain, key: str) -> str:
    return short_money(each[key], each["currency"])
