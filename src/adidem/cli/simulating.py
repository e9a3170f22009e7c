"""The command `simulate`: what was typed, and the page that is printed.

Knows options and lines. Does not know how worlds are drawn or counted.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from adidem.cli import typed
from adidem.cli.figures import Figures
from adidem.cli.layout import and_more, counted, heading, line, show_json, table
from adidem.cli.page import Page
from adidem.cli.progress import Progress
from adidem.cli.running import opened
from adidem.desk.simulating.amounts import bare, percent, signed
from adidem.desk.simulating.futures import Future, Play, future
from adidem.desk.simulating.gist import NOTHING_LEFT, by_size, first_whole, gist, says_something
from adidem.desk.simulating.simulation import Wish, resumable, simulated
from adidem.desk.view import run_view
from adidem.desk.wording import event_words
from adidem.kernel.problem import Problem, ProblemError

MOST_ROWS = 12
MOST_NUMBERS = 2**64
"""Worlds are numbered in 64 bits."""
SPREAD = ("mean", "±", "P5", "P10", "P50", "P90", "P95")
LESS = ("P5", "P95")
"""What is left out of a spread where the page is narrow."""
FEW = "few"
"""What stands in place of a quantile for which there are not enough worlds."""


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
    """Print what may come. Problems: D120 `--resume` without a folder."""
    count = worlds(asked.worlds)
    if asked.resume and asked.out is None:
        sentence = "a broken run is gone on with in its folder, and none is named"
        raise ProblemError([Problem("D120", sentence, at="--resume", mend="name it: --out DIR")])
    played = _future(folder, asked, count)
    progress = Progress(count)
    try:
        view = simulated(played, Wish(count, asked.out, asked.resume, asked.cluster), progress)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(progress.so_far(resumable(asked.out))) from None
    progress.end()
    if asked.as_json:
        show_json(view)
    else:
        FuturesPage(view).print()


def open_world(folder: Path, asked: Asked, number: int) -> None:
    """Print one sampled world as a record."""
    if not 0 <= number < MOST_NUMBERS:
        mend = f"count from 0 to {MOST_NUMBERS - 1:,}"
        raise ProblemError([Problem("D112", f"there is no world {number:,}", at="--world", mend=mend)])
    played = _future(folder, asked)
    if reasons := played.set_apart(number):
        mend = "open another world, or mend the outlook so that this cannot happen"
        sentence = f"there is nothing to open in world {number:,}, which is set apart: {'; '.join(reasons)}"
        raise ProblemError([Problem("D112", sentence, at="--world", mend=mend)])
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


def _future(folder: Path, asked: Asked, count: int = 0) -> Future:
    until = typed.day_or_none(asked.until, "--until")
    pinned = typed.pinned(_pinned(asked.readings))
    every = "all" in asked.readings
    play = Play(asked.seed, until, None, pinned, every, (), asked.scenario, asked.partition, count)
    return future(opened(folder), play)


def _pinned(readings: Sequence[str]) -> list[str]:
    return [reading for reading in readings if reading != "all"]


def worlds(text: str) -> int:
    """`1e6`, `10_000` or `10,000` worlds. Problems: D112 no whole number above nothing."""
    try:
        number = float(text.replace(",", "").replace("_", ""))
    except ValueError:
        number = 0.0
    if not 1 <= number < inf or number != int(number):
        sentence = f"“{text}” is no number of worlds"
        raise ProblemError(
            [Problem("D112", sentence, at="--worlds", mend="write a whole number from 1 on: 10000, 1e6")]
        )
    return int(number)


class FuturesPage:
    """What sampled worlds came to, on paper: four numbers first, then the rest."""

    def __init__(self, view: dict[str, Any]):
        self.view = view
        self.first = [total for total in view["totals"] if total["readings"] == 0]
        self.whole = [total for total in by_size(first_whole(view["totals"])) if says_something(total)]

    def print(self) -> None:
        """Everything, in the order in which it is asked for."""
        self.title()
        if self.view["set_apart"]["worlds"] == self.view["worlds"]:
            line()
            line(NOTHING_LEFT)
            return
        self.four()
        self.totals()
        self.positions()
        self.states()
        self.scenarios()
        self.readings()
        self.rests()
        if self.view.get("files"):
            heading("WRITTEN")
            line(", ".join(self.view["files"]), 2, 0)

    def title(self) -> None:
        """What was played forward, how far and how often; and the worlds that count nowhere."""
        view, apart = self.view, self.view["set_apart"]
        line(view["agreement"])
        line(
            f"{counted(view['worlds'], 'sampled world')} from {view['starts']} to {view['until']} · seed {view['seed']}"
        )
        if not apart["worlds"]:
            return
        share = 100 * apart["worlds"] / view["worlds"]
        line(f"set apart, and in no figure below: {counted(apart['worlds'], 'world')}, {share:.3g} %")
        for why in apart["reasons"]:
            line(f"{why['reason']}: {_numbers(why['first'])}", 2)
        if apart["worlds"] > len(apart["first"]):
            line(f"looked into: the first {len(apart['first'])} of them", 2)

    def four(self) -> None:
        """The four numbers that are asked for first."""
        heading("IN SHORT")
        table([[f"{number}.", sentence] for number, sentence in enumerate(gist(self.view), 1)])

    def totals(self) -> None:
        """Who pays whom how much over the horizon."""
        if not self.whole:
            return
        heading(f"PAID OVER THE WHOLE TIME{_in(self.whole)}")
        figures = Figures(SPREAD, LESS)
        pairs = dict.fromkeys((total["payer"], total["payee"]) for total in self.whole)
        for payer, payee in pairs:
            figures.group(f"{payer} → {payee}")
            for total in self.whole:
                if (total["payer"], total["payee"]) == (payer, payee):
                    figures.add(total["clause"], _spread(total, total["currency"]))
        figures.print()
        line("±: standard error of the mean. P10: one world in ten comes to that or less.", 2, 0)
        self._bounds()

    def _bounds(self) -> None:
        if any(total["not_enough_worlds_for"] for total in self.whole):
            line(f"{FEW}: not enough worlds for this tail; fewer than ten lie beyond.", 2)
        ranged = [total for total in self.whole if total.get("mean_low_minor") != total.get("mean_high_minor")]
        if ranged:
            line("The mean, as the probabilities of the scenarios lie in their ranges:", 2)
        for total in ranged:
            low, high = (bare(total[f"mean_{end}_minor"], total["currency"]) for end in ("low", "high"))
            line(f"{total['clause']}: {low} to {high}", 4)

    def positions(self) -> None:
        """What each party is left with."""
        figures = Figures(SPREAD, LESS)
        for position in first_whole(self.view["positions"]):
            if says_something(position):
                figures.add(position["party"], _spread(position, self.view["currency"]))
        if figures.rows:
            heading(f"LEFT WITH EACH PARTY, ALL PAYMENTS TO AND FRO{_in(self.whole)}")
            figures.print()

    def states(self) -> None:
        """How likely each state is that is not sure; those that are alike in all figures in one row."""
        found = [state for state in first_whole(self.view["states"]) if _is_open(state)]
        if not found:
            return
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for state in sorted(found, key=lambda state: abs(state["probability"] - 0.5)):
            alike.setdefault((*_chances(state), _what(state)), []).append(state)
        heading("STATES")
        figures = Figures(("at the end", "±", "ever", "half after"))
        for (*cells, what), states in list(alike.items())[:MOST_ROWS]:
            figures.add(f"{len(states)} clauses {what}" if len(states) > 2 else states[0]["name"], cells)
            for state in states[1:] if len(states) == 2 else ():
                figures.add(state["name"], cells)
        figures.print()
        and_more(len(alike) - MOST_ROWS, 2)

    def scenarios(self) -> None:
        """The largest stream under each scenario."""
        if not self.view["scenarios"] or not self.whole:
            return
        top = self.whole[0]
        heading(f"BY SCENARIO{_in([top])}: {top['payer']} → {top['payee']}, {top['clause']}")
        figures = Figures(("chance", *SPREAD), ("±", *LESS))
        of = {total["scenario"]: total for total in self.first if _stream(total) == _stream(top)}
        for scenario in self.view["scenarios"]:
            figures.add(scenario["name"], [_chance(scenario), *_spread(of[scenario["name"]], top["currency"])])
        figures.print()

    def readings(self) -> None:
        """What each other reading changes, world by world; the one that changes most first."""
        found: dict[int, list[dict[str, Any]]] = {}
        for each in self.view["differences"]:
            if "clause" in each and each["probability"]:
                found.setdefault(each["readings"], []).append(each)
        if not found:
            return
        heading(f"READ OTHERWISE, ON THE SAME DRAWS: THE DIFFERENCE{_in(self.whole)}")
        figures = Figures(("mean", "±", "differs in"))
        order = sorted(found, key=lambda number: -max(abs(each["mean_minor"]) for each in found[number]))
        for number in order[:MOST_ROWS]:
            figures.group(self.view["readings"][number]["name"])
            for each in found[number]:
                mean, error = (bare(each[f"{name}_minor"], each["currency"]) for name in ("mean", "standard_error"))
                figures.add(each["clause"], (signed(mean), error, percent(each["probability"])))
        figures.print()
        and_more(len(order) - MOST_ROWS, 2)

    def rests(self) -> None:
        """What was taken for granted."""
        readings = self.view["readings"][0]["readings"]
        if readings:
            heading("READ AS")
            line(", ".join(f"{question}={reading}" for question, reading in readings.items()), 2, 0)
        if self.view["rests_on"]:
            heading("RESTS ON TERMS THAT MAY BE OFF")
            line(", ".join(self.view["rests_on"]), 2, 0)


def _stream(total: dict[str, Any]) -> tuple[str, str, str]:
    return total["payer"], total["payee"], total["clause"]


def _in(totals: Sequence[dict[str, Any]]) -> str:
    """The currency, where all have one."""
    currencies = {total["currency"] for total in totals}
    return f", IN {currencies.pop()}" if len(currencies) == 1 else ""


def _spread(total: dict[str, Any], currency: str) -> list[str]:
    few = total["not_enough_worlds_for"]
    names = ("mean", "standard_error", "p05", "p10", "p50", "p90", "p95")
    return [FEW if name in few else bare(total[f"{name}_minor"], currency) for name in names]


def _is_open(state: dict[str, Any]) -> bool:
    return any(0 < (state[name] or 0) < 1 for name in ("probability", "probability_ever"))


def _chances(state: dict[str, Any]) -> tuple[str, ...]:
    first = state["months_to_first_p50"]
    after = "–" if first is None else counted(first, "month") if first else "at once"
    share, ever = percent(state["probability"]), percent(state["probability_ever"])
    return share, percent(state["standard_error"]), ever, after


def _chance(scenario: dict[str, Any]) -> str:
    chance, low, high = (f"{100 * scenario[f'probability{end}']:.3g}" for end in ("", "_low", "_high"))
    return f"{chance} %" if low == high else f"{chance} % ({low}–{high})"


def _what(state: dict[str, Any]) -> str:
    """The state without its clause; a state whose name does not begin with its clause is like no other."""
    rest = state["name"].removeprefix(f"{state['clause']} ")
    return rest if rest == "in force" else state["name"]


def _numbers(worlds: Sequence[int]) -> str:
    return f"world{'s' if len(worlds) > 1 else ''} {', '.join(f'{world:,}' for world in worlds)}"
