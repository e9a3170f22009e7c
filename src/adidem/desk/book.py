"""Writing to the ledger of a workspace: whole or not at all, sealed, and only what reads well.

Knows files, events as they are written, and seals. Does not know what clauses make of events.
"""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adidem.desk.proof import changed, hash_of
from adidem.desk.workspace import LEDGER, MOST_LEDGER, Workspace, open_workspace
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Source, Span
from adidem.records.seal import body_and_seal, broken_seals, sealed
from adidem.text.guard import read_source

Event = dict[str, Any]
TYPED = "EVENT"
"""The name of what is not in a file yet, one event a line."""


def append(folder: Path, lines: Sequence[str], now: datetime | None = None) -> list[Event]:
    """Append events, one JSON object a line: all of them, or none and a ProblemError. Returns them as they stand.

    What is left out is filled in: a readable id, `recorded` as of now, the hash of a document. An event that is there
    already, word for word, is not written twice. Problems: all of the ledger's; D212 it cannot be written; D216 an
    event without an id says what one says that is there already.
    """
    recorded = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    with _locked(folder):
        workspace = open_workspace(folder)
        there = {event["id"]: event for _, _, event in events(workspace.ledger_sources) if _named(event)}
        made, unnamed = _completed(lines, workspace, set(there), recorded)
        written = [json.dumps(event, ensure_ascii=False) for event in made]
        ledger = workspace.read_ledger([*workspace.ledger_sources, Source(TYPED, "\n".join(written))])
        if problems := [*changed(workspace, ledger), *_said_already(unnamed, there.values())]:
            raise ProblemError(problems)
        new = [e for e in made if {k: v for k, v in there.get(e["id"], {}).items() if k != "seal"} != e]
        if new:
            file = (folder / LEDGER).resolve()
            old = read_source(file, LEDGER, MOST_LEDGER, "ledger").text if file.exists() else ""
            _replace(file, folder / LEDGER, chained(old, [json.dumps(event, ensure_ascii=False) for event in new]))
        return new


def chained(old: str, lines: Iterable[str]) -> str:
    """The ledger's text with every line sealed that has no seal yet, and the new lines after it."""
    out: list[str] = []
    before = ""
    for line in [*old.removesuffix("\n").split("\n"), *lines] if old.strip() else lines:
        bare = line.strip()
        if bare and not body_and_seal(bare)[1]:
            line = line.replace(bare, sealed(before, bare))
        before = body_and_seal(line.strip())[1] or before
        out.append(line)
    return "\n".join(out) + "\n"


def events(sources: Iterable[Source]) -> Iterator[tuple[Source, int, Event]]:
    """Every event as it is written, with file and line; lines that are none are passed over."""
    for source in sources:
        for number, line in enumerate(source.text.split("\n"), 1):
            try:
                event = json.loads(line) if line.strip() else None
            except (ValueError, RecursionError):
                continue
            if isinstance(event, dict):
                yield source, number, event


def proof(workspace: Workspace) -> tuple[list[dict[str, Any]], list[Problem]]:
    """For each ledger file how many lines are sealed and how many not, and its last seal, by which a cut tail shows;
    and where a seal or a document's hash fails.
    """
    from adidem.desk.checking import ledger_alone

    files: list[dict[str, Any]] = []
    problems = [problem for problem in workspace.problems if problem.span is None and problem.at.endswith(LEDGER)]
    for source in workspace.ledger_sources:
        broken = broken_seals(source)
        lines = [line.strip() for line in source.text.split("\n") if line.strip()]
        seals = [seal for line in lines if (seal := body_and_seal(line)[1])]
        counts = {"sealed": len(seals), "unsealed": len(lines) - len(seals)}
        last = seals[-1] if seals else ""
        files.append({"file": source.name, **counts, "holds": not broken, "last_seal": last})
        problems += broken
    return files, [*problems, *changed(workspace, ledger_alone(workspace.ledger_sources)[1])]


def _completed(
    lines: Sequence[str], workspace: Workspace, ids: set[str], recorded: str
) -> tuple[list[Event], list[Event]]:
    """The events with what was left out, and those of them that came without an id. Problems: L101 a line that is no
    event.
    """
    made: list[Event] = []
    unnamed: list[Event] = []
    problems: list[Problem] = []
    lines = [" ".join(line.splitlines()) for line in lines]
    typed = Source(TYPED, "\n".join(lines))
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
        except (ValueError, RecursionError) as wrong:
            problems.append(_no_event(typed, number, str(wrong)))
            continue
        if not isinstance(event, dict):
            problems.append(_no_event(typed, number, "it is no JSON object"))
            continue
        made.append(_filled(event, workspace, ids, recorded))
        ids.add(str(made[-1]["id"]))
        if event.get("id") is None:
            unnamed.append(made[-1])
    if problems:
        raise ProblemError(problems)
    return made, unnamed


def _said_already(unnamed: Iterable[Event], there: Iterable[Event]) -> Iterator[Problem]:
    """D216: events that came without an id, and say what an event says that is there already."""
    asked = [(event["kind"], event["occurred"], _content(event)) for event in unnamed]
    alike = {(kind, occurred) for kind, occurred, _ in asked}
    said = {
        _content(event): str(event["id"])
        for event in there
        if (str(event.get("kind")), str(event.get("occurred"))) in alike
    }
    for id in dict.fromkeys(said[content] for _, _, content in asked if content in said):
        sentence = f"the ledger already holds an event that says the same: {id}"
        yield Problem("D216", sentence, at=TYPED, mend="give it an id= of its own if it is another event")


def _content(event: Event) -> str:
    """What an event says, whenever it was recorded and whatever it is called."""
    said = {key: value for key, value in event.items() if key not in ("id", "recorded", "seal")}
    return json.dumps(said, sort_keys=True)


def _no_event(typed: Source, number: int, why: str) -> Problem:
    return Problem("L101", f"this is no event: {why[:80]}", Span(typed, number), "write kind column=value …, or JSON")


def _filled(event: Event, workspace: Workspace, ids: set[str], recorded: str) -> Event:
    kind, occurred = str(event.get("kind", "event")), str(event.get("occurred", ""))
    number, id = 1, event.get("id")
    while id is None or (event.get("id") is None and id in ids):
        id = f"{kind}-{occurred[:10] or recorded[:10]}-{number}"
        number += 1
    rest = {k: v for k, v in event.items() if k not in ("id", "kind", "occurred", "recorded", "seal")}
    head = {"id": id} | {k: event[k] for k in ("kind", "occurred") if k in event}
    out = {**head, "recorded": event.get("recorded", recorded), **rest}
    if kind == "document" and isinstance(event.get("file"), str) and "sha256" not in event:
        out["sha256"] = hash_of(workspace.root / event["file"]) or None
    return {key: value for key, value in out.items() if value is not None}


def _named(event: Event) -> bool:
    return isinstance(event.get("id"), str)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One writer at a time: the lock is on the folder itself, and leaves nothing behind."""
    if not folder.is_dir():
        open_workspace(folder)  # says what is wrong
    try:
        import fcntl
    except ImportError:  # no such locks here: the ledger is still replaced whole
        yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as wrong:
        raise ProblemError([_unwritable(folder, wrong)]) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(file: Path, shown: Path, text: str) -> None:
    """Put a new text in a file's place, whole or not at all. Problems: D212, under the user's name for it."""
    temporary = ""
    try:
        mode = file.stat().st_mode & 0o777 if file.exists() else 0o644
        handle, temporary = tempfile.mkstemp(prefix=".ledger-", dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            os.fchmod(out.fileno(), mode)
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, file)
    except OSError as wrong:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise ProblemError([_unwritable(shown, wrong)]) from None
    _settle(file.parent)


def _settle(folder: Path) -> None:
    """Make the folder remember the new name, where folders can be synced."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritable(path: Path, wrong: OSError) -> Problem:
    mend = "let this user write to the folder, make room on the disk, and append again"
    sentence = f"the ledger cannot be written: {wrong.strerror or wrong}; nothing was changed"
    return Problem("D212", sentence, at=str(path), mend=mend)
