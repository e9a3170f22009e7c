"""Files of results: all of them or none, and the packages that only they need.

Knows folders and names of packages. Does not know what is written.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from adidem.kernel.problem import Problem, ProblemError

EXTRA = 'pip install "adidem[futures]"'


def optional(*modules: str, extra: str = EXTRA) -> list[Any]:
    """Modules of packages that are not installed with adidem itself. Problems: D114 one is not there."""
    try:
        return [import_module(module) for module in modules]
    except ImportError as error:
        package = (error.name or modules[0]).partition(".")[0]
        sentence = f"these files are written with {package}, which is not installed"
        raise ProblemError([Problem("D114", sentence, at="--out", mend=f"run {extra}, or leave out --out")]) from error


@contextmanager
def together(folder: Path, names: Sequence[str]) -> Iterator[list[Path]]:
    """Where to write files that belong together: only when all are written do they take their names in the folder.

    If anything goes wrong before, what stood in the folder stands as it did.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = [folder / f".{name}.{os.getpid()}.part" for name in names]
    try:
        yield parts
        for part in parts:
            with part.open("rb+") as file:
                os.fsync(file.fileno())
        for part, name in zip(parts, names, strict=True):
            part.replace(folder / name)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
