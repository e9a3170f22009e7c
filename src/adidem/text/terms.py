"""From the terms block of a clause to its typed terms.

Knows what a family's terms are and how values are spelled. Does not know other clauses, documents or events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from adidem.kernel import literal
from adidem.kernel.family import DISPUTABLE, STANDING_TERMS, Family, TermForm, TermType
from adidem.kernel.literal import Misspelt
from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.source import Span
from adidem.kernel.term import BASES, Basis, CarveOut, Effect, Milestone, Quantity, Reading, Term, Value
from adidem.text import block
from adidem.text.block import Listing, Scalar, cut_amount
from adidem.text.grammar import parse_formula
from adidem.text.groups import group
from adidem.text.ranges import levelled, size

HEAD = ("family", "source", "basis", "note", "replaces", "repeals", "subject_to", "notwithstanding", "except")
"""Keys of a block that are not terms."""
_BESIDE = ("is", "source", "basis", "range", "readings", "note", "held_by")
_SCALARS: dict[str, Any] = {
    "money": literal.parse_money,
    "rate": literal.parse_rate,
    "count": literal.parse_count,
    "duration": literal.parse_duration,
    "date": literal.parse_date,
    "flag": literal.parse_flag,
    "scope": literal.parse_scope,
    "rounding": literal.parse_rounding,
    "time": literal.parse_time,
    "name": literal.parse_word,
    "text": str,
}
_RANGED = ("money", "rate", "count", "duration", "date", "number")
_NO_PARTY = "name the parties in the front matter, under sides"
_NEVER_EMPTY = ("names", "effects", "milestones", "groups")
_WRITTEN = {
    "money": "write it as USD 13 bn or USD 1,234.56, with at most nineteen digits",
    "rate": "write 20 %, 3/16 or 0.2",
    "duration": "write 10 business days, 30 days, 18 months or 2 years",
    "date": "write year-month-day: 2025-01-21",
    "scope": "write everything, every CLASS, new CLASS, or every CLASS except CLASS",
    "formula": "write it by the grammar of docs/language.md, as in declaration.profit >= USD 100 bn",
    "names": "write the names as a list: [a, b]",
}
"""How a value of a type is written, for a sentence that does not say it."""


@dataclass
class TermReader:
    """Reads the terms of one block, and collects what is wrong with them."""

    family: Family
    parties: Iterable[str]
    families: Mapping[str, Family]
    problems: list[Problem]
    source: str = ""
    basis: Basis = "stated"
    note: str = ""
    head: tuple[str, ...] = HEAD
    standing: tuple[TermForm, ...] = STANDING_TERMS
    called: str = "clause"

    def read(self, mapping: block.Mapping) -> dict[str, Term]:
        """The terms of a block. Problems: T201 misspelt term, T202 missing term, and those of values."""
        self.source = self._plain(mapping, "source")
        self.note = self._plain(mapping, "note")
        self.basis = self._basis(mapping.entries.get("basis"), "stated")
        terms: dict[str, Term] = {}
        forms = {form.name: form for form in (*self.family.terms, *self.standing)}
        for key, entry in mapping.entries.items():
            if key in self.head:
                continue
            if key not in forms:
                sentence = f"a {self.called} of the family {self.family.name} has no term {key}"
                self._problem("T201", sentence, entry.key_span, did_you_mean(key, [*forms, *self.head]))
            elif (term := self._term(forms[key], entry)) is not None:
                terms[key] = term
        for form in forms.values():
            if form.required and form.name not in mapping.entries:
                sentence = f"the {self.family.name} {self.called} does not say its term {form.name}"
                words = f", one of {', '.join(form.choices)}" if form.choices else ""
                says = f"that says {form.about}" if form.about else f"that answers: {form.asks}"
                mend = f"add a line “{form.name}: …” {says}{words}"
                self._problem("T202", sentence, mapping.span, mend)
        return terms

    def _problem(self, code: str, sentence: str, span: Span, mend: str = "") -> None:
        self.problems.append(Problem(code, sentence, span, mend))

    def _plain(self, mapping: block.Mapping, key: str) -> str:
        entry = mapping.entries.get(key)
        return entry.value.text if entry is not None and isinstance(entry.value, Scalar) else ""

    def _basis(self, entry: block.Entry | None, otherwise: Basis) -> Basis:
        if entry is None:
            return otherwise
        word = entry.value.text if isinstance(entry.value, Scalar) else ""
        if word not in BASES:
            self._problem("T203", f"“{word}” is no basis", entry.value.span, did_you_mean(word, BASES))
            return otherwise
        return word

    def _term(self, form: TermForm, entry: block.Entry) -> Term | None:
        """One term: its value, or a mapping with the value and what stands beside it."""
        node = entry.value
        beside = node.entries if isinstance(node, block.Mapping) and form.type != "settlements" else {}
        if not beside:
            value = self._value(form, node)
            bare = (
                Term(form.name, value, _text(node), self.basis, self.source, span=node.span)
                if value is not None
                else None
            )
            return self._ranged(form, bare)
        self._known_beside(beside)
        basis = self._basis(beside.get("basis"), "disputed" if "readings" in beside else self.basis)
        common: dict[str, Any] = {
            "source": self._scalar(beside, "source") or self.source,
            "note": self._scalar(beside, "note"),
            "span": entry.key_span,
        }
        if "readings" in beside:
            return self._question(form, entry, beside["readings"].value, basis, common)
        if "is" not in beside:
            self._problem("T205", f"the term {form.name} has no value", entry.key_span, "write it after is:")
            return None
        node = beside["is"].value
        value, bounds = self._value(form, node), self._range(form, beside.get("range"))
        if value is None:
            return None
        value, bounds = levelled(value, bounds)
        self._within(form, value, bounds, node.span)
        return self._ranged(form, Term(form.name, value, _text(node), basis, range=bounds, **common))

    def _known_beside(self, beside: Mapping[str, block.Entry]) -> None:
        for key, other in beside.items():
            if key not in _BESIDE:
                mend = cut_amount([key]) or did_you_mean(key, _BESIDE)
                self._problem("T204", f"beside a value stands no {key}", other.key_span, mend)

    def _scalar(self, beside: Mapping[str, block.Entry], key: str) -> str:
        entry = beside.get(key)
        return entry.value.text if entry is not None and isinstance(entry.value, Scalar) else ""

    def _question(
        self, form: TermForm, entry: block.Entry, node: block.Value, basis: Basis, common: dict[str, Any]
    ) -> Term | None:
        """A term with rival readings. Problems: T206 fewer than two; T207 the type can have none; T208 is beside
        readings.
        """
        if form.type not in DISPUTABLE or not form.disputable:
            mend = "put each reading into a clause of its own, or into a term that can be disputed"
            self._problem("T207", f"a clause cannot run while its term {form.name} is disputed", node.span, mend)
            return None
        if not isinstance(node, block.Mapping) or len(node.entries) < 2:
            sentence = f"the question {form.name} needs two readings or more, each with a name"
            self._problem(
                "T206", sentence, node.span, "write readings: {narrow: VALUE, wide: VALUE}, or is: VALUE alone"
            )
            return None
        if isinstance(entry.value, block.Mapping) and "is" in entry.value.entries:
            self._problem(
                "T208", f"the term {form.name} has a value and rival readings", entry.key_span, "take one away"
            )
        readings = [r for name, e in node.entries.items() if (r := self._reading(form, name, e, common)) is not None]
        if len(readings) != len(node.entries):
            return None
        text = " or ".join(r.name for r in readings)
        return Term(form.name, readings[0].value, text, basis, readings=tuple(readings), **common)

    def _reading(self, form: TermForm, name: str, entry: block.Entry, common: dict[str, Any]) -> Reading | None:
        node, beside = entry.value, cast(Mapping[str, block.Entry], {})
        if isinstance(node, block.Mapping):
            beside = node.entries
            self._known_beside(beside)
            if "is" not in beside:
                self._problem("T205", f"the reading {name} has no value", entry.key_span, "write it after is:")
                return None
            node = beside["is"].value
        value, bounds = self._value(form, node), self._range(form, beside.get("range"))
        if value is None:
            return None
        value, bounds = levelled(value, bounds)
        self._within(form, value, bounds, node.span)
        basis = self._basis(beside.get("basis"), "disputed")
        source = self._scalar(beside, "source") or common["source"]
        return Reading(name, value, self._scalar(beside, "held_by"), source, basis, bounds, entry.key_span)

    def _ranged(self, form: TermForm, term: Term | None) -> Term | None:
        """An assumed number says in which range it may lie."""
        ranged = form.assumable and form.type in _RANGED
        if ranged and term is not None and term.basis == "assumed" and term.range is None:
            assert term.span is not None
            sentence = f"the term {form.name} is assumed, and no range says how far it may be off"
            self._problem("T209", sentence, term.span, "add range: LOW to HIGH")
        return term

    def _range(self, form: TermForm, entry: block.Entry | None) -> tuple[Value, Value] | None:
        if entry is None:
            return None
        low, to, high = _text(entry.value).partition(" to ")
        if not to or form.type not in _RANGED:
            if form.type in _RANGED:
                sentence, mend = "a range has two ends", f"write {entry.key}: LOW to HIGH"
            else:
                sentence, mend = (
                    f"the term {form.name} is no number, duration or date, and has no range",
                    "leave it out",
                )
            self._problem("T210", sentence, entry.key_span, mend)
            return None
        bounds = [self._value(form, Scalar(part.strip(), entry.value.span)) for part in (low, high)]
        return (bounds[0], bounds[1]) if bounds[0] is not None and bounds[1] is not None else None

    def _within(self, form: TermForm, value: Value, bounds: tuple[Value, Value] | None, span: Span) -> None:
        if bounds is None:
            return
        numbers = [size(v) for v in (bounds[0], value, bounds[1])]
        if len({unit for unit, _ in numbers}) > 1:
            units = " and ".join(sorted({unit for unit, _ in numbers}))
            sentence = f"the term {form.name} and its range are not of one unit, but of {units}"
            self._problem("T211", sentence, span, "write all three in the unit of the term")
        elif not numbers[0][1] <= numbers[1][1] <= numbers[2][1]:
            mend = "write the range from the lowest value to the highest, so that it takes the value in"
            self._problem("T212", f"the term {form.name} lies outside its own range", span, mend)

    def _value(self, form: TermForm, node: block.Value) -> Value | None:
        """A value of a form's type. Problems: T220 it is misspelt or of another type; T221 unknown party or choice."""
        if form.type in _NEVER_EMPTY and not _items(node):
            mend = "name at least one, or leave the term out"
            self._problem("T220", f"{form.name}: the list is empty", node.span, mend)
            return None
        try:
            match form.type:
                case "effects":
                    effects = (self._effect(item) for item in _items(node))
                    return tuple[Effect, ...](effect for effect in effects if effect is not None)
                case "milestones":
                    milestones = (self._milestone(item) for item in _items(node))
                    return tuple[Milestone, ...](milestone for milestone in milestones if milestone is not None)
                case "carve-outs":
                    carve_outs = (self._carve_out(item) for item in _items(node))
                    return tuple[CarveOut, ...](carve_out for carve_out in carve_outs if carve_out is not None)
                case "groups":
                    found = [(each, group(form, each, self._term, self.problems)) for each in _items(node)]
                    parts = tuple(Term(form.name, t, "", span=each.span) for each, t in found if t is not None)
                    return parts if len(parts) == len(found) else None
                case "settlements":
                    return self._settlements(node)
                case "names" | "clauses":
                    return tuple(literal.parse_word(_text(item)) for item in _items(node))
                case _:
                    return self._scalar_value(form, node)
        except Misspelt as wrong:
            self._misspelt(form.name, form.type, node, wrong)
            return None

    def _misspelt(self, name: str, type: TermType, node: block.Value, wrong: Misspelt) -> None:
        span = _inside(node)
        if 0 < wrong.at < span.length:
            span = replace(span, column=span.column + wrong.at, length=1)
        mend = _bracketed(type, node) or wrong.mend or _WRITTEN.get(type, "write one value")
        self._problem("T220", f"{name}: {wrong.sentence}", span if wrong.at else node.span, mend)

    def _part(self, type: TermType, entry: block.Entry) -> Any:
        """A part of a value that has several, such as the amount of a milestone; None where it is misspelt."""
        try:
            return self._scalar_value(TermForm(entry.key, type), entry.value)
        except Misspelt as wrong:
            self._misspelt(entry.key, type, entry.value, wrong)
            return None

    def _scalar_value(self, form: TermForm, node: block.Value) -> Value | None:
        if not isinstance(node, Scalar):
            what = "a list" if isinstance(node, Listing) else "a mapping"
            raise Misspelt(f"one value is needed, and here stands {what}")
        text = node.text.strip()
        if form.type in ("party", "choice", "every"):
            known = {"party": tuple(self.parties), "every": ("month", "quarter", "year")}.get(form.type, form.choices)
            if text not in known:
                what = {"party": "no party of this agreement", "every": "no period"}.get(form.type, f"no {form.name}")
                self._problem("T221", f"“{text}” is {what}", node.span, did_you_mean(text, known) or _NO_PARTY)
                return None
            return text
        if form.type == "formula":
            return parse_formula(text, _inside(node))
        if form.type == "rounding" and form.choices:
            return literal.parse_rounding(text, form.choices)
        value = _SCALARS[form.type](text)
        if isinstance(value, Quantity) and value.unit.kind == "money" and value.value < 0:
            raise Misspelt(f"{text} is negative, and no amount here may be", mend="write the amount without its sign")
        return cast(Value, value)

    def _effect(self, node: block.Value) -> Effect | None:
        """One effect. Problems: T222 it is none of the closed set."""
        verbs = ("end", "suspend", "resume", "set", "prohibit")
        entries = node.entries if isinstance(node, block.Mapping) else {}
        verb = next((v for v in verbs if v in entries), None)
        if verb is None:
            self._problem(
                "T222", "an effect is one of end, suspend, resume, set, prohibit", node.span, "write {end: CLAUSE}"
            )
            return None
        target = _text(entries[verb].value)
        beside = {"prohibit": ("asset",), "set": ("to",)}.get(verb, ())
        for key, entry in entries.items():
            if key not in (verb, *beside):
                mend = cut_amount([key]) or did_you_mean(key, beside) if beside else f"write {{{verb}: CLAUSE}} alone"
                self._problem("T222", f"beside {verb} stands no {key} in an effect", entry.key_span, mend)
        if verb == "prohibit":
            scope = self._part("scope", entries["asset"]) if "asset" in entries else literal.parse_scope("everything")
            return Effect("prohibit", target, scope=scope, span=node.span) if scope is not None else None
        if verb != "set":
            return Effect(cast(Any, verb), target, span=node.span)
        clause, dot, term = target.rpartition(".")
        form = next((f for family in self.families.values() if (f := family.form(term)) is not None), None)
        if not dot or "to" not in entries or form is None:
            what = f", and no family has a term {term}" if dot and form is None else ""
            mend = "write {set: CLAUSE.TERM, to: VALUE}"
            self._problem("T222", f"an effect sets a term to a value{what}", node.span, mend)
            return None
        value = self._value(form, entries["to"].value)
        return Effect("set", clause, term, value, span=node.span) if value is not None else None

    def _milestone(self, node: block.Value) -> Milestone | None:
        entries = node.entries if isinstance(node, block.Mapping) else {}
        if set(entries) not in ({"by", "amount"}, {"by", "quantity"}):
            sentence = f"a milestone has by and amount, and here stands {' and '.join(entries) or 'neither'}"
            mend = "write {by: DATE, amount: MONEY}, or {by: DATE, quantity: COUNT}"
            self._problem("T223", sentence, node.span, cut_amount(entries) or mend)
            return None
        much, type = ("amount", "money") if "amount" in entries else ("quantity", "count")
        by, amount = self._part("date", entries["by"]), self._part(type, entries[much])
        if by is None or amount is None:
            return None
        return Milestone(by, amount, _text(entries[much].value), node.span)

    def _carve_out(self, node: block.Value) -> CarveOut | None:
        entries = node.entries if isinstance(node, block.Mapping) else {}
        if set(entries) != {"asset", "upon"}:
            self._problem(
                "T223",
                "a carve-out has an asset and what it waits for",
                node.span,
                "write {asset: NAME, upon: closing}",
            )
            return None
        asset, upon = self._part("name", entries["asset"]), _text(entries["upon"].value)
        if upon != "closing":
            sentence = f"a carve-out waits for a closing, and here stands “{upon}”"
            self._problem("T223", sentence, entries["upon"].value.span, "write upon: closing")
            return None
        return CarveOut(asset, upon, node.span) if asset is not None else None

    def _settlements(self, node: block.Value) -> tuple[str, ...]:
        if not isinstance(node, block.Mapping):
            raise Misspelt("questions with their readings are needed", mend="write {clause.term: reading}")
        return tuple(f"{key}={_text(entry.value)}" for key, entry in node.entries.items())


def _inside(node: block.Value) -> Span:
    """The place of a value's text: within its quotation marks, where it has any."""
    span = node.span
    quoted = (
        isinstance(node, Scalar) and node.quoted and span.source.line(span.line)[span.column - 1 : span.column] in "'\""
    )
    return replace(span, column=span.column + 1, length=max(1, span.length - 2)) if quoted else span


def _bracketed(type: TermType, node: block.Value) -> str:
    """The mend for names that stand in a row without the brackets of a list; empty for anything else."""
    text = _text(node) if isinstance(node, Scalar) and type in ("names", "clauses") else ""
    return f"write them as a list: [{', '.join(text.replace(',', ' ').split())}]" if "," in text else ""


def _items(node: block.Value) -> tuple[block.Value, ...]:
    return node.items if isinstance(node, Listing) else (node,)


def _text(node: block.Value) -> str:
    if isinstance(node, Scalar):
        return node.text.strip()
    if isinstance(node, Listing):
        return ", ".join(_text(item) for item in node.items)
    return ", ".join(f"{key}: {_text(entry.value)}" for key, entry in node.entries.items())
