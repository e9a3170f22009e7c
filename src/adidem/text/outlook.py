"""From the blocks of an outlook's documents to their typed terms.

Knows how assumptions are spelled: signed numbers, lists of numbers, maps, groups and delays. Does not know what an
assumption means, events, or which assumption names which.

An outlook is a document like an agreement, and a value of it has what a value of an agreement has: a basis, a source,
a range. It has no readings: what is uncertain of the future is a range, or a scenario.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from adidem.kernel import agreement
from adidem.kernel.agreement import Clause
from adidem.kernel.family import Family, TermForm
from adidem.kernel.literal import Misspelt, parse_date, parse_duration, parse_money, parse_rate
from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.quantity import LIMIT, Unit
from adidem.kernel.term import Basis, Quantity, Term, Value
from adidem.text import block
from adidem.text.block import Listing, Scalar
from adidem.text.document import Document, Section
from adidem.text.prose import unmatched
from adidem.text.terms import TermReader

_SIGNED = re.compile(r"(-?)\s*(\S.*)")
_COUNT = re.compile(r"(\d+(?:,\d{3})*(?:\.\d+)?)\s*(?:(k|m|bn)\b)?(?:\s+([A-Za-z][A-Za-z0-9 -]*))?")
_PLAIN = re.compile(r"\d+(?:\.\d+)?\s*%|\d+\s*/\s*\d+|\d+(?:\.\d+)?")
_FACTORS = {None: 1, "k": 10**3, "m": 10**6, "bn": 10**9}
_NUMBER = "write 25 %, -30 %, 1.2, USD 600 m or 900 m users"


def is_outlook(name: str) -> bool:
    """Whether a file of that name is an outlook: its stem is `outlook`, or ends in `.outlook`."""
    stem = name.rpartition("/")[2].rpartition(".")[0]
    return stem == "outlook" or stem.endswith(".outlook")


def read_assumptions(
    texts: Sequence[Document], families: Mapping[str, Family], parties: Iterable[str]
) -> tuple[list[Clause], list[Problem]]:
    """Every block of these documents as a clause of its family, in the order written, and all that is wrong with them.

    Problems: A103 unknown family; those of `TermReader`; T301 words that no term bears out.
    """
    clauses: list[Clause] = []
    problems: list[Problem] = []
    for text in texts:
        document = agreement.Document(text.source.name, text.title, text.source, 0, 0)
        for section in text.sections:
            if section.block is not None:
                clause = _clause(section, section.block, document, families, parties, problems)
                clauses += [clause] if clause is not None else []
    return clauses, problems


def _clause(
    section: Section,
    mapping: block.Mapping,
    document: agreement.Document,
    families: Mapping[str, Family],
    parties: Iterable[str],
    problems: list[Problem],
) -> Clause | None:
    entry = mapping.entries.get("family")
    name = entry.value.text.strip() if entry is not None and isinstance(entry.value, Scalar) else ""
    family = families.get(name)
    if family is None:
        sentence = f"“{name}” is no family of an outlook" if name else "the block does not say of which family it is"
        mend = did_you_mean(name, families) if name else f"add family: {' or '.join(sorted(families))}"
        problems.append(Problem("A103", sentence, entry.value.span if entry is not None else mapping.span, mend))
        return None
    reader = AssumptionReader(family, parties, families, problems)
    terms = reader.read(mapping)
    problems += unmatched(section, terms, family)
    span = replace(section.span, heading=section.path)
    return Clause(section.identifier, family.name, section.title, terms, span, document)


@dataclass
class AssumptionReader(TermReader):
    """Reads the terms of one block of an outlook, and collects what is wrong with them."""

    head: tuple[str, ...] = ("family", "source", "basis", "note")
    standing: tuple[TermForm, ...] = ()
    called: str = "block"

    def _term(self, form: TermForm, entry: block.Entry) -> Term | None:
        if form.type not in ("map", "groups"):
            return super()._term(form, entry)
        # The mapping that stands here is the value itself, and not one with `is` in it.
        value = self._value(form, entry.value)
        if value is None:
            return None
        return Term(form.name, value, "", self.basis, self.source, span=entry.key_span, note=self.note)

    def _question(
        self, form: TermForm, entry: block.Entry, node: block.Value, basis: Basis, common: dict[str, Any]
    ) -> Term | None:
        mend = "write is: VALUE with a range, or a scenario for each"
        self._problem("T207", f"an outlook has no rival readings, and {form.name} has some here", node.span, mend)
        return None

    def _value(self, form: TermForm, node: block.Value) -> Value | None:
        try:
            match form.type:
                case "map":
                    return self._map(form, node)
                case "numbers":
                    return self._numbers(form, node)
                case "number" | "value" | "delay":
                    return self._figure(form, node)
                case _:
                    return super()._value(form, node)
        except Misspelt as wrong:
            self._misspelt(form.name, form.type, node, wrong)
            return None

    def _map(self, form: TermForm, node: block.Value) -> tuple[Term, ...]:
        """The entries of a map as terms, each named by its key."""
        if not isinstance(node, block.Mapping):
            raise Misspelt("names with their values are needed", mend=f"write {form.name}: {{NAME: VALUE}}")
        found = (self._term(replace(form.parts[0], name=key), entry) for key, entry in node.entries.items())
        return tuple(term for term in found if term is not None)

    def _numbers(self, form: TermForm, node: block.Value) -> tuple[Term, ...]:
        found: list[Term] = []
        for number, item in enumerate(_items(node), 1):
            text = _scalar(item)
            found.append(
                Term(f"{form.name} {number}", parse_number(text), text, self.basis, self.source, span=item.span)
            )
        return tuple(found)

    def _figure(self, form: TermForm, node: block.Value) -> Value:
        text = _scalar(node)
        if form.type == "number":
            return parse_number(text)
        if form.type == "delay":
            soonest, to, latest = text.partition(" to ")
            ends = (("soonest", soonest), ("latest", latest if to else soonest))
            return tuple(Term(name, parse_duration(end), end.strip(), span=node.span) for name, end in ends)
        for parse in (parse_date, parse_duration):
            try:
                return parse(text)
            except Misspelt:
                pass
        return parse_number(text)


def parse_number(text: str) -> Quantity:
    """`25 %`, `-30 %`, `1.2`, `USD 600 m`, `900 m users`: a number that may be negative; a plain one is a rate."""
    if re.match(r"[A-Z]{3}\s", text):
        return parse_money(text)
    signed = _SIGNED.fullmatch(text)
    if not signed or len(text) > 100:
        raise Misspelt(f"“{text[:40]}” is no number", mend=_NUMBER)
    sign = -1 if signed[1] else 1
    if _PLAIN.fullmatch(signed[2]):
        rate = parse_rate(signed[2])
        return replace(rate, value=sign * rate.value)
    found = _COUNT.fullmatch(signed[2])
    if not found:
        raise Misspelt(f"“{text}” is no number", mend=_NUMBER)
    value = sign * Fraction(found[1].replace(",", "")) * _FACTORS[found[2]]
    if abs(value.numerator) > LIMIT or value.denominator > 10**9:
        raise Misspelt(f"“{text}” is more than can be kept exactly")
    name = (found[3] or "").strip()
    return Quantity(value.numerator, Unit("count" if name else "rate", name, value.denominator))


def _items(node: block.Value) -> tuple[block.Value, ...]:
    return node.items if isinstance(node, Listing) else (node,)


def _scalar(node: block.Value) -> str:
    if not isinstance(node, Scalar):
        raise Misspelt("one value is needed, and here stands more than one")
    return node.text.strip()
