"""Reproducers: files, a command and what it prints, in one page of Markdown each.

Knows how such a page is written and how it is run. Does not know problems.

A page is named after the code that it reproduces. Its heading is `CODE: what is wrong`, its first passage says what
that means and what to do. Then fenced blocks: `lgd agreement.lgd` and the like are files; `hex NAME` is a file of
bytes, `link NAME` a link to another name, `folder NAME` an empty folder, `sql NAME` statements done to a database of
SQLite, `before` a command that is run first; `hook` names a function of another house that
fails, and how; `sh` holds the command; `stdout` and `stderr` hold exactly what it prints. In a file, `⟦TEXT⟧×N` stands
for TEXT so many times, with Python's escapes (`⟦\\u202e⟧×1`), so that what is very long, or cannot be seen, can be
read.
"""

import builtins
import os
import re
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from unittest import mock

from typer.testing import CliRunner

from adidem.cli.main import app

ERRORS = Path(__file__).parent / "errors"
FILES = ("lgd", "jsonl", "text", "hex", "link", "folder", "sql", "before")

_TITLE = re.compile(r"# ([A-Z]\d{3}): (.+)")
_BLOCK = re.compile(r"^(`{3,})(\w+)(?: ([^\n]+))?\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"^Exit code (\d+)\.$", re.MULTILINE)
_REPEATED = re.compile(r"⟦(.*?)⟧×(\d+)")


@dataclass(frozen=True)
class Printed:
    """What a command printed, and its exit code."""

    stdout: str
    stderr: str
    exit_code: int


@dataclass(frozen=True, repr=False)
class Reproducer:
    """One page."""

    path: Path
    code: str
    title: str
    words: str
    files: tuple[tuple[str, str, str], ...]
    hook: str
    command: str
    printed: Printed

    def __repr__(self) -> str:
        return self.path.name

    @property
    def is_first(self) -> bool:
        """Whether it is the page of its code, and not one more case of it."""
        return self.path.stem == self.code

    def message(self) -> str:
        """The first problem of its code, as it was printed."""
        told = re.split(r"\n\n", f"{self.printed.stdout}\n\n{self.printed.stderr}")
        lines = [line for part in told for line in _messages(part)]
        return next((message for message in lines if f": {self.code} " in message.partition("\n")[0]), "")


def _messages(text: str) -> list[str]:
    """The problems of a passage, each with the lines that belong to it."""
    starts = [found.start() for found in re.finditer(r"^\S.*?: [A-Z]\d{3} ", text, re.MULTILINE)]
    return [text[start:end].rstrip() for start, end in pairwise([*starts, len(text)])]


@cache
def every() -> tuple[Reproducer, ...]:
    """All pages, by name."""
    return tuple(read(path) for path in sorted(ERRORS.glob("*.md")))


def read(path: Path) -> Reproducer:
    """One page."""
    text = path.read_text(encoding="utf-8")
    title = _TITLE.match(text)
    assert title, f"{path.name} does not begin with “# CODE: …”"
    blocks = [(found[2], found[3] or "", found[4]) for found in _BLOCK.finditer(text)]
    of = {kind: body for kind, _, body in blocks}
    words = text[title.end() : text.index("\n```")].strip()
    code = _EXIT.search(text)
    printed = Printed(of.get("stdout", ""), of.get("stderr", ""), int(code[1]) if code else -1)
    files = tuple(block for block in blocks if block[0] in FILES)
    return Reproducer(path, title[1], title[2], words, files, of.get("hook", "").strip(), of["sh"].strip(), printed)


def rewrite(page: Reproducer, printed: Printed) -> None:
    """Put what is printed now into the page."""
    text = page.path.read_text(encoding="utf-8")
    found = next(block for block in _BLOCK.finditer(text) if block[2] == "sh")
    parts = [text[: found.end()]]
    parts += [
        f"```{name}\n{body}```" for name, body in (("stdout", printed.stdout), ("stderr", printed.stderr)) if body
    ]
    parts.append(f"Exit code {printed.exit_code}.\n")
    page.path.write_text("\n\n".join(parts), encoding="utf-8")
    every.cache_clear()


def run(page: Reproducer, folder: Path) -> Printed:
    """Write the files of a page into an empty folder, and run its command there."""
    for kind, name, body in page.files:
        _write(folder / name, kind, body)
    program, *arguments = shlex.split(page.command)
    assert program == "adidem", page.command
    with _inside(folder), _failing(page.hook):
        result = CliRunner().invoke(
            app, arguments, env={"COLUMNS": "80", "NO_COLOR": "1", "ADIDEM_CACHE": "off"}, prog_name="adidem"
        )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Printed(result.stdout, result.stderr, result.exit_code)


def expanded(text: str) -> str:
    """The text with what it repeats."""
    return _REPEATED.sub(lambda found: found[1].encode().decode("unicode_escape") * int(found[2]), text)


def _write(path: Path, kind: str, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    match kind:
        case "hex":
            path.write_bytes(bytes.fromhex(body))
        case "link":
            path.symlink_to(body.strip())
        case "folder":
            path.mkdir()
        case "sql":
            with closing(sqlite3.connect(path)) as database:
                database.executescript(body)
        case "before":
            with _inside(path):
                assert CliRunner().invoke(app, shlex.split(body)[1:]).exit_code == 0, body
        case _:
            path.write_bytes(expanded(body).encode())


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _failing(hook: str) -> Iterator[None]:
    """Let `NAME raises ERROR: words` do so."""
    if not hook:
        yield
        return
    name, _, error = hook.partition(" raises ")
    kind, _, words = error.partition(": ")
    with mock.patch(name, side_effect=getattr(builtins, kind)(words)):
        yield
