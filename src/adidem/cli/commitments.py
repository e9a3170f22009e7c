"""The command `commitments`: how much of what was promised is used, and where that leads.

Knows what was typed and how commitments are printed. Does not know how a figure was worked out.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adidem.cli.head import besides, pair_words
from adidem.cli.layout import counted, heading, line, short_money, show_json, table
from adidem.cli.running import asked
from adidem.desk.committing.commitments import commitments_view
from adidem.desk.wording import when_words


def commitments(
    folder: Path, at: str, known_at: str, readings: Sequence[str], events: Sequence[str], as_json: bool
) -> int:
    """Print every commitment; 1 where the provider's record does not say what the clause says."""
    workspace, outcome = asked(folder, at, known_at, readings, events)
    view = commitments_view(workspace, outcome)
    if as_json:
        show_json(view)
    else:
        line(view["agreement"])
        line(pair_words(outcome))
        besides(outcome)
        if not any(result["commitments"] for result in view["results"]):
            line("no clause commits anyone to spend, to use or to hold ready")
        for result in view["results"]:
            _readings(view, result)
            for each in result["commitments"]:
                _commitment(each)
        _record(view["record"])
    return 1 if any(not each["agrees"] for each in view["record"]) else 0


def _readings(view: dict[str, Any], result: dict[str, Any]) -> None:
    if len(view["results"]) > 1:
        alternatives = [{q: (r,) for q, r in each.items()} for each in result["readings"]]
        heading(f"IF {when_words(alternatives)}")


def _commitment(each: dict[str, Any]) -> None:
    """One commitment: its milestones or periods, its rate, and what is owed."""
    heading(each["clause"].upper())
    if each["category"] == "Capacity":
        line(f"{each['provider']} holds capacity ready for {each['customer']}, in {each['unit']}", 2)
    else:
        model = f", {each['model']}" if each["model"] else ""
        says = (
            f"{each['customer']} commits to {each['provider']}: {each['category'].lower()}{model}, {each['interval']}"
        )
        line(says, 2)
    head = ["", "committed", "ready" if each["category"] == "Capacity" else "counted", "remaining", ""]
    figures = ("committed", "counted", "remaining")
    rows = [[p["period"], *(_amount(p[key], each) for key in figures), _notes(p, each)] for p in each["periods"]]
    table([head, *rows], 2, right=(1, 2, 3))
    if "used" in each:
        line(f"used in all, all that is eligible: {_amount(each['used'], each)}", 2)
    if each["next"]:
        line(f"next: {each['next']['period']}, in {counted(each['next']['days'], 'day')}", 2)
    _projected(each)
    for owed in each["owed_so_far"]:
        rest = "" if not owed["not_yet_paid"] else f", {_money(owed['not_yet_paid'], owed)} of it not yet paid"
        line(f"{owed['figure']}: {owed['payer']} to {owed['payee']} {_money(owed['amount'], owed)} so far{rest}", 2)


def _notes(period: dict[str, Any], each: dict[str, Any]) -> str:
    notes = [period["state"]] if period["state"] else []
    if "remaining_range" in period:
        low, high = (_amount(end, each) for end in period["remaining_range"])
        notes.append(f"{low} to {high} by what is assumed")
    notes += ["waived"] if "waived" in period else []
    notes += [f"{_amount(period['made_up'], each)} made up"] if "made_up" in period else []
    notes += [f"{_amount(period['carried'], each)} carried"] if "carried" in period else []
    return "; ".join(notes)


def _projected(each: dict[str, Any]) -> None:
    """Where the rate leads: never a settled amount, and marked as none."""
    rates = each.get("run_rate", {})
    if not rates:
        return
    line("AT THE RATE OF LATE (a projection, not settled)", 2)
    rows: list[list[str]] = []
    seen: set[int] = set()
    for name, rate in rates.items():
        if rate["months"] in seen:
            continue
        seen.add(rate["months"])
        months = f"last {counted(rate['months'], 'month')}"
        rows.append([months, f"{_amount(rate['a_month'], each)} a month", *_leads(each, name)])
    table(rows, 4)


def _leads(each: dict[str, Any], name: str) -> list[str]:
    says: list[str] = []
    for period in each["periods"]:
        found = period.get("projected", {}).get(name)
        if found is not None:
            day = found["fulfilled_on"]
            short = found["shortfall"]
            when = f"fulfilled about {day}" if day else "never fulfilled"
            nothing = short == 0 or short == "0.00"
            says.append(f"{period['period']}: {when}" + ("" if nothing else f", about {_amount(short, each)} short"))
    return ["; ".join(says)]


def _record(found: Sequence[dict[str, Any]]) -> None:
    if not found:
        return
    heading("THE PROVIDER'S RECORD")
    for each in found:
        if each["agrees"]:
            line(f"{each['clause']}: {each['says']}: as the clause says", 2)
        else:
            rest = f"; the clause says {each['clause_says']}" if each["clause_says"] else ""
            line(f"{each['clause']}: {each['says'] or 'a row'} ({each['event']}){rest}", 2)


def _amount(number: int | str, each: dict[str, Any]) -> str:
    return short_money(number, each["unit"]) if isinstance(number, int) else f"{number} {each['unit']}"


def _money(number: int, owed: dict[str, Any]) -> str:
    return short_money(number, owed["currency"])
