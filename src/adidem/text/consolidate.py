"""The text in force on a day as one document: the base, with its amendments woven in.

Knows sections, blocks and which text of a clause stands. Does not know files, events or what a term means.

A clause that was replaced is taken, heading, prose and terms, from the document that stands last, in its old place; what was
repealed is left out; what was added follows in the order of the documents. Words that point to what is gone are kept valid: a
definition is carried over, a heading stays behind, a dead reference is taken out of the terms.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from adidem.kernel.agreement import Agreement, Clause
from adidem.kernel.period import show_day
from adidem.text.block import Mapping
from adidem.text.document import Document, Section
from adidem.text.front import merged_front
from adidem.text.rewrite import without
from adidem.text.write import write_block

_ATX = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_ID = re.compile(r"[ \t]*\{[^{}]*#[^{}]*\}[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_DEFINED = "definitions-carried-over"


@dataclass(frozen=True, slots=True)
class _Part:
    """A section of the new text: where it comes from, its identifier and level, and its lines below the heading."""

    document: Document
    section: Section
    identifier: str
    level: int
    lines: tuple[str, ...]

    def defines(self) -> set[str]:
        """The terms that its words define."""
        return _named(self.section, "def")


def consolidate(texts: Sequence[Document], agreement: Agreement, day: int) -> str:
    """The text in force on a day, of an agreement without problems whose base has taken effect by then."""
    order = {document.name: n for n, document in enumerate(agreement.documents) if document.effective <= day}
    base = next(text for text in texts if not text.amends_title)
    later = sorted((t for t in texts if t.amends_title and t.source.name in order), key=lambda t: order[t.source.name])
    weaving = _Weaving(agreement, day, [base, *later])
    parts = weaving.parts()
    parts = _defined_once(parts)
    parts += weaving.stubs(parts)
    parts += _carried(parts, texts)
    lines = base.source.text.splitlines()
    first = base.sections[0].span.line if base.sections else len(lines) + 1
    front = merged_front(base, later)
    preamble = lines[_front_length(lines) : first - 1]
    body = [line for part in _levelled(parts) for line in _written(part)]
    return "\n".join([*front, *_stripped(["", *_said(agreement, base, later, day), "", *preamble]), *body]).rstrip() + "\n"


@dataclass
class _Weaving:
    """The base and its amendments on the way to one list of sections."""

    agreement: Agreement
    day: int
    texts: list[Document]

    def __post_init__(self) -> None:
        self.standing = {clause.id: clause for clause in self.agreement.standing(self.day)}
        self.sections = {(t.source.name, s.span.line): (t, s) for t in self.texts for s in t.sections}
        self.clauses = {(c.document.name, c.span.line): c for c in self.agreement.clauses}
        self.questions = {
            f"{clause.id}.{term.name}" for clause in self.standing.values() for term in clause.terms.values() if term.readings
        }
        self.emitted: dict[str, str] = {}
        self.taken: set[str] = set()
        self.renamed: dict[tuple[str, str], str] = {}

    def parts(self) -> list[_Part]:
        """The sections of the text in force, in order."""
        found: list[_Part] = []
        for text in self.texts:
            for section in text.sections:
                part = self._part(text, section)
                if part is not None:
                    found.append(part)
        return [self._referring(part) for part in found]

    def _part(self, text: Document, section: Section) -> _Part | None:
        clause = self.clauses.get((text.source.name, section.span.line))
        if clause is None:
            if section.block is None or (not text.amends_title and _family(section.block) == "document"):
                return self._made(text, section, self._free(text, section.identifier), section)
            return None
        standing = self.standing.get(clause.id)
        if standing is None or clause.id in self.emitted:
            return None
        text, taken = self.sections[standing.document.name, standing.span.line]
        if _idle(taken.block, self.questions):
            return None
        self.emitted[clause.id] = taken.identifier
        self.taken.add(clause.id)
        return self._made(text, taken, clause.id, section)

    def _made(self, text: Document, section: Section, identifier: str, at: Section) -> _Part:
        if section.identifier and identifier != section.identifier:
            self.renamed[text.source.name, section.identifier] = identifier
        return _Part(text, section, identifier, _level(_heading(text, at)), tuple(self._body(text, section)))

    def _free(self, text: Document, identifier: str) -> str:
        """An identifier that no clause in force and no earlier section has."""
        number, free = 1, identifier
        while identifier and free in (self.taken | (set(self.standing) if text.amends_title else set())):
            number += 1
            free = f"{identifier}-{number}"
        self.taken.add(free)
        return free

    def _body(self, text: Document, section: Section) -> Iterator[str]:
        """The lines below a heading; of the terms, without what an amendment says of its own doing."""
        lines = text.source.text.splitlines()
        start = section.span.line
        if start < len(lines) and not _ATX.match(lines[start - 1]) and _UNDERLINE.match(lines[start]):
            start += 1
        body = lines[start : max(start, section.last_line)]
        block = section.block
        if block is None:
            yield from body
            return
        changed = without(block, set(self.standing) | {"agreement"}, self.questions)
        if changed == block:
            yield from body
            return
        opening = _fence(lines, start, block.span.line)
        closing = next(n for n in range(block.span.line, len(lines)) if lines[n].strip("`~ \t") == "" and lines[n].strip())
        yield from lines[start : opening + 1]
        yield from write_block(changed, lines[opening + 1 : closing], opening + 2)
        yield from lines[closing : max(start, section.last_line)]

    def _referring(self, part: _Part) -> _Part:
        """References within a document follow the sections that had to take another name."""
        names = {old: new for (name, old), new in self.renamed.items() if name == part.document.source.name}
        lines = part.lines
        for old, new in names.items():
            mark = re.compile(r"(\{\{\s*ref:\s*)" + re.escape(old) + r"(?=[\s,}])")
            lines = tuple(mark.sub(rf"\g<1>{new}", line) for line in lines)
        return replace(part, lines=lines)

    def stubs(self, parts: list[_Part]) -> list[_Part]:
        """A heading without terms for each section that is gone and still referred to."""
        there = {part.identifier for part in parts}
        out: list[_Part] = []
        for part in parts:
            for name in sorted(_named(part.section, "ref") - there):
                name = self.renamed.get((part.document.source.name, name), name)
                if name in there:
                    continue
                section = next((s for t in reversed(self.texts) for s in t.sections if s.identifier == name), None)
                if section is not None:
                    there.add(name)
                    text = next(t for t in self.texts if section in t.sections)
                    bare = replace(section, block=None, directives=())
                    out.append(_Part(text, bare, name, 1, ("", "This clause is no longer in force.", "")))
        return out


def _family(block: Mapping) -> str:
    entry = block.entries.get("family")
    return getattr(entry.value, "text", "") if entry is not None else ""


def _idle(block: Mapping | None, questions: set[str]) -> bool:
    """Whether a clarification speaks only of questions that are gone."""
    if block is None or _family(block) != "clarification":
        return False
    values = [block.entries[key].value for key in ("settles", "favours") if key in block.entries]
    asked = [key for value in values if isinstance(value, Mapping) for key in value.entries]
    return bool(asked) and not any(key in questions for key in asked)


def _named(section: Section, directive: str) -> set[str]:
    return {each.argument for each in section.directives if each.name == directive}


def _heading(text: Document, section: Section) -> str:
    return text.source.line(section.span.line)


def _level(heading: str) -> int:
    bare = heading.lstrip(" ")
    return len(bare) - len(bare.lstrip("#")) or 1


def _fence(lines: list[str], start: int, block_line: int) -> int:
    """The index of the line that opens the terms block."""
    return next(n for n in range(block_line - 1, start - 1, -1) if lines[n].strip("`~ \t") == "terms")


def _front_length(lines: list[str]) -> int:
    return next(n for n, line in enumerate(lines[1:], 1) if line.rstrip(" \t") == "---") + 1


def _said(agreement: Agreement, base: Document, later: list[Document], day: int) -> list[str]:
    """The first passage: what the text is made of."""
    names = [f"{text.title} ({text.source.name})" for text in (base, *later)]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return [f"Consolidated text as of {show_day(day)}, made from {listed}. The documents themselves go before it."]


def _stripped(lines: list[str]) -> list[str]:
    """Without a blank line doubled, and with one at the end."""
    out: list[str] = []
    for line in [*lines, ""]:
        if line.strip() or (not out or out[-1].strip()):
            out.append(line)
    return out


def _levelled(parts: Iterable[_Part]) -> Iterator[_Part]:
    """No heading passes over a level."""
    before = 0
    for part in parts:
        before = min(part.level, before + 1)
        yield replace(part, level=before)


def _written(part: _Part) -> list[str]:
    raw = _heading(part.document, part.section)
    found = _ATX.match(raw)
    title = _ID.sub("", found[1] if found else raw).strip()
    name = f" {{#{part.identifier}}}" if part.identifier else ""
    return [f"{'#' * part.level} {title}{name}", *_stripped(["", *part.lines])]


def _defined_once(parts: list[_Part]) -> list[_Part]:
    """Of a term that is defined twice the later definition stands; in a clause the earlier one becomes a use of it."""
    out: list[_Part] = []
    later: set[str] = set()
    for part in reversed(parts):
        for term in sorted(part.defines() & later):
            part = replace(part, lines=_undefined(part, term))
        later |= part.defines()
        out.append(part)
    return list(reversed(out))


def _undefined(part: _Part, term: str) -> tuple[str, ...]:
    mark = re.compile(r"\{\{\s*def:\s*" + re.escape(term) + r"(?=[\s,}])")
    if part.section.block is not None:
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
    there = {term for part in parts for term in part.defines()}
    missing = {term for part in parts for term in _named(part.section, "term")} - there
    lines: list[str] = []
    home: tuple[Document, Section] | None = None
    while missing:
        term = min(missing)
        missing.discard(term)
        there.add(term)
        found = _definition(texts, term)
        if found is None:
            continue
        text, section, passage = found
        home = home or (text, section)
        lines += ["", *passage]
        used = {m for line in passage for m in re.findall(r"\{\{\s*term:\s*([^\s,}]+)", line)}
        missing |= used - there
    if home is None:
        return []
    section = replace(home[1], block=None, directives=())
    return [_Titled(home[0], section, _DEFINED, 1, tuple(lines))]


class _Titled(_Part):
    """A section that stands in no document."""


def _definition(texts: Sequence[Document], term: str) -> tuple[Document, Section, list[str]] | None:
    mark = re.compile(r"\{\{\s*def:\s*" + re.escape(term) + r"(?=[\s,}])")
    for text in reversed(texts):
        for section in text.sections:
            if term in _named(section, "def"):
                lines = text.source.text.splitlines()[section.span.line : section.last_line]
                passage = next((p for p in _passages(lines) if any(mark.search(line) for line in p)), None)
                if passage is not None:
                    return text, section, passage
    return None
