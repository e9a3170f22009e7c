"""The agreement by hand in C, compiled for this machine: by_c.c, called through ctypes.

Knows the compiler and how its numbers are written down for it. Does not know the arithmetic.
"""

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import agreement
import numpy as np
from agreement import Totals

TOGETHER = 16
FLAGS = (
    *("-std=gnu11", "-O3", "-march=native", "-mprefer-vector-width=512"),
    *("-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
    *("-fopenmp", "-shared", "-fPIC"),
)


def version() -> str:
    """The compiler, or nothing if there is none."""
    if not shutil.which("gcc"):
        return ""
    return subprocess.run(["gcc", "-dumpfullversion"], capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def opened() -> Iterator[Callable[[int], Totals]]:
    """Compiled and loaded: takes a number of worlds, and plays them."""
    with tempfile.TemporaryDirectory(prefix="futures-") as name:
        library = compiled(Path(name))
        threads = os.cpu_count() or 1
        yield lambda worlds: play(library, worlds, threads)


def compiled(folder: Path) -> ctypes.CDLL:
    """The library, from by_c.c and the numbers of agreement.py."""
    (folder / "constants.h").write_text(constants(), encoding="ascii")
    made = folder / "by_c.so"
    source = Path(__file__).with_suffix(".c")
    subprocess.run(["gcc", *FLAGS, f"-I{folder}", "-o", str(made), str(source)], check=True)
    library = ctypes.CDLL(str(made))
    column = np.ctypeslib.ndpointer(np.int64, flags="C_CONTIGUOUS")
    library.futures.argtypes = [ctypes.c_uint32, ctypes.c_int64, ctypes.c_int, column, column, column, column]
    library.futures.restype = ctypes.c_int64
    return library


def play(library: ctypes.CDLL, worlds: int, threads: int) -> Totals:
    """Worlds 0 to worlds - 1."""
    totals = Totals.empty(-(-worlds // TOGETHER) * TOGETHER)
    refused = library.futures(0, len(totals.lost), threads, *totals.columns)
    assert not refused, f"{refused} worlds earn more in a month than doubles hold exactly"
    return Totals(*(column[:worlds] for column in totals.columns))


def constants() -> str:
    """The numbers of the case as a header, every double bit for bit."""
    committed = agreement.MILESTONES_MINOR
    whole = {
        "SEED": f"{agreement.SEED}u",
        "MONTHS": agreement.MONTHS,
        "GROWTH": agreement.GROWTH,
        "EXCLUSIVITY": agreement.EXCLUSIVITY,
        "DECLARATION": agreement.DECLARATION,
        "LOST_BELOW": f"{agreement.LOST_BELOW}ull",
        "DECLARED_BELOW": f"{agreement.DECLARED_BELOW}ull",
        "MULTIPLIER_0": f"{agreement.PHILOX_MULTIPLIERS[0]}u",
        "MULTIPLIER_1": f"{agreement.PHILOX_MULTIPLIERS[1]}u",
        "WEYL_0": f"{agreement.PHILOX_WEYL[0]}u",
        "WEYL_1": f"{agreement.PHILOX_WEYL[1]}u",
        "ROOT_HALF_BITS": f"{agreement.ROOT_HALF_BITS}ll",
        "MANTISSA_BITS": f"{agreement.MANTISSA_BITS}ll",
    }
    real = {
        "START": agreement.START_MINOR,
        "CAP": agreement.CAP_MINOR,
        "LAST_COMMITTED": max(committed.values()),
        "EXCLUSIVE": agreement.EXCLUSIVE,
        "OPEN": agreement.OPEN,
        "USED": agreement.USED,
        "NEVER": agreement.MONTHS + 1,
        "DRIFT": agreement.DRIFT,
        "STEP": agreement.STEP,
        "ROUNDER": agreement.ROUNDER,
        "LN2_HIGH": agreement.LN2_HIGH,
        "LN2_LOW": agreement.LN2_LOW,
        "LOG2_E": agreement.LOG2_E,
        "MIDDLE_TO": agreement.MIDDLE_TO,
        "MIDDLE_CENTRE": agreement.MIDDLE_CENTRE,
        "TAIL_CENTRE": agreement.TAIL_CENTRE,
        "TAIL_TO": agreement.TAIL_TO,
    }
    lists = {"EXP": agreement.EXP, "ARTANH": agreement.ARTANH, "COMMITTED": tuple(committed.values())}
    for name in ("MIDDLE", "TAIL", "FAR"):
        lists[f"{name}_ABOVE"], lists[f"{name}_BELOW"] = getattr(agreement, name)
    lines = [f"#define {name} {value}" for name, value in whole.items()]
    lines += [f"#define {name} {float(value).hex()}" for name, value in real.items()]
    lines += [
        f"static const double {name}[] = {{{', '.join(float(value).hex() for value in values)}}};"
        for name, values in lists.items()
    ]
    months = ", ".join(str(month) for month in committed)
    return "\n".join([*lines, f"static const int MILESTONE_MONTHS[] = {{{months}}};"]) + "\n"
