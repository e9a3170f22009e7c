"""The commands `influence` and `discover`: what moves the results, and where a condition holds.

Knows lines. Does not know how points are chosen or what is found in them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adidem.cli import typed
from adidem.cli.layout import counted, heading, line, show_json, table
from adidem.cli.running import opened
from adidem.desk.simulating.amounts import bare, percent, short
from adidem.desk.simulating.discovery import discovery_view
from adidem.desk.simulating.futures import Future, Play, future
from adidem.desk.simulating.gist import NOTHING_LEFT
from adidem.desk.simulating.influence import influence_view

MOST_BARS = 10
BAR = 18


@dataclass(frozen=True)
class Asked:
    """What was typed."""

    until: str
    seed: int
    readings: list[str]
    scenario: str
    partition: str
    as_json: bool

    def future(self, folder: Path) -> Future:
        """The workspace played forward as was typed. Raises ProblemError."""
        until = typed.day_or_none(self.until, "--until")
        pinned = typed.pinned(self.readings)
        play = Play(self.seed, until, readings=pinned, scenario=self.scenario, partition=self.partition)
        return future(opened(folder), play)


def influence(folder: Path, asked: Asked, every: bool) -> None:
    """Print what moves each result; without `every`, the largest alone."""
    view = influence_view(asked.future(folder))
    if asked.as_json:
        show_json(view)
        return
    line(view["agreement"])
    numbers = f"{counted(len(view['parameters']), 'number')} that may be off"
    line(f"from {view['starts']} to {view['until']} · {numbers} · seed {view['seed']}")
    _set_apart(view, f"the first {view['worlds_averaged']:,} worlds")
    if view["set_apart"]["worlds"] == view["worlds_averaged"]:
        line()
        line(NOTHING_LEFT)
        return
    streams = [result for result in view["results"] if "clause" in result and result["mean_minor"]]
    streams.sort(key=lambda result: -abs(result["mean_minor"]))
    if not streams:
        line()
        line("Nothing is paid in any world, so nothing moves it.")
    for result in streams if every else streams[:1]:
        _tornado(view, result)
        _shares(result)
    if len(streams) > 1 and not every:
        line()
        line(f"{counted(len(streams) - 1, 'more stream')}: --every shows them, --json all results")


def _set_apart(view: dict[str, Any], of: str) -> None:
    apart = view["set_apart"]
    if apart["worlds"]:
        first = ", ".join(f"{world:,}" for world in apart["first"])
        more = ", …" if apart["worlds"] > len(apart["first"]) else ""
        line(f"set apart, and in no figure below: {apart['worlds']:,} of {of} ({first}{more})")


def _tornado(view: dict[str, Any], result: dict[str, Any]) -> None:
    heading(f"ONE NUMBER AT A TIME: {result['payer']} → {result['payee']}, {result['clause']}")
    left = view["worlds_averaged"] - view["set_apart"]["worlds"]
    line(f"mean of {counted(left, 'world')}: {short(result['mean_minor'], view['currency'])}", 2)
    bars = result["tornado"][:MOST_BARS]
    if not bars:
        line("no number that may be off moves it", 2)
        return
    ends = [end for bar in bars for end in (bar["low_minor"], bar["high_minor"], result["mean_minor"])]
    low, high = min(ends), max(ends)
    rows = [["", "at its low", "at its high", ""]]
    for bar in bars:
        cells = [bare(bar[f"{end}_minor"], view["currency"]) for end in ("low", "high")]
        rows.append([bar["parameter"], *cells, _bar(bar, result["mean_minor"], low, high)])
    table(rows, right=(1, 2))


def _bar(bar: dict[str, Any], mean: int, low: int, high: int) -> str:
    """The bar as characters, with the mean as its axis."""
    scale = (BAR - 1) / max(1, high - low)
    first, last = sorted(round((bar[f"{end}_minor"] - low) * scale) for end in ("low", "high"))
    axis = round((mean - low) * scale)
    cells = ["█" if first <= place <= last else " " for place in range(BAR)]
    cells[axis] = "┃" if not first <= axis <= last else "█"
    return "".join(cells).rstrip()


def _shares(result: dict[str, Any]) -> None:
    heading("ALL TOGETHER: THE PART OF THE VARIANCE THAT EACH HAS")
    if result["undefined"]:
        line(result["undefined"], 2)
        return
    rows = [["", "alone", "95 %", "with others", "95 %"]]
    for share in result["sobol"][:MOST_BARS]:
        first, total = _share(share, "first"), _share(share, "total")
        rows.append([share["parameter"], *first, *total])
    table(rows, right=range(1, 5))
    rest = 1 - sum(max(0.0, share["first"]) for share in result["sobol"])
    line(f"the rest, {100 * max(0.0, rest):.0f} %, is chance and what they do together", 2)


def _share(share: dict[str, Any], name: str) -> list[str]:
    value, low, high = (round(100 * share[f"{name}{end}"]) for end in ("", "_low", "_high"))
    return [f"{value} %", f"{low} to {high}"]


def discover(folder: Path, condition: str, asked: Asked) -> None:
    """Print the corner of the assumption space in which a condition holds."""
    view = discovery_view(asked.future(folder), condition)
    if asked.as_json:
        show_json(view)
        return
    line(view["agreement"])
    _set_apart(view, f"{view['worlds'] + view['set_apart']['worlds']:,} worlds")
    if not view["worlds"]:
        line()
        line(NOTHING_LEFT)
        return
    share = percent(view["holding"] / view["worlds"])
    line(f"“{condition}” holds in {share} of {view['worlds']:,} worlds over the whole range of what is assumed")
    heading("WHERE")
    if view["corner"] is None:
        line(view["reason"], 2)
        return
    line(view["corner"]["words"], 2)
    bounds = view["corner"]["bounds"]
    table([[b["parameter"], b["side"], b["limit_words"], f"by chance: {b['quasi_p']:.2g}"] for b in bounds], 4)
    if view["alternatives"]:
        heading("OR")
        for corner in view["alternatives"]:
            line(corner["words"], 2)
