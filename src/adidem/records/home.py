"""Where the ledger of a workspace is at rest: what every home gives, and what may be done there.

Knows events as sealed lines, in one order. Does not know files, databases or what events say.

A home holds one chain of events. Whoever reads it gets the events as lines of canonical JSON, each with its seal, so
that what is read from a database is, to the byte, what stands in a file of text. Whoever writes has the home to
himself until he is done; then all that he added is there, or none of it.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from adidem.kernel.source import Source
from adidem.records.seal import body_and_seal, sealed, sealed_through

if TYPE_CHECKING:
    from adidem.records.index import Index


class Writing(ABC):
    """A home that one writer has to himself."""

    @property
    @abstractmethod
    def source(self) -> Source:
        """Every event that is there, a sealed line each."""

    @property
    @abstractmethod
    def index(self) -> "Index | None":
        """By which single events can be looked up; None where only the whole can be read."""

    @abstractmethod
    def add(self, lines: Sequence[str]) -> None:
        """Append events, each on the seal of the one before. What has a seal keeps it, where the seal fits."""


class Home(ABC):
    """One place in which the chain of a workspace's ledger lies.

    name  as its user knows it; no password, and nobody's name, stands in it
    """

    name: str

    @abstractmethod
    def source(self) -> Source:
        """Every event, a line each; the place of an event is its number."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Writing]:
        """The home, for one writer: what he adds is there whole when he leaves in peace, and not at all otherwise."""

    @abstractmethod
    def make(self) -> None:
        """Make the home, empty, where there is none yet."""

    @abstractmethod
    def end(self) -> tuple[int, str]:
        """How many events there are, and the last seal."""


def lines_of(source: Source) -> list[str]:
    """The lines of a source that say something."""
    return [bare for line in source.text.split("\n") if (bare := line.strip())]


def continues(chain: Sequence[str], longer: Sequence[str]) -> bool:
    """Whether a chain goes on where another ends: the same events first, and no seal that differs."""
    if len(longer) < len(chain):
        return False
    if longer[: len(chain)] == chain:
        return True
    pairs = ((body_and_seal(mine), body_and_seal(other)) for mine, other in zip(chain, longer, strict=False))
    return all(mine == other and (not a or not b or a == b) for (mine, a), (other, b) in pairs)


def sealed_after(before: str, lines: Sequence[str]) -> Sequence[str]:
    """The lines, each sealed on the one before. What is sealed as it is to be stays."""
    if not lines or sealed_through(before, "\n".join(lines)) is not None:
        return lines
    out: list[str] = []
    for line in lines:
        whole, had = sealed(before, line), body_and_seal(line.strip())[1]
        before = body_and_seal(whole)[1]
        assert had in ("", before), "a line is appended that was sealed elsewhere"
        out.append(whole)
    return out
