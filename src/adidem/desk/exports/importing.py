"""Files of other systems into the ledger of a workspace: what they say as events, what of them is new, the account.

Knows workspaces, formats, rules files and the order in which an import is done. Does not know how it is printed.

All files of one command are one act: either every event is appended, or none. What a file told before is found in the
ledger itself, by the source of each event; nothing is kept beside it.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from adidem.desk.exports import incidents, tables
from adidem.desk.exports.export_file import ExportFile, lines_of, survey
from adidem.desk.exports.rules import COSTS, Preset, RulesReader
from adidem.desk.families import families
from adidem.desk.keeping import book
from adidem.desk.keeping.proof import hash_of
from adidem.desk.workspace import Workspace, open_workspace
from adidem.kernel.compose import event_kinds
from adidem.kernel.composition import currency
from adidem.kernel.literal import Misspelt
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Source, Span
from adidem.records.adjusting import Before, Change, change, told_before
from adidem.records.exported import Days
from adidem.records.importing import MOST_LISTED, Making, Rejected
from adidem.records.ledger import digest_of
from adidem.records.provenance import Origin, origin_of
from adidem.records.rules import Named, Rules
from adidem.records.values import Spelling
from adidem.text.guard import read_source

FOCUS = Preset(
    when=("ChargePeriodEnd", True),
    costs=COSTS,
    currency="BillingCurrency",
    totals=COSTS,
    shown=("ServiceName", "ChargeCategory"),
)
COMMITMENTS = Preset(
    when=("ContractCommitmentPeriodStart", False),
    currency="BillingCurrency",
    totals=("ContractCommitmentCost",),
    shown=("ContractCommitmentId", "ContractCommitmentCategory"),
    key=("ContractCommitmentId",),
)
INCIDENTS = Preset(when=("start", False), shown=("title",), key=("id",), kind="fact", each="component")
TABLE = Preset()
FOCUS_NEEDS = ("ChargePeriodStart", "ChargePeriodEnd")


@dataclass(frozen=True)
class Asked:
    """What is to be imported, and how.

    form      focus, incidents or table
    rules     the rules file; where none is named, FORM.rules.yaml of the workspace
    name      under which name one file is known, so that it is known again; its own by default
    replace   whether a file may take the place of one with which it shares no month
    recorded  the day or instant on which the events came to be known; now by default
    """

    form: str
    files: Sequence[Path]
    rules: Path | None = None
    kind: str = ""
    name: str = ""
    recorded: str = ""
    replace: bool = False


@dataclass
class Imported:
    """One file: the account of its rows, and what it changes."""

    making: Making
    form: str
    events: dict[str, dict[str, Any]]
    change: Change = field(default_factory=Change)
    overlaps: dict[str, int] = field(default_factory=dict[str, int])


Watch = Callable[[Path, Callable[[], float]], AbstractContextManager[None]]
"""What looks on while a file is read: it is given the file, and what tells how much of it is done, from 0 to 1."""


def run(
    folder: Path,
    asked: Asked,
    now: datetime | None = None,
    hands: book.Hands | None = None,
    watch: Watch = lambda path, share: nullcontext(),
) -> list[Imported]:
    """Import files: all of them, or none and a ProblemError.

    hands  who prepared the import, and who approved it

    Problems: those of rules files (I101 to I105; I115 there is none for a table), of files (I106, I107, I112, I113), of
    amounts (I108); I109 a file that was imported under another name; I110 a day of recording before that of what it
    corrects; I114 a file that shares no month with the one whose place it takes, or two of one name; I116 an id that
    is another event's already.
    """
    workspace = open_workspace(folder)
    recorded = _recorded(asked.recorded, workspace, now or datetime.now(UTC))
    done = _read(folder, asked, workspace, watch)
    while True:
        lines = _changes(done, asked, recorded, workspace)
        if not lines:
            return done
        try:
            book.append(folder, [msgspec.json.encode(line).decode() for line in lines], now, hands)
        except ProblemError:
            before, workspace = digest_of(workspace.ledger_sources), open_workspace(folder)
            if before == digest_of(workspace.ledger_sources):
                raise
            continue  # somebody else has appended meanwhile: what is new is worked out again
        return done


def _read(folder: Path, asked: Asked, workspace: Workspace, watch: Watch) -> list[Imported]:
    """Every file by its rules. Raises ProblemError with all that is wrong."""
    known = currency(workspace.whole) or workspace.ledger.currency
    done: list[Imported] = []
    problems: list[Problem] = []
    for path, name in zip(asked.files, _names(folder, asked), strict=True):
        try:
            found = _one(path, name, asked, workspace, known, watch)
        except ProblemError as error:
            problems += error.problems
            continue
        known = known or found.making.currency
        problems += found.making.problems
        done.append(found)
    if problems:
        raise ProblemError(_once(problems))
    return done


def _changes(done: Sequence[Imported], asked: Asked, recorded: str, workspace: Workspace) -> list[dict[str, Any]]:
    """The lines to append to the ledger as it is now. Problems: I109, I110, I114, I116."""
    before = told_before(event for _, _, event in book.events(workspace.ledger_sources))
    names = [found.making.name for found in done]
    problems: list[Problem] = []
    for found in done:
        rows = max(1, sum(found.making.rows.values()))
        gone = Origin(found.making.name, found.making.sha256, 1, rows, rows)
        found.change = change(before.by_name.get(found.making.name, {}), found.events, recorded, gone)
        problems += _refused(found, before, found.events, asked)
        problems += _too_early(found, before, recorded, workspace)
        found.overlaps = _overlaps(found, before, found.events, names)
    problems += _taken(done, workspace)
    if problems:
        raise ProblemError(problems)
    return [line for found in done for line in found.change.lines]


def _one(path: Path, name: str, asked: Asked, workspace: Workspace, known: str, watch: Watch) -> Imported:
    """Read one file by its rules."""
    if asked.form == "incidents":
        return _incidents(path, name, asked, workspace, known)
    rough = _rules(asked, workspace, TABLE if asked.form == "table" else FOCUS, quiet=True)
    file = survey(path, name, rough.separator if rough is not None else ",")
    with tables.opened(file, rough.separator if rough is not None else ",") as table:
        form, preset = asked.form, TABLE
        if asked.form == "focus":
            commitments = table.has(Named(("ContractCommitmentId",))) and not table.has(Named(("ChargePeriodEnd",)))
            form, preset = ("contract commitments", COMMITMENTS) if commitments else ("cost and usage", FOCUS)
        rules = _rules(asked, workspace, preset)
        assert rules is not None
        named = tuple(dict.fromkeys(_present(table, rule.amount.column) for rule in rules.rows if rule.amount))
        rules = replace(rules, totals=tuple(dict.fromkeys((*named, *rules.totals))))
        needs = [Named((column,)) for column in FOCUS_NEEDS] if form == "cost and usage" else []
        if problems := table.missing([*rules.columns(), *needs]):
            raise ProblemError(problems)
        making = _making(rules, workspace, name, file.hashed, known)
        with watch(path, table.share):
            for group in tables.groups(table, rules):
                making.add(group)
    making.rows["rejected"] += len(table.broken)
    for line in table.broken[:MOST_LISTED]:
        making.refuse(Rejected(0, 1, line.reason, "export the file again", line.line))
    events = making.events()
    _lined(making, file, rules.separator)
    return Imported(making, form, events)


def _present(table: tables.Table, column: Named) -> str:
    return next((name for name in column.names if name in table.columns), column.names[0])


def _incidents(path: Path, name: str, asked: Asked, workspace: Workspace, known: str) -> Imported:
    source = read_source(path, name, incidents.MOST_BYTES, "file")
    rules = _rules(asked, workspace, INCIDENTS)
    assert rules is not None
    problems = [
        Problem("I106", f"an incident has no column {column.words}", column.span, _columns_of_incidents(), at=name)
        for column in rules.columns()
        if not set(column.names) & set(incidents.COLUMNS)
    ]
    if problems:
        raise ProblemError(problems)
    found = incidents.incidents(source)
    sha256 = hash_of(path)
    making = _making(rules, workspace, name, lambda: sha256, known)
    incidents.add_all(found, rules, making)
    return Imported(making, "incidents", making.events())


def _columns_of_incidents() -> str:
    return f"write one of: {', '.join(incidents.COLUMNS)}"


def _making(rules: Rules, workspace: Workspace, name: str, hashed: Callable[[], str], known: str) -> Making:
    days = Days(workspace.zone, rules.dates, ZoneInfo(rules.zone) if rules.zone else None)
    return Making(rules, days, workspace.whole.parties, name, hashed, known)


def _rules(asked: Asked, workspace: Workspace, preset: Preset, quiet: bool = False) -> Rules | None:
    """The rules that are named, those of the workspace, or the usual ones of the format. With `quiet` what is wrong
    with them is left for later.
    """
    path = asked.rules or workspace.root / f"{asked.form}.rules.yaml"
    reader = RulesReader(event_kinds(families()), workspace.whole.parties, preset, asked.kind)
    if asked.rules is None and not path.exists():
        if asked.form == "table":
            mend = "type --map RULES, by docs/import.md"
            raise ProblemError([Problem("I115", "no rules say what a row becomes", at="--map", mend=mend)])
        text = incidents.USUAL_RULES if asked.form == "incidents" and not asked.kind else "rows: none\n"
        source = Source("usual rules", text)
    else:
        name = path.name if asked.rules is None else asked.rules.as_posix()
        source = read_source(path, name, what="rules file")
    rules = reader.read(source)
    if rules is None and not quiet:
        raise ProblemError(reader.words.problems)
    return rules


def _names(folder: Path, asked: Asked) -> list[str]:
    """The name under which each file is known again."""
    if asked.name and len(asked.files) > 1:
        sentence = f"one name is given to {len(asked.files)} files"
        raise ProblemError([Problem("I114", sentence, at="--name", mend="import each file by a command of its own")])
    root = folder.resolve()
    names = [asked.name] if asked.name else []
    for path in asked.files if not asked.name else ():
        inside = path.resolve().is_relative_to(root)
        names.append(path.resolve().relative_to(root).as_posix() if inside else path.name)
    for name in names:
        if names.count(name) > 1:
            sentence = f"two files are called {name}, and would take each other's place"
            mend = "import each by a command of its own, with a --name of its own"
            raise ProblemError([Problem("I114", sentence, at=name, mend=mend)])
    return names


def _recorded(text: str, workspace: Workspace, now: datetime) -> str:
    if not text:
        return now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    try:
        Spelling(workspace.zone).instant(text)
    except Misspelt as wrong:
        raise ProblemError([Problem("D105", wrong.sentence, at="--recorded", mend=wrong.mend)]) from None
    return text


def _refused(found: Imported, before: Before, events: dict[str, Any], asked: Asked) -> Iterable[Problem]:
    """Problems: I109 the same bytes under another name; I114 nothing in common with what it would replace."""
    name = found.making.name
    other = before.files.get(found.making.sha256, name)
    if other != name:
        sentence = f"this file was imported as {other} before: under a second name everything would count twice"
        yield Problem("I109", sentence, at=name, mend=f"leave it; to import it again as the same, type --name {other}")
    told = [t.says for t in before.by_name.get(name, {}).values() if t.says is not None]
    months = [{str(event["occurred"])[:7] for event in some} for some in (told, events.values())]
    if told and events and not asked.replace and not months[0] & months[1]:
        sentence = (
            f"another file was imported as {name}, and the two share no month: this one would take all of it back"
        )
        mend = "give it a --name of its own; or, if it does take the other's place, type --replace"
        yield Problem("I114", sentence, at=name, mend=mend)


def _too_early(found: Imported, before: Before, recorded: str, workspace: Workspace) -> Iterable[Problem]:
    """Problems: I110 a telling would stand before the one that it changes."""
    told = before.by_name.get(found.making.name, {})
    second = Spelling(workspace.zone).instant
    for id, _, _ in found.change.changed:
        if second(told[id].recorded)[2] > second(recorded)[2]:
            sentence = f"{id} was told last on {told[id].recorded}, and cannot be changed as of {recorded}"
            yield Problem("I110", sentence, at="--recorded", mend="name a later day, or leave --recorded out")
            return


def _taken(done: Sequence[Imported], workspace: Workspace) -> Iterable[Problem]:
    """Problems: I116 an id that the rules take from a column is that of an event that this file did not tell, or that
    it told as one of another kind.
    """
    named = [found for found in done if found.making.rules.id]
    has: dict[str, tuple[str, str, tuple[tuple[Span, str], ...]]] = {}
    for source, line, event in book.events(workspace.ledger_sources) if named else ():
        kind, origin = str(event.get("kind")), origin_of(event.get("source"))
        owner = "" if origin is None or kind in ("correction", "withdrawal") else origin.name
        has[str(event.get("id"))] = (owner, kind, ((Span(source, line), "has it"),))
    for found in named:
        name = found.making.name
        taken = [(id, e["kind"]) for id, e in found.events.items() if id in has and has[id][:2] != (name, e["kind"])]
        if taken:
            (id, kind), more = taken[0], f" (and {len(taken) - 1:,} more such ids)" if len(taken) > 1 else ""
            owner, was, see = has[id]
            sentence = f"the id {id} of {name} is that of an event of {owner}{more}"
            mend = "put a prefix before the id: id: {column: NAME, prefix: WORD}"
            if not owner:
                sentence = f"the id {id} of {name} is that of an event that no import told{more}"
            elif owner == name:
                sentence = f"{name} told {id} as {was}, and now as {kind}: an event keeps its kind{more}"
            else:
                mend = f"{mend}; or, if the file takes the place of {owner}, type --name {owner}"
            yield Problem("I116", sentence, found.making.rules.id[0].span, mend, see)
        for id, event in found.events.items():
            has.setdefault(id, (name, event["kind"], ()))


def _overlaps(found: Imported, before: Before, events: dict[str, Any], names: Sequence[str]) -> dict[str, int]:
    """How many of the new sums are told by another file too, amounts apart: perhaps the same costs twice."""
    if found.making.rules.together == "row" or not found.change.added:
        return {}
    money = {rule.amount.of for rule in found.making.rules.rows if rule.amount is not None}
    apart = (*money, "id", "kind", "source", "note")

    def said(event: dict[str, str]) -> tuple[tuple[str, str], ...]:
        return tuple(sorted((key, value) for key, value in event.items() if key not in apart))

    ours = {said(event) for event in events.values()}
    counts = {
        name: sum(said(told.says) in ours for told in tolds.values() if told.says is not None)
        for name, tolds in before.by_name.items()
        if name not in names
    }
    return {name: count for name, count in counts.items() if count}


def _lined(making: Making, file: ExportFile, separator: str) -> None:
    """Put lines to the rows that are listed."""
    making.rejected = sorted(making.rejected, key=lambda r: (r.row, r.line or 0))[:MOST_LISTED]
    making.unmapped = sorted(making.unmapped, key=lambda u: u.row)[:MOST_LISTED]
    listed = [one for one in (*making.rejected, *making.unmapped) if one.line is None and one.row]
    others = [one for one in making.rejected if one.other]
    lines = lines_of(file, (*(one.row for one in listed), *(one.other for one in others)), separator)
    for one in listed:
        one.line = lines.get(one.row)
    for one in others:
        one.reason += f" and of line {lines[one.other]}" if one.other in lines else f" and of row {one.other}"


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """Problems of a rules file are found with every file, and told once."""
    return list({str(problem): problem for problem in problems}.values())
