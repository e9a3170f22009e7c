"""Amounts in another currency than the agreement's, told with the exchange rate that brings them there.

Knows events as they were written, and which currency is whose. Does not know clauses: whether one names a source of
rates is for the program to say, which reads an amount beside its exchange rate or alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from adidem.kernel.formula import Node, Program
from adidem.kernel.problem import Problem
from adidem.kernel.quantity import LIMIT, Array, exponent
from adidem.kernel.source import Span
from adidem.records.plain import Row, said
from adidem.records.values import MISSING

RATES = ("exchange_rate", "average_rate", "closing_rate")
"""The columns that say how many units of the agreement's money one unit of the amount's is: on the day, in the month
on average, and on its last day.
"""


def is_abroad(event: Row) -> bool:
    """Whether an event brings an exchange rate for its amount."""
    get = event.get if isinstance(event, dict) else partial(getattr, event)
    return any(get(name, None) is not None for name in RATES)


def levelled(minor: int, theirs: str, ours: str) -> int | None:
    """An amount in as many decimal places as the agreement's currency has; None where that cannot be exact.

    minor    in the smallest coin of `theirs`
    returns  the same amount of the same money, in parts as small as the smallest coin of `ours`
    """
    more = exponent(ours) - exponent(theirs)
    if more >= 0:
        return minor * 10**more if abs(minor) <= LIMIT // 10**more else None
    whole, rest = divmod(minor, 10**-more)
    return None if rest else whole


def told_abroad(columns: Mapping[str, Array]) -> Array:
    """[events found] The rows that bring an exchange rate; none of a kind that has no such column."""
    told = [columns[name] != MISSING for name in RATES if name in columns]
    return np.flatnonzero(np.logical_or.reduce(told)) if told else np.zeros(0, np.int64)


def idle_rates(
    columns: Mapping[str, Array], rows: Sequence[Row], ours: str, good: Array, at: Callable[..., Span]
) -> Iterator[Problem]:
    """The exchange rates that convert nothing; their events do not count. Problems: L118."""
    for row in told_abroad(columns).tolist():
        value = said(rows[row], "amount")
        if isinstance(value, str) and value.split()[:1] == [ours]:
            sentence = f"the amount is in {ours}, the agreement's money, and has an exchange rate"
            yield Problem("L118", sentence, at(row, value, "amount"), "take the exchange rate away")
            good[row] = False
        for name in RATES:
            if columns[name][row] == 0:
                sentence = f"the {name} is nothing, and nothing is what the amount would come to"
                yield Problem("L118", sentence, at(row, said(rows[row], name), name), "write the rate, as in 1.0837")
                good[row] = False


def unconverted(program: Program, kind: str, name: str, columns: Mapping[str, Array], ours: str) -> tuple[int, str]:
    """The first row that brings an exchange rate, and is read without one, or with one that it does not bring; -1 where
    there is none. And in words, what is missing.
    """
    abroad = told_abroad(columns)
    if not len(abroad):
        return -1, ""
    inputs = {node.detail[0]: index for index, node in enumerate(program.nodes) if _is_input(node, kind)}
    into = f"the amount is to be converted into {ours}"
    if _reads_alone(program, inputs, name):
        return int(abroad[0]), f"{into}, and a clause that reads it does not say by which exchange rate"
    for rate in RATES:
        lacking = abroad[columns[rate][abroad] == MISSING]
        if rate in inputs and len(lacking):
            return int(lacking[0]), f"{into}, and the event does not bring its {rate}"
    return -1, ""


def _reads_alone(program: Program, inputs: Mapping[str, int], name: str) -> bool:
    """Whether a formula reads an amount without an exchange rate beside it."""
    amount, nodes = inputs.get(name), program.nodes
    rates = {inputs[rate] for rate in RATES if rate in inputs}
    for index, node in enumerate(nodes):
        if node.operator in ("where", "pick") and set(node.arguments[1:]) <= rates:
            rates.add(index)
    converted = {
        index
        for index, node in enumerate(nodes)
        if node.operator == "scale" and node.arguments[0] == amount and node.arguments[1] in rates
    }
    return amount is not None and any(
        amount in node.arguments
        and index not in converted
        and not (node.operator == "where" and node.arguments[1] in converted)
        for index, node in enumerate(nodes)
    )


def _is_input(node: Node, kind: str) -> bool:
    return node.operator == "input" and node.domain == kind
