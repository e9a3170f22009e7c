"""Chunks of a simulation on many machines, by Ray: what is sent to them, what they send back, and what can go wrong.

Knows Ray, and the texts from which a setting is made again elsewhere. Does not know what a chunk counts.

A worker is sent the texts of documents, outlook and ledger, and makes the setting from them once. No file of this
machine is read there. A chunk hangs on nothing but its number: one whose worker dies is run again by another.
"""

import os
import socket
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adidem.desk.simulating.forecast import receipt
from adidem.desk.simulating.futures import Future, Play, future
from adidem.desk.workspace import Workspace
from adidem.findings.evaluator import Evaluator, evaluators
from adidem.findings.futures import (
    AHEAD,
    Chunk,
    Kept,
    Made,
    Mapper,
    cores,
    in_order,
    run_chunk,
)
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Source
from adidem.text.document import Document, read_document
from adidem.worlds.finished import Finished
from adidem.worlds.tally import BLOCK

EXTRA = 'pip install "adidem[cluster]"'
LOCAL = "local"
"""The address of a Ray of one's own, on this machine, for as long as the command runs."""
AGAIN = 5
"""So often a chunk is run again when its worker dies: one that kills every worker ends with a problem."""
PATIENCE_SECONDS = 10
AT_LEAST = 8
"""So many chunks are sent at once even where no machine has come up yet: their waiting is what starts machines."""
WORKERS_DIFFER = "a worker cannot run this simulation"

Sent = tuple[Finished, list[Kept]] | str
"""What a chunk came to; or why it cannot be run there."""


@dataclass(frozen=True)
class Parcel:
    """All that a worker needs to make the setting again.

    receipt  what the results are made of: a worker at which it comes out otherwise runs nothing
    """

    documents: tuple[Source, ...]
    outlook: tuple[Source, ...]
    ledgers: tuple[Source, ...]
    play: Play
    worlds: int
    compiled: bool
    receipt: dict[str, Any]


def packed(future: Future, worlds: int, compiled: bool = False) -> Parcel:
    """A setting as the texts from which it is made."""
    assert future.origin is not None, "a setting that was not made of a workspace"
    (workspace, play), setting = future.origin, future.setting
    return Parcel(
        tuple(text.source for text in workspace.texts),
        tuple(text.source for text in workspace.outlook_texts),
        tuple(workspace.ledger_sources),
        replace(play, sets=setting.sets, worlds=worlds),
        worlds,
        compiled,
        receipt(future, worlds),
    )


def unpacked(parcel: Parcel) -> Future:
    """The setting made again. Problems: those of the texts, where families or engine are not those of the sender; D119
    the receipt comes out otherwise.
    """
    texts, outlook = _read(parcel.documents), _read(parcel.outlook)
    workspace = Workspace(Path(), texts, list(parcel.ledgers), outlook_texts=outlook)
    made = future(workspace, parcel.play)
    own = receipt(made, parcel.worlds)
    other = [name for name, value in parcel.receipt.items() if own[name] != value]
    if other:
        sentence = f"{WORKERS_DIFFER}: there the {other[0]} is {own[other[0]]}, here {parcel.receipt[other[0]]}"
        raise ProblemError([_unlike(sentence)])
    return made


def _read(sources: Iterable[Source]) -> list[Document]:
    found = [read_document(source) for source in sources]
    problems = [problem for _, of in found for problem in of if not problem.open_point]
    if problems:
        raise ProblemError(problems)
    return [document for document, _ in found if document is not None]


# At the worker


def run_there(held: list[Any], chunk: Chunk) -> Sent:
    """Run a chunk at a worker.

    held  the one reference to the parcel, in a list: so it is fetched once by each worker and not for each chunk
    """
    try:
        parcel, made, ready = _set_up(held[0])
    except ProblemError as error:
        problem = error.problems[0]
        return problem.sentence if problem.code == "D119" else f"{WORKERS_DIFFER}: {problem.sentence}"
    done = run_chunk(made.setting, ready, chunk, parcel.worlds, parcel.compiled)
    return done.finished(), done.kept


@cache
def _set_up(reference: Any) -> tuple[Parcel, Future, list[Evaluator]]:
    parcel: Parcel = import_module("ray").get(reference)
    made = unpacked(parcel)
    return parcel, made, evaluators(made.setting, parcel.worlds)


# Here


@contextmanager
def on_ray(future: Future, address: str, worlds: int, compiled: bool = False) -> Iterator[Mapper]:
    """A way of running chunks on Ray, for as long as the context lasts.

    address  `local`, `auto`, `ray://HOST:PORT` or `HOST:PORT`

    Problems: D118 Ray is not installed; D119 the cluster cannot be reached, or cannot run this.
    """
    parcel = packed(future, worlds, compiled)
    with redirect_stdout(sys.stderr):  # all the while: Ray tells of a dead worker by printing, from a thread of its own
        ray = _connected(address)
        try:
            yield _mapper(ray, address, parcel)
        finally:
            ray.shutdown()


def _mapper(ray: Any, address: str, parcel: Parcel) -> Mapper:
    held = [ray.put(parcel)]
    task = ray.remote(num_cpus=1, max_retries=AGAIN)(_task())
    at_once = max(AT_LEAST, AHEAD * int(ray.cluster_resources().get("CPU", 0)))

    def begin(chunk: Chunk) -> Any:
        first, past = chunk
        name = f"worlds {first * BLOCK} to {min(parcel.worlds, past * BLOCK) - 1}"
        return task.options(name=name).remote(held, chunk)

    def end(begun: Any) -> Made:
        try:
            sent: Sent = ray.get(begun)
        except ray.exceptions.RayTaskError:
            raise  # what fails in a chunk is a bug, there as here
        except (ray.exceptions.RayError, ConnectionError) as error:
            sentence = f"the cluster {address} failed: {_first_line(error)}"
            mend = "mend the cluster, or leave out --cluster; with --out DIR, --resume goes on with what is finished"
            raise ProblemError([Problem("D119", sentence, at="--cluster", mend=mend)]) from error
        if isinstance(sent, str):
            raise ProblemError([_unlike(sent)])
        return Made.of(*sent, len(parcel.play.sets), parcel.compiled)

    def mapper(chunks: Iterable[Chunk]) -> Generator[Made, None, None]:
        yield from in_order(chunks, begin, end, at_once)

    return mapper


def _task() -> Callable[[list[Any], Chunk], Sent]:
    """What a worker runs: made here, so that it is sent whole, and can say that adidem is missing there."""

    def task(held: list[Any], chunk: Chunk) -> Sent:
        try:
            from adidem.desk.simulating.cluster import run_there
        except ImportError as error:
            return f"a worker cannot run this simulation: {error}"
        return run_there(held, chunk)

    return task


def _connected(address: str) -> Any:
    """Ray, connected. Problems: D118, D119."""
    try:
        _knock(address)
        ray = _ray()
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to Ray's makers unless one asks for it
        own = {"num_cpus": cores(), "include_dashboard": False} if address == LOCAL else {}
        ray.init(address=address, log_to_driver=False, logging_level="error", **own)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        sentence = f"the cluster {address} cannot be reached: {_first_line(error)}"
        mend = (
            f"write {LOCAL}, auto, or ray://HOST:PORT of a Ray that runs; if it wants a token, set RAY_AUTH_MODE=token"
        )
        raise ProblemError([Problem("D119", sentence, at="--cluster", mend=mend)]) from error
    return ray


def _ray() -> Any:
    try:
        return import_module("ray")
    except ImportError as error:
        sentence = "a cluster is one of Ray, which is not installed"
        mend = f"run {EXTRA}, or leave out --cluster"
        raise ProblemError([Problem("D118", sentence, at="--cluster", mend=mend)]) from error


def _knock(address: str) -> None:
    """See that somebody listens: Ray itself would go on knocking for minutes. Raises OSError or ValueError."""
    place = urlsplit(address if "://" in address else f"//{address}")
    if place.scheme and not (place.hostname and place.port):
        raise ValueError("no host with a port is named")
    if place.hostname is not None and place.port is not None:
        socket.create_connection((place.hostname, place.port), PATIENCE_SECONDS).close()


def _unlike(sentence: str) -> Problem:
    mend = "install the same version of adidem, with the same families, on every machine of the cluster"
    return Problem("D119", sentence, at="--cluster", mend=mend)


def _first_line(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
