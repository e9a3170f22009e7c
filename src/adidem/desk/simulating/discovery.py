"""Where in the assumption space a condition holds, as plain data; and what a condition may speak of.

Knows futures, states and formulas. Does not know terminals.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from adidem.desk.simulating.futures import Future
from adidem.findings.discovery import Corner, discover, words
from adidem.findings.measures import Measures
from adidem.findings.points import Floats, even_points
from adidem.findings.varied import Sampled, Varied
from adidem.kernel.literal import Misspelt
from adidem.kernel.period import show_day
from adidem.kernel.problem import Problem, ProblemError, did_you_mean
from adidem.kernel.quantity import Unit, show_money
from adidem.kernel.source import Source, Span
from adidem.kernel.term import Syntax
from adidem.text.grammar import parse_formula
from adidem.worlds.expression import Apart, holds_of
from adidem.worlds.tally import NAMED

WORLDS = 16_384


def discovery_view(future: Future, condition: str, worlds: int = WORLDS) -> dict[str, Any]:
    """The JSON of `discover`. Problems: D115 the condition cannot be read, or names what is no state or total."""
    setting = future.setting
    syntax = _read(condition)
    varied = Varied(setting, setting.sets[0], worlds)
    points = even_points(varied.parameters, worlds, setting.seed)
    found = varied.each(points)
    names = named(setting.measures, found)
    _known(syntax, names)
    apart = Apart(worlds)
    holds = np.broadcast_to(holds_of(syntax, names, apart, "the condition"), (1, worlds))[0].copy()
    left_out = found.apart.copy()
    for flags in apart.reasons.values():
        left_out |= flags
    units = {parameter.id: parameter.unit for parameter in varied.parameters}
    ids = [parameter.id for parameter in varied.parameters]
    result = discover(ids, points[~left_out], holds[~left_out])
    return {
        "agreement": setting.composition.agreement.title,
        "condition": condition,
        "starts": show_day(setting.outlook.starts),
        "until": show_day(setting.outlook.until),
        "seed": setting.seed,
        "readings": setting.sets[0],
        "worlds": result.worlds,
        "holding": result.holding,
        "set_apart": {"worlds": int(left_out.sum()), "first": np.flatnonzero(left_out)[:NAMED].tolist()},
        "corner": None if result.chosen is None else corner_view(result.chosen, condition, units),
        "alternatives": [corner_view(corner, condition, units) for corner in result.alternatives],
        "reason": result.reason,
        "names": sorted(names),
    }


def corner_view(corner: Corner, condition: str, units: Mapping[str, Unit]) -> dict[str, Any]:
    """One corner: its bounds, how often the condition holds there, and how much of it lies there."""

    def spell(parameter: str, value: float) -> str:
        return spelled(value, units[parameter])

    return {
        "words": words(corner, condition, spell),
        "bounds": [
            {
                "parameter": bound.parameter,
                "side": bound.side,
                "limit": bound.limit,
                "limit_words": spell(bound.parameter, bound.limit),
                "quasi_p": bound.quasi_p,
            }
            for bound in corner.bounds
        ],
        "worlds": corner.worlds,
        "holding": corner.holding,
        "inside": corner.inside,
        "in_holding": corner.in_holding,
    }


def spelled(value: float, unit: Unit) -> str:
    """A number of the assumption space with its unit, to three digits: `7.34 %`, `USD 12 m`, `30 days`, a date."""
    match unit.kind:
        case "rate":
            return f"{float(f'{100 * value:.3g}'):g} %"
        case "money":
            return show_money(round(round(value), -max(0, len(str(int(abs(value)))) - 3)), unit.name)
        case "date":
            return show_day(round(value))
        case _:
            return f"{float(f'{value:.3g}'):g} {unit.name}".rstrip()


def named(measures: Measures, found: Sampled) -> dict[str, Floats]:
    """What a condition may name, each with its value in every world: `CLAUSE.STATE`, at the end; `CLAUSE.ever_STATE`;
    `CLAUSE.paid` over the whole time; `PARTY.position`.
    """
    out: dict[str, Floats] = {}
    for number, state in enumerate(measures.states):
        word = state.name.removeprefix(state.clause).strip(" .").replace(" ", "_").replace("-", "_").replace(".", "_")
        word = "pending" if word.startswith("determination_pending") else word
        for prefix, flags in (("", found.held), ("ever_", found.ever)):
            out[f"{state.clause}.{prefix}{word}"] = flags[number].astype(np.float64)[None, :]
    for number, stream in enumerate(measures.streams):
        before = out.get(f"{stream.clause}.paid", np.zeros((1, found.totals.shape[1])))
        out[f"{stream.clause}.paid"] = before + found.totals[number].astype(np.float64)
    for number, party in enumerate(measures.parties, len(measures.streams)):
        out[f"{party}.position"] = found.totals[number].astype(np.float64)[None, :]
    return out


def _read(condition: str) -> Syntax:
    try:
        return parse_formula(condition, Span(Source("CONDITION", condition), 1, 1, len(condition)))
    except Misspelt as wrong:
        mend = wrong.mend or "write a formula, as in share.paid < USD 1 bn or not share.in_force"
        raise ProblemError([Problem("D115", wrong.sentence, at="CONDITION", mend=mend)]) from None


def _known(syntax: Syntax, names: Mapping[str, Floats]) -> None:
    """Problems: D115."""
    problems = [
        Problem("D115", f"no state or total is called {name}", at="CONDITION", mend=did_you_mean(name, names))
        for name in asked_of(syntax)
        if name not in names
    ]
    if problems:
        raise ProblemError(problems)


def asked_of(syntax: Syntax) -> list[str]:
    """The names in a formula, in the order in which they stand."""
    own = [syntax.literal] if isinstance(syntax.literal, str) else []
    return [*own, *(name for part in syntax.parts for name in asked_of(part))]
