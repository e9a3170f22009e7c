"""The proof of a workspace's ledger: every chain, its database, and the documents that entered the record.

Knows files, homes, seals and hashes. Does not know what clauses make of events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from adidem.desk.families import families
from adidem.desk.keeping.homes import APART, LEDGER, database_of, standing
from adidem.desk.keeping.proof import changed, entered, hash_of
from adidem.desk.workspace import Workspace, open_workspace
from adidem.kernel.compose import event_kinds
from adidem.kernel.event import CORRECTION, DOCUMENT, WITHDRAWAL
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Source
from adidem.records.ledger import Ledger, LedgerReader
from adidem.records.seal import Chain, proved
from adidem.records.values import Spelling

_KINDS = (DOCUMENT.name, CORRECTION.name, WITHDRAWAL.name)
_MARKS = (*(f'"{kind}"' for kind in _KINDS), "\\u")
"""One of these stands in each line of an event of these kinds: its name, unless letters of it are escaped."""


@dataclass(frozen=True)
class Documents:
    """How many documents the ledger says to have entered the record, and which are proved by their hash to be those."""

    entered: int
    proved: list[str]
    not_proved: list[str]


@dataclass
class Verified:
    """What was found: the chains by the names of their files and homes, the documents, and what is wrong."""

    chains: dict[str, Chain]
    documents: Documents
    problems: list[Problem]


def verify(folder: Path) -> Verified:
    """Make every seal of a workspace again, hold each row of its database against its line, and hash the documents.

    A document that no event enters, or enters without a hash, is not proved. Problems: D102; D206, D207; L110; L120 to
    L124; those of a ledger file that cannot be read.
    """
    before = standing(folder)
    while True:
        found = _verified(open_workspace(folder, APART))
        if before == (before := standing(folder)):  # else it was moved from one home to another meanwhile
            return found


def _verified(workspace: Workspace) -> Verified:
    problems = [problem for problem in workspace.problems if problem.span is None and problem.at.endswith(LEDGER)]
    chains: dict[str, Chain] = {}
    told: dict[str, dict[int, str]] = {}
    for source in workspace.ledger_sources:
        chains[source.name] = proved(source)
        told[source.name] = _lines_with(source.text, _MARKS)
    try:
        if (database := database_of(workspace.root)) is not None:
            chain = database.proved()
            problems += [problem for problem in chain.problems if problem.code != "L110"]
            if chain.sealed or chain.unsealed or not chain.problems:
                chains[database.name] = chain
                with database.looking() as (index, _):
                    told[database.name] = index.of_kinds(_KINDS)
    except ProblemError as error:
        problems += error.problems
    broken = [problem for chain in chains.values() for problem in chain.problems if problem.code == "L110"]
    ledger = _of_documents(told)
    return Verified(chains, _documents(workspace, ledger), [*broken, *problems, *changed(workspace, ledger)])


def _documents(workspace: Workspace, ledger: Ledger) -> Documents:
    told = entered(ledger)
    names = [text.source.name for text in workspace.texts]
    proved = [name for name in names if name in told and told[name][0] == hash_of(workspace.root / name)]
    return Documents(sum(name in told for name in names), proved, [name for name in names if name not in proved])


def _of_documents(told: Mapping[str, Mapping[int, str]]) -> Ledger:
    """The events by which documents entered the record, with what corrects them, read by themselves.

    told  of each file and home: lines, by number, among which they are
    """
    heads = {(name, number): _head(line) for name, lines in told.items() for number, line in lines.items()}
    ids = {str(head.id) for head in heads.values() if head.kind == DOCUMENT.name}
    wanted = {at for at, head in heads.items() if head.kind == DOCUMENT.name or str(head.corrects) in ids}
    # Each stands where it stood, and nothing about it.
    sources = [
        Source(name, "\n".join(lines[n] if (name, n) in wanted else "" for n in range(1, max(lines, default=0) + 1)))
        for name, lines in told.items()
    ]
    return LedgerReader(event_kinds(families()), None, Spelling()).read(sources)


def _lines_with(text: str, marks: Iterable[str]) -> dict[int, str]:
    """The lines in which one of the marks stands, by number; found without looking at each line."""
    found: dict[int, str] = {}
    for mark in marks:
        number, start, at = 1, 0, text.find(mark)
        while at >= 0:
            number += text.count("\n", start, at)
            start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
            end = len(text) if end < 0 else end
            found[number] = text[start:end]
            start, at = end, text.find(mark, end)
    return found


class _Head(msgspec.Struct):
    id: Any = None
    kind: Any = None
    corrects: Any = None


_DECODE = msgspec.json.Decoder(_Head).decode


def _head(line: str) -> _Head:
    """What an event is called, and corrects; nothing of a line that is none."""
    try:
        return _DECODE(line)
    except (msgspec.MsgspecError, RecursionError):
        return _Head()
