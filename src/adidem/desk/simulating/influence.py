"""What moves each result of a simulation, as plain data.

Knows futures and what is found in them. Does not know terminals.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from adidem.desk.simulating.futures import Future
from adidem.findings.influence import Bars, Shares, sobol, tornado
from adidem.findings.varied import Varied
from adidem.kernel.period import show_day
from adidem.worlds.outlook import Parameter
from adidem.worlds.tally import NAMED

AVERAGED = 256
BASE = 512


@dataclass(frozen=True)
class Moved:
    """One result: a stream of payments, or what a party is left with."""

    name: dict[str, str]
    bars: Bars
    shares: Shares


def influence_view(future: Future, averaged: int = AVERAGED, base: int = BASE) -> dict[str, Any]:
    """The JSON of `influence`.

    averaged  worlds over which each end of a bar is the mean
    base      points of each block of the Sobol' sequence
    """
    setting = future.setting
    varied = Varied(setting, setting.sets[0], 0)
    count = len(varied.parameters)
    varied.worlds = (2 + 2 * count) * averaged + (2 + count) * base
    bars = tornado(varied.parameters, lambda points: varied.averaged(points, averaged))
    shares = sobol(varied.parameters, lambda points: varied.alike(points, base), base, setting.seed)
    measures = setting.measures
    values = np.array([parameter.value for parameter in varied.parameters])
    apart = varied.each(np.broadcast_to(values, (averaged, len(values)))).apart
    names = [{"payer": s.payer, "payee": s.payee, "clause": s.clause} for s in measures.streams]
    names += [{"party": party} for party in measures.parties]
    found = [Moved(*parts) for parts in zip(names, bars.results, shares.results, strict=True)]
    return {
        "agreement": setting.composition.agreement.title,
        "starts": show_day(setting.outlook.starts),
        "until": show_day(setting.outlook.until),
        "currency": setting.composition.currency(),
        "seed": setting.seed,
        "readings": setting.sets[0],
        "worlds_averaged": averaged,
        "set_apart": {"worlds": int(apart.sum()), "first": np.flatnonzero(apart)[:NAMED].tolist()},
        "points": shares.points,
        "parameters": [_parameter(parameter) for parameter in varied.parameters],
        "results": [_result(each) for each in found],
    }


def tornado_view(future: Future, averaged: int = AVERAGED // 4) -> dict[str, Any]:
    """The bars of the largest stream of payments alone, for a sheet."""
    setting = future.setting
    varied = Varied(setting, setting.sets[0], 0)
    varied.worlds = (1 + 2 * len(varied.parameters)) * averaged
    results = tornado(varied.parameters, lambda points: varied.averaged(points, averaged)).results
    streams = list(zip(setting.measures.streams, results, strict=False))
    if not streams:
        return {}
    largest, bars = max(streams, key=lambda pair: abs(pair[1].at_value or 0.0))
    return {
        "result": largest.clause,
        "currency": setting.composition.currency(),
        "worlds_averaged": averaged,
        "bars": _bars(bars),
    }


def _bars(bars: Bars) -> list[dict[str, Any]]:
    return [
        {"parameter": bar.parameter, "low_minor": round(bar.at_low), "high_minor": round(bar.at_high)}
        for bar in bars.bars
        if bar.swing
    ]


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "id": parameter.id,
        "value": parameter.value,
        "low": parameter.low,
        "high": parameter.high,
        "unit": str(parameter.unit),
        "basis": parameter.term.basis,
        "source": parameter.term.source,
    }


def _result(moved: Moved) -> dict[str, Any]:
    return {
        **moved.name,
        "mean_minor": None if moved.bars.at_value is None else round(moved.bars.at_value),
        "tornado": _bars(moved.bars),
        "sobol": [
            {
                "parameter": share.parameter,
                "first": share.first,
                "first_low": share.first_low,
                "first_high": share.first_high,
                "total": share.total,
                "total_low": share.total_low,
                "total_high": share.total_high,
            }
            for share in moved.shares.shares
        ],
        "undefined": moved.shares.undefined or moved.bars.undefined,
    }
