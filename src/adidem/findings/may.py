"""May a party do something, on a day? The same formulas that judge what was done judge what might be.

Knows judgements and worlds. Does not know how the answer is worded.
"""

from dataclasses import dataclass

from adidem.findings.outcome import Outcome
from adidem.findings.parting import by_reading, that_matter
from adidem.kernel.composition import Judgement
from adidem.kernel.formula import Formula


@dataclass(frozen=True, slots=True)
class Ground:
    """Why: a clause that forbids or permits the act, and its reason."""

    judgement: Judgement
    forbids: bool


@dataclass(frozen=True)
class Answer:
    """Whether the act is allowed under each combination of the readings on which that hangs.

    verdicts  ((question, reading), …) → (allowed, grounds)
    """

    questions: list[str]
    verdicts: dict[tuple[tuple[str, str], ...], tuple[bool, tuple[Ground, ...]]]

    @property
    def word(self) -> str:
        """`yes`, `no` or `depends`."""
        allowed = {verdict[0] for verdict in self.verdicts.values()}
        return "depends" if len(allowed) > 1 else ("yes" if allowed == {True} else "no")


def may(outcome: Outcome, event: str) -> Answer:
    """The answer for the act of that id, which stands in the record as a hypothetical one."""
    table = outcome.columns.records["act"].table
    row = [outcome.columns.id("act", r) for r in range(len(table))].index(event)
    worlds = outcome.worlds
    verdicts: list[tuple[bool, tuple[Ground, ...]]] = []
    for world in range(len(worlds.choices)):
        forbidding = [j for j, broken in outcome.composition.forbidden if _holds(outcome, broken, row, world)]
        permitting = [
            j for j in outcome.composition.judgements if not j.forbids and _holds(outcome, j.acts, row, world)
        ]
        grounds = tuple(Ground(j, True) for j in forbidding) or tuple(Ground(j, False) for j in permitting)
        verdicts.append((not forbidding, grounds))
    keys = [(allowed, tuple(g.judgement.clause.id for g in grounds)) for allowed, grounds in verdicts]
    questions = that_matter(worlds.choices, worlds.live, keys)
    numbered = by_reading(worlds.choices, questions, list(range(len(verdicts))))
    return Answer(questions, {readings: verdicts[int(str(number))] for readings, number in numbered.items()})


def _holds(outcome: Outcome, formula: Formula, row: int, world: int) -> bool:
    values = outcome.worlds.evaluation.values[formula.index]
    return bool(values[min(row, len(values) - 1), min(world, values.shape[1] - 1)])
