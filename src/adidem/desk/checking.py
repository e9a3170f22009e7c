"""Every problem and open point of a workspace or a document at once: what stops one stage does not hide the others.

Knows the stages from files to a run. Does not know how what is found is shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from os.path import isdir
from pathlib import Path
from zoneinfo import ZoneInfo

from adidem.desk.deductions import deductions_that_add
from adidem.desk.families import families
from adidem.desk.grants import granted_twice
from adidem.desk.keeping.proof import changed, entered
from adidem.desk.open_points import open_points
from adidem.desk.simulating.outlook import read_texts
from adidem.desk.unnoticed import events_unnoticed
from adidem.desk.unspoken import (
    acts_unspoken,
    assets_unspoken,
    claims_unspoken,
    loans_unspoken,
    payments_without_figure,
)
from adidem.desk.workspace import MOST_LEDGER, Workspace, counted, open_workspace, read, settled
from adidem.findings.outcome import wanted
from adidem.kernel.agreement import Agreement, Clause
from adidem.kernel.compose import compose, event_kinds
from adidem.kernel.composition import currency
from adidem.kernel.period import AsOf, show_day
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.schedule import schedule
from adidem.kernel.source import Source, Span
from adidem.records.ledger import Ledger, LedgerReader
from adidem.records.values import UNBOUNDED, Spelling
from adidem.text.document import Document
from adidem.text.guard import read_source
from adidem.text.outlook import is_outlook
from adidem.text.resolve import Resolver

UNREADABLE = frozenset({"D102", "T001", "T002", "T003", "T004", "T006"})
"""The codes of what is no text at all, or not there."""
_CROSS = frozenset({"A101", "A104", "A107", "A108"})
"""What one document says of another: not to be believed of documents of which a part could not be read."""


@dataclass
class Findings:
    """What is wrong, and what the documents leave open; each by place."""

    problems: list[Problem] = field(default_factory=list[Problem])
    open_points: list[Problem] = field(default_factory=list[Problem])

    @property
    def unreadable(self) -> bool:
        """Whether something could not be read as text at all."""
        return any(problem.code in UNREADABLE for problem in self.problems)

    def plain(self) -> dict[str, object]:
        """The JSON of `check`."""
        return {
            "ok": not self.problems,
            "problems": [problem.plain() for problem in self.problems],
            "open_points": [point.plain() for point in self.open_points],
        }


def check(paths: Sequence[Path]) -> Findings:
    """What is found in folders, documents and ledgers, each on its own."""
    found: list[Problem] = []
    for path in paths:
        if isdir(path):
            found += check_folder(path)
        elif path.suffix == ".jsonl":
            found += check_ledger(path)
        else:
            found += check_document(path)
    unique = {(p.code, p.place, p.sentence): p for p in found}.values()
    return Findings(
        sorted((p for p in unique if not p.open_point), key=_place),
        sorted((p for p in unique if p.open_point), key=_place),
    )


def check_document(path: Path) -> list[Problem]:
    """One document alone: its text, and the terms of its clauses; of an agreement also how they fit together."""
    text, problems = read(path, str(path))
    if text is None:
        return problems
    if is_outlook(path.name):
        return [*problems, *read_texts([text], text.parties)[1]]
    resolver = Resolver(families())
    if text.amends_title:
        resolver.alone(text)
        return [*problems, *resolver.problems]
    agreement = resolver.resolve([text])
    problems = [*problems, *_believed(resolver.problems, [text], problems)]
    if agreement is None:
        return problems
    agreement, more = counted(agreement)
    problems += [*more, *_composed(_sound(agreement), agreement, "", "")]
    return [*problems, *open_points(agreement), *granted_twice(agreement)]


def check_ledger(path: Path) -> list[Problem]:
    """The lines of one ledger alone; whom and what its events name is for the workspace to say."""
    try:
        source = read_source(path, str(path), MOST_LEDGER, "ledger")
    except ProblemError as error:
        return error.problems
    return ledger_alone([source])[0]


def ledger_alone(sources: Sequence[Source]) -> tuple[list[Problem], Ledger]:
    """The events of ledgers as far as they can be read without an agreement, and what is wrong with them even so."""
    reader = LedgerReader(event_kinds(families()), None, Spelling())
    ledger = reader.read(list(sources))
    return [problem for problem in reader.problems if problem.code not in ("L111", "L112")], ledger


def check_folder(path: Path) -> list[Problem]:
    """A workspace: its documents, how they fit together on every day on which one came, its ledger, and a run."""
    try:
        workspace = open_workspace(path)
    except ProblemError as error:
        return error.problems
    resolver = Resolver(families())
    agreement = resolver.resolve(workspace.texts)
    problems = [*workspace.problems, *_believed(resolver.problems, workspace.texts, workspace.problems)]
    if agreement is not None:
        agreement, more = counted(agreement)
        problems += more
    reader, ledger = _ledger(workspace, agreement, resolver.parties)
    partial = agreement is None or _damaged(workspace.problems, workspace.texts, agreement.documents)
    problems += [p for p in reader.problems if not (partial and p.code == "L107")]
    problems += changed(workspace, ledger)
    ahead = _outlook(workspace, resolver.parties, ledger)
    if agreement is None:
        return [*problems, *ahead]
    found = [*_through_time(workspace, agreement, ledger)]
    problems += found
    outside = assets_unspoken(agreement, ledger)
    if not any(not p.open_point for p in problems):
        problems += _ran(workspace, outside)
    unspoken = [*acts_unspoken(agreement, ledger), *outside, *granted_twice(agreement)]
    unspoken += claims_unspoken(agreement, ledger) + loans_unspoken(agreement, ledger) + deductions_that_add(ledger)
    return [*problems, *ahead, *open_points(agreement), *_unentered(workspace, ledger), *unspoken]


def _outlook(workspace: Workspace, parties: Mapping[str, object], ledger: Ledger) -> list[Problem]:
    """What is wrong with the outlook, where there is one: it is read as of its own start."""
    if not workspace.outlook_texts:
        return workspace.outlook_problems
    return [*workspace.outlook_problems, *read_texts(workspace.outlook_texts, tuple(parties), ledger)[1]]


def _ledger(workspace: Workspace, agreement: Agreement | None, parties: Iterable[str]) -> tuple[LedgerReader, Ledger]:
    """The events, as far as they can be read, whatever is wrong with the documents."""
    zone = _zone(agreement)
    money = currency(agreement) if agreement is not None else ""
    reader = LedgerReader(event_kinds(families()), parties, Spelling(zone), money)
    return reader, reader.read(workspace.ledger_sources)


def _zone(agreement: Agreement | None) -> tzinfo:
    """The zone of the notice clause, or UTC where there is none or it is misspelt; of that it is said already."""
    if agreement is None or agreement.counting is None:
        return UTC
    try:
        return ZoneInfo(str(agreement.counting.terms["zone"].value))
    except (KeyError, ValueError, OSError):
        return UTC


def _damaged(problems: Iterable[Problem], texts: Sequence[Document], documents: Iterable[object]) -> bool:
    """Whether a document, or a clause of one, could not be taken into the agreement."""
    lost = any(p.code[:2] in ("T0", "T1") and not p.open_point for p in problems)
    return lost or len(list(documents)) < len(texts)


def _believed(found: list[Problem], texts: Sequence[Document], before: list[Problem]) -> list[Problem]:
    """What the documents say of each other, without what only follows from a part that could not be read."""
    lost = any(p.code == "A103" for p in found) or _damaged(before, texts, texts)
    files = {p.span.source.name for p in before if p.span is not None and not p.open_point}
    return [
        p
        for p in found
        if not (lost and p.code in _CROSS)
        and not (p.code == "A102" and p.span is not None and p.span.source.name in files)
    ]


def _through_time(workspace: Workspace, agreement: Agreement, ledger: Ledger) -> list[Problem]:
    """The agreement as it stood on each day on which a document came to be known or took effect."""
    told = workspace.entries(ledger)
    comes = {d.name: told[d.name][-1][0] if d.name in told else d.signed for d in agreement.documents}
    days = sorted({*comes.values(), *(d.effective for d in agreement.documents if d.effective >= comes[d.name])})
    problems: list[Problem] = []
    tried: set[object] = set()
    for day in days:
        texts = [t for t in workspace.texts if comes.get(t.source.name, day + 1) <= day]
        names = frozenset(t.source.name for t in texts)
        done = frozenset(s.question for s in agreement.settlements if s.final and s.since <= day)
        if (names, done) in tried or not texts:
            continue
        tried.add((names, done))
        then: Agreement | None = agreement
        if len(texts) < len(agreement.documents):
            resolver = Resolver(families())
            then = resolver.resolve(texts)
            problems += _then(_believed(resolver.problems, texts, workspace.problems), day)
        if then is not None:
            then, _ = counted(then)
            problems += _composed(settled(_sound(then), day), then, ledger.currency, show_day(day))
    return _once(problems)


def _then(problems: list[Problem], day: int) -> list[Problem]:
    words = f" (with the documents known on {show_day(day)})"
    return [replace(p, sentence=p.sentence + words) if p.code in _CROSS else p for p in problems]


def _once(problems: list[Problem]) -> list[Problem]:
    """Each problem once, from the first day on which it shows."""
    seen: dict[tuple[str, str, str], Problem] = {}
    for problem in problems:
        seen.setdefault((problem.code, problem.place, problem.sentence.partition(" (with the doc")[0]), problem)
    return list(seen.values())


def _sound(agreement: Agreement) -> Agreement:
    """The agreement without the clauses that lack a term and cannot run; of these it is said already what they lack."""
    return replace(agreement, clauses=tuple(clause for clause in agreement.clauses if _whole(clause)))


def _whole(clause: Clause) -> bool:
    family = families()[clause.family]
    return all(form.name in clause.terms for form in family.terms if form.required)


def _composed(sound: Agreement, whole: Agreement, money: str, day: str) -> list[Problem]:
    """What writing the clauses into one program finds. A calendar that is there, but broken, is not missing; nor is a
    clause of which it is said already what is wrong with it.
    """
    try:
        composition = compose(sound, families(), money)
        schedule(composition.program, wanted(composition))
    except ProblemError as error:
        broken = any(clause.family == "notice" for clause in whole.clauses)
        left_out = {clause.id for clause in whole.clauses} - {clause.id for clause in sound.clauses}
        known = {f"there is no clause {name}" for name in left_out}
        problems = [p for p in error.problems if p.sentence not in known]
        return [p for p in problems if not (p.code == "A110" and broken and whole.calendar is None)]
    return []


def _ran(workspace: Workspace, outside: Sequence[Problem]) -> list[Problem]:
    """What only a run finds: figures that leave their bounds; payments that pay nothing; and events that no clause
    counts, but for those of which it is said already that they lie outside every scope.
    """
    try:
        day = workspace.last_day()
        outcome = workspace.run(AsOf(day, UNBOUNDED))
    except ProblemError as error:
        return error.problems
    said = {problem.place for problem in outside}
    unnoticed = [problem for problem in events_unnoticed(outcome) if problem.place not in said]
    return [*payments_without_figure(outcome, workspace.ledger), *unnoticed]


def _unentered(workspace: Workspace, ledger: Ledger) -> list[Problem]:
    """Documents of which the ledger does not say when they entered the record."""
    events = entered(ledger)
    return [
        Problem(
            "D205",
            f"no event says when {text.source.name} entered the record; it counts from the day it was signed",
            Span(text.source, 1),
            f"adidem ledger append {workspace.root} 'document file={text.source.name} occurred=DATE recorded=DATE'",
            open_point=True,
        )
        for text in workspace.texts
        if text.source.name not in events
    ]


def _place(problem: Problem) -> tuple[str, int, int, str, str]:
    span = problem.span
    if span is None:
        return problem.at, 0, 0, problem.code, problem.sentence
    return span.source.name, span.line, span.column, problem.code, problem.sentence
