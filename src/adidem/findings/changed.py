"""What a settlement settles of one figure, and what later facts change of those that were settled.

Knows figures as of several pairs. Does not know which period settles a change, nor how it is shown.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from adidem.findings.closed import Closing, Period, like, settler
from adidem.findings.outcome import Figure, Outcome, Result
from adidem.kernel.transfer import Part


@dataclass(frozen=True, slots=True)
class Line:
    """One amount of a settlement: a figure fixed in the period, or what later facts change of one settled before.

    figure    as it is now; none where later facts leave nothing of it
    original  as it was settled before, of an adjustment; none where nothing was settled
    period    the period to which an adjustment belongs: it is closed, or was passed over
    closed_in the closed period that settled it, where a longer or a later one shows it
    """

    id: str
    figure: Figure | None
    original: Figure | None = None
    period: str = ""
    closed_in: str = ""

    @property
    def known(self) -> Figure:
        """The figure, or what it was before."""
        found = self.figure or self.original
        assert found is not None
        return found

    @property
    def original_minor(self) -> int:
        """What was settled of it before."""
        return self.original.transfer.amount_minor if self.original is not None else 0

    @property
    def new_minor(self) -> int:
        """What the figure is now."""
        return self.figure.transfer.amount_minor if self.figure is not None else 0

    @property
    def amount_minor(self) -> int:
        """What this settlement settles of it."""
        return self.new_minor - self.original_minor

    @property
    def bounds(self) -> tuple[int, int]:
        """Between which amounts that lies, over what is assumed; what was settled before is fixed."""
        if self.figure is None:
            return self.amount_minor, self.amount_minor
        return self.figure.low - self.original_minor, self.figure.high - self.original_minor

    def met(self, parts: Iterable[Part], netters: Container[str]) -> tuple[int, int]:
        """What was paid and what was netted of this amount alone: parts meet what was settled first, then the rest."""
        old, new = max(0, self.original_minor), max(0, self.new_minor)
        low, high, sign = (old, new, 1) if old < new else (new, old, -1)
        paid = netted = start = 0
        for part in parts:
            end = start + part.amount_minor
            mine = sign * max(0, min(high, end) - max(low, start))
            paid, netted = (paid, netted + mine) if part.by in netters else (paid + mine, netted)
            start = end
        return paid, netted


def changed(before: Iterable[Figure], now: Iterable[Figure], closings: Sequence[Closing]) -> list[Line]:
    """Figures up to the end of the last closed period whose amounts are no longer what was settled.

    One that no closed period holds is of a period that was passed over: its days are settled with the closing after it.
    """
    last = closings[-1].period.last
    old = {f.transfer.id: f for f in before if f.fixed <= last}
    new = {f.transfer.id: f for f in now if f.fixed <= last}
    out: list[Line] = []
    for id in dict.fromkeys([*old, *new]):
        line = Line(id, new.get(id), old.get(id))
        if line.amount_minor:
            fixed = (line.original or line.known).fixed
            closing = settler(closings, fixed)
            period = like(closing.period, fixed) if closing is not None else None
            out.append(Line(id, line.figure, line.original, period.label if period is not None else ""))
    return sorted(out, key=lambda line: ((line.original or line.known).fixed, line.id))


def history(
    period: Period, closing: Closing, later: Sequence[Closing], runs: Mapping[str, Outcome], now: Result
) -> list[tuple[Line, dict[str, int]]]:
    """What later facts change of a period that a closing holds: each figure with what it was, and of the change what
    later periods have settled already. A figure that came and went again is one of them.
    """
    told = {each.id: _held(runs[each.id].results[0].figures, period) for each in (closing, *later)}
    new = _held(now.figures, period)
    out: list[tuple[Line, dict[str, int]]] = []
    for id in dict.fromkeys(id for figures in (*told.values(), new) for id in figures):
        original = told[closing.id].get(id)
        ever = original or next(figures[id] for figures in (*told.values(), new) if id in figures)
        line = Line(id, new.get(id), original, period.label)
        taken: dict[str, int] = {}
        before = line.original_minor
        for each in later:
            found = told[each.id].get(id)
            amount = found.transfer.amount_minor if found is not None else 0
            if amount != before:
                taken[each.period.label] = amount - before
            before = amount
        out.append((line if original or line.figure else Line(id, None, _nothing(ever), period.label), taken))
    return out


def _held(figures: Iterable[Figure], period: Period) -> dict[str, Figure]:
    return {f.transfer.id: f for f in figures if period.holds(f.fixed)}


def _nothing(figure: Figure) -> Figure:
    """A figure of which nothing was owed."""
    return replace(figure, transfer=replace(figure.transfer, amount_minor=0), low=0, high=0)
