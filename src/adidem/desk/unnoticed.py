"""Usage, revenue and incidents of which no clause takes any notice: they are kept, and change nothing.

Knows what the program does with each record. Does not know families nor files.
"""

from collections.abc import Iterator

import numpy as np

from adidem.findings.outcome import Outcome
from adidem.findings.worlds import explore
from adidem.kernel.period import ALWAYS, NEVER
from adidem.kernel.problem import Problem
from adidem.kernel.quantity import Array
from adidem.kernel.source import Span
from adidem.records.columns import Columns
from adidem.records.values import FOREVER

_COUNTED = {"usage": "service", "revenue": "product", "incident": "service"}
"""The kinds of event that clauses count, and the column that says of what."""
_GATHERS = ("sum", "until", "latest", "earliest")
"""The operators by which records come into anything else."""


def events_unnoticed(outcome: Outcome) -> list[Problem]:
    """D209: usage or revenue with an amount, or an incident, that under no reading comes into any figure; each service
    or product once, but for what a clause excepts in so many words.
    """
    columns = outcome.columns
    gathered = {kind: _gathered(outcome, kind) for kind in _COUNTED if kind in columns.records}
    wanted = sorted({index for indices in gathered.values() for index in indices})
    values = explore(outcome.composition, columns, wanted, outcome.pinned).evaluation.values if wanted else {}
    found: list[Problem] = []
    for kind, indices in gathered.items():
        noticed = np.zeros(len(columns.records[kind].table), bool)
        for index in indices:
            noticed |= _touched(values[index])
        for word, span, count in _by_word(columns, kind, ~noticed):
            if _excepted(outcome, kind, word):
                continue
            more = "the event changes nothing" if count == 1 else f"{count:,} events change nothing"
            sentence = f"no clause takes any notice of the {kind} of {word}: {more}"
            found.append(Problem("D209", sentence, span, open_point=True))
    return found


def _excepted(outcome: Outcome, kind: str, word: str) -> bool:
    """Whether a scope against which such events are held leaves this out by its name, or that of a class above it."""
    scopes = [scope for (of, _), (_, scope) in outcome.composition.scopes.items() if of == kind]
    return any(f"{word}/".startswith(f"{name}/") for scope in scopes for name in scope.without)


def _gathered(outcome: Outcome, kind: str) -> list[int]:
    """The formulas over records of a kind that come into a figure; of incidents also which a service level is about."""
    nodes = outcome.composition.program.nodes
    out = {node.arguments[0] for node in nodes if node.operator in _GATHERS and node.detail == kind}
    if kind == "incident":
        out |= {formula.index for (*_, name), formula in outcome.composition.told.items() if name == "of"}
    return [index for index in out if nodes[index].domain == kind]


def _touched(values: Array) -> Array:
    """[records] Whether a value says something in any world: it is not nothing, and no day that never comes."""
    return ((values != 0) & (values != NEVER) & (values != ALWAYS)).any(axis=1)


def _by_word(columns: Columns, kind: str, left: Array) -> Iterator[tuple[str, Span, int]]:
    """Each word of the records left over, the place of the first of them, and how many there are."""
    table = columns.records[kind].table
    if "amount" in table.columns:
        left = left & (table.columns["amount"] != 0)
    rows = np.flatnonzero(left & (table.superseded == FOREVER))
    words, first, counts = np.unique(table.columns[_COUNTED[kind]][rows], return_index=True, return_counts=True)
    for word, row, count in zip(words.tolist(), rows[first].tolist(), counts.tolist(), strict=True):
        file, line = table.place[row]
        yield columns.ledger.words[word], Span(columns.ledger.sources[int(file)], int(line)), count
