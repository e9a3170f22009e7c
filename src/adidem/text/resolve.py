"""From documents to an agreement: who the parties are, which clause is of which family, and which text stands when.

Knows documents, families and amendments. Does not know formulas' meaning, events' values or files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adidem.kernel.agreement import Agreement, Clause, Document, Party, Settlement
from adidem.kernel.family import Family
from adidem.kernel.period import NEVER, show_day
from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.source import Span
from adidem.kernel.term import Effect, Term
from adidem.text import block, document
from adidem.text.block import Listing, Scalar
from adidem.text.naming import named_after
from adidem.text.prose import unmatched
from adidem.text.terms import TermReader


@dataclass
class _Draft:
    """A block on its way to a clause."""

    id: str
    section: document.Section
    mapping: block.Mapping
    family: Family | None
    terms: dict[str, Term]
    document: Document
    replaces: str = ""
    repeals: str = ""


@dataclass
class Resolver:
    """Makes one agreement of its documents, and collects what is wrong with them."""

    families: Mapping[str, Family]
    problems: list[Problem] = field(default_factory=list[Problem])
    parties: dict[str, Party] = field(default_factory=dict[str, Party])
    orders: dict[tuple[str, int, str], Span] = field(default_factory=dict[tuple[str, int, str], Span])
    documents: list[Document] = field(default_factory=list[Document])

    def resolve(self, texts: Sequence[document.Document]) -> Agreement | None:
        """The agreement that the documents make up.

        Problems: A101 no base document, or two; A102 a document without dates; A103 unknown family; A104 amendment of
        what is not in force; A105 id taken; A106 overlapping amendments; A107 unknown clause, act or term named; A108
        unknown question; A109 a term that no effect can set; A112 what no effect can suspend.
        """
        for text in texts:
            for name, entry in text.parties.items():
                self.parties.setdefault(name, Party(name, entry.label, entry.span))
        bases = [text for text in texts if not text.amends_title]
        if len(bases) != 1:
            self._bases(bases, texts)
            return None
        drafts = [draft for text in texts for draft in self._drafts(text)]
        drafts.sort(
            key=lambda d: (
                d.document.effective,
                d.document.signed,
                d.document.amends,
                d.document.name,
                d.section.span.line,
            )
        )
        clauses = self._timeline(drafts)
        documents = tuple(sorted(self.documents, key=lambda d: (d.effective, d.signed, d.amends, d.name)))
        agreement = Agreement(bases[0].title, self.parties, documents, tuple(clauses))
        self._references(agreement)
        settlements = tuple(s for c in clauses if c.family == "clarification" for s in self._settlements(c, agreement))
        return replace(agreement, settlements=settlements)

    def alone(self, text: document.Document) -> None:
        """Read the terms of an amendment without the agreement that it amends."""
        for name, entry in text.parties.items():
            self.parties.setdefault(name, Party(name, entry.label, entry.span))
        self._drafts(text)

    def _problem(self, code: str, sentence: str, span: Span | None, mend: str = "", see: Any = ()) -> None:
        self.problems.append(Problem(code, sentence, span, mend, tuple(see)))

    def _bases(self, bases: list[document.Document], texts: Sequence[document.Document]) -> None:
        if not bases and texts:
            span = Span(texts[0].source, 1)
            mend = "add the agreement that these documents amend"
            self._problem("A101", "every document here amends another, and none is the agreement itself", span, mend)
        elif bases:
            see = [(Span(text.source, 1), text.title) for text in bases[1:]]
            mend = "write amends: in the front matter of all but one"
            self._problem(
                "A101", "two documents each say that they are the agreement", Span(bases[0].source, 1), mend, see
            )

    def _drafts(self, text: document.Document) -> list[_Draft]:
        found: list[_Draft] = []
        placeholder = Document(text.source.name, text.title, text.source, 0, 0, bool(text.amends_title))
        for section in text.sections:
            if section.block is not None:
                draft = self._draft(section, section.block, placeholder)
                if draft is not None:
                    found.append(draft)
        dates = [d for d in found if d.family is not None and d.family.name == "document"]
        if len(dates) != 1:
            mend = "add one block with family: document, signed: and effective:"
            times = "twice" if dates else "nowhere"
            span = dates[1].mapping.span if dates else Span(text.source, 1)
            mend = "leave this block out" if dates else mend
            self._problem("A102", f"the document says {times} when it was signed and takes effect", span, mend)
            return []
        terms = dates[0].terms
        if "signed" not in terms or "effective" not in terms:
            return []
        signed, effective = (terms[name].value for name in ("signed", "effective"))
        assert isinstance(signed, int)
        assert isinstance(effective, int)
        if NEVER in (signed, effective):
            sentence = "a document is signed and takes effect on a day, and never is none"
            self._problem("T220", sentence, dates[0].mapping.span, "write the day: 2025-01-21")
            return []
        dated = replace(placeholder, signed=signed, effective=effective)
        self.documents.append(dated)
        return [replace(d, document=dated) for d in found if d is not dates[0]]

    def _draft(self, section: document.Section, mapping: block.Mapping, text: Document) -> _Draft | None:
        replaces, repeals = _word(mapping, "replaces"), _word(mapping, "repeals")
        name = _word(mapping, "family")
        family = self.families.get(name)
        if not name and repeals:
            return _Draft(section.identifier, section, mapping, None, {}, text, repeals=repeals)
        if family is None:
            entry = mapping.entries.get("family")
            sentence = f"“{name}” is no clause family" if name else "the block does not say of which family it is"
            span = entry.value.span if entry else mapping.span
            self._problem(
                "A103",
                sentence,
                span,
                did_you_mean(name, self.families) if name else f"add family: {' or '.join(sorted(self.families))}",
            )
            return None
        reader = TermReader(family, self.parties, self.families, self.problems)
        terms = reader.read(mapping)
        self.problems += unmatched(section, terms, family)
        id = section.identifier or named_after(section.title)
        return _Draft(id, section, mapping, family, terms, text, replaces, repeals)

    def _timeline(self, drafts: list[_Draft]) -> list[Clause]:
        """Each text of each clause, from the day on which its document takes effect to the day on which another takes
        its place.
        """
        clauses: list[Clause] = []
        for draft in drafts:
            starts = draft.document.effective
            old = draft.replaces or draft.repeals
            if old:
                self._end(clauses, draft, old, starts)
            elif draft.family is not None and (taken := _standing(clauses, draft.id, starts)) is not None:
                sentence = f"a clause with the id {draft.id} stands already on that day"
                mend = f"write replaces: {draft.id}, or give it another id"
                self._problem("A105", sentence, draft.section.span, mend, [(taken.span, taken.title)])
            if draft.family is not None:
                clauses.append(self._clause(draft, starts))
        return clauses

    def _end(self, clauses: list[Clause], draft: _Draft, old: str, starts: int) -> None:
        standing = _standing(clauses, old, starts)
        key = "replaces" if draft.replaces else "repeals"
        span = draft.mapping.entries[key].value.span
        if standing is None:
            known = [c.id for c in clauses if c.stands(starts)]
            gone = next((c for c in reversed(clauses) if c.id == old), None)
            see = [(gone.span, f"ended by {gone.ended_by}" if gone.ended_by else gone.title)] if gone else []
            sentence = f"no clause {old} is in force on {show_day(starts)}, when this takes effect"
            mend = did_you_mean(old, known) or "let it take effect later, or add the clause instead"
            self._problem("A104", sentence, span, mend, see)
            return
        if standing.starts == starts and standing.document.amends and standing.document != draft.document:
            sentence = f"two amendments change clause {old} from the same day"
            self._problem(
                "A106", sentence, span, "let one take effect after the other", [(standing.span, standing.title)]
            )
        index = clauses.index(standing)
        clauses[index] = replace(standing, ends=starts, ended_by=draft.document.name)

    def _clause(self, draft: _Draft, starts: int) -> Clause:
        assert draft.family is not None
        mapping = draft.mapping
        for item in (item for key in ("subject_to", "except", "notwithstanding") for item in _listed(mapping, key)):
            self.orders[draft.document.name, draft.section.span.line, item.text.strip()] = item.span
        return Clause(
            draft.replaces or draft.id,
            draft.family.name,
            draft.section.title,
            draft.terms,
            replace(draft.section.span, heading=draft.section.path),
            draft.document,
            starts,
            NEVER,
            (*_names(mapping, "subject_to"), *_names(mapping, "except")),
            _names(mapping, "notwithstanding"),
            draft.replaces,
        )

    def _references(self, agreement: Agreement) -> None:
        """Whatever a clause names must be there: clauses, and for effects also while they can act."""
        ids = {clause.id for clause in agreement.clauses}
        for clause in agreement.clauses:
            for name in (*clause.yields_to, *clause.overrides):
                at = self.orders.get((clause.document.name, clause.span.line, name), clause.span)
                if name not in ids:
                    self._problem("A107", f"there is no clause {name}", at, did_you_mean(name, ids))
                elif not any(c.starts < clause.ends and clause.starts < c.ends for c in agreement.texts_of(name)):
                    see = [(c.span, c.title) for c in agreement.texts_of(name)]
                    sentence = f"clause {name} is never in force together with clause {clause.id}"
                    self._problem("A107", sentence, at, "take the reference away", see)
            for effect in _effects(clause):
                if effect.verb != "prohibit" and effect.target not in ids | {"agreement"}:
                    mend = did_you_mean(effect.target, ids | {"agreement"})
                    self._problem("A107", f"there is no clause {effect.target}", effect.span or clause.span, mend)
                elif effect.verb == "set":
                    self._settable(effect, clause, agreement)
                elif effect.verb in ("suspend", "resume") and effect.target == "agreement":
                    sentence = f"no effect can {effect.verb} the agreement as a whole"
                    mend = f"name each clause that is to rest: {{{effect.verb}: CLAUSE}}"
                    self._problem("A112", sentence, effect.span or clause.span, mend)
            survives = clause.terms.get("survives")
            for name in survives.value if survives and isinstance(survives.value, tuple) else ():
                if name not in ids and survives is not None:
                    self._problem("A107", f"there is no clause {name}", survives.span, did_you_mean(str(name), ids))

    def _settable(self, effect: Effect, clause: Clause, agreement: Agreement) -> None:
        """An effect sets what its target can have set while it runs."""
        names = {text.family for text in agreement.texts_of(effect.target)}
        forms = [form for name in sorted(names) for form in self.families[name].terms if form.settable]
        if effect.term not in {form.name for form in forms}:
            what = " or ".join(sorted({form.name for form in forms})) or "nothing"
            sentence = f"no effect can set {effect.target}.{effect.term}: of a clause like that it can set {what}"
            mend = "end the clause and let another begin, or change the term in an amendment"
            self._problem("A109", sentence, effect.span or clause.span, mend)

    def _settlements(self, clause: Clause, agreement: Agreement) -> list[Settlement]:
        """What a clarification says of questions."""
        questions = {
            f"{c.id}.{t.name}": [r.name for r in t.readings]
            for c in agreement.clauses
            for t in c.terms.values()
            if t.readings
        }
        out: list[Settlement] = []
        for key in ("settles", "favours"):
            term = clause.terms.get(key)
            for item in term.value if term and isinstance(term.value, tuple) else ():
                question, _, reading = str(item).partition("=")
                span = term.span or clause.span if term else clause.span
                if question not in questions:
                    mend = did_you_mean(question, questions) or "give a term readings, or leave the clarification out"
                    self._problem("A108", f"there is no question {question}", span, mend)
                elif reading not in questions[question]:
                    mend = did_you_mean(reading, questions[question])
                    self._problem("A108", f"the question {question} has no reading {reading}", span, mend)
                else:
                    out.append(Settlement(question, reading, key == "settles", clause.starts, span, clause.document))
        return out


def _standing(clauses: list[Clause], name: str, on: int) -> Clause | None:
    return next((c for c in reversed(clauses) if c.id == name and c.starts <= on < c.ends), None)


def _effects(clause: Clause) -> list[Effect]:
    values = [value for term in clause.terms.values() for value in term.values]
    return [item for value in values if isinstance(value, tuple) for item in value if isinstance(item, Effect)]


def _word(mapping: block.Mapping, key: str) -> str:
    entry = mapping.entries.get(key)
    return entry.value.text.strip() if entry is not None and isinstance(entry.value, Scalar) else ""


def _names(mapping: block.Mapping, key: str) -> tuple[str, ...]:
    return tuple(item.text.strip() for item in _listed(mapping, key))


def _listed(mapping: block.Mapping, key: str) -> tuple[Scalar, ...]:
    entry = mapping.entries.get(key)
    if entry is None:
        return ()
    items = entry.value.items if isinstance(entry.value, Listing) else (entry.value,)
    return tuple(item for item in items if isinstance(item, Scalar))
