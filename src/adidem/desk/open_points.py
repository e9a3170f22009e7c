"""What an agreement leaves open, and what of its record no clause speaks of: questions to settle, not errors.

Knows terms, questions and events. Does not know files.
"""

from collections.abc import Iterator

import numpy as np

from adidem.desk.families import families
from adidem.desk.wording import quantity_words
from adidem.findings.outcome import Outcome
from adidem.kernel.agreement import Agreement, Clause
from adidem.kernel.family import TermForm
from adidem.kernel.period import NEVER, show_day
from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.quantity import show_money
from adidem.kernel.source import Span
from adidem.kernel.term import CarveOut, Effect, Quantity, Scope, Term, Value
from adidem.kernel.transfer import Payment
from adidem.records.ledger import Ledger
from adidem.records.values import FOREVER, MISSING


def open_points(agreement: Agreement) -> list[Problem]:
    """What the text that stands last leaves open: D201 to D204, D208."""
    found: list[Problem] = []
    for clause in agreement.clauses:
        if clause.ends == NEVER:
            found += _unasked(clause)
            found += _terms(clause, agreement)
    if agreement.documents and not any(clause.family == "notice" for clause in agreement.clauses):
        found.append(_uncounted(agreement))
    return found


def _point(code: str, sentence: str, span: Span | None, mend: str = "") -> Problem:
    return Problem(code, sentence, span, mend, open_point=True)


def _unasked(clause: Clause) -> Iterator[Problem]:
    """D201: a term that the text could have and has not."""
    for form in families()[clause.family].terms:
        if form.asks and not form.required and form.name not in clause.terms and _arises(form, clause):
            sentence = f"clause {clause.id} does not say: {form.asks}"
            yield _point("D201", sentence, clause.span, f"add {form.name}: to its terms")


def _arises(form: TermForm, clause: Clause) -> bool:
    """Whether what a term would settle is a question at all, by the terms beside which it is one."""
    for each in form.beside:
        name, _, choice = each.partition("=")
        term = clause.terms.get(name)
        if term is not None and choice in ("", term.value, *(reading.value for reading in term.readings)):
            return True
    return not form.beside


def _terms(clause: Clause, agreement: Agreement) -> Iterator[Problem]:
    """D202 a question; D203 an assumed term; D204 a disputed term without rival readings."""
    for name, term in _with_parts(clause):
        if term.readings:
            said = [s for s in agreement.settlements if s.question == name]
            if not any(s.final for s in said):
                sentence = _question(name, term, [s.reading for s in said])
                yield _point("D202", sentence, term.span, "settle it in a clarification")
        elif term.basis == "assumed":
            within = f", within {_ends(term)}" if term.range else ""
            yield _point("D203", f"term {name} is assumed: {term.text}{within}", term.span, "state it in a document")
        elif term.basis == "disputed":
            source = f" ({term.source})" if term.source else ""
            sentence = f"term {name} is disputed{source}, and no rival reading is given: {term.text}"
            yield _point("D204", sentence, term.span, "add readings:")


def _with_parts(clause: Clause) -> Iterator[tuple[str, Term]]:
    """The terms of a clause by their names, and those within its groups, such as `uptime.tiers.1.credit`."""
    for term in clause.terms.values():
        yield f"{clause.id}.{term.name}", term
        groups = term.value if isinstance(term.value, tuple) else ()
        for number, group in enumerate((each for each in groups if isinstance(each, Term)), 1):
            for part in group.value if isinstance(group.value, tuple) else ():
                if isinstance(part, Term):
                    yield f"{clause.id}.{term.name}.{number}.{part.name}", part


def _question(name: str, term: Term, favoured: list[str]) -> str:
    readings = [f"{r.name} ({r.held_by})" if r.held_by else r.name for r in term.readings]
    likelier = f"; a clarification favours {', '.join(favoured)}" if favoured else ""
    return f"question {name}: {' or '.join(readings)}{likelier}"


def _ends(term: Term) -> str:
    assert term.range is not None
    return " to ".join(_shown(end) for end in term.range)


def _shown(value: Value) -> str:
    if isinstance(value, Quantity):
        return quantity_words(value.value, value.unit)
    return show_day(value) if isinstance(value, int) else str(value)


def _uncounted(agreement: Agreement) -> Problem:
    sentence = "no clause says how days are counted: zone, holidays, cut-off hour, first day, deemed receipt"
    return _point("D208", sentence, Span(agreement.documents[0].source, 1), "add a clause of the family notice")


def acts_unspoken(agreement: Agreement, ledger: Ledger) -> list[Problem]:
    """D209: an act of the record, or a matter asked about, of which no clause speaks."""
    spoken = {word for clause in agreement.clauses for term in clause.terms.values() for word in _words(term)}
    found: dict[str, Problem] = {}
    for kind, column in (("act", "act"), ("request", "act"), ("request", "matter")):
        table = ledger.tables.get(kind)
        if table is None:
            continue
        for row in np.flatnonzero((table.superseded == FOREVER) & (table.columns[column] != MISSING)):
            act = ledger.words[int(table.columns[column][row])]
            if act not in spoken and act not in found:
                sentence = f"no clause speaks of the {column} {act}: the event changes nothing"
                known = [w for w in spoken if w in _acts(agreement)]
                found[act] = _point("D209", sentence, ledger.span(kind, int(row)), did_you_mean(act, known))
    return list(found.values())


_ASSETS = {"act": "asset", "request": "asset", "revenue": "product", "usage": "service", "incident": "service"}
"""Of each kind of event, the column whose path is held against the scopes of clauses."""


def claims_unspoken(agreement: Agreement, ledger: Ledger) -> list[Problem]:
    """D209: a claim that names no clause."""
    table, clauses = ledger.tables.get("claim"), [clause.id for clause in agreement.clauses]
    found: dict[str, Problem] = {}
    if table is None:
        return []
    for row in np.flatnonzero(table.superseded == FOREVER).tolist():
        level = ledger.words[int(table.columns["level"][row])]
        if level not in clauses and level not in found:
            sentence = f"no clause is called {level}: what is claimed under it is not claimed"
            found[level] = _point("D209", sentence, ledger.span("claim", row), did_you_mean(level, clauses))
    return list(found.values())


_LOANS = ("drawdown", "prepayment", "call", "guarantee-call")
"""Kinds of event that name the loan of which they speak."""


def loans_unspoken(agreement: Agreement, ledger: Ledger) -> list[Problem]:
    """D209: an event about a loan that no clause is, or a fixing of an index that no loan follows."""
    loans = {clause.id: clause.terms for clause in agreement.clauses if clause.family == "loan"}
    indices = {str(terms["index"].value) for terms in loans.values() if "index" in terms}
    known = {**dict.fromkeys(_LOANS, ("loan", set(loans))), "fixing": ("index", indices)}
    found: dict[str, Problem] = {}
    for kind, (column, names) in known.items():
        table = ledger.tables.get(kind)
        for row in np.flatnonzero(table.superseded == FOREVER).tolist() if table is not None else ():
            name = ledger.words[int(table.columns[column][row])]  # type: ignore[union-attr]
            if name not in names and name not in found:
                what = f"no loan is called {name}" if column == "loan" else f"no loan follows the index {name}"
                sentence = f"{what}: the {kind} changes nothing"
                found[name] = _point("D209", sentence, ledger.span(kind, row), did_you_mean(name, names))
    return list(found.values())


def assets_unspoken(agreement: Agreement, ledger: Ledger) -> list[Problem]:
    """D209: an asset, product or service of the record that lies in no class of any clause."""
    classes = {name.partition("/")[0] for clause in agreement.clauses for name in _classes(clause)}
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
                found[column, asset] = _point("D209", sentence, ledger.span(kind, row), mend)
    return list(found.values())


def _scoped(agreement: Agreement) -> set[str]:
    """The words, acts among them, of which clauses speak, and none of these without a scope."""
    scoped, free = set[str](), set[str]()
    for clause in agreement.clauses:
        words = {word for term in clause.terms.values() for word in _words(term)}
        (scoped if any(_classes(clause)) else free).update(words)
    return scoped - free


def _classes(clause: Clause) -> Iterator[str]:
    """The classes that a clause names, exceptions, carve-outs and those of its effects included."""
    for term in clause.terms.values():
        for value in (term.value, *(reading.value for reading in term.readings)):
            for item in value if isinstance(value, tuple) else (value,):
                scope = item.scope if isinstance(item, Effect) else item
                if isinstance(scope, Scope):
                    yield from (*scope.classes, *scope.without)
                elif isinstance(item, CarveOut):
                    yield item.asset


def _words(term: Term) -> Iterator[str]:
    for value in (term.value, *(reading.value for reading in term.readings)):
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Effect):
                yield item.target
            elif isinstance(item, str):
                yield item


def _acts(agreement: Agreement) -> set[str]:
    named = ("act", "acts", "upon", "conditions", "matter")
    return {
        word
        for clause in agreement.clauses
        for name in named
        if name in clause.terms
        for word in _words(clause.terms[name])
    }


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
        points.append(_point("D210", sentence, ledger.span("payment", rows[id]), mend))
    return points
