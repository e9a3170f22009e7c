"""Writing to the ledger of a workspace: whole or not at all, sealed, and only what reads well.

Knows events as they are written, their home, and seals. Does not know what clauses make of events.
"""

import getpass
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from adidem.desk.families import families
from adidem.desk.keeping.homes import APART, TextHome, home_of, locked
from adidem.desk.keeping.proof import changed, hash_of
from adidem.desk.keeping.there import Event, LookedUp, There, Whole
from adidem.desk.workspace import Workspace, open_workspace
from adidem.kernel.compose import event_kinds
from adidem.kernel.composition import currency
from adidem.kernel.event import CORRECTION
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Source, Span
from adidem.records.home import Writing

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
            hands = Hands(hands.prepared_by or logged_in(), hands.approved_by)
        with home.writing() as writing:
            workspace = open_workspace(folder, APART)
            appending = _Appending(workspace, _typed(lines), recorded, hands)
            new = appending.new(writing)
            if new:
                writing.add([json.dumps(event, ensure_ascii=False) for event in new])
        return new


@dataclass(frozen=True)
class _Appending:
    """What is to be appended, held against what is there."""

    workspace: Workspace
    typed: Sequence[Event]
    recorded: str
    hands: Hands

    def new(self, writing: Writing) -> list[Event]:
        """The events that are not there yet, complete. Raises ProblemError.

        Of a database it looks up what they must be held against. What is wrong with more than what was typed is told in
        view of the whole, where its places lie and the names that may have been meant. Where no currency can be looked
        up, the whole says it.
        """
        files = Whole(self.workspace.ledger_sources)
        if writing.index is None:
            return self._held_against(files)
        there = LookedUp(files, writing.index, event_kinds(families()))
        known = currency(self.workspace.whole)
        try:
            if known or there.says_currency():
                return self._held_against(there)
        except ProblemError as error:
            if all(map(_of_typed_alone, error.problems)):
                raise
        return self._held_against(Whole([source for source in (*files.sources, writing.source) if source.text]))

    def _held_against(self, there: There) -> list[Event]:
        like = there.like(self.typed)
        made = self._completed(like, there)
        unnamed = [event for event, said in zip(made, self.typed, strict=True) if said.get("id") is None]
        written = Source(TYPED, "\n".join(json.dumps(event, ensure_ascii=False) for event in made))
        ledger = self.workspace.read_ledger([*there.beside(made), written])
        if problems := [*changed(self.workspace, ledger), *_said_already(unnamed, like.values())]:
            raise ProblemError(problems)
        had = {id: {key: value for key, value in event.items() if key != "seal"} for id, event in like.items()}
        return list({event["id"]: event for event in made if had.get(event["id"]) != event}.values())

    def _completed(self, like: Mapping[str, Event], there: There) -> list[Event]:
        """The events with what was left out."""
        made: list[Event] = []
        ids: set[str] = set()
        for event in self.typed:
            made.append(self._filled(event, ids, there))
            before = like.get(str(made[-1]["id"]), self.hands.signed())  # who told it first is not asked again
            made[-1] |= {key: before[key] for key in _HANDS if key in before and key not in event}
            ids.add(str(made[-1]["id"]))
        return made

    def _filled(self, event: Event, ids: set[str], there: There) -> Event:
        kind, occurred = str(event.get("kind", "event")), str(event.get("occurred", ""))
        number, id = 1, event.get("id")
        while id is None or (event.get("id") is None and (id in ids or there.taken(id))):
            id = f"{kind}-{occurred[:10] or self.recorded[:10]}-{number}"
            number += 1
        rest = {k: v for k, v in event.items() if k not in ("id", "kind", "occurred", "recorded", "seal")}
        head = {"id": id} | {k: event[k] for k in ("kind", "occurred") if k in event}
        out = {**head, "recorded": event.get("recorded", self.recorded), **rest}
        if kind == "document" and isinstance(event.get("file"), str) and "sha256" not in event:
            out["sha256"] = hash_of(self.workspace.root / event["file"]) or None
        # A correction takes over what it does not name: one that names a column and no value takes the value away.
        empties = kind == CORRECTION.name
        return {key: value for key, value in out.items() if value is not None or (empties and key in rest)}


def logged_in() -> str:
    """Who uses this machine; empty where it does not say."""
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


def _of_typed_alone(problem: Problem) -> bool:
    """Whether neither the place of a problem, nor what it names, nor how it is mended lies in the ledger."""
    at = problem.span.source.name if problem.span is not None else problem.at
    return at == TYPED and not problem.see and problem.code not in ("L111", "L112")


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
