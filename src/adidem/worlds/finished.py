"""Finished blocks on disk: what a run that was broken off goes on from.

Knows files of named arrays, each of a range of blocks of one run. Does not know what the arrays hold.

A file comes into being whole, under its final name, or not at all; one that cannot be read counts as not written.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

_RUN = "run"
_PARTS = ":"


@dataclass(frozen=True, eq=False)
class Finished:
    """What a range of blocks came to.

    first, past  the blocks first ... past - 1
    parts        of each part by name its arrays, as its `plain` gave them
    """

    first: int
    past: int
    parts: Mapping[str, Arrays]


def write(folder: Path, run: str, done: Finished) -> Path:
    """Writes what the blocks came to, and gives the file.

    run  whatever the results hang on (program, outlook, seed, worlds), digested: only the same run reads it again
    """
    assert 0 <= done.first < done.past, "no blocks"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_stem(done.first, done.past)}.npz"
    being_written = path.with_suffix(f".{os.getpid()}.part")
    arrays: Any = {f"{part}{_PARTS}{name}": held for part, of in done.parts.items() for name, held in of.items()}
    arrays[_RUN] = np.array(run)
    with being_written.open("wb") as file:
        np.savez(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
    being_written.replace(path)
    return path


def read(folder: Path, run: str) -> list[Finished]:
    """What stands finished of this run, by first block, no block twice: of two that overlap the earlier holds."""
    found: list[Finished] = []
    for path in sorted(folder.glob(f"{_stem('*', '*')}.npz")):
        done = _read(path, run)
        if done is not None and (not found or found[-1].past <= done.first):
            found.append(done)
    return found


def missing(blocks: int, found: list[Finished]) -> list[int]:
    """The blocks, of so many, that are in none of what was found."""
    have = {block for done in found for block in range(done.first, done.past)}
    return [block for block in range(blocks) if block not in have]


def _stem(first: int | str, past: int | str) -> str:
    return f"blocks-{first:0>9}-{past:0>9}" if isinstance(first, int) else f"blocks-{first}-{past}"


def _read(path: Path, run: str) -> Finished | None:
    try:
        first, past = map(int, path.stem.split("-")[1:])
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if _RUN not in stored or str(stored[_RUN]) != run:
                return None
            parts: dict[str, Arrays] = {}
            for key in stored.files:
                part, split, name = key.partition(_PARTS)
                if split:
                    parts.setdefault(part, {})[name] = stored[key]
    except (BadZipFile, ValueError, OSError, EOFError, KeyError):
        return None
    return Finished(first, past, parts)
