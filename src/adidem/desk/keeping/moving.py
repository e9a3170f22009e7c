"""The ledger taken from one home to another, out to a file and back: the same events under the same seals.

Knows homes and chains. Does not know how events are appended.

Nothing is removed before it is whole in its new home. A move that was broken off is done by the same command again:
what has arrived is known by its seals.
"""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from adidem.desk.checking import ledger_alone
from adidem.desk.keeping.homes import (
    ADDRESS,
    APART,
    DATABASE,
    LEDGER,
    LEFT_BEHIND,
    MOST_LEDGER,
    VARIABLE,
    TextHome,
    at_address,
    chained,
    home_of,
    in_file,
    locked,
    remember,
    replace,
    unwritable,
)
from adidem.desk.workspace import open_workspace
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Source, Span
from adidem.records.home import Home, continues, lines_of
from adidem.records.seal import body_and_seal, broken_seals
from adidem.text.guard import read_source

_TEXT, _SQLITE = "text", "sqlite"


@dataclass(frozen=True)
class Moved:
    """What came of it: the home, how many events it holds, how many of them are new to it, and its last seal."""

    home: str
    events: int
    new: int
    last_seal: str


def move(folder: Path, to: str) -> Moved:
    """Take the ledger to another home: `text`, `sqlite`, or the URL of a database.

    What is in the file of text is taken along. Problems: D212; L110 a chain that is broken is not moved; L120, L121,
    L124 of the database; L125 what is there is another ledger; L126 an event stands twice.
    """
    open_workspace(folder, APART)  # says what is wrong, where it is no workspace
    target, address = _target(folder, to)
    with locked(folder):
        others = [home for home in _homes(folder) if home.name != target.name]
        if isinstance(target, TextHome):
            moved = _fill(target, others)
        elif address:
            target.make()
            moved = _fill(target, others)
            replace(folder / ADDRESS, [f"{address}\n"])
        elif (folder / DATABASE).exists():
            moved = _fill(target, others)
        else:
            moved = _new_file(folder, others)
        leaving = {LEDGER, DATABASE, ADDRESS} - {ADDRESS if address else target.name}
        _remove(folder, sorted(leaving))
    return moved


def export(folder: Path, file: Path | None) -> tuple[str, Moved]:
    """The chain of the workspace's home as text, each line sealed; written to a file, where one is named.

    Problems: D212; L110; L120 to L124; L125 the file holds another ledger, or would be one of the workspace itself.
    """
    open_workspace(folder, APART)
    if file is not None and file.name == LEDGER and file.resolve().is_relative_to(folder.resolve()):
        mend = "name another file; or, to keep the ledger there: adidem ledger move WORKSPACE --to text"
        sentence = "what stands in a file of this name in the workspace is read as events of its own"
        raise ProblemError([Problem("L125", sentence, at=str(file), mend=mend)])
    home = home_of(folder)
    source = home.source()
    _sound(home, source)
    text = "".join(chained(source.text, [])) if isinstance(home, TextHome) else source.text
    lines = lines_of(Source(source.name, text))
    before = lines_of(read_source(file, str(file), MOST_LEDGER, "ledger")) if file is not None and file.exists() else []
    if not continues(before, lines):
        raise ProblemError([_parted(str(file), source.name, "name a file that is not there yet")])
    if file is not None:
        replace(file, [text])
    last = body_and_seal(lines[-1])[1] if lines else ""
    return text, Moved(source.name if file is None else str(file), len(lines), len(lines) - len(before), last)


def restore(folder: Path, file: Path) -> Moved:
    """Put the events of an exported file back into the workspace's home, as far as they are not there.

    Problems: D212; all of the ledger's; L120 to L124; L125 the home holds another ledger.
    """
    workspace = open_workspace(folder, APART)
    source = read_source(file, str(file), MOST_LEDGER, "ledger")
    if problems := broken_seals(source):
        raise ProblemError(problems)
    theirs = lines_of(source)
    with locked(folder):
        home = home_of(folder)
        with home.writing() as writing:
            mine = lines_of(writing.source)
            new = theirs[len(mine) :]
            if not continues(theirs, mine):
                if not continues(mine, theirs):
                    mend = "restore into a workspace of which the ledger is empty, or is an earlier state of this one"
                    raise ProblemError([_parted(str(file), home.name, mend)])
                workspace.read_ledger([*(s for s in workspace.ledger_sources if s.name != home.name), source])
                writing.add(new)
        return _moved(home, len(new))


def _target(folder: Path, to: str) -> tuple[Home, str]:
    """The home that is meant; and where it is on a server, what to write into the setting. Problems: L124."""
    if to == _TEXT:
        return TextHome(folder), ""
    if to == _SQLITE:
        return in_file(folder / DATABASE), ""
    if ":" not in to and not to.startswith("$"):
        mend = "write --to sqlite, --to text, or --to postgresql://HOST/DATABASE"
        raise ProblemError([Problem("L124", f"there is no home {to} for a ledger", at="--to", mend=mend)])
    home = at_address(to, "--to", folder.resolve().name)
    address = to.partition("#")[0]
    if address == f"${VARIABLE}" or address == os.environ.get(VARIABLE, "").partition("#")[0]:
        return home, f"${VARIABLE}#{home.ledger}"
    if home.secret:
        mend = (
            f"set {VARIABLE} to the URL, and type --to '${VARIABLE}'; or leave the password to PGPASSWORD or ~/.pgpass"
        )
        raise ProblemError(
            [Problem("L124", f"the URL says a password, and {ADDRESS} keeps none", at="--to", mend=mend)]
        )
    return home, f"{address}#{home.ledger}"


def _homes(folder: Path) -> list[Home]:
    """Every home in which there is a ledger, databases first."""
    found: list[Home] = []
    if (folder / DATABASE).exists():
        found.append(in_file(folder / DATABASE))
    if (folder / ADDRESS).exists():
        found.append(at_address(read_source(folder / ADDRESS, ADDRESS).text.strip(), ADDRESS))
    if (folder / LEDGER).exists():
        found.append(TextHome(folder))
    return found


def _fill(target: Home, others: Sequence[Home]) -> Moved:
    """Append to a home what the others hold beyond it."""
    with target.writing() as writing:
        chain = _sound(target, writing.source)
        had = len(chain)
        for other in others:
            source = other.source()
            theirs = _sound(other, source)
            if isinstance(other, TextHome) and not isinstance(target, TextHome):
                _once(source, theirs)
            if continues(chain, theirs):
                chain = theirs
            elif isinstance(other, TextHome):
                chain = [*chain, *_beyond(source, theirs, chain, target.name)]
            elif not continues(theirs, chain):
                mend = "name another ledger behind the # of the URL; or move back the file that holds what you want"
                raise ProblemError([_parted(other.name, target.name, mend)])
        new = chain[had:]
        writing.add(new)
    return _moved(target, len(new))


def _new_file(folder: Path, others: Sequence[Home]) -> Moved:
    """A database in the folder, which is there with all its events or not at all. Problems: D212."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=LEFT_BEHIND, suffix=".db", dir=folder)
        os.close(handle)
        home = in_file(Path(temporary))
        home.make()
        moved = _fill(home, others)
        Path(temporary).chmod(0o644)
        os.replace(temporary, folder / DATABASE)
    except OSError as wrong:
        raise ProblemError([unwritable(folder / DATABASE, wrong)]) from None
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
    remember(folder)
    return moved


def _remove(folder: Path, names: Sequence[str]) -> None:
    """Remove what the ledger has left. Problems: D212."""
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as wrong:
            sentence = f"the ledger is in its new home, and {name} cannot be removed: {wrong.strerror or wrong}"
            mend = "let this user write to the folder, and move again"
            raise ProblemError([Problem("D212", sentence, at=name, mend=mend)]) from None
    remember(folder)


def _sound(home: Home, source: Source) -> list[str]:
    """The lines of a home, with which nothing is wrong whatever the agreement says. What a database holds was looked at
    before it was put there, and its seals prove that it is the same. Problems: L101 to L115.
    """
    if problems := ledger_alone([source])[0] if isinstance(home, TextHome) else broken_seals(source):
        raise ProblemError(problems)
    return lines_of(source)


def _beyond(source: Source, lines: Sequence[str], chain: Sequence[str], name: str) -> list[str]:
    """The lines of a text, without their seals, that a chain does not hold. Problems: L125 one says something else."""
    there = {_id(line): body_and_seal(line)[0] for line in chain}
    bodies = [body_and_seal(line)[0] for line in lines]
    found: list[str] = []
    for number, body in enumerate(bodies, 1):
        before = there.get(_id(body))
        if before is None:
            found.append(body)
        elif msgspec.json.decode(before) != msgspec.json.decode(body):
            mend = "give the event another id, or take the line out; correct an event with a correction"
            sentence = f"the event {_id(body)} says something else in {name}"
            raise ProblemError([Problem("L125", sentence, Span(source, number), mend)])
    return found


def _once(source: Source, lines: Sequence[str]) -> None:
    """Problems: L126 an event stands twice, which a file of text may hold and a database not."""
    if len(set(map(_id, lines))) == len(lines):
        return
    there: set[str] = set()
    for number, line in enumerate(source.text.split("\n"), 1):
        id = _id(line) if line.strip() else ""
        if id in there:
            mend = "take the second line out, if it has no seal; a sealed ledger with such lines stays a file of text"
            sentence = f"the event {id} stands twice, and a database holds each once"
            raise ProblemError([Problem("L126", sentence, Span(source, number), mend)])
        there |= {id} - {""}


class _Named(msgspec.Struct):
    id: str


_NAMED = msgspec.json.Decoder(_Named).decode


def _id(line: str) -> str:
    return _NAMED(line).id


def _parted(one: str, other: str, mend: str) -> Problem:
    return Problem(
        "L125", f"{one} holds another ledger than {other}: neither goes on where the other ends", at=one, mend=mend
    )


def _moved(home: Home, new: int) -> Moved:
    count, last = home.end()
    return Moved(home.name, count, new, last)
