"""The command `backtest`: what was typed, and the page on which forecasts stand beside what came.

Knows options and lines. Does not know how worlds are drawn or forecasts scored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adidem.cli import typed
from adidem.cli.figures import Figures
from adidem.cli.layout import and_more, heading, line, show_json, table
from adidem.cli.progress import Progress
from adidem.cli.running import opened
from adidem.cli.simulating import worlds
from adidem.desk.simulating.amounts import bare, percent, short
from adidem.desk.simulating.backtest import Trial, backtested

MOST_STATES = 12


@dataclass(frozen=True)
class Asked:
    """What was typed."""

    starts: str
    until: str
    worlds: str
    seed: int
    came: str
    readings: Sequence[str]
    as_json: bool


def backtest(folder: Path, asked: Asked) -> None:
    """Print how well the outlook did from an earlier day on."""
    starts = typed.day_or_none(asked.starts, "--from")
    until = typed.day_or_none(asked.until, "--until")
    count = worlds(asked.worlds)
    trial = Trial(starts, until, count, asked.seed, asked.came, typed.pinned(asked.readings))
    progress = Progress(2 * count)
    view = backtested(opened(folder), trial, progress)
    progress.end()
    if asked.as_json:
        show_json(view)
    else:
        BacktestPage(view).print()


class BacktestPage:
    """A backtest on paper: what may be said of the outlook first, then on what it stands."""

    def __init__(self, view: dict[str, Any]):
        self.view = view

    def print(self) -> None:
        """Everything, in the order in which it is asked for."""
        self.title()
        self.coverage()
        self.amounts()
        self.states()
        self.partitions()
        self.apart()

    def title(self) -> None:
        """What was tried, from when to when, and what may be said of it."""
        view = self.view
        line(view["agreement"])
        line(
            f"the outlook from {view['from']}, on what was known then, beside the record to {view['until']} · "
            f"{view['worlds']:,} sampled worlds · seed {view['seed']}"
        )
        heading("SO MUCH CAN BE SAID")
        line(view["claim"], 2, 0)
        since = view["events_since"]
        if since["assumed"]:
            line(f"{since['assumed']:,} of the {since['all']:,} events since are assumed themselves.", 2, 0)
        if view["from"] < view["outlook_written_for"]:
            line(
                f"The numbers of the outlook were written for {view['outlook_written_for']}: what was known by then "
                "may be in them.",
                2,
                0,
            )

    def coverage(self) -> None:
        """How many values lay between P10 and P90."""
        columns = ("inside", "below", "above", "saved", "over the ranges", "text as it was")
        figures = Figures(columns, less=("below", "above"))
        for found in self.view["coverage"]:
            if not found["of"]:
                continue
            wide, same = found["over_ranges"], found["same_text"]
            saved = "–" if found["skill"] is None else f"{100 * found['skill']:.0f} %"
            inside = [f"{each['inside']} of {each['of']}" for each in (found, wide, same)]
            figures.add(found["by"], [inside[0], str(found["below"]), str(found["above"]), saved, *inside[1:]])
        if not figures.rows:
            return
        heading("VALUES BETWEEN P10 AND P90, WHERE FOUR IN FIVE WOULD LIE")
        figures.print()
        line("saved: of the score of one who says that the last value known then stays", 2)
        line("over the ranges: each world takes the numbers of the outlook from their ranges, each value alike", 2)

    def amounts(self) -> None:
        """The bands beside the values, by the longest period that has any."""
        by = self.view["claim_on"]
        found = [amount for amount in self.view["amounts"] if amount["by"] == by]
        if not found:
            return
        heading(f"WHAT WAS PAID, BY {by.upper()}" if by != "whole" else "WHAT WAS PAID")
        rows = [["", "", "P10", "P50", "P90", "came", ""]]
        for amount in found:
            money = [bare(amount[f"{name}_minor"], self.view["currency"]) for name in ("p10", "p50", "p90", "came")]
            mark = " †" if amount["other_text"] else ""
            rows.append([amount["clause"], amount["period"], *money, amount["place"] + mark])
        table(rows, right=range(2, 6))
        if any(amount["other_text"] for amount in found):
            line("† by then the clause had another text than the outlook could know", 2)
        if not all(amount["enough_worlds"] for amount in found):
            line("not enough worlds for P10 and P90: fewer than ten lie beyond", 2)

    def states(self) -> None:
        """The chances of states beside what came, the worst first."""
        states = [state for state in self.view["states"] if state["brier"]]
        if not states:
            return
        heading("STATES")
        rows = [["", "chance", "came", "Brier", "log"]]
        for state in sorted(states, key=lambda state: -state["brier"])[:MOST_STATES]:
            came = ("no", "yes") if state["when"] == "end" else ("never", "once")
            rows.append([state["name"], percent(state["chance"]), came[state["came"]], *_scores(state)])
        table(rows, right=(1, 3, 4))
        and_more(len(states) - MOST_STATES, 2)
        line("Less is better; who knows nothing has 0.50 and 0.69. ∞: it was so in no world.", 2)

    def partitions(self) -> None:
        """Which scenario came, and how each would score."""
        for partition in self.view["partitions"]:
            heading(f"SCENARIOS: {partition['name']}")
            rows = [["", "probability", "criteria", "Brier", "log"]]
            for one in partition["scenarios"]:
                holds = {True: "hold", False: "do not hold", None: "in words alone"}[one["criteria_hold"]]
                score = {"brier": one["brier_had_it_come"], "logarithmic": one["logarithmic_had_it_come"]}
                rows.append([one["name"], percent(one["probability"]), holds, *_scores(score)])
            table(rows, right=(1, 3, 4))
            line(_came(partition), 2)
            line("Brier and log of each are those that the outlook would have had it come", 2)

    def apart(self) -> None:
        """What changed since, and what stands on one side alone."""
        changed: dict[tuple[str, str, str], list[str]] = {}
        for each in self.view["changed"]:
            changed.setdefault((each["on"], each["document"], each["did"]), []).append(each["clause"])
        if changed:
            heading("TEXTS THAT THE OUTLOOK COULD NOT KNOW")
            rows = [[on, f"{', '.join(ids)} {did} ({document})"] for (on, document, did), ids in changed.items()]
            table(sorted(rows))
        alone = self.view["not_compared"]
        if alone:
            heading("NOT COMPARED")
        for side in ("record", "outlook"):
            names = [_alone(each, self.view["currency"]) for each in alone if each["side"] == side]
            if names:
                line(f"in the {side} alone: {', '.join(names)}", 2)


def _came(partition: dict[str, Any]) -> str:
    """Which scenario came, and by what one knows."""
    if partition["came"] is None:
        held = [one["name"] for one in partition["scenarios"] if one["criteria_hold"]]
        if held:
            return f"not scored: the criteria of {' and '.join(held)} hold; --came NAME says which came"
        return "not scored: the criteria of none hold; --came NAME says which came"
    by = "as was told" if partition["came_by"] == "told" else "by its criteria"
    words = [one["name"] for one in partition["scenarios"] if one["criteria_hold"] is None]
    rest = f"; whether {' or '.join(words)} came stands in words alone" if words and by == "by its criteria" else ""
    known = f"who knows nothing has {partition['baseline_brier']:.2f} and {partition['baseline_logarithmic']:.2f}"
    return f"{partition['came']} came, {by}{rest}; {known}"


def _alone(each: dict[str, Any], currency: str) -> str:
    if "state" in each:
        return each["state"]
    money = short(each["amount_minor"], currency)
    return f"{each['payer']} → {each['payee']} under {each['clause']}, {money}"


def _scores(score: dict[str, Any]) -> list[str]:
    logarithmic = score["logarithmic"]
    return [f"{score['brier']:.2f}", "∞" if logarithmic is None else f"{logarithmic:.2f}"]
