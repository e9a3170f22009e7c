"""The text in force on a day as one document: the base, with its amendments woven in.

Knows sections, blocks and which text of a clause stands. Does not know files, events or what a term means.

A clause that was replaced is taken, heading, prose and terms, from the document that stands last, in its old place;
what was repealed is left out; what was added follows in the order of the documents. Words that point to what is gone
are kept valid: a definition is carried over, a heading stays behind, a dead reference is taken out of the terms.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from adidem.kernel.agreement import Agreement
from adidem.kernel.family import Family
from adidem.kernel.period import show_day
from adidem.text import block
from adidem.text.block import Scalar
from adidem.text.document import Document, Section
from adidem.text.front import front_length, merged_front
from adidem.text.prune import pruned
from adidem.text.write import write_mapping

_ATX = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_ID = re.compile(r"[ \t]*\{[^{}]*#[^{}]*\}[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_CARRIED = "definitions-carried-over"


@dataclass(frozen=True, slots=True)
class _Part:
    """A section of the new text: its heading, the lines below it, and what these define and point to."""

    document: Document
    identifier: str
    title: str
    level: int
    lines: tuple[str, ...]
    is_clause: bool = False
    defines: frozenset[str] = frozenset()
    terms: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()


def consolidate(texts: Sequence[Document], agreement: Agreement, families: Mapping[str, Family], day: int) -> str:
    """The text in force on a day, of an agreement without problems whose base has taken effect by then."""
    order = {document.name: n for n, document in enumerate(agreement.documents) if document.effective <= day}
    base = next(text for text in texts if not text.amends_title)
    amending = [text for text in texts if text.amends_title and text.source.name in order]
    later = sorted(amending, key=lambda text: order[text.source.name])
    weaving = _Weaving(agreement, families, day, [base, *later])
    parts = _defined_once(weaving.parts())
    parts += weaving.stubs(parts)
    parts += _carried(parts, texts)
    lines = base.source.text.splitlines()
    first = base.sections[0].span.line if base.sections else len(lines) + 1
    preamble = [_said(base, later, day), "", *lines[front_length(lines) : first - 1]]
    body = [line for part in _levelled(parts) for line in _written(part)]
    return "\n".join([*merged_front(base, later), *_spaced(["", *preamble]), *body]).rstrip() + "\n"


class _Weaving:
    """The base and its amendments on the way to one list of sections."""

    def __init__(self, agreement: Agreement, families: Mapping[str, Family], day: int, texts: list[Document]):
        self.families, self.texts = families, texts
        self.standing = {clause.id: clause for clause in agreement.standing(day)}
        self.clauses = {(c.document.name, c.span.line): c for c in agreement.clauses}
        self.sections = {(t.source.name, s.span.line): (t, s) for t in texts for s in t.sections}
        self.questions = {
            f"{c.id}.{term.name}" for c in self.standing.values() for term in c.terms.values() if term.readings
        }
        self.taken: set[str] = set()
        self.renamed: dict[tuple[str, str], str] = {}

    def parts(self) -> list[_Part]:
        """The sections of the text in force, in order."""
        parts = [part for text in self.texts for section in text.sections if (part := self._part(text, section))]
        return [self._referring(part) for part in parts]

    def _part(self, text: Document, section: Section) -> _Part | None:
        clause = self.clauses.get((text.source.name, section.span.line))
        if clause is None:
            signing = section.block is not None and not text.amends_title and _word(section, "family") == "document"
            if section.block is not None and not signing:
                return None
            return self._made(text, section, self._free(text, section.identifier), _level(text, section))
        standing = self.standing.get(clause.id)
        if standing is None or clause.id in self.taken:
            return None
        level = _level(text, section)
        text, section = self.sections[standing.document.name, standing.span.line]
        if self._idle(section):
            return None
        self.taken.add(clause.id)
        return self._made(text, section, clause.id, level)

    def _idle(self, section: Section) -> bool:
        """Whether a clarification speaks only of questions that are gone."""
        entries = section.block.entries if section.block is not None else {}
        if _word(section, "family") != "clarification":
            return False
        values = [entries[key].value for key in ("settles", "favours") if key in entries]
        return not any(q in self.questions for v in values if isinstance(v, block.Mapping) for q in v.entries)

    def _free(self, text: Document, identifier: str) -> str:
        """An identifier that no clause in force and no earlier section has."""
        number, free = 1, identifier
        while identifier and (free in self.taken or (text.amends_title and free in self.standing)):
            number += 1
            free = f"{identifier}-{number}"
        self.taken.add(free)
        return free

    def _made(self, text: Document, section: Section, identifier: str, level: int) -> _Part:
        if identifier != section.identifier:
            self.renamed[text.source.name, section.identifier] = identifier
        named = {
            kind: frozenset(d.argument for d in section.directives if d.name == kind) for kind in ("def", "term", "ref")
        }
        return _Part(
            text,
            identifier,
            _title(text, section),
            level,
            tuple(self._body(text, section)),
            section.block is not None,
            named["def"],
            named["term"],
            named["ref"],
        )

    def _body(self, text: Document, section: Section) -> Iterator[str]:
        """The lines below a heading; of the terms, without what is gone and what an amendment says of its own doing."""
        lines = text.source.text.splitlines()
        start = section.span.line
        if not _ATX.match(lines[start - 1]) and start < len(lines) and _UNDERLINE.match(lines[start]):
            start += 1
        end = max(start, section.last_line)
        terms = section.block
        if terms is None:
            yield from lines[start:end]
            return
        opening = next(n for n in range(terms.span.line - 1, -1, -1) if lines[n].strip("`~ \t") == "terms")
        fence = lines[opening].strip().removesuffix("terms").strip()
        closing = next(n for n in range(opening + 1, end) if lines[n].strip().startswith(fence))
        yield from lines[start : opening + 1]
        family = self.families.get(_word(section, "family"))
        kept = pruned(terms, family, {*self.standing, "agreement"}, self.questions)
        mark = terms.entries.get("replaces")
        own_line = mark is None or re.match(r"replaces\s*:\s*[^\s{\[|>]+\s*(#.*)?$", lines[mark.key_span.line - 1])
        if kept is terms and own_line:
            gone = mark.key_span.line - 1 if mark is not None else -1
            yield from (line for n, line in enumerate(lines[opening + 1 : closing], opening + 1) if n != gone)
        else:
            yield from write_mapping(replace(kept, entries={k: e for k, e in kept.entries.items() if k != "replaces"}))
        yield from lines[closing:end]

    def _referring(self, part: _Part) -> _Part:
        """References within a document follow the sections that had to take another name."""
        lines, references = part.lines, set(part.references)
        for (name, old), new in self.renamed.items():
            if name == part.document.source.name and old in references:
                mark = _directive("ref", old)
                lines = tuple(mark.sub(f"{{{{ref: {new}", line) for line in lines)
                references = (references - {old}) | {new}
        return replace(part, lines=lines, references=frozenset(references))

    def stubs(self, parts: list[_Part]) -> list[_Part]:
        """A heading without terms for each section that is gone and still referred to."""
        there = {part.identifier for part in parts}
        out: list[_Part] = []
        for name in sorted({name for part in parts for name in part.references} - there):
            found = next(((t, s) for t in reversed(self.texts) for s in t.sections if s.identifier == name), None)
            if found is not None:
                text, section = found
                lines = ("This clause is no longer in force.",)
                out.append(_Part(text, name, _title(text, section), 1, lines))
        return out


def _word(section: Section, key: str) -> str:
    entry = section.block.entries.get(key) if section.block is not None else None
    return entry.value.text.strip() if entry is not None and isinstance(entry.value, Scalar) else ""


def _heading(text: Document, section: Section) -> str:
    return text.source.text.splitlines()[section.span.line - 1]


def _title(text: Document, section: Section) -> str:
    raw = _heading(text, section)
    found = _ATX.match(raw)
    return _ID.sub("", found[1] if found else raw).strip()


def _level(text: Document, section: Section) -> int:
    bare = _heading(text, section).lstrip(" ")
    if bare.startswith("#"):
        return len(bare) - len(bare.lstrip("#"))
    return 2 if text.source.text.splitlines()[section.span.line].strip().startswith("-") else 1


def _directive(kind: str, argument: str) -> re.Pattern[str]:
    return re.compile(r"\{\{\s*" + kind + r":\s*" + re.escape(argument) + r"(?=[\s,}])")


def _said(base: Document, later: list[Document], day: int) -> str:
    """The first passage: what the text is made of."""
    names = [f"{text.title} ({text.source.name})" for text in (base, *later)]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"Consolidated text as of {show_day(day)}, made from {listed}. The documents themselves go before it."


def _spaced(lines: Iterable[str]) -> list[str]:
    """With one blank line where there are several, and one at the end."""
    out: list[str] = []
    fenced = False
    for line in [*lines, ""]:
        if line.strip().startswith(("```", "~~~")):
            fenced = not fenced
        if fenced or line.strip() or not out or out[-1].strip():
            out.append(line)
    return out


def _levelled(parts: Iterable[_Part]) -> Iterator[_Part]:
    """No heading passes over a level."""
    before = 0
    for part in parts:
        before = min(part.level, before + 1)
        yield replace(part, level=before)


def _written(part: _Part) -> list[str]:
    name = f" {{#{part.identifier}}}" if part.identifier else ""
    return [f"{'#' * part.level} {part.title}{name}", *_spaced(["", *part.lines])]


def _defined_once(parts: list[_Part]) -> list[_Part]:
    """Of a term that is defined twice the later definition stands; in a clause the earlier one becomes a use of it."""
    out: list[_Part] = []
    later: frozenset[str] = frozenset()
    for part in reversed(parts):
        for term in sorted(part.defines & later):
            part = replace(part, lines=_undefined(part, term), defines=part.defines - {term})
        later |= part.defines
        out.append(part)
    return out[::-1]


def _undefined(part: _Part, term: str) -> tuple[str, ...]:
    mark = _directive("def", term)
    if part.is_clause:
        return tuple(mark.sub(f"{{{{term: {term}", line) for line in part.lines)
    kept = [passage for passage in _passages(part.lines) if not any(mark.search(line) for line in passage)]
    return tuple(line for passage in kept for line in ("", *passage))


def _passages(lines: Iterable[str]) -> list[list[str]]:
    out: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            out[-1].append(line)
        elif out[-1]:
            out.append([])
    return [passage for passage in out if passage]


def _carried(parts: list[_Part], texts: Sequence[Document]) -> list[_Part]:
    """A section with the definitions that stood in what is gone, and are still used."""
    there = {term for part in parts for term in part.defines}
    missing = {term for part in parts for term in part.terms} - there
    lines: list[str] = []
    while missing:
        term = min(missing)
        there.add(term)
        passage = _definition(texts, term)
        lines += ["", *passage]
        used = {found[1] for line in passage for found in re.finditer(r"\{\{\s*term:\s*([^\s,}]+)", line)}
        missing = (missing | used) - there
    return [_Part(texts[0], _CARRIED, "Definitions carried over", 1, tuple(lines))] if lines else []


def _definition(texts: Sequence[Document], term: str) -> list[str]:
    """The passage that defines a term, in the last document that has one."""
    mark = _directive("def", term)
    for text in reversed(texts):
        for section in text.sections:
            if any(d.name == "def" and d.argument == term for d in section.directives):
                lines = text.source.text.splitlines()[section.span.line : section.last_line]
                return next((p for p in _passages(lines) if any(mark.search(line) for line in p)), list[str]())
    return []
