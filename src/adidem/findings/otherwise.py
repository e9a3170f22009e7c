"""The smallest change of an event or a term that would have made a figure otherwise.

Knows how to ask the program again with one value changed: the changes tried are worlds. Does not know how it is shown.
"""

from dataclasses import dataclass, replace

import numpy as np

from adidem.findings.explain import Explanation, Step, Walk
from adidem.findings.outcome import Outcome
from adidem.kernel.engine import evaluate
from adidem.kernel.formula import Program
from adidem.kernel.problem import ProblemError
from adidem.kernel.quantity import Array, Unit

_NEAR = np.array([d for n in range(1, 65) for d in (n, -n)], np.int64)
_FAR = np.array([d for n in range(7, 52) for d in (2**n, -(2**n))], np.int64)
_MOST_LEAVES = 8
_FINEST = 10**9
"""Rates are tried in parts of one as small as a document can write them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value changed by the least that matters: what it was, what it would be, and what the figure would be then."""

    leaf: Step
    before: int
    after: int
    denominator: int
    figure_after: int

    @property
    def share(self) -> float:
        """How large the change is beside the value: only for choosing among changes."""
        return abs(self.after - self.before) / max(1, abs(self.before))


def changes(outcome: Outcome, explanation: Explanation) -> list[Change]:
    """For events and for terms each the smallest change that moves the figure, the smaller one first."""
    if explanation.figure.accrued is not None:  # it is no formula of the program, and is worked out of payments
        return []
    leaves: dict[tuple[str, str, str], Step] = {}
    for leaf in explanation.step.leaves():
        if leaf.operation in ("event", "term") and leaf.unit.kind in ("money", "rate", "count") and leaf.name:
            leaves.setdefault((leaf.operation, leaf.name, leaf.column), leaf)
    events = sorted((s for s in leaves.values() if s.operation == "event"), key=lambda s: -abs(s.number))[:_MOST_LEAVES]
    terms = [leaf for leaf in leaves.values() if leaf.operation == "term"]
    found: list[Change] = []
    for group in (events, terms):
        for deltas in (_NEAR, _FAR):
            tried = [c for leaf in group if (c := _smallest(outcome, explanation, leaf, deltas)) is not None]
            if tried:
                found.append(min(tried, key=lambda c: c.share))
                break
    return sorted(found, key=lambda c: c.share)


def _smallest(outcome: Outcome, explanation: Explanation, leaf: Step, deltas: Array) -> Change | None:
    """The least change of one leaf that moves the figure: by units when near; when far by doubling, halved down."""
    now = explanation.figure.transfer.amount_minor
    finer = _finer(leaf.unit)
    before = leaf.number * finer
    tried = before + deltas
    tried = tried[((tried >= 0) | (before < 0)) & (np.abs(tried) < 2**52)]
    if not len(tried):
        return None
    tried, after = _kept_exactly(outcome, explanation, leaf, tried)
    moved = np.flatnonzero(after != now)
    if not len(moved):
        return None
    found, figure = int(tried[moved[0]]), int(after[moved[0]])
    if deltas is _FAR:
        found, figure = _halved(outcome, explanation, leaf, before, found, figure)
    return Change(leaf, before, found, leaf.unit.denominator * finer, figure)


def _kept_exactly(outcome: Outcome, explanation: Explanation, leaf: Step, tried: Array) -> tuple[Array, Array]:
    """The values tried, as far as no figure leaves what is kept exactly, and the figure with each."""
    for bits in (52, 44, 36, 28):
        tried = tried[np.abs(tried) < 2**bits]
        try:
            return tried, _figures(outcome, explanation, leaf, tried)
        except ProblemError:
            continue
    return tried[:0], tried[:0]


def _halved(
    outcome: Outcome, explanation: Explanation, leaf: Step, near: int, far: int, figure: int
) -> tuple[int, int]:
    """The border between a value that leaves the figure as it is and one that moves it, and the figure just beyond."""
    now = explanation.figure.transfer.amount_minor
    while abs(far - near) > 1:
        count = min(abs(far - near) - 1, 64)
        points = np.array([near + (far - near) * (i + 1) // (count + 1) for i in range(count)], np.int64)
        values = _figures(outcome, explanation, leaf, points)
        moved = np.flatnonzero(values != now)
        place = int(moved[0]) if len(moved) else count
        if place < count:
            far, figure = int(points[place]), int(values[place])
        if place > 0:
            near = int(points[place - 1])
    return far, figure


def _finer(unit: Unit) -> int:
    """By how much a rate's denominator is enlarged, so that small changes of it can be tried."""
    return max(1, _FINEST // unit.denominator) if unit.kind == "rate" else 1


def _figures(outcome: Outcome, explanation: Explanation, leaf: Step, tried: Array) -> Array:
    """[tried] The figure with the leaf at each of these values, rates over finer denominators."""
    walk, figure = explanation.walk, explanation.figure
    root = figure.leg.amount.index
    nodes = walk.program.nodes
    start, base = _start(walk, leaf)
    wide = np.repeat(base, len(tried), axis=1)
    wide[0 if leaf.operation == "term" else _row(outcome, leaf)] = tried
    columns: dict[tuple[str, str], Array] = {}
    moved = Program()
    moved.nodes = list(nodes)
    for index in walk.between(start, root) | {start}:
        for argument in (index, *nodes[index].arguments) if index != start else (index,):
            finer = _finer(leaf.unit) if nodes[argument].unit.kind == "rate" else 1
            unit = replace(nodes[argument].unit, denominator=nodes[argument].unit.denominator * finer)
            if argument == start:
                moved.nodes[argument] = replace(
                    nodes[argument], operator="input", arguments=(), unit=unit, detail=("tried", unit)
                )
                columns[nodes[argument].domain, "tried"] = wide
            elif argument in walk.between(start, root):
                moved.nodes[argument] = replace(nodes[argument], unit=unit)
            else:
                name = f"kept {argument}"
                moved.nodes[argument] = replace(
                    nodes[argument], operator="input", arguments=(), unit=unit, detail=(name, unit)
                )
                columns[nodes[argument].domain, name] = walk.values[argument] * finer
    values = evaluate(moved, columns, outcome.columns.shape, [root]).values[root]
    return np.broadcast_to(values[min(figure.row, len(values) - 1)], (len(tried),))


def _start(walk: Walk, leaf: Step) -> tuple[int, Array]:
    """The node that brings the leaf's value in, and its values finer where it is a rate."""
    finer = _finer(leaf.unit)
    return leaf.node, walk.values[leaf.node] * finer


def _row(outcome: Outcome, leaf: Step) -> int:
    kind = leaf.column.partition(".")[0]
    record = outcome.columns.records[kind]
    code = outcome.columns.ledger.words.index(leaf.name)
    return int(np.flatnonzero(record.table.ids == code)[0])
