"""The command `claim`.

Knows what was typed and how service levels are printed. Does not know how anything is measured.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from adidem.cli import typed
from adidem.cli.head import read_as
from adidem.cli.layout import and_more, heading, line, money_range, short_money, show_json, table
from adidem.cli.running import opened
from adidem.desk.claiming.claim import Asked, claim_view, write
from adidem.desk.claiming.letter import not_counted
from adidem.desk.wording import when_words

MOST_INCIDENTS = 12


def claim(
    folder: Path, period: str, as_of: str, known_at: str, readings: list[str], out: Path | None, as_json: bool
) -> None:
    """Print what is to be claimed, and write the letter where it is asked for."""
    workspace = opened(folder)
    pair = typed.pair(workspace, as_of, known_at)
    view = claim_view(workspace, Asked(period, pair, typed.pinned(readings)))
    files = write(view, out) if out is not None else []
    if as_json:
        show_json(view)
    else:
        _print(view)
    for file in files:
        typer.echo(f"wrote {file}", err=True)


def _print(view: Mapping[str, Any]) -> None:
    line(f"{view['agreement']}: service levels of windows that ended in {view['period']}")
    line(f"as of {view['as_of']}")
    read_as(view["read_as_asked"])
    for way in view["ways"]:
        if len(view["ways"]) > 1:
            heading(f"IF {when_words([{q: (r,) for q, r in way['readings'].items()}])}")
        for window in way["windows"]:
            _print_window(window)
        if not way["windows"]:
            line(_none(view), 2)
    for idle in view["claims_that_claim_nothing"]:
        line(f"note: the claim {idle['claim']} ({idle['place']}) brings nothing: {idle['why']}", hang=6)


def _print_window(window: Mapping[str, Any]) -> None:
    heading(window["id"])
    currency, tier = window["currency"], window["tier"]
    verdict, other = ("met", "missed") if window["objective_met"] else ("missed", "met")
    if window["objective_rests_on"]:
        verdict += f", or {other} by what is assumed, {' and '.join(window['objective_rests_on'])}"
    rows = [["window", f"{window['starts']} to {window['ends']}, {window['zone']}"]] if window["zone"] != "UTC" else []
    rows += [
        ["available", f"{window['uptime']}, exactly {window['uptime_exact']}"],
        ["unavailable", f"{window['lost_minutes']} of {window['window_minutes']} minutes"],
        ["objective", f"{window['objective']}: {verdict}  ({window['place']})"],
    ]
    if tier is not None:
        low = f"from {tier['from']} to " if "from" in tier else ""
        rows.append(
            ["tier", f"{low}below {tier['below']}: {tier['credit']} of {short_money(window['fees_minor'], currency)}"]
        )
        amount = money_range(window["low_minor"], window["high_minor"], currency)
        rests = f"  (rests on {', '.join(window['rests_on'])})" if window["rests_on"] else ""
        rows.append(["credit", f"{amount}{rests}"])
        rows.append(["claim", _claim_words(window)])
    table(rows)
    counted = [each for each in window["incidents"] if each["counts"]]
    others = [each for each in window["incidents"] if not each["counts"]]
    if counted:
        line(f"what counts ({len(counted)})", 2)
        weighted = window["weight"] is not None
        head = ["minutes", *(["of any"] if weighted else []), "began", "incident", "impact"]
        right = (0, 1) if weighted else (0,)
        table([head, *(_counted(each, weighted) for each in counted[:MOST_INCIDENTS])], 4, right)
        and_more(len(counted) - MOST_INCIDENTS, 4)
    if others:
        line(f"what does not count ({len(others)})", 2)
        table([[_began(each), each["id"], not_counted(each)] for each in others[:MOST_INCIDENTS]], 4)
        and_more(len(others) - MOST_INCIDENTS, 4)


def _none(view: Mapping[str, Any]) -> str:
    """Why there is no window: none ended, or none has ended yet."""
    if view["as_of"] < view["ends"]:
        return f"no window had ended by {view['as_of']}: --as-of names a later day"
    return "no window of a service level ended in it"


def _counted(incident: Mapping[str, Any], weighted: bool) -> list[str]:
    still = "" if incident["ended"] else "  not ended"
    minutes = [incident["minutes_in_full"], *([incident["minutes_of_any"]] if weighted else [])]
    return [*minutes, _began(incident), incident["id"], incident["impact"] + still]


def _began(incident: Mapping[str, Any]) -> str:
    """`04-08 09:00`, and the seconds where there are any; the year is that of the window, or the one before."""
    return incident["started"][5:19].replace("T", " ").removesuffix(":00")


def _claim_words(window: Mapping[str, Any]) -> str:
    """How the credit stands: `open until 2025-07-30`."""
    last, due = window["last_day_to_claim"], window["due"]
    match window["state"]:
        case "none":
            return "nothing to claim"
        case "open":
            return f"open until {last}"
        case "claimed":
            return f"claimed on {window['claimed_on']}, to be given by {due}"
        case "lapsed":
            late = f"claimed on {window['claimed_on']}, too late" if window["claimed_on"] else "not claimed"
            return f"lapsed: {late}, the last day was {last}"
        case _:
            return f"owed unclaimed, to be given by {due}"
