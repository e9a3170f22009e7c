"""The commands of the ledger: `append`, `list`, `verify`, `move`, `export`, `restore`.

Knows what was typed and how events are printed.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from adidem.cli import typed
from adidem.cli.layout import counted, show_json
from adidem.desk.keeping import book, verifying
from adidem.desk.workspace import LEDGER, open_workspace
from adidem.kernel.compose import event_kinds
from adidem.kernel.event import EventKind
from adidem.kernel.problem import Problem, ProblemError, did_you_mean

if TYPE_CHECKING:
    from adidem.desk.keeping.moving import Moved
    from adidem.desk.keeping.verifying import Documents, Verified
    from adidem.records.seal import Chain


def append(folder: Path, typed_events: Sequence[str], prepared_by: str, approved_by: str, as_json: bool) -> None:
    """Append events as they were typed; `-` stands for the lines on standard input."""
    lines: list[str] = []
    for text in typed_events:
        given = [line for line in sys.stdin.read().splitlines() if line.strip()] if text == "-" else [text]
        lines += [typed.event(line, None, book.TYPED) for line in given]
    if not lines:
        mend = "write kind column=value …, or a JSON object, or - and the lines on standard input"
        raise ProblemError([Problem("D107", "no event was given", at=book.TYPED, mend=mend)])
    appended = book.append(folder, lines, hands=book.Hands(prepared_by, approved_by))
    if as_json:
        show_json({"ok": True, "appended": appended})
        return
    for event in appended:
        typer.echo(f"{event['id']}  {_short(event, None)}")
    new = {event["id"] for event in appended}
    given = dict.fromkeys(json.loads(line).get("id") for line in lines)
    for id in given:
        if id is not None and id not in new:
            typer.echo(f"{id} was there already")
    typer.echo(f"{counted(len(appended), 'event')} appended.", err=True)


def listing(folder: Path, kind: str, as_json: bool) -> None:
    """Print the events in the order in which they occurred."""
    from adidem.desk.families import families

    workspace = open_workspace(folder)
    assert workspace.ledger is not None  # read for its problems: what does not read well is not listed
    kinds = event_kinds(families())
    if kind and kind not in kinds:
        problem = Problem("D213", f"there is no kind of event {kind}", at="--kind", mend=did_you_mean(kind, kinds))
        raise ProblemError([problem])
    told = list(book.events(workspace.ledger_sources))
    changed = {str(event["corrects"]): event["kind"] for _, _, event in told if "corrects" in event}
    found = [
        event | ({"file": source.name, "line": line} if as_json else {}) | _state(changed.get(str(event.get("id"))))
        for source, line, event in told
        if not kind or event["kind"] == kind
    ]
    found.sort(key=lambda event: (str(event["occurred"]), str(event["recorded"])))
    if as_json:
        show_json(found)
        return
    _table(found, kinds)
    typer.echo(f"{counted(len(found), 'event')}.", err=True)


def verify(folder: Path, as_json: bool) -> int:
    """Print whether the seals hold, and how many documents are those that entered the record. Returns the exit code."""
    found = verifying.verify(folder)
    if as_json:
        show_json(
            {
                "ok": not found.problems,
                "ledgers": [_plain(name, chain) for name, chain in found.chains.items()],
                "documents": asdict(found.documents),
                "problems": [problem.plain() for problem in found.problems],
            }
        )
    else:
        _proof(found)
    return 1 if found.problems else 0


def _proof(found: "Verified") -> None:
    said = [f"{name}: {_chain(chain)}" for name, chain in found.chains.items()]
    if said:
        said.append(_documents(found.documents))
    elif not found.problems:
        said.append(f"no {LEDGER}: nothing to prove")
    problems = "\n\n".join(map(str, found.problems))
    typer.echo("\n\n".join(filter(None, ("\n".join(said), problems))))


def move(folder: Path, to: str, as_json: bool) -> None:
    """Take the ledger to another home, and print where it is."""
    from adidem.desk.keeping import moving

    _moved(moving.move(folder, to), "is now in", as_json)


def export(folder: Path, file: Path, as_json: bool) -> None:
    """Write the ledger to a file, or print it where `-` is named."""
    from adidem.desk.keeping import moving

    if str(file) == "-":
        typer.echo(moving.export(folder, None)[0], nl=False)
        return
    _moved(moving.export(folder, file)[1], "was written to", as_json)


def restore(folder: Path, file: Path, as_json: bool) -> None:
    """Put the events of a file back, and print how many were new."""
    from adidem.desk.keeping import moving

    _moved(moving.restore(folder, file), "is in", as_json)


def _moved(done: "Moved", verb: str, as_json: bool) -> None:
    if as_json:
        show_json({"ok": True, **asdict(done)})
        return
    typer.echo(f"the ledger {verb} {done.home}: {counted(done.events, 'event')}, {done.new:,} new")
    if done.last_seal:
        typer.echo(f"  ends with seal {done.last_seal}")


def _plain(name: str, chain: "Chain") -> dict[str, Any]:
    counts = {"sealed": chain.sealed, "unsealed": chain.unsealed}
    return {"file": name, **counts, "holds": chain.holds, "last_seal": chain.last_seal}


def _chain(chain: "Chain") -> str:
    if not chain.sealed and not chain.unsealed:
        return "no event yet"
    if not chain.sealed:
        return f"{chain.unsealed} lines, none sealed yet: the next append seals them"
    unsealed = f", {chain.unsealed} not sealed yet" if chain.unsealed else ""
    says = f"the chain {'holds' if chain.holds else 'IS BROKEN'}"
    return f"{chain.sealed} lines sealed{unsealed}; {says}\n  ends with seal {chain.last_seal}"


def _documents(found: "Documents") -> str:
    """`1 of 2 documents in the record: proved, but for second.lgd`."""
    said = f"{found.entered} of {len(found.proved) + len(found.not_proved)} documents in the record"
    if not found.proved:
        return f"{said}: not proved{'; no hash of theirs fits' if found.entered else ''}"
    rest = f", but for {', '.join(found.not_proved)}" if found.not_proved else ""
    return f"{said}: proved{rest}"


def _state(kind: object) -> dict[str, str]:
    return {"correction": {"now": "corrected"}, "withdrawal": {"now": "withdrawn"}}.get(str(kind), {})


def _table(events: Sequence[dict[str, Any]], kinds: dict[str, EventKind]) -> None:
    widths = [max((len(str(event[key])[:most]) for event in events), default=0) for key, most in _COLUMNS]
    for event in events:
        cells = [str(event[key])[:most].ljust(width) for (key, most), width in zip(_COLUMNS, widths, strict=True)]
        typer.echo(f"{'  '.join(cells)}  {_short(event, kinds[event['kind']])}".rstrip())


_COLUMNS = (("occurred", 25), ("recorded", 25), ("kind", 12), ("id", 40))


def _short(event: dict[str, Any], kind: EventKind | None) -> str:
    """What an event says, in one line: the values of its columns."""
    head = ("id", "kind", "occurred", "recorded", "source", "basis", "note", "seal", "now", "sha256")
    names = [c.name for c in kind.columns if c.name in event] if kind is not None else []
    names += [name for name in event if name not in head and name not in names]
    said = " ".join(str(event[name]) for name in names if name not in head)
    shown = said if len(said) <= 60 else f"{said[:59]}…"
    return f"{shown} ({event['now']})" if "now" in event else shown
