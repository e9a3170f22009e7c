"""The command `simulate`: what was typed, and the page that is printed.

Knows options and lines. Does not know how worlds are drawn or counted.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adidem.cli import typed
from adidem.cli.layout import heading, line, short_amount, show_json, table
from adidem.cli.progress import Progress
from adidem.cli.running import opened
from adidem.cli.tables import Page
from adidem.desk.forecast import WHOLE
from adidem.desk.futures import Future, future
from adidem.desk.simulation import Wish, simulated
from adidem.desk.view import run_view
from adidem.desk.wording import event_words
from adidem.kernel.problem import Problem, ProblemError

MOST_STATES = 12


@dataclass(frozen=True)
class Asked:
    """What was typed."""

    worlds: str
    until: str
    seed: int
    readings: Sequence[str]
    scenario: str
    partition: str
    out: Path | None
    resume: bool
    cluster: str
    as_json: bool


def simulate(folder: Path, asked: Asked) -> None:
    """Print what may come."""
    workspace = opened(folder)
    count = worlds(asked.worlds)
    played = _future(folder, asked)
    progress = Progress(count)
    view = simulated(played, Wish(count, asked.out, asked.resume, asked.cluster), progress)
    progress.end()
    if asked.as_json:
        show_json(view)
    else:
        Sheet(view).print()
    del workspace


def open_world(folder: Path, asked: Asked, number: int) -> None:
    """Print one sampled world as a record."""
    played = _future(folder, asked)
    if number < 0:
        raise ProblemError([Problem("D112", f"there is no world {number}", at="--world", mend="count from 0")])
    workspace, outcome = played.opened(number, dict(typed.pinned(_pinned(asked.readings))))
    if asked.as_json:
        show_json({**run_view(workspace, outcome), "world": number, "events": played.world(number)})
        return
    Page(workspace, outcome).print()
    heading(f"SAMPLED EVENTS OF WORLD {number:,}")
    rows = [[event["occurred"], event["id"], _words(event)] for event in played.world(number)]
    table(rows)


def _words(event: dict[str, str]) -> str:
    known = ("id", "occurred", "recorded", "note")
    return event_words(json.dumps({name: value for name, value in event.items() if name not in known}))


def _future(folder: Path, asked: Asked) -> Future:
    until = typed.day_of(asked.until, "--until") if asked.until else None
    pinned = typed.pinned(_pinned(asked.readings))
    every = "all" in asked.readings
    return future(opened(folder), asked.seed, until, pinned, every, asked.scenario, partition=asked.partition)


def _pinned(readings: Sequence[str]) -> list[str]:
    return [reading for reading in readings if reading != "all"]


def worlds(text: str) -> int:
    """`1e6`, `10_000` or `10,000` worlds. Problems: D112 no whole number above nothing."""
    try:
        number = float(text.replace(",", "").replace("_", ""))
    except ValueError:
        number = 0.0
    if number < 1 or number != int(number):
        sentence = f"“{text}” is no number of worlds"
        raise ProblemError([Problem("D112", sentence, at="--worlds", mend="write 10000 or 1e6")])
    return int(number)


class Sheet:
    """What sampled worlds came to, on paper: four numbers first, then the rest."""

    def __init__(self, view: dict[str, Any]):
        self.view = view
        self.first = [t for t in view["totals"] if t["readings"] == 0]
        self.whole = [t for t in self.first if t["scenario"] == WHOLE and t["p95_minor"] is not None]

    def print(self) -> None:
        """Everything, in the order in which it is asked for."""
        self.title()
        self.four()
        self.totals()
        self.positions()
        self.states()
        self.scenarios()
        self.readings()
        self.rests()

    def title(self) -> None:
        """What was played forward, how far and how often."""
        view = self.view
        line(view["agreement"])
        line(f"{view['worlds']:,} sampled worlds from {view['starts']} to {view['until']} · seed {view['seed']}")
        apart = view["set_apart"]
        if apart["worlds"]:
            first = ", ".join(f"{world:,}" for world in apart["first"])
            line(f"set apart, and in no figure below: {apart['worlds']:,} worlds ({first}, …)")

    def four(self) -> None:
        """The four numbers that are asked for first."""
        heading("IN SHORT")
        rows = [row for row in (self._largest(), self._most_open(), self._worst(), self._words()) if row]
        table([[f"{number}.", text] for number, text in enumerate(rows, 1)])

    def _largest(self) -> str:
        if not self.whole:
            return ""
        top = max(self.whole, key=lambda t: abs(t["mean_minor"] or 0))
        middle, (low, high) = short_amount(top["p50_minor"], top["currency"]), _spread(top, top["currency"])[3:6:2]
        who = f"{top['payer']} pays {top['payee']} under {top['clause']}"
        return f"{who}: {middle} in the middle world, {low} to {high} in eight of ten"

    def _most_open(self) -> str:
        found = [s for s in self.view["states"] if s["readings"] == 0 and s["scenario"] == WHOLE]
        states = [s for s in found if 0 < (s["probability"] or 0) < 1]
        if not states:
            return "every state at the end is the same in all worlds"
        state = min(states, key=lambda s: abs((s["probability"] or 0) - 0.5))
        return f"{state['name']} at the end: {_percent(state['probability'])} of worlds, the most open of all states"

    def _worst(self) -> str:
        positions = [p for p in self.view["positions"] if p["readings"] == 0 and p["scenario"] == WHOLE]
        positions = [p for p in positions if p["p05_minor"] is not None]
        if not positions:
            return ""
        party = min(positions, key=lambda p: p["p05_minor"])
        money = short_amount(party["p05_minor"], self._currency())
        return f"{party['party']} is left with {money} or less in one world of twenty, all payments taken together"

    def _words(self) -> str:
        found = [d for d in self.view["differences"] if "clause" in d and d["mean_minor"]]
        if not found:
            return "no reading of the words changes what is paid"
        top = max(found, key=lambda d: abs(d["mean_minor"]))
        name = self.view["readings"][top["readings"]]["name"]
        money, share = short_amount(abs(top["mean_minor"]), top["currency"]), _percent(top["probability"])
        more = "more" if top["mean_minor"] > 0 else "less"
        return f"read as {name}, {top['clause']} comes to {money} {more} on average; it differs in {share} of worlds"

    def _currency(self) -> str:
        return self.view["totals"][0]["currency"] if self.view["totals"] else ""

    def totals(self) -> None:
        """Who pays whom how much over the horizon."""
        if not self.whole:
            return
        heading("PAID OVER THE WHOLE TIME")
        rows = [["", "mean", "±", "P5", "P10", "P50", "P90", "P95"]]
        for total in self.whole:
            if total["p95_minor"] or total["p05_minor"] or total["mean_minor"]:
                rows.append(
                    [f"{total['payer']} → {total['payee']}, {total['clause']}", *_spread(total, total["currency"])]
                )
        table(rows, right=range(1, 8))
        self._bounds()

    def _bounds(self) -> None:
        for total in self.whole:
            if "mean_low_minor" in total and total["mean_low_minor"] != total["mean_high_minor"]:
                low, high = (short_amount(total[f"mean_{end}_minor"], total["currency"]) for end in ("low", "high"))
                line(
                    f"{total['clause']}: the mean lies between {low} and {high} as probabilities lie in their ranges", 2
                )
        few = {p for total in self.whole for p in total["not_enough_worlds_for"]}
        if few:
            line(f"not enough worlds for {', '.join(sorted(few))}: fewer than ten lie beyond", 2)

    def positions(self) -> None:
        """What each party is left with."""
        rows = [["", "mean", "±", "P5", "P10", "P50", "P90", "P95"]]
        for position in self.view["positions"]:
            if position["readings"] == 0 and position["scenario"] == WHOLE and position["p95_minor"] is not None:
                rows.append([position["party"], *_spread(position, self._currency())])
        if len(rows) > 1:
            heading("WHAT EACH PARTY IS LEFT WITH")
            table(rows, right=range(1, 8))

    def states(self) -> None:
        """How likely each state is that is not sure."""
        found = [s for s in self.view["states"] if s["readings"] == 0 and s["scenario"] == WHOLE]
        open_states = [s for s in found if 0 < (s["probability"] or 0) < 1 or 0 < (s["probability_ever"] or 0) < 1]
        if not open_states:
            return
        heading("STATES")
        rows = [["", "at the end", "±", "ever", "half by month"]]
        for state in sorted(open_states, key=lambda s: abs((s["probability"] or 0) - 0.5))[:MOST_STATES]:
            first = state["months_to_first_p50"]
            error = _percent(state["standard_error"] or 0)
            share, ever = _percent(state["probability"]), _percent(state["probability_ever"])
            rows.append([state["name"], share, error, ever, str(first) if first else "–"])
        table(rows, right=range(1, 5))
        if len(open_states) > MOST_STATES:
            line(f"and {len(open_states) - MOST_STATES} more: --json lists them", 2)

    def scenarios(self) -> None:
        """The largest stream under each scenario."""
        if not self.view["scenarios"] or not self.whole:
            return
        top = max(self.whole, key=lambda t: abs(t["mean_minor"] or 0))
        heading(f"BY SCENARIO: {top['payer']} → {top['payee']}, {top['clause']}")
        rows = [["", "probability", "mean", "P10", "P50", "P90"]]
        for scenario in self.view["scenarios"]:
            mine = [t for t in self.first if t["scenario"] == scenario["name"] and t["clause"] == top["clause"]]
            mine = [t for t in mine if (t["payer"], t["payee"]) == (top["payer"], top["payee"])]
            cells = _spread(mine[0], top["currency"]) if mine else ["–"] * 7
            low, high = scenario["probability_low"], scenario["probability_high"]
            between = f" ({_percent(low)} to {_percent(high)})" if low != high else ""
            rows.append([scenario["name"], _percent(scenario["probability"]) + between, cells[0], *cells[3:6]])
        table(rows, right=range(1, 6))

    def readings(self) -> None:
        """What each other reading changes, world by world."""
        found = [d for d in self.view["differences"] if "clause" in d and d["probability"]]
        if not found:
            return
        heading("READ OTHERWISE, ON THE SAME DRAWS")
        rows = [["", "", "mean", "±", "differs in"]]
        for each in found:
            name = self.view["readings"][each["readings"]]["name"]
            money = _signed(short_amount(each["mean_minor"], ""))
            error = short_amount(each["standard_error_minor"], "")
            rows.append([name, each["clause"], money, error, _percent(each["probability"])])
        table(rows, right=range(2, 5))

    def rests(self) -> None:
        """What was taken for granted."""
        if self.view["rests_on"]:
            heading("RESTS ON TERMS THAT ARE ASSUMED")
            line(", ".join(self.view["rests_on"]), 2)


def _spread(total: dict[str, Any], currency: str) -> list[str]:
    names = ("mean", "standard_error", "p05", "p10", "p50", "p90", "p95")
    return [short_amount(total[f"{name}_minor"], "") for name in names]


def _signed(money: str) -> str:
    return money if money.startswith("-") else f"+{money}"


def _percent(share: float | None) -> str:
    if share is None:
        return "–"
    return f"{100 * share:.1f} %" if 0.001 <= share < 0.9995 or share in (0, 1) else f"{100 * share:.3f} %"
