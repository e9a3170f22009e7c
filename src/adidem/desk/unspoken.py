"""What of a record no clause speaks of: acts, claims, loans, assets, and payments that pay nothing.

Knows the words of clauses, and events. Does not know what the program does with an event, nor files.
"""

from collections.abc import Collection, Iterator

import numpy as np

from adidem.desk.spoken import ACTS, classes_of, words_of
from adidem.findings.outcome import Outcome
from adidem.kernel.agreement import Agreement
from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.quantity import show_money
from adidem.kernel.source import Span
from adidem.kernel.transfer import Payment
from adidem.records.ledger import Ledger
from adidem.records.values import FOREVER, MISSING


def acts_unspoken(agreement: Agreement, ledger: Ledger) -> list[Problem]:
    """D209: an act of the record, or a matter asked about, of which no clause speaks."""
    spoken = {word for clause in agreement.clauses for word in words_of(clause)}
    acts = {word for clause in agreement.clauses for word in words_of(clause, *ACTS, "conditions", "matter")}
    found: dict[str, Problem] = {}
    for kind, column in (("act", "act"), ("request", "act"), ("request", "matter")):
        for act, span in _strange(ledger, kind, column, spoken):
            sentence = f"no clause speaks of the {column} {act}: the event changes nothing"
            found.setdefault(act, _unspoken(sentence, span, did_you_mean(act, acts)))
    return list(found.values())


_ASSETS = {"act": "asset", "request": "asset", "revenue": "product", "usage": "service", "incident": "service"}
"""Of each kind of event, the column whose path is held against the scopes of clauses."""


def claims_unspoken(agreement: Agreement, ledger: Ledger) -> list[Problem]:
    """D209: a claim that names no clause."""
    clauses = [clause.id for clause in agreement.clauses]
    return [
        _unspoken(
            f"no clause is called {level}: what is claimed under it is not claimed", span, did_you_mean(level, clauses)
        )
        for level, span in _strange(ledger, "claim", "level", clauses)
    ]


_LOANS = ("drawdown", "prepayment", "call", "guarantee-call")
"""Kinds of event that name the loan of which they speak."""


def loans_unspoken(agreement: Agreement, ledger: Ledger) -> list[Problem]:
    """D209: an event about a loan that no clause is, or a fixing of an index that no loan follows."""
    loans = [clause for clause in agreement.clauses if clause.family == "loan"]
    ids = {clause.id for clause in loans}
    indices = {word for clause in loans for word in words_of(clause, "index")}
    known = {**dict.fromkeys(_LOANS, ("loan", ids)), "fixing": ("index", indices)}
    found: dict[str, Problem] = {}
    for kind, (column, names) in known.items():
        for name, span in _strange(ledger, kind, column, names):
            what = f"no loan is called {name}" if column == "loan" else f"no loan follows the index {name}"
            sentence = f"{what}: the {kind} changes nothing"
            found.setdefault(name, _unspoken(sentence, span, did_you_mean(name, names)))
    return list(found.values())


def _strange(ledger: Ledger, kind: str, column: str, known: Collection[str]) -> Iterator[tuple[str, Span]]:
    """Each word that events of a kind have in a column and that is none of those known, with the first of them."""
    table = ledger.tables.get(kind)
    if table is None:
        return
    rows = np.flatnonzero((table.superseded == FOREVER) & (table.columns[column] != MISSING))
    words, at = np.unique(table.columns[column][rows], return_index=True)
    for word, row in sorted(zip(words.tolist(), rows[at].tolist(), strict=True), key=lambda pair: pair[1]):
        if ledger.words[word] not in known:
            yield ledger.words[word], ledger.span(kind, row)


def assets_unspoken(agreement: Agreement, ledger: Ledger) -> list[Problem]:
    """D209: an asset, product or service of the record that lies in no class of any clause."""
    classes = {name.partition("/")[0] for clause in agreement.clauses for name in classes_of(clause)}
    scoped = [ledger.places[act] for act in _scoped(agreement) if act in ledger.places]
    found: dict[tuple[str, str], Problem] = {}
    for kind, column in _ASSETS.items():
        table = ledger.tables.get(kind)
        if table is None or "everything" in classes:
            continue
        rows = np.flatnonzero(table.superseded == FOREVER)
        rows = rows[table.columns[column][rows] != MISSING]
        if "act" in table.columns:
            rows = rows[np.isin(table.columns["act"][rows], scoped)]
        words, at, counts = np.unique(table.columns[column][rows], return_index=True, return_counts=True)
        for word, row, count in zip(words.tolist(), rows[at].tolist(), counts.tolist(), strict=True):
            asset = ledger.words[word]
            first = asset.partition("/")[0]
            if first not in classes and (column, asset) not in found:
                more = f": {count:,} events change nothing" if count > 1 else ""
                sentence = f"the scope of no clause takes in the {column} {asset}{more}"
                mend = did_you_mean(first, classes)
                found[column, asset] = _unspoken(sentence, ledger.span(kind, row), mend)
    return list(found.values())


def _scoped(agreement: Agreement) -> set[str]:
    """The words, acts among them, of which clauses speak, and none of these without a scope."""
    scoped, free = set[str](), set[str]()
    for clause in agreement.clauses:
        (scoped if any(classes_of(clause)) else free).update(words_of(clause))
    return scoped - free


def payments_without_figure(outcome: Outcome, ledger: Ledger) -> list[Problem]:
    """D210: a payment of which, under every reading, all or a part pays nothing that is owed."""
    idle: dict[str, tuple[Payment, int]] = {}
    for number, result in enumerate(outcome.results):
        left = {payment.id: (payment, rest) for payment, rest in result.unmatched}
        both = left if number == 0 else left.keys() & idle.keys()
        idle = {id: min(left[id], idle.get(id, left[id]), key=lambda each: each[1]) for id in both}
    table = ledger.tables.get("payment")
    if table is None or not idle:
        return []
    rows = {ledger.words[int(id)]: row for row, id in enumerate(table.ids)}
    clauses = {clause.id for clause in outcome.composition.agreement.clauses}
    points: list[Problem] = []
    for id, (payment, rest) in sorted(idle.items()):
        part = f"{show_money(rest, payment.currency)} of " if rest < payment.amount_minor else ""
        named = payment.pays.partition("/")[0]
        mend = "" if named in clauses else did_you_mean(named, clauses)
        strange = "" if named in clauses else f": no clause is called {named}"
        sentence = f"{part}the payment {id} pays nothing that is owed{strange}"
        points.append(Problem("D210", sentence, ledger.span("payment", rows[id]), mend, open_point=True))
    return points


def _unspoken(sentence: str, span: Span, mend: str) -> Problem:
    return Problem("D209", sentence, span, mend, open_point=True)
