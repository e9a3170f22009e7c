"""Which home the ledger of a workspace has: a file of text, a database in the folder, or one on a server.

Knows the folder, its settings and the environment. Does not know what is done with events.

`ledger.db` in the folder is a database of SQLite. `ledger.url` names a database of PostgreSQL: it holds a URL, or
`$ADIDEM_LEDGER` for the one in the environment, and behind a `#` the name of the ledger in it. Where there is neither,
the ledger is `ledger.jsonl`. What needs SQLAlchemy is imported where there is a database.
"""

import os
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Source
from adidem.records.home import Home, Writing, lines_of, sealed_after
from adidem.records.seal import body_and_seal, proved, sealed
from adidem.text.guard import read_source

if TYPE_CHECKING:
    from adidem.records.database import DatabaseHome

LEDGER = "ledger.jsonl"
DATABASE = "ledger.db"
ADDRESS = "ledger.url"
VARIABLE = "ADIDEM_LEDGER"
MOST_LEDGER = 4 * 2**30
LEFT_BEHIND = ".ledger-"
"""How the names of files begin that are being written: one that stays belongs to a writer that was killed."""
APART = Source("", "")
"""What is in a database, for whoever opens a workspace and asks the database itself."""
_MOST_ADDRESS = 10_000
_END = "\n"
_USUAL = "ledger"
_WHERE = "write postgresql://HOST/DATABASE#LEDGER, or $ADIDEM_LEDGER for the URL in the environment"


def home_of(folder: Path) -> Home:
    """Where events of this workspace are appended. Problems: L123 there are two homes; L124 none can be told."""
    return database_of(folder) or TextHome(folder)


def database_of(folder: Path) -> "DatabaseHome | None":
    """The database in which events of this workspace are kept, beside those in files of text. Problems: L123, L124."""
    file, address = (folder / DATABASE).exists(), (folder / ADDRESS).exists()
    if file and address:
        mend = "say which one holds: adidem ledger move WORKSPACE --to sqlite, or --to the database"
        sentence = f"the ledger has two homes: {DATABASE} and {ADDRESS}"
        raise ProblemError([Problem("L123", sentence, at=str(folder), mend=mend)])
    if address:
        return at_address(read_source(folder / ADDRESS, ADDRESS, _MOST_ADDRESS, "setting").text.strip(), ADDRESS)
    return in_file(folder / DATABASE) if file else None


def standing(folder: Path) -> tuple[bool, ...]:
    """In which homes there is a ledger now."""
    return tuple((folder / name).exists() for name in (LEDGER, DATABASE, ADDRESS))


def in_file(path: Path) -> "DatabaseHome":
    """The ledger in a file of SQLite."""
    from sqlalchemy import URL

    from adidem.records.database import DatabaseHome

    return DatabaseHome(URL.create("sqlite", database=str(path)), _USUAL, DATABASE)


def at_address(said: str, at: str, usual: str = _USUAL) -> "DatabaseHome":
    """The ledger on a server.

    said   a URL, or the name of the variable that holds one; `#` and the name of the ledger
    at     where that stands, for problems
    usual  the ledger's name, where none is said
    Problems: L124.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    from adidem.records.database import DatabaseHome

    address, _, ledger = said.partition("#")
    if address.strip() == f"${VARIABLE}":
        address, _, other = os.environ.get(VARIABLE, "").partition("#")
        ledger = ledger or other
        if not address.strip():
            mend = f"set {VARIABLE} to postgresql://USER:PASSWORD@HOST/DATABASE"
            raise ProblemError([Problem("L124", f"{VARIABLE} is not set in the environment", at=at, mend=mend)])
    try:
        url = make_url(address.strip())
    except (ArgumentError, ValueError):
        raise ProblemError([Problem("L124", "this is no URL of a database", at=at, mend=_WHERE)]) from None
    if url.drivername not in ("postgresql", "postgres", "postgresql+psycopg") or not url.database:
        what = "names no database" if url.drivername.startswith("postgres") else f"is of the kind {url.drivername}"
        sentence = f"the URL {what}, and a database of PostgreSQL is wanted"
        raise ProblemError([Problem("L124", sentence, at=at, mend=_WHERE)])
    try:
        import psycopg  # noqa: F401  # the driver, which SQLAlchemy loads by its name
    except ImportError:
        mend = 'pip install "adidem[postgres]"'
        raise ProblemError([Problem("L124", "PostgreSQL needs the package psycopg", at=at, mend=mend)]) from None
    ledger = ledger.strip() or usual
    place = f"{url.host or ''}{f':{url.port}' if url.port else ''}"
    return DatabaseHome(
        url.set(drivername="postgresql+psycopg"), ledger, f"postgresql://{place}/{url.database}#{ledger}"
    )


@dataclass
class TextHome(Home):
    """The ledger as a file of text, whose lines may have been written by hand."""

    folder: Path
    name: str = LEDGER

    def source(self) -> Source:
        """The text as it stands; lines at its end may have no seal yet."""
        file = self.folder / LEDGER
        return read_source(file, LEDGER, MOST_LEDGER, "ledger") if file.exists() else Source(LEDGER, "")

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """A new text in the file's place, whole or not at all. The folder is to be locked. Problems: D212."""
        writing = _TextWriting(self.source())
        yield writing
        if writing.added:
            replace(self.folder / LEDGER, chained(writing.there.text, writing.added))

    def make(self) -> None:
        """A file comes with its first event."""

    def end(self) -> tuple[int, str]:
        """How many events there are, and the last seal."""
        lines = lines_of(self.source())
        return len(lines), body_and_seal(lines[-1])[1] if lines else ""


@dataclass
class _TextWriting(Writing):
    there: Source
    added: list[str] = field(default_factory=list[str])

    @property
    def source(self) -> Source:
        """The text as it was."""
        return self.there

    @property
    def index(self) -> None:
        """None: what people write has no order of which a line could be found."""

    def add(self, lines: Sequence[str]) -> None:
        self.added += lines


def chained(old: str, lines: Sequence[str]) -> Iterator[str]:
    """The ledger's text, in pieces, with every line sealed that has no seal yet, and the new lines after it."""
    there = proved(Source(LEDGER, old))
    last = there.last_seal
    if there.unsealed:
        last = yield from _all_sealed(old)
    elif old.strip():
        yield f"{old.removesuffix(_END)}{_END}"
    yield from (f"{line}{_END}" for line in sealed_after(last, lines))


def _all_sealed(old: str) -> Generator[str, None, str]:
    """The lines of a text, each with its seal, and blanks where they were; returns the last seal."""
    last = ""
    for line in old.removesuffix(_END).split(_END):
        bare = line.strip()
        whole = sealed(last, bare) if bare and not body_and_seal(bare)[1] else bare
        last = body_and_seal(whole)[1] or last
        yield f"{line.replace(bare, whole)}{_END}" if bare else f"{line}{_END}"
    return last


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One writer of a folder at a time: the lock is on the folder itself, and leaves nothing behind. Problems: D212."""
    try:
        import fcntl
    except ImportError:  # no such locks here: the ledger is still replaced whole
        yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as wrong:
        raise ProblemError([unwritable(folder, wrong)]) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for file in folder.glob(f"{LEFT_BEHIND}*"):  # whoever wrote it was killed: the lock is ours
            with suppress(OSError):
                file.unlink()
        yield
    finally:
        os.close(handle)


def replace(shown: Path, pieces: Iterable[str]) -> None:
    """Put a new text in a file's place, whole or not at all. Problems: D212, under the user's name for it."""
    file = shown.resolve()
    temporary = ""
    try:
        mode = file.stat().st_mode & 0o777 if file.exists() else 0o644
        handle, temporary = tempfile.mkstemp(prefix=LEFT_BEHIND, dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            os.fchmod(out.fileno(), mode)
            out.writelines(pieces)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, file)
    except OSError as wrong:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise ProblemError([unwritable(shown, wrong)]) from None
    remember(file.parent)


def remember(folder: Path) -> None:
    """Make the folder remember what was renamed in it or removed from it, where folders can be synced."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unwritable(path: Path, wrong: OSError) -> Problem:
    """D212: the ledger cannot be written."""
    mend = "let this user write to the folder, make room on the disk, and append again"
    sentence = f"the ledger cannot be written: {wrong.strerror or wrong}; nothing was changed"
    return Problem("D212", sentence, at=str(path), mend=mend)
