"""A LegalDown document read: front matter, sections with their terms, prose and directives, each with its place.

Knows headings, identifiers, parties and where a terms block belongs. Does not know clause families, what a term means,
or other documents: an amendment is read like any document and says only what it amends.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.source import Source, Span
from adidem.text.block import Listing, Mapping, Scalar, Value, read_block
from adidem.text.guard import MAX_ALIKE, Survey, capped, guard, survey_lines
from adidem.text.naming import named_after

if TYPE_CHECKING:
    import legaldown


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive of the prose, such as `{{money: 5000, currency=USD}}`: money, 5000, and the currency."""

    name: str
    argument: str
    parameters: dict[str, str]
    span: Span


@dataclass(frozen=True, slots=True)
class PartyEntry:
    """A party as the front matter names it."""

    name: str
    label: str
    legal_name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it, up to the next heading.

    `path` is the numbered headings from the outermost down; `span` is the heading's; `last_line` is the last of what
    stands below it, which is the heading's own where nothing does.
    """

    identifier: str
    title: str
    path: str
    span: Span
    block: Mapping | None
    directives: tuple[Directive, ...]
    last_line: int


@dataclass(frozen=True, slots=True)
class Document:
    """One document. `amends_title` is empty unless it is an amendment."""

    source: Source
    title: str
    language: str
    parties: dict[str, PartyEntry]
    effective_date: str
    amends_title: str
    sections: tuple[Section, ...]


def read_document(source: Source) -> tuple[Document | None, list[Problem]]:
    """The document that the source holds, and all that is wrong with it; no document where reading had to stop.

    Problems  all of `guard` and `read_block`; T013 unknown key of the front matter, T014 front matter unreadable,
              T031 to T034 a terms block in the wrong place, T036 an identifier given twice,
              T101 to T106 what the validator finds, T190 its failure
    """
    problems = guard(source)
    if _must_stop(problems):
        return None, problems
    survey = survey_lines(source.text)
    if _must_stop(problems, survey.front):
        return None, problems
    front, found = _front_matter(source, survey)
    problems += found
    if front is None:
        return None, capped(problems)
    # Importing the parser takes a tenth of a second, which a command that reads no document should not pay.
    import legaldown

    try:
        parsed = legaldown.parse(source.text, filename=source.name)
        result = legaldown.validate(parsed)
        layout = parsed.layout()
    except legaldown.FrontmatterError as error:
        mend = "write the front matter as lines of key: value"
        sentence = f"the front matter cannot be read: {' '.join(str(error).split())[:200]}"
        return None, capped([*problems, Problem("T014", sentence, Span(source, error.line or 1), mend)])
    except Exception as error:
        # Another house's parser: whatever it raises on some text is a fact about that text, never a traceback.
        return None, capped([*problems, _failure(source, f"{type(error).__name__}: {str(error)[:200]}")])
    if layout is None:
        return None, capped([*problems, _failure(source, "it lost its place")])
    reader = _Reader(source, survey, parsed, layout)
    sections = reader.sections([entry.number for entry in result.index.sections])
    problems += reader.problems
    # What is said already of a line in our own words is not said again in the validator's.
    told = {problem.span.line for problem in problems if problem.span}
    starts = [section.span.line for section in sections]
    for each in result.diagnostics:
        if each.level in ("error", "warning") and (each.line or 1) not in told:
            below = bisect_right(starts, each.line or 1)
            problems.append(_diagnosed(source, survey.lines, each, sections[below - 1].path if below else ""))
    meta = parsed.metadata
    amends = meta.amends
    document = Document(
        source=source,
        title=meta.title,
        language=meta.language,
        parties=_parties(source, parsed, front),
        effective_date=meta.effective_date,
        amends_title=amends.title if amends else "",
        sections=sections,
    )
    return document, _without_doubles(problems)


# What guard finds and reading may go on after: the place is known, and no parser suffers from it.
_HARMLESS = frozenset({"T023", "T030", "T035", "T040", "T041", "T042", "T049"})

_KNOWN_KEYS = frozenset(
    (
        *("title", "subtitle", "version", "document_type", "effective_date", "field_types", "governing_law"),
        *("language", "include_signatures", "tags", "sides", "translations", "authoritative", "adopted_by"),
        *("adoption_date", "supersedes", "amends", "attachments", "questions", "legaldown"),
    )
)


def _must_stop(problems: list[Problem], front: int = 0) -> bool:
    """Whether what guard found keeps the text from every parser."""
    unclosed = sum(problem.code == "T023" for problem in problems)
    return unclosed >= MAX_ALIKE or any(
        problem.code not in _HARMLESS or (problem.span is not None and problem.span.line <= front)
        for problem in problems
    )


# The validator's rules by the beginning of their names; the first that fits says the code and what to do.
_RULES = (
    (
        "anchor heading",
        "T101",
        "write the heading as # Title {#identifier}, each identifier once, no level passed over",
    ),
    ("ref term def amend attach insertion", "T102", "name something that this document defines, or define it"),
    ("party-unknown side-unknown", "T102", "name a party or a side of the front matter"),
    (
        "date money duration field-type-missing directive value note placeholder field-type-undeclared "
        "party-name-malformed side-name-malformed brace",
        "T103",
        "write the directive as {{name: value, key=value}}, with a value of its kind",
    ),
    ("question condition choose template drafting", "T105", "settle the template's question before the text is agreed"),
    ("raw-html", "T106", "write it as Markdown, without HTML"),
    ("", "T104", "mend that key of the front matter"),
)


def _diagnosed(source: Source, lines: list[str], diagnostic: Any, heading: str) -> Problem:
    """The validator's finding as a problem; a warning is an open point. It names a line, and we find the column by the
    longest thing that it quotes from there."""
    line = min(max(1, diagnostic.line or 1), len(lines))
    text = lines[line - 1]
    opener = f"{{{{{diagnostic.rule.partition('-')[0]}:"
    quoted = sorted((each.removesuffix("}}") for each in re.findall(r"'(.+?)'", diagnostic.message)), key=len)
    at, words = len(text) - len(text.lstrip()), text.strip()
    for each in [*reversed(quoted), opener]:
        match = re.search(rf"(?<!\w){re.escape(each)}(?!\w)" if each != opener else re.escape(each), text)
        if match:
            at, words = match.start(), each
            break
    span = Span(source, line, at + 1, max(1, len(words)), heading)
    code, mend = next(
        (code, mend)
        for names, code, mend in _RULES
        if not names or any(diagnostic.rule.startswith(name) for name in names.split())
    )
    sentence = f"{' '.join(diagnostic.message.split()).rstrip('.')} ({diagnostic.rule})"
    return Problem(code, sentence, span, mend, open_point=diagnostic.level == "warning")


def _failure(source: Source, what: str) -> Problem:
    sentence = f"the LegalDown reader cannot read this document ({what})"
    return Problem("T190", sentence, Span(source, 1), "take out the part that was added last, and check again")


def _without_doubles(problems: list[Problem]) -> list[Problem]:
    seen: dict[tuple[str, str, str], Problem] = {}
    for problem in problems:
        seen.setdefault((problem.code, problem.place, problem.sentence), problem)
    return capped(seen.values())


def _front_matter(source: Source, survey: Survey) -> tuple[Mapping | None, list[Problem]]:
    text = "\n".join(survey.lines[1 : survey.front - 1])
    front, problems = read_block(source, 2, text, "front matter")
    if front is None:
        return None, [
            Problem(
                "T014",
                "the front matter holds no keys with values",
                Span(source, 1, 1, 3),
                "write title, effective_date and sides between the two lines of ---",
            )
            if problem.code in ("T044", "T048")
            else problem
            for problem in problems
        ]
    # A key left empty in the front matter counts as absent; the validator knows which may be.
    problems = [problem for problem in problems if problem.code != "T047"]
    for entry in front.entries.values():
        if entry.key not in _KNOWN_KEYS:
            sentence = f"the front matter knows no key {entry.key}, and would pass over it"
            problems.append(Problem("T013", sentence, entry.key_span, did_you_mean(entry.key, _KNOWN_KEYS)))
    return front, problems


def _parties(source: Source, parsed: "legaldown.Document", front: Mapping) -> dict[str, PartyEntry]:
    places = {name.text: name.span for name in _party_names(front)}
    parties: dict[str, PartyEntry] = {}
    for side in parsed.metadata.sides:
        for party in side.parties:
            if party.name and party.name not in parties:
                span = places.get(party.name) or Span(source, 1, 1, 3)
                parties[party.name] = PartyEntry(party.name, party.label, party.legal_name, span)
    return parties


def _party_names(front: Mapping) -> Iterator[Scalar]:
    for side in _items(front, "sides"):
        for party in _items(side, "parties"):
            name = party.entries.get("name") if isinstance(party, Mapping) else None
            if name and isinstance(name.value, Scalar):
                yield name.value


def _items(value: Value, key: str) -> tuple[Value, ...]:
    entry = value.entries.get(key) if isinstance(value, Mapping) else None
    return entry.value.items if entry and isinstance(entry.value, Listing) else ()


class _Reader:
    """Walks the parsed document beside the lines of its source."""

    def __init__(self, source: Source, survey: Survey, parsed: "legaldown.Document", layout: Any):
        self.source, self.lines, self.parsed, self.layout = source, survey.lines, parsed, layout
        self.terms = {fence.first: fence for fence in survey.fences if fence.is_terms and fence.closed}
        self.problems: list[Problem] = []

    def sections(self, numbers: list[str]) -> tuple[Section, ...]:
        """The sections in order; their terms blocks are read on the way, and those in a wrong place refused."""
        directives = self._directives()
        placed: set[int] = set()
        named: dict[str, Span] = {}
        above: list[tuple[int, str]] = []
        sections: list[Section] = []
        for block in self.layout.preamble:
            if self._is_terms(block):
                placed.add(block.start)
                sentence = "the terms block stands before the first heading, and belongs to no clause"
                mend = "put it below the prose of the clause whose terms it holds"
                self._refuse("T031", sentence, self._fence_span(block.start), mend)
        for index, (section, place) in enumerate(zip(self.parsed.sections, self.layout.sections, strict=True)):
            number = numbers[index] if index < len(numbers) else ""
            titled = section.title if section.title[:1].isdigit() else f"{number} {section.title}"
            above = [(level, name) for level, name in above if level < section.level]
            above.append((section.level, titled.strip()))
            path = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ".join(name for _, name in above)
            span = self._heading_span(place.heading.start, path)
            first = named.setdefault(section.identifier, span) if section.identifier else span
            if first is not span:
                sentence = f"the identifier {section.identifier} is given to two headings"
                self._refuse("T036", sentence, span, "give this heading another", ((first, "the first"),))
            fences = [block for block in place.blocks if self._is_terms(block)]
            placed.update(block.start for block in fences)
            sections.append(
                Section(
                    identifier=section.identifier,
                    title=section.title,
                    path=path,
                    span=span,
                    block=self._block(fences, section.identifier, section.title, span),
                    directives=tuple(self._spanned(each, path) for each in directives.get(index, ())),
                    last_line=(place.blocks[-1] if place.blocks else place.heading).end - 1,
                )
            )
        for line in sorted(self.terms):
            # One that does not begin at the margin is refused by guard already.
            if line not in placed and self.terms[line].column == 1:
                self._refuse_hidden(line)
        return tuple(sections)

    def _is_terms(self, block: Any) -> bool:
        """Whether a block of the parser's is a terms block. Where the two of us see different fences, the text is one
        that a reader could take either way, and what would silently not be run is refused."""
        fence = self.terms.get(block.start)
        if block.kind != "code":
            return False
        if fence and fence.last == block.end - 1:
            return True
        if self.lines[int(block.start) - 1].strip("`~ \t") == "terms":
            self._refuse_hidden(block.start)
        return False

    def _refuse_hidden(self, line: int) -> None:
        sentence = "the terms block stands inside raw HTML, a comment or another passage where it is not read"
        mend = "close what opens above it, and leave a blank line before it"
        self._refuse("T034", sentence, self._fence_span(line), mend)

    def _block(self, fences: list[Any], identifier: str, title: str, heading: Span) -> Mapping | None:
        if not fences:
            return None
        first = self._fence_span(fences[0].start, heading.heading)
        if not identifier:
            mend = f"write an identifier at the end of the heading: # {title} {{#{named_after(title)}}}"
            sentence = "a clause has terms, and its heading has no identifier by which to name them"
            self._refuse("T033", sentence, heading, mend, ((first, "its terms"),))
        for other in fences[1:]:
            sentence = "a second terms block stands under one heading, and a clause has one"
            mend = "put its terms into the first block, or begin a clause of its own with a heading"
            self._refuse(
                "T032", sentence, self._fence_span(other.start, heading.heading), mend, ((first, "the first"),)
            )
        fence = self.terms[fences[0].start]
        text = "\n".join(self.lines[fence.first : fence.last - 1])
        block, problems = read_block(self.source, fence.first + 1, text, heading.heading)
        self.problems += problems
        return block

    def _directives(self) -> dict[int, list[tuple[Any, int, int]]]:
        """By section, each well-formed directive with its line and column."""
        from legaldown.syntax import iter_document_directives

        found: dict[int, list[tuple[Any, int, int]]] = {}
        place, line, column = (-1, -1), 1, 0
        for location in iter_document_directives(self.parsed):
            if location.section is None:
                continue
            block = self.layout.sections[location.section].blocks[location.block]
            if place != (location.section, location.block):
                place, line, column = (location.section, location.block), block.start, 0
            line, column, length = self._search(location.directive, block, line, column)
            if not location.directive.malformed:
                found.setdefault(location.section, []).append((location.directive, line, column + 1))
            column += length
        return found

    def _search(self, directive: Any, block: Any, line: int, column: int) -> tuple[int, int, int]:
        """Where the directive stands in its block, from the given place on: as written, or else by its opener."""
        for text in (directive.source, f"{{{{{directive.name}:"):
            start = column
            for number in range(line, min(block.end, len(self.lines) + 1)):
                at = self.lines[number - 1].find(text, start) if text else -1
                if at >= 0:
                    return number, at, len(text)
                start = 0
        return line, column, 0

    def _spanned(self, found: tuple[Any, int, int], path: str) -> Directive:
        directive, line, column = found
        span = Span(self.source, line, column, max(1, len(directive.source)), path)
        return Directive(directive.name, directive.positional or "", dict(directive.params), span)

    def _heading_span(self, line: int, path: str) -> Span:
        text = self.lines[line - 1]
        title = text.lstrip(" ").lstrip("#").lstrip(" \t")
        return Span(self.source, line, len(text) - len(title) + 1, max(1, len(title.rstrip())), path)

    def _fence_span(self, line: int, path: str = "") -> Span:
        return Span(self.source, line, 1, len(self.lines[line - 1].rstrip()), path)

    def _refuse(self, code: str, sentence: str, span: Span, mend: str, see: tuple[tuple[Span, str], ...] = ()) -> None:
        self.problems.append(Problem(code, sentence, span, mend, see))
