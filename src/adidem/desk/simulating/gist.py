"""Sampled worlds in short: four sentences that are asked for first.

Knows the plain data of `simulate`. Does not know terminals, pages or how worlds are drawn.
"""

from collections.abc import Iterable
from typing import Any

from adidem.desk.simulating.amounts import bare, percent, short
from adidem.desk.simulating.forecast import WHOLE

NOTHING_LEFT = "No world is left of which anything could be said."
"""What there is to say where every world is set apart."""
Line = dict[str, Any]
TAILS = (("p05", "one world of twenty", "nineteen of twenty"), ("p10", "one world of ten", "nine of ten"))
"""A quantile, how often it comes to that or worse, and how often not."""


def gist(view: dict[str, Any]) -> list[str]:
    """At most four sentences: the largest payment, the most open state, the worst position, the reading that matters
    most. One of which nothing can be said is left out.
    """
    sentences = (_largest(view), _most_open(view), _worst(view), _words(view))
    return [sentence for sentence in sentences if sentence]


def first_whole(lines: Iterable[Line]) -> list[Line]:
    """Those under the readings that come first, with all scenarios taken together."""
    return [line for line in lines if line["readings"] == 0 and line["scenario"] == WHOLE]


def by_size(totals: Iterable[Line]) -> list[Line]:
    """Totals that have enough worlds to speak of, the largest mean first."""
    counted = [total for total in totals if total["p95_minor"] is not None]
    return sorted(counted, key=lambda total: -abs(total["mean_minor"] or 0))


def says_something(line: Line) -> bool:
    """Whether a total or a position is anything but nothing in all worlds."""
    return any(line[f"{name}_minor"] for name in ("mean", "standard_error", "p05", "p95"))


def _largest(view: dict[str, Any]) -> str:
    totals = by_size(first_whole(view["totals"]))
    if not any(says_something(total) for total in totals):
        return "" if view["set_apart"]["worlds"] == view["worlds"] else "nothing is paid in any world"
    top = totals[0]
    who = f"{top['payer']} pays {top['payee']} under {top['clause']}"
    if "p10" in top["not_enough_worlds_for"]:
        return f"{who}: {short(top['mean_minor'], top['currency'])} on average; more worlds would say how far it varies"
    middle, low = short(top["p50_minor"], top["currency"]), bare(top["p10_minor"], top["currency"])
    high = bare(top["p90_minor"], top["currency"])
    return f"{who}: {middle} in the middle world, {low} to {high} in eight of ten"


def _most_open(view: dict[str, Any]) -> str:
    states = [state for state in first_whole(view["states"]) if state["probability"] is not None]
    if not states:
        return ""
    state = min(states, key=lambda state: abs(state["probability"] - 0.5))
    if state["probability"] in (0, 1):
        return "every state is at the end the same in all worlds"
    return f"{state['name']} at the end: {percent(state['probability'])} of worlds, the most open of all states"


def _worst(view: dict[str, Any]) -> str:
    for quantile, often, mostly in TAILS:
        positions = [line for line in first_whole(view["positions"]) if line[f"{quantile}_minor"] is not None]
        positions = [line for line in positions if quantile not in line["not_enough_worlds_for"]]
        if positions:
            party = min(positions, key=lambda line: line[f"{quantile}_minor"])
            minor = party[f"{quantile}_minor"]
            if not any(says_something(line) for line in positions):
                return ""
            if not minor:
                return f"no party pays more than it receives in {mostly} worlds"
            verb, beyond = ("pays", "more") if minor < 0 else ("receives", "less")
            amount = short(abs(minor), view["currency"])
            return f"{party['party']} {verb} {amount} or {beyond} in {often}, all payments to and fro taken together"
    return ""


def _words(view: dict[str, Any]) -> str:
    found = [line for line in view["differences"] if "clause" in line and line["mean_minor"]]
    if not found:
        return "" if len(view["readings"]) == 1 else "no reading of the words changes what is paid"
    top = max(found, key=lambda line: abs(line["mean_minor"]))
    name = view["readings"][top["readings"]]["name"]
    amount, share = short(abs(top["mean_minor"]), top["currency"]), percent(top["probability"])
    more = "more" if top["mean_minor"] > 0 else "less"
    return f"read as {name}, {top['clause']} comes to {amount} {more} on average; it differs in {share} of worlds"
