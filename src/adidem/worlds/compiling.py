"""Compiled loops: whether there are any, how they are compiled, and where they are kept.

numba is an option of the installation, and its import takes half a second: it happens on the first call here that
needs it, never on the import of this file. What is compiled is kept on disk only where it was said where, in a folder
that bears the hash of every file of this room: numba itself looks at the file of the outermost function alone, and
would run an old loop after a change of what is compiled into it.

Knows numba. Does not know what is computed.
"""

import hashlib
import importlib
import os
import threading
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")

# In line; a division by zero gives what IEEE 754 says, without a branch; nothing is reordered or fused.
EXACT = {"forceinline": True, "error_model": "numpy", "fastmath": False}

_LOCK = threading.RLock()
_told: list[Path] = []


_wanted = [True]


def compile_loops(wanted: bool) -> None:
    """Whether loops are compiled from now on: for a few worlds the compiler would take longer than all of them."""
    _wanted[0] = wanted


def loops_are_compiled() -> bool:
    """Whether loops are to be compiled, and can be."""
    return _wanted[0] and numba_is_installed()


@cache
def numba_is_installed() -> bool:
    """Whether functions can be compiled here."""
    return find_spec("numba") is not None


def once(function: Callable[[], Result]) -> Callable[[], Result]:
    """The function, run when it is first called, in whichever thread; later calls give the same result."""
    results: list[Result] = []

    def run() -> Result:
        with _LOCK:
            if not results:
                results.append(function())
        return results[0]

    run.__doc__ = function.__doc__
    return run


def keep_compiled_in(folder: Path | None) -> None:
    """Keep on disk, in a folder of the user's, what is compiled from now on; None keeps nothing.

    Where nothing was said, it is kept where NUMBA_CACHE_DIR says, or nowhere.
    """
    _told[:] = [] if folder is None else [folder]


def kept_in() -> Path | None:
    """The folder of this version of the room, in which what is compiled is kept; None where nothing is."""
    numba = importlib.import_module("numba") if numba_is_installed() else None
    said = numba.config.CACHE_DIR if numba is not None else ""
    folder = _told[0] if _told else Path(said) if said else None
    return folder / f"compiled-{_room()}" if folder is not None else None


def can_be_called(function: Callable[..., Any]) -> None:
    """Let compiled functions call this one, which is compiled into them."""
    importlib.import_module("numba.extending").register_jitable(**EXACT)(function)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, compiled when it is first called, and run without the interpreter's lock.

    Raises ImportError where numba is not installed.
    """
    numba = importlib.import_module("numba")
    loop = numba.njit(nogil=True, error_model="numpy", fastmath=False)(function)
    kept = kept_in()
    if kept is None:
        return loop
    try:
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return loop  # a folder that cannot be made: it is compiled anew each time
    if os.access(kept, os.W_OK):  # else numba would keep it beside the source, where an old loop could be found
        with _LOCK:
            before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(kept)
            try:
                loop.enable_caching()
            finally:
                numba.config.CACHE_DIR = before
    return loop


@cache
def _room() -> str:
    """What tells this room's program from another version of it."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        data = file.read_bytes()
        digest.update(f"{file.name} {len(data)} ".encode() + data)
    return digest.hexdigest()[:16]
