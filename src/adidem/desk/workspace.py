"""A folder with an agreement's documents and its ledger: the one object that every front-end asks.

Knows files. Does not know how answers are shown.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from functools import cached_property
from os.path import isdir, isfile
from pathlib import Path
from zoneinfo import ZoneInfo

from adidem.desk import cache as results
from adidem.desk.calendars import business_calendar, unknown_zones
from adidem.desk.families import families
from adidem.desk.keeping.homes import LEDGER, MOST_LEDGER, database_of, standing
from adidem.desk.supposing import taken_back
from adidem.findings import outcome
from adidem.findings.outcome import Outcome
from adidem.kernel.agreement import Agreement, Clause
from adidem.kernel.compose import compose, event_kinds
from adidem.kernel.composition import Composition, currency
from adidem.kernel.period import AsOf, show_day, show_instant
from adidem.kernel.problem import Problem, ProblemError, did_you_mean
from adidem.kernel.source import Source
from adidem.records.cache import packed as packed_ledger
from adidem.records.cache import unpacked as unpacked_ledger
from adidem.records.columns import Columns
from adidem.records.ledger import Ledger, LedgerReader, digest_of
from adidem.records.values import FOREVER, UNBOUNDED, Spelling
from adidem.text.document import Document, read_document
from adidem.text.guard import read_source
from adidem.text.outlook import is_outlook
from adidem.text.packed import packed as packed_document
from adidem.text.packed import unpacked as unpacked_document
from adidem.text.resolve import Resolver

WORTH_KEEPING = 2**16
_SECONDS = 86_400
_OF_THE_RECORD = ("correction", "withdrawal", "settlement", "document")
"""Kinds of event that tell of the record, and of nothing that happened under the agreement."""


@dataclass
class Workspace:
    """A folder opened: its documents read, its ledger at hand.

    An outlook is no part of the agreement: its documents, and what is wrong with them, stand apart.
    """

    root: Path
    texts: list[Document]
    ledger_sources: list[Source]
    problems: list[Problem] = field(default_factory=list[Problem])
    outlook_texts: list[Document] = field(default_factory=list[Document])
    outlook_problems: list[Problem] = field(default_factory=list[Problem])
    _compositions: dict[object, Composition] = field(default_factory=dict[object, Composition])

    # What there is

    @cached_property
    def whole(self) -> Agreement:
        """The agreement of all documents, whenever they came to be known. Raises ProblemError."""
        return self.agreement(self.texts)

    def agreement(self, texts: Sequence[Document]) -> Agreement:
        """The agreement that some of the documents make up, with its calendar. Raises ProblemError."""
        resolver = Resolver(families())
        found = resolver.resolve(texts)
        problems = [*self.problems, *resolver.problems]
        if found is not None:
            found, more = counted(found)
            problems += more
        errors = [p for p in problems if not p.open_point]
        if errors or found is None:
            raise ProblemError(errors)
        return found

    @cached_property
    def ledger(self) -> Ledger:
        """Every event there is. Raises ProblemError."""
        sources = self.ledger_sources
        if sum(len(source.text) for source in sources) < WORTH_KEEPING:
            return self.read_ledger(sources)
        kinds = repr(sorted(event_kinds(families()).items()))
        texts = [part for source in sources for part in (source.name, str(len(source.text)))]
        about = (kinds, repr(list(self.whole.parties)), str(self.zone), currency(self.whole))
        key = results.key(digest_of(sources), *about, *texts)
        kept = results.get("ledger", key)
        ledger = unpacked_ledger(kept, sources) if kept is not None else None
        if ledger is None:
            ledger = self.read_ledger(sources)
            results.put("ledger", key, packed_ledger(ledger))
        return ledger

    def read_ledger(self, sources: Sequence[Source]) -> Ledger:
        """The events of these files. Raises ProblemError."""
        reader = LedgerReader(event_kinds(families()), self.whole.parties, Spelling(self.zone), currency(self.whole))
        ledger = reader.read(list(sources))
        if reader.problems:
            raise ProblemError(reader.problems)
        return ledger

    @cached_property
    def zone(self) -> tzinfo:
        """The zone in which days begin: that of the notice clause, or UTC where there is none."""
        return ZoneInfo(self.whole.zone) if self.whole.zone != "UTC" else UTC

    # Asking

    def known(self, as_of: AsOf, ledger: Ledger | None = None) -> list[Document]:
        """The documents that had been signed by the day, as recorded by the second.

        A document enters the record by an event of the kind `document`; one that none enters, or only events that are
        withdrawn by then, counts from the day it was signed.
        """
        entries = self.entries(ledger or self.ledger)
        signed = {document.name: document.signed for document in self.whole.documents}
        out: list[Document] = []
        for text in self.texts:
            name = text.source.name
            day = signed.get(name, 0)
            told = entries.get(name, [])
            if all(until <= as_of.recorded for *_, until in told):
                told = [(day, day * _SECONDS, FOREVER)]
            if any(o <= as_of.occurred and r <= as_of.recorded < until for o, r, until in told):
                out.append(text)
        return out

    def some_known(self, as_of: AsOf, ledger: Ledger | None = None) -> list[Document]:
        """The same, where there has to be one. Problems: D101 none had been signed by the day, or recorded by then."""
        if texts := self.known(as_of, ledger):
            return texts
        sentence, mend = f"no document had been signed by {show_day(as_of.occurred)}", "ask for a later day"
        if as_of.recorded < UNBOUNDED and self.known(AsOf(as_of.occurred, UNBOUNDED), ledger):
            sentence = f"no document was in the record by {show_instant(as_of.recorded)}"
            mend = "ask what was known at a later instant"
            if self.entries(ledger or self.ledger):
                mend += "; or, if the text was known before the ledger told of it, append its document event once "
                mend += "more, with an id= of its own and recorded=DATE"
        raise ProblemError([Problem("D101", sentence, at=str(self.root), mend=mend)])

    def entries(self, ledger: Ledger) -> dict[str, list[tuple[int, int, int]]]:
        """File → each time it was told to have entered the record: the day, since which second, and until which."""
        table = ledger.tables.get("document")
        out: dict[str, list[tuple[int, int, int]]] = {}
        for row in range(len(table)) if table is not None else ():
            assert table is not None
            name = ledger.words[int(table.columns["file"][row])]
            told = (int(table.occurred[row]), int(table.recorded[row]), int(table.superseded[row]))
            out.setdefault(name, []).append(told)
        return out

    def composed(self, as_of: AsOf, ledger: Ledger | None = None) -> tuple[Composition, Columns]:
        """The program of what was known, and the columns of what had happened. Raises ProblemError."""
        ledger = ledger or self.ledger
        texts = self.some_known(as_of, ledger)
        composition = self._composition(texts, as_of.occurred, ledger.currency)
        agreement = composition.agreement
        start = min(document.effective for document in agreement.documents)
        late = _seconds(agreement.counting)
        return composition, Columns(composition, ledger, as_of, min(start, as_of.occurred), late)

    def _composition(self, texts: Sequence[Document], day: int, currency: str) -> Composition:
        """The program of some documents, composed once for as long as no more of their clarifications take effect."""
        key = (tuple(text.source.name for text in texts), currency, self._settlements_by(day))
        if key not in self._compositions:
            self._compositions[key] = compose(settled(self.agreement(texts), day), families(), currency)
        return self._compositions[key]

    def _settlements_by(self, day: int) -> int:
        return sum(settlement.since <= day for settlement in self.whole.settlements)

    def run(
        self,
        as_of: AsOf,
        pinned: Mapping[str, str] | None = None,
        hypothetical: Sequence[str] = (),
        ranges: bool = True,
    ) -> Outcome:
        """The record as of a pair, under every combination of readings that matters. Raises ProblemError."""
        ledger = self.ledger if not hypothetical else self._with(hypothetical)
        composition, columns = self.composed(as_of, ledger)
        known_questions(composition, pinned or {})
        out = outcome.run(composition, columns, pinned, ranges)
        out.hypothetical, out.pinned = tuple(hypothetical), dict(pinned or {})
        return out

    def _with(self, lines: Sequence[str]) -> Ledger:
        """The ledger with supposed events, in whose place none that came may stand."""
        lines = [*lines, *taken_back(self.ledger, event_kinds(families()), lines)]
        source = Source("--with", "\n".join(lines))
        return self.read_ledger([*self.ledger_sources, source])

    def receipt(self, outcome: Outcome) -> dict[str, object]:
        """What the answer was made of: hashes of the documents and the ledger, the engine's version, the readings."""
        from adidem import __version__

        calendar = outcome.composition.agreement.calendar
        days = hashlib.sha256(calendar.business_days.tobytes()).hexdigest()[:16] if calendar is not None else ""
        return {
            "documents": hashes(outcome.composition.agreement),
            "ledger": outcome.columns.ledger.digest,
            "calendar": f"{calendar.name} {days}" if calendar is not None else "",
            "engine": __version__,
            "readings": [result.readings for result in outcome.results],
            "with": list(outcome.hypothetical),
        }

    def last_day(self, known_at: int = UNBOUNDED) -> int:
        """The day of the last event or signature, and none after the second by which things were known: what a question
        without a day is asked for.

        What is said of the record does not move it: a correction, a withdrawal, what they take the place of, a closing,
        or that a document is told a second time.
        """
        tables = [table for kind, table in self.ledger.tables.items() if kind not in _OF_THE_RECORD]
        days = [int(table.occurred[stands].max()) for table in tables if (stands := table.superseded == FOREVER).any()]
        first = [min(occurred for occurred, *_ in told) for told in self.entries(self.ledger).values()]
        last = max([document.signed for document in self.whole.documents] + days + first)
        return min(last, known_at // _SECONDS)


def hashes(agreement: Agreement) -> dict[str, str]:
    """Each document of an agreement, and the hash of its text."""
    return {document.name: hash_of(document.source) for document in agreement.documents}


def hash_of(source: Source) -> str:
    """The hash of a text, SHA-256 in hexadecimal digits."""
    return hashlib.sha256(source.text.encode()).hexdigest()


def open_workspace(path: Path, held: Source | None = None) -> Workspace:
    """Open a folder. Problems: D102 it is none, or holds no document; those of its documents and of its ledger's
    database are kept for whoever asks.

    held  what is in the ledger's database, where somebody has read it already
    """
    if not isdir(path):
        sentence = f"{path} is a file, and a folder is wanted" if isfile(path) else f"there is no folder {path}"
        raise ProblemError([Problem("D102", sentence, at=str(path), mend="name a folder with documents in it")])
    files = sorted(p for suffix in ("*.lgd", "*.legaldown") for p in path.rglob(suffix) if not _hidden(p, path))
    if all(is_outlook(file.name) for file in files):
        mend = f"run adidem new {path}/NAME for a small agreement to start from"
        raise ProblemError([Problem("D102", f"no document (.lgd) is in {path}", at=str(path), mend=mend)])
    problems: list[Problem] = []
    texts: list[Document] = []
    outlook_problems: list[Problem] = []
    outlook_texts: list[Document] = []
    for file in files:
        text, found = read(file, file.relative_to(path).as_posix())
        apart = is_outlook(file.name)
        (outlook_problems if apart else problems).extend(found)
        if text is not None:
            (outlook_texts if apart else texts).append(text)
    before = None
    ledgers, more = list[Source](), list[Problem]()
    while before != (before := standing(path)):  # read again if it was moved from one home to another meanwhile
        ledgers, more = _ledgers(path, held)
    return Workspace(path, texts, ledgers, [*problems, *more], outlook_texts, outlook_problems)


def _ledgers(path: Path, held: Source | None) -> tuple[list[Source], list[Problem]]:
    """The files of events, and what is in the database; and what is wrong with them as a whole."""
    ledgers: list[Source] = []
    problems: list[Problem] = []
    for file in sorted(p for p in path.rglob(LEDGER) if not _hidden(p, path)):
        try:
            ledgers.append(read_source(file, file.relative_to(path).as_posix(), MOST_LEDGER, "ledger"))
        except ProblemError as error:
            problems += error.problems
    try:
        database = database_of(path)
        if database is not None and (kept := held or database.source()).text:
            ledgers.append(kept)
    except ProblemError as error:
        problems += error.problems
    return ledgers, problems


def read(file: Path, name: str) -> tuple[Document | None, list[Problem]]:
    """One document, and what is wrong with it."""
    try:
        source = read_source(file, name)
    except ProblemError as error:
        return None, error.problems
    key = results.key(results.version("legaldown-validator"), name, source.text)
    kept = results.get("document", key)
    found = unpacked_document(kept, source) if kept is not None else None
    if found is None:
        found = read_document(source)
        results.put("document", key, packed_document(*found))
    return found


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def counted(agreement: Agreement) -> tuple[Agreement, list[Problem]]:
    """The agreement with the clause that says how days are counted, and its calendar."""
    problems = unknown_zones(agreement)
    notices = [clause for clause in agreement.clauses if clause.family == "notice"]
    if not notices:
        return agreement, problems
    needed = {"zone", "calendar", "cut_off", "first_day", "deemed_receipt"}
    clause = notices[-1]
    if not needed <= set(clause.terms):
        return agreement, problems
    calendar, more = business_calendar(clause)
    return replace(agreement, counting=clause, calendar=calendar), [*problems, *more]


def _seconds(clause: Clause | None) -> int:
    if clause is None:
        return _SECONDS
    hour, _, minute = str(clause.terms["cut_off"].value).partition(":")
    return int(hour) * 3600 + int(minute) * 60


def settled(agreement: Agreement, day: int) -> Agreement:
    """The agreement with every question that a clarification has settled by the day read that way alone."""
    final = {s.question: s for s in agreement.settlements if s.final and s.since <= day}
    clauses: list[Clause] = []
    for clause in agreement.clauses:
        terms = dict(clause.terms)
        for name, term in clause.terms.items():
            settled = final.get(f"{clause.id}.{name}")
            reading = next((r for r in term.readings if settled is not None and r.name == settled.reading), None)
            if reading is not None:
                terms[name] = replace(
                    term,
                    value=reading.value,
                    readings=(),
                    range=reading.range,
                    basis="stated",
                    source=str(settled.document.title) if settled else "",
                )
        clauses.append(replace(clause, terms=terms))
    return replace(agreement, clauses=tuple(clauses))


def known_questions(composition: Composition, pinned: Mapping[str, str]) -> None:
    """Problems: D103 no such question; D104 no such reading."""
    problems: list[Problem] = []
    for question, reading in pinned.items():
        found = composition.questions.get(question)
        if found is None:
            mend = did_you_mean(question, composition.questions) or "leave it out: no term has rival readings"
            problems.append(Problem("D103", f"there is no question {question} on that day", at="--reading", mend=mend))
        elif reading not in found.readings:
            mend = did_you_mean(reading, found.readings)
            problems.append(
                Problem("D104", f"the question {question} has no reading {reading}", at="--reading", mend=mend)
            )
    if problems:
        raise ProblemError(problems)
