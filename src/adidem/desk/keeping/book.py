"""Writing to the ledger of a workspace: whole or not at all, sealed, and only what reads well.

Knows events as they are written, their home, and seals. Does not know what clauses make of events.
"""

import getpass
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from adidem.desk.keeping.homes import ADDRESS, TextHome, database_of, home_of, locked
from adidem.desk.keeping.proof import changed, entered, hash_of
from adidem.desk.workspace import LEDGER, Workspace, open_workspace
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Source, Span
from adidem.records.seal import body_and_seal, broken_seals

Event = dict[str, Any]
_HANDS = ("prepared_by", "approved_by")
TYPED = "EVENT"
"""The name of what is not in a file yet, one event a line."""


@dataclass(frozen=True)
class Hands:
    """Who prepared what is appended, and who approved it. A database notes who is logged in where no preparer is said,
    and a ledger of text nobody.
    """

    prepared_by: str = ""
    approved_by: str = ""

    def signed(self) -> dict[str, str]:
        """As an event says it."""
        said = {"prepared_by": self.prepared_by, "approved_by": self.approved_by}
        return {key: name for key, name in said.items() if name}


def append(folder: Path, lines: Sequence[str], now: datetime | None = None, hands: Hands | None = None) -> list[Event]:
    """Append events, one JSON object a line: all of them, or none and a ProblemError. Returns them as they stand.

    What is left out is filled in: a readable id, `recorded` as of now, the hash of a document, who prepared and
    approved it. An event that is there already, word for word, is not written twice. Problems: all of the ledger's;
    D212 it cannot be written; D216 an event without an id says what one says that is there already; L120 to L124 of
    its database.
    """
    recorded = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if not folder.is_dir():
        open_workspace(folder)  # says what is wrong
    with locked(folder):
        home = home_of(folder)
        hands = hands or Hands()
        if not isinstance(home, TextHome):
            hands = Hands(hands.prepared_by or _logged_in(), hands.approved_by)
        with home.writing() as writing:
            workspace = open_workspace(folder, None if isinstance(home, TextHome) else writing.source)
            typed = _typed(lines)
            there, ids = _told(workspace.ledger_sources, typed)
            made = _completed(typed, workspace, there, ids, recorded, hands.signed())
            unnamed = [event for event, said in zip(made, typed, strict=True) if said.get("id") is None]
            written = [json.dumps(event, ensure_ascii=False) for event in made]
            ledger = workspace.read_ledger([*workspace.ledger_sources, Source(TYPED, "\n".join(written))])
            if problems := [*changed(workspace, ledger), *_said_already(unnamed, there.values())]:
                raise ProblemError(problems)
            new = {e["id"]: e for e in made if {k: v for k, v in there.get(e["id"], {}).items() if k != "seal"} != e}
            if new:
                writing.add([json.dumps(event, ensure_ascii=False) for event in new.values()])
        return list(new.values())


def _logged_in() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


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
    problems = [
        problem
        for problem in workspace.problems
        if problem.code.startswith("L12") or (problem.span is None and problem.at.endswith((LEDGER, ADDRESS)))
    ]
    database = database_of(workspace.root) if all(problem.code == "L122" for problem in problems) else None
    for source in workspace.ledger_sources:
        broken = broken_seals(source)
        lines = [line.strip() for line in source.text.split("\n") if line.strip()]
        seals = [seal for line in lines if (seal := body_and_seal(line)[1])]
        counts = {"sealed": len(seals), "unsealed": len(lines) - len(seals)}
        last = seals[-1] if seals else ""
        files.append({"file": source.name, **counts, "holds": not broken, "last_seal": last})
        problems += broken
    if database is not None:
        problems = [*(problem for problem in problems if problem.code != "L122"), *(faults := database.faults())]
        if not faults and all(file["file"] != database.name for file in files):
            files.append({"file": database.name, "sealed": 0, "unsealed": 0, "holds": True, "last_seal": ""})
    return files, [*problems, *changed(workspace, ledger_alone(workspace.ledger_sources)[1])]


@dataclass(frozen=True)
class Documents:
    """How many documents the ledger says to have entered the record, and which are proved by their hash to be those."""

    entered: int
    proved: list[str]
    not_proved: list[str]


def documents(workspace: Workspace) -> Documents:
    """What the ledger proves of the documents: one that no event enters, or enters without a hash, is not proved."""
    from adidem.desk.checking import ledger_alone

    told = entered(ledger_alone(workspace.ledger_sources)[1])
    names = [text.source.name for text in workspace.texts]
    proved = [name for name in names if name in told and told[name][0] == hash_of(workspace.root / name)]
    return Documents(sum(name in told for name in names), proved, [name for name in names if name not in proved])


def _typed(lines: Sequence[str]) -> list[Event]:
    """The events as they were typed. Problems: L101 a line that is no event."""
    found: list[Event] = []
    problems: list[Problem] = []
    lines = [" ".join(line.splitlines()) for line in lines]
    typed = Source(TYPED, "\n".join(lines))
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
        except (ValueError, RecursionError) as wrong:
            problems.append(_no_event(typed, number, str(wrong)))
            continue
        if isinstance(event, dict):
            found.append(event)
        else:
            problems.append(_no_event(typed, number, "it is no JSON object"))
    if problems:
        raise ProblemError(problems)
    return found


def _told(sources: Iterable[Source], typed: Iterable[Event]) -> tuple[dict[str, Event], set[str]]:
    """The events of the ledger that may be those that were typed, by id: of the same id; or of the same kind and day,
    where one was typed without an id. And every id.
    """
    named = {str(event["id"]) for event in typed if event.get("id") is not None}
    alike = {(str(event.get("kind")), str(event.get("occurred"))) for event in typed if event.get("id") is None}
    there: dict[str, Event] = {}
    ids: set[str] = set()
    for line in (line for source in sources for line in source.text.split("\n")):
        try:
            head = _HEAD(line)
        except (msgspec.MsgspecError, RecursionError):
            continue  # that it is no event is told when the ledger is read
        if isinstance(head.id, str):
            ids.add(head.id)
            if head.id in named or (str(head.kind), str(head.occurred)) in alike:
                there[head.id] = msgspec.json.decode(line)
    return there, ids


def _completed(
    typed: Iterable[Event],
    workspace: Workspace,
    there: Mapping[str, Event],
    ids: set[str],
    recorded: str,
    signed: Mapping[str, str],
) -> list[Event]:
    """The events with what was left out."""
    made: list[Event] = []
    for event in typed:
        made.append(_filled(event, workspace, ids, recorded))
        before = there.get(str(made[-1]["id"]), signed)  # who told it first is not asked again
        made[-1] |= {key: before[key] for key in _HANDS if key in before and key not in event}
        ids.add(str(made[-1]["id"]))
    return made


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
    said = {key: value for key, value in event.items() if key not in ("id", "recorded", "seal", *_HANDS)}
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


class _Head(msgspec.Struct):
    """Enough of an event to know it by."""

    id: Any = None
    kind: Any = None
    occurred: Any = None


_HEAD = msgspec.json.Decoder(_Head).decode
