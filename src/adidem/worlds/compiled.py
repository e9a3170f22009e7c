"""Running a folded program over many worlds: as machine code where numba is installed, by the kernel where it is not.

Knows generated text, how it is compiled and kept, and arrays of worlds. Does not know how text is written.

The text lies in the cache folder under its own SHA-256, and numba keeps the machine code beside it: a second process
starts without compiling. A world in which a figure could leave ±2^62, or in which a drawn value lies outside the
bounds that it was said to keep, is set apart; what is returned for it means nothing.
"""

import importlib.util
import sys
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from threading import local
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.engine import evaluate
from adidem.kernel.problem import ProblemError
from adidem.kernel.quantity import Array
from adidem.worlds import primitives
from adidem.worlds.fold import Folded, Key
from adidem.worlds.kernel_text import KernelText, kernel_text

TILE = 64
"""How many worlds are taken at a time: small enough that what crosses between loops stays near the processor."""

Dynamic = Mapping[Key, Array]


class Values(dict[int, Array]):
    """The values of the nodes asked for, [rows or cells or 1, worlds or 1].

    apart  [worlds] the worlds that are set apart
    """

    def __init__(self, values: Mapping[int, Array], apart: NDArray[np.bool_]):
        super().__init__(values)
        self.apart = apart


class Runnable(Protocol):
    """What every form of a program offers."""

    compile_seconds: float

    def run(self, dynamic: Dynamic, worlds: int, lent: bool = False) -> Values:
        """The values of the nodes asked for.

        dynamic  (domain, name) → [rows or cells or 1, worlds or 1] every dynamic column
        lent     the values stand only until this thread runs the program again
        """
        ...


def compile_program(folded: Folded, cache_folder: Path | None) -> Runnable:
    """A folded program ready to run: as machine code where numba is installed, else by the kernel's own `evaluate`."""
    if importlib.util.find_spec("numba") is None:
        return NumpyProgram(folded)
    return CompiledProgram(folded, cache_folder)


def numpy_program(folded: Folded) -> Runnable:
    """The same program run by the kernel's own `evaluate`, whole and unfolded."""
    return NumpyProgram(folded)


class CompiledProgram:
    """A folded program as text, and the function that the text is compiled to; safe to run from several threads."""

    def __init__(self, folded: Folded, cache_folder: Path | None, tile: int = TILE, plain: bool = False):
        self.folded, self.tile = folded, tile
        began = perf_counter()
        self.kernel: KernelText = kernel_text(folded, tile)
        self._function = _plain(self.kernel.text) if plain else _compiled(self.kernel, cache_folder)
        self.compile_seconds = perf_counter() - began
        layout = self.kernel.layout
        self._still = np.concatenate(layout.still)
        self._scratch = local()
        fixed = [(start, folded.ranges.of[index]) for index, start in layout.made.items()]
        nothing = np.zeros(0, np.int64)
        self._fixed_rows = np.concatenate([nothing, *(start + np.flatnonzero(each.fixed) for start, each in fixed)])
        self._fixed_values = np.concatenate([nothing, *(each.low[each.fixed] for _, each in fixed)])[:, None]
        self._unread = set(folded.drawn.values()) - set(layout.inputs)

    def run(self, dynamic: Dynamic, worlds: int, lent: bool = False) -> Values:
        """The values of the nodes asked for.

        dynamic  (domain, name) → [rows or cells or 1, worlds or 1] every dynamic column
        lent     the values stand only until this thread runs the program again, and no memory is taken for them
        """
        assert worlds > 0, worlds
        layout, folded = self.kernel.layout, self.folded
        wide = -(-worlds // self.tile) * self.tile
        drawn = [self._flat(key, dynamic[key], worlds, wide) for key in layout.inputs]
        made = self._made(wide, lent)
        apart = np.zeros(wide, np.int64)
        self._function(self._still, self._kept(), made.reshape(-1), apart, wide, *drawn)
        outside = (apart[:worlds] != 0) | _outside(folded, self._unread, dynamic, worlds)
        values = {index: self._value(node, made[:, :worlds], dynamic) for index, node in folded.wanted.items()}
        return Values(values, outside)

    def cache_hits(self) -> dict[Any, int]:
        """How often machine code was found where it was kept, by the types of what it takes."""
        return dict(self._function.stats.cache_hits)

    def _made(self, wide: int, lent: bool) -> Array:
        """Where the values go, with the rows that are the same in every world filled in."""
        made = getattr(self._scratch, "made", None) if lent else None
        if made is None or made.shape[1] != wide:
            made = np.empty((self.kernel.layout.made_rows, wide), np.int64)
            made[self._fixed_rows] = self._fixed_values
            if lent:
                self._scratch.made = made
        return made

    def _kept(self) -> Array:
        """A thread's own buffers, with the rows that are the same in every world filled in."""
        if not hasattr(self._scratch, "kept"):
            kept = np.zeros((max(1, self.kernel.layout.kept_rows), self.tile), np.int64)
            for row, value in self.kernel.layout.filled.items():
                kept[row] = value
            self._scratch.kept = kept.reshape(-1)
        return self._scratch.kept

    def _flat(self, key: Key, column: Array, worlds: int, wide: int) -> Array:
        rows = self.folded.ranges.rows(key[0])
        if column.shape != (rows, worlds):
            column = np.broadcast_to(column, (rows, worlds))
        if wide != worlds:
            column = np.pad(column, ((0, 0), (0, wide - worlds)), mode="edge")
        return np.ascontiguousarray(column, np.int64).reshape(-1)

    def _value(self, node: int, made: Array, dynamic: Dynamic) -> Array:
        layout, folded = self.kernel.layout, self.folded
        if node in folded.static:
            return folded.static[node]
        if node in folded.drawn:
            return dynamic[folded.drawn[node]]
        start = layout.made[node]
        return made[start : start + len(folded.ranges.of[node].low)]


class NumpyProgram:
    """The program run by the kernel's own `evaluate`."""

    def __init__(self, folded: Folded):
        self.folded, self.compile_seconds = folded, 0.0

    def run(self, dynamic: Dynamic, worlds: int, lent: bool = False) -> Values:
        """The values of the nodes asked for.

        dynamic  (domain, name) → [rows or cells or 1, worlds or 1] every dynamic column
        lent     as for a compiled program; here every run takes memory of its own
        """
        assert worlds > 0, worlds
        apart = _outside(self.folded, set(self.folded.drawn.values()), dynamic, worlds)
        return Values(self._part(dynamic, 0, worlds, apart), apart)

    def _part(self, dynamic: Dynamic, start: int, stop: int, apart: NDArray[np.bool_]) -> dict[int, Array]:
        """Some of the worlds; where a figure leaves int64 in one of them, they are halved until it stands alone."""
        folded = self.folded
        part = {key: v[:, start:stop] if v.shape[1] > 1 else v for key, v in dynamic.items()}
        try:
            found = evaluate(folded.program, self._columns(part), folded.shape, folded.wanted.values()).values
        except ProblemError:
            if stop - start <= 1:
                apart[start:stop] = True
                return {index: np.zeros((1, 1), np.int64) for index in folded.wanted}
            middle = (start + stop) // 2
            halves = [self._part(dynamic, a, b, apart) for a, b in ((start, middle), (middle, stop))]
            widths = middle - start, stop - middle
            return {index: _beside([half[index] for half in halves], widths) for index in folded.wanted}
        return {index: found[own] for index, own in folded.wanted.items()}

    def _columns(self, part: Dynamic) -> "Drawn":
        """What is drawn, and what the folding has worked out, each under the name of its input."""
        nodes = self.folded.program.nodes
        static = {(nodes[i].domain, nodes[i].detail[0]): values for i, values in self.folded.static.items()}
        return Drawn(static, part)


def _outside(folded: Folded, keys: set[Key], dynamic: Dynamic, worlds: int) -> NDArray[np.bool_]:
    """[worlds] Whether a value of some columns lies outside its bounds."""
    out = np.zeros(worlds, bool)
    for key in keys:
        own, column = folded.bounds[key], dynamic[key]
        if column.strides[1] == 0:
            column = column[:, :1]
        out |= ((column < own.low[:, None]) | (column > own.high[:, None])).any(axis=0)
    return out


def _beside(parts: list[Array], widths: tuple[int, int]) -> Array:
    rows = max(len(part) for part in parts)
    return np.concatenate(
        [np.broadcast_to(part, (rows, width)) for part, width in zip(parts, widths, strict=True)], axis=1
    )


class Drawn(Mapping[Key, Array]):
    """Columns with those that are drawn in their place."""

    def __init__(self, under: Mapping[Key, Array], drawn: Dynamic):
        self.under, self.drawn = under, drawn

    def __getitem__(self, key: Key) -> Array:
        return self.drawn[key] if key in self.drawn else self.under[key]

    def __iter__(self):
        return iter({**dict.fromkeys(self.under), **self.drawn})

    def __len__(self) -> int:
        return len({**dict.fromkeys(self.under), **self.drawn})


# From text to a function


def _plain(text: str) -> Any:
    """The text run as Python: slow, and step by step what the machine does."""
    names = primitives.plain_names() | {"inner": lambda function: function}
    exec(compile(text, "<generated>", "exec"), names)
    return names["run"]


def _compiled(kernel: KernelText, cache_folder: Path | None) -> Any:
    if cache_folder is None:
        with TemporaryDirectory() as folder:
            return _from_file(kernel, Path(folder), kept=False)
    return _from_file(kernel, cache_folder, kept=True)


def _from_file(kernel: KernelText, folder: Path, kept: bool) -> Any:
    arrays = ", ".join(["int64[::1]"] * 4 + ["int64"] + ["int64[::1]"] * len(kernel.layout.inputs))
    text = (
        "from numba import int64, njit\n\n"
        "from adidem.worlds import machine\n\n"
        "globals().update(machine.names())\n"
        f"{kernel.text}\n\n"
        f"run = njit(({arrays},), cache={kept}, **machine.OPTIONS)(run)\n"
    )
    name = sha256((text + _toolchain()).encode()).hexdigest()
    path = folder / f"{name}.py"
    _write_once(path, text)
    module = f"adidem_generated_{name}"
    spec = importlib.util.spec_from_file_location(module, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[module] = loaded
    try:
        spec.loader.exec_module(loaded)
    finally:
        del sys.modules[module]
    return loaded.run


def _toolchain() -> str:
    """What besides the text decides the machine code: the primitives, and the compiler."""
    here = Path(__file__).parent
    parts = [(here / name).read_text() for name in ("primitives.py", "machine.py")]
    return "\n".join([*parts, version("numba"), version("llvmlite"), version("numpy"), sys.version])


def _write_once(path: Path, text: str) -> None:
    """Write a file if it is not there, whole or not at all: numba keeps machine code by the file's time."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False) as file:
        file.write(text)
    try:
        path.hardlink_to(file.name)
    except FileExistsError:
        pass
    finally:
        Path(file.name).unlink()
