"""Outcomes: what came of a source before, and how it was answered, as names that formulas may use.

Knows the names, which sources read others and in which order they are drawn, and what each name is in a world. Does
not know chance, drivers or how a formula is spelled.

  SOURCE.came  1 where the source's last slot before had its event, else 0
  SOURCE.WORD  1 where a later stage of that event had come with this word
  SOURCE.open  1 where that event had come, and no later stage of it

All are read at the end of the month before the reader's period begins: the last slot is one that lies wholly before
that period, and a stage counts from the day on which it comes. So nothing looks ahead, whatever is drawn later. What
the record tells of days before the outlook starts is no slot.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from adidem.kernel.agreement import Clause
from adidem.kernel.event import EventKind
from adidem.kernel.period import NEVER
from adidem.kernel.quantity import Array
from adidem.kernel.source import Span
from adidem.kernel.term import Syntax, Term
from adidem.worlds.dimension import after_what_they_read
from adidem.worlds.draft import Draft, parts, word
from adidem.worlds.elementary import Float64
from adidem.worlds.expression import Bools
from adidem.worlds.outlook import Outlook, Source, Stage
from adidem.worlds.slot import Slots, named_columns

CAME, OPEN = "came", "open"
Refuse = Callable[[list[str], Span | None], None]


def take_outcomes(draft: Draft, clauses: Sequence[Clause]) -> None:
    """The names of all outcomes, wherever their sources stand, so that formulas may be held against them."""
    for clause in clauses:
        if clause.family in ("flow", "hazard"):
            draft.outcomes.add(f"{clause.id}.{CAME}")
            for group in parts(clause, "answers"):
                given = group.value if isinstance(group.value, tuple) else ()
                terms = {term.name: term for term in given if isinstance(term, Term)}
                kind = draft.kinds.get(str(terms["event"].value)) if "event" in terms else None
                _take(draft, clause.id, _words(kind, terms))
        elif clause.family == "policy" and "answers" in clause.terms:
            rules = (rule.value for rule in parts(clause, "rules"))
            terms = (term for rule in rules if isinstance(rule, tuple) for term in rule if isinstance(term, Term))
            _take(draft, word(clause, "of"), (str(term.value) for term in terms if term.name == "choose"))


def _words(kind: EventKind | None, terms: Mapping[str, Term]) -> Iterator[str]:
    """The words that an answer may hold in columns of choice: drawn, or always the same."""
    for name in ("chances", "columns"):
        told = terms[name].value if name in terms else ()
        for term in told if isinstance(told, tuple) else ():
            assert isinstance(term, Term)
            column = kind.column(term.name) if kind is not None else None
            if name == "chances":
                yield term.name
            elif column is not None and column.type == "choice":
                yield str(term.value).strip()


def _take(draft: Draft, source: str, words: Iterable[str]) -> None:
    draft.outcomes.update(f"{source}.{each}" for each in (OPEN, *words))


def no_circles(draft: Draft, sources: Iterable[Source]) -> None:
    """Sources are drawn one after another. Problems: W117 some of them wait for each other, or one for itself."""

    def refuse(circle: list[str], span: Span | None) -> None:
        sentence = f"sources read what came of each other in a circle: {' → '.join(circle)}"
        draft.problem("W117", sentence, span, "let one of them read drivers instead")

    known = draft.outcomes.difference(draft.units)
    _in_order({source.id: source for source in sources}, known.__contains__, refuse)


def drawing_order(outlook: Outlook) -> list[Source]:
    """The sources, each after those whose outcomes it reads, else as they stand."""

    def refuse(circle: list[str], span: Span | None) -> None:
        raise AssertionError(f"{circle} at {span}")

    by_id = {source.id: source for source in outlook.sources}
    return [by_id[id] for id in _in_order(by_id, lambda name: name not in outlook.parameters, refuse)]


def _in_order(by_id: Mapping[str, Source], is_outcome: Callable[[str], bool], refuse: Refuse) -> list[str]:
    def reads(id: str) -> Iterator[tuple[str, Span | None]]:
        source = by_id[id]
        decides = [source.when, source.odds, *(rule for stage in source.stages for rule, _ in stage.rules)]
        for syntax in decides:
            for name, span in _dotted(syntax) if syntax is not None else ():
                if is_outcome(name):
                    yield name.partition(".")[0], span

    return after_what_they_read(by_id, reads, refuse)


def _dotted(syntax: Syntax) -> Iterator[tuple[str, Span | None]]:
    if syntax.operation == "column":
        yield str(syntax.literal), syntax.span
    for part in syntax.parts:
        yield from _dotted(part)


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What came of the sources of one block, of those that are drawn already.

    columns  as in `Block`: (kind, column) → int64 [slots of the kind, worlds]
    """

    slots: Slots
    columns: Mapping[tuple[str, str], Array]

    def value(self, name: str, rows: Array, world: Array | None = None) -> Float64:
        """1 where an outcome holds at the ends of months, else 0.

        rows     [slots] or [cells] rows of the drivers' paths, the start first: the months that have ended by then
        world    [cells] the place of the world of each; None for all worlds
        returns  float64 [slots, 1 or worlds] or [cells]
        """
        id, _, wanted = name.partition(".")
        source, lane = self._sources[id], self.slots.by_source[id]
        last = np.searchsorted(lane.row, rows, side="right") - 1
        if not len(lane.slots):
            return np.zeros(1)
        # The row -1 of the ends is never asked for: what has no month before has no slot before.
        there, end = last >= 0, self.slots.horizon.ends[rows - 1]
        at = lane.rows[np.maximum(last, 0)]
        if world is None:
            there, end = there[:, None], end[:, None]
        came = there
        occurred = self.columns.get((source.kind.name, "occurred"))
        if occurred is not None:
            came = there & (_of(occurred, at, world) != NEVER)
        if wanted == CAME:
            return came.astype(np.float64)
        answered = np.zeros(1, bool)
        for stage in source.stages:
            by_then = _of(self.columns[source.kind.name, f"{stage.kind.name}.occurred"], at, world) <= end
            if wanted != OPEN:
                by_then = by_then & self._says(source, stage, wanted, at, world)
            answered = answered | by_then
        return (came & (~answered if wanted == OPEN else answered)).astype(np.float64)

    def _says(self, source: Source, stage: Stage, wanted: str, at: Array, world: Array | None) -> Bools:
        """Whether a stage holds a word in a column of choice, wherever it comes."""
        found = np.zeros(1, bool)
        for column in named_columns(stage):
            key = source.kind.name, f"{stage.kind.name}.{column.name}"
            if wanted in self.slots.words[key] and (column.type == "choice" or column.name == stage.choice):
                found = found | (_of(self.columns[key], at, world) == self.slots.words[key].index(wanted))
        return found

    @cached_property
    def _sources(self) -> dict[str, Source]:
        return {source.id: source for source in self.slots.outlook.sources}


def _of(column: Array, at: Array, world: Array | None) -> Array:
    """[slots, worlds] or [cells] Rows of a column of the kind, of all worlds or each in its own."""
    return column[at] if world is None else column[at, world]
