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
_ELSEWHERE = "name a file in a folder that this user may write to, on a disk with room"


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


@contextmanager
def whole(*files: Path, what: str) -> Iterator[list[Path]]:
    """Where to write files of one folder that a user named: as `together`. Problems: D309 they cannot be written.

    what  what is in them, with its article
    """
    try:
        for file in files:
            if file.is_dir():
                raise IsADirectoryError(21, "it is a folder")
        with together(files[0].parent, [file.name for file in files]) as parts:
            yield parts
    except OSError as wrong:
        sentence = f"{what} cannot be written: {wrong.strerror or wrong}; nothing was changed"
        raise ProblemError([Problem("D309", sentence, at=str(files[0]), mend=_ELSEWHERE)]) from None


def inert(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula, with an apostrophe before it; whatever else as it is."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def spared(out: Path | None, folder: Path, *read: Path) -> None:
    """Refuse, before anything is done, a name that no file of results may take.

    Problems: D309 the workspace, or what was asked, is read from that file; it is no regular file; its folder is not
    there.
    """
    if out is None:
        return
    inside = folder.resolve() in out.resolve().parents
    mend = _ELSEWHERE
    if out.resolve() in [path.resolve() for path in read] or (inside and _is_read(out)):
        sentence, mend = "adidem reads from this file: it is not written over", "name another file"
    elif out.is_symlink() or (out.exists() and not out.is_file() and not out.is_dir()):
        sentence = "this is no regular file, but a link or a device; nothing was changed"
    elif not out.parent.is_dir():
        sentence = f"there is no folder {out.parent}; nothing was changed"
    else:
        return
    raise ProblemError([Problem("D309", sentence, at=str(out), mend=mend)])


def _is_read(file: Path) -> bool:
    """Whether a workspace is read from a file of that name."""
    name = file.name.lower()
    return name.startswith("ledger.") or name.endswith((".lgd", ".legaldown", ".rules.yaml"))
