"""Every world's totals, kept in memory or in a file, so that their quantiles are exact.

Knows blocks of worlds, and one file. Does not know what the figures are, nor which blocks are
still to be made.

A block is written at its own place, whole: blocks may come in any order, from several threads, twice, or from a run
that was broken off. A figure is read alone, so that memory holds 8 bytes a world however many figures there are.
"""

from pathlib import Path

import numpy as np

from adidem.kernel.quantity import Array
from adidem.worlds.tally import ALL, BLOCK, Mask

_APART = -1
_UNWRITTEN = 0


class Spill:
    """The totals of all worlds: [blocks, figures + 1, 1,024], the last row saying what each world is.

    In that row 0 is a world that was not written, -1 one that is set apart, and n + 1 one of scenario n.
    """

    def __init__(self, worlds: int, figures: int, path: Path | None = None):
        """Opens the file, or makes it where it does not stand; without a path all is kept in memory.

        A file that stands must be of the same worlds and figures: whoever names it sees to that.
        """
        assert worlds > 0, "no worlds"
        self.worlds, self.figures, self.path = worlds, figures, path
        self._shape = (-(-worlds // BLOCK), figures + 1, BLOCK)
        self._memory: Array | None = None
        if path is None:
            self._memory = np.zeros(self._shape, np.int64)
        elif not path.exists():
            with path.open("wb") as file:
                file.truncate(self.size_bytes(worlds, figures))
        else:
            assert path.stat().st_size == self.size_bytes(worlds, figures), "a spill of other worlds or figures"

    @staticmethod
    def size_bytes(worlds: int, figures: int) -> int:
        """What the file takes on disk, or the memory without one."""
        return -(-worlds // BLOCK) * (figures + 1) * BLOCK * 8

    def write(self, block: int, values: Array, scenario: Array, apart: Mask | None = None) -> None:
        """Keeps one block.

        values    [figures, worlds] minor units
        scenario  [worlds] number of the scenario
        apart     [worlds] True where a world is set apart: its values are never read
        """
        count = min(BLOCK, self.worlds - block * BLOCK)
        assert 0 <= block < self._shape[0], "a block beyond the last"
        assert values.shape == (self.figures, count), "figures, worlds of that block"
        assert scenario.shape == (count,), "one scenario a world"
        assert (scenario >= 0).all(), "a scenario that is none"
        kept = scenario + 1 if apart is None else np.where(apart, _APART, scenario + 1)
        whole = np.zeros(self._shape[1:], np.int64)
        whole[:-1, :count] = values
        whole[-1, :count] = kept
        if self._memory is not None:
            self._memory[block] = whole
            return
        assert self.path is not None
        with self.path.open("r+b", buffering=0) as file:
            # The last row comes last: of a write that was broken off it says that nothing was written.
            file.seek(block * whole.nbytes)
            rest = whole.data.cast("B")
            while rest:
                rest = rest[file.write(rest) :]

    def written(self) -> Mask:
        """[blocks] True where all worlds of the block were kept."""
        kept = self._row(self.figures) != _UNWRITTEN
        return np.logical_and.reduceat(kept, np.arange(0, self.worlds, BLOCK))

    def ordered(self, figure: int, scenario: int = ALL) -> Array:
        """[worlds of the scenario] the figure's values, ascending, without worlds set apart or not written."""
        return np.sort(self._row(figure)[self._members(scenario)])

    def ordered_by_scenario(self, figure: int, scenarios: int) -> list[Array]:
        """`ordered`, of each scenario."""
        kinds, values = self._row(self.figures), self._row(figure)
        return [np.sort(values[kinds == scenario + 1]) for scenario in range(scenarios)]

    def worst(self, figure: int, scenario: int = ALL) -> int | None:
        """The number of the world with the greatest value, the lowest where several have it; None without worlds."""
        places = np.flatnonzero(self._members(scenario))
        return int(places[self._row(figure)[places].argmax()]) if len(places) else None

    def of_each_world(self, figure: int) -> tuple[Array, Mask]:
        """[worlds] the figure by number of the world, and True where the world counts: written and not set apart."""
        return self._row(figure), self._members(ALL)

    def _members(self, scenario: int) -> Mask:
        kinds = self._row(self.figures)
        return kinds > _UNWRITTEN if scenario == ALL else kinds == scenario + 1

    def _row(self, row: int) -> Array:
        if self._memory is not None:
            return self._memory[:, row, :].flatten()[: self.worlds]
        assert self.path is not None
        found = np.empty((self._shape[0], BLOCK), np.int64)
        with self.path.open("rb", buffering=0) as file:
            for block, place in enumerate(found):
                file.seek((block * self._shape[1] + row) * place.nbytes)
                read = file.readinto(place.data)
                assert read == place.nbytes, "a spill that was cut short"
        return found.reshape(-1)[: self.worlds]
