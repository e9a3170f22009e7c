"""Bounds on a text before any parser sees it: what is too large, too deep or never closed is refused here.

Knows lines, fences, comments and openers, each read once from left to right. Does not know sections, parties or terms.

The parsers behind this door are quadratic, or worse, on a few shapes that no agreement has: lists within lists, openers
that never close, YAML that unfolds itself. Every bound here is far above what an agreement needs.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from os import fstat
from pathlib import Path

from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Source, Span
from adidem.text.block import yaml_bounds

MAX_BYTES = 8_000_000
MAX_LINES = 20_000
MAX_HEADINGS = 5_000
MAX_UNNAMED = 1_000
MAX_SAME_IDENTIFIER = 20
MAX_LINE = 20_000
MAX_FRONT_MATTER = 50_000
MAX_NESTING = 16
MAX_PASSAGE = 200_000
MAX_PASSAGE_MARKUP = 4_000
MAX_PASSAGE_RAW = 50
MAX_ALIKE = 20

# What splits or hides text: controls, line ends that only some readers count, and marks that turn the reading direction
# about, so that a line shows something else than it says.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]|\r(?!\n)"
)
_PREFIX = re.compile(r"[ \t]*(?:(?:>[ \t]*|(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t]+|$)))*")
_MARKER = re.compile(r">|[-*+]|[0-9]{1,9}[.)]")
_FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})[ \t]*(.*?)[ \t]*$")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_CODE_SPAN = re.compile(r"(?<!`)(`{1,2})(?!`)[^`]+\1(?!`)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_OPENER = re.compile(r"(?<!\\)\{\{[a-z]+:|\}\}")
_MARKUP = re.compile(r"`+|<|\{\{")
_RAW = re.compile(r"<!--|<\?|<!\[|\{\{(?![a-z]+:)")
_IDENTIFIER = re.compile(r"\{[^{}#]*#([^\s{}]+)")


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: its lines from 1 (`last` holds the closing fence), the column of the opening and its info."""

    first: int
    last: int
    column: int
    info: str
    closed: bool

    @property
    def is_terms(self) -> bool:
        """Whether the block holds terms."""
        return self.info == "terms"


@dataclass(slots=True)
class Survey:
    """What one pass over the lines finds. `front` counts the lines of the front matter, its `---` lines included."""

    lines: list[str]
    front: int = 0
    fences: list[Fence] = field(default_factory=list[Fence])
    prose: list[int] = field(default_factory=list[int])
    open_comments: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


def read_source(path: Path, name: str, most: int = MAX_BYTES, what: str = "document") -> Source:
    """The text of the file at `path`, of at most so many bytes, under the name by which its user knows it.

    Problems  T001 no such file, T002 not a file, T003 too large, T004 not UTF-8 text, T006 cannot be opened
    """
    try:
        if path.is_dir():
            raise _refuse(name, "T002", f"this is a folder, and a {what} is wanted", "name a file of the folder")
        with path.open("rb") as file:
            # What has no size of its own, such as a device, is read no further than a document may reach.
            bound = min(most, max(fstat(file.fileno()).st_size, MAX_BYTES))
            data = file.read(bound + 1)
    except FileNotFoundError:
        raise _refuse(
            name, "T001", "there is no such file", "check the name, or put the file where it is named"
        ) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise _refuse(
            name, "T006", f"the file cannot be opened: {why}", "put a file there that this user may read"
        ) from None
    if len(data) > bound:
        raise _refuse(name, "T003", f"the file is larger than {bound:,} bytes", f"divide it into several {what}s")
    plain = f"save the {what} as plain text in the encoding UTF-8"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        sentence = f"line {line} holds a byte (0x{data[error.start]:02x}) that is not UTF-8 text"
        raise _refuse(name, "T004", sentence, plain) from None
    if "\0" in text:
        raise _refuse(name, "T004", "the file is binary, and plain text is wanted", plain)
    return Source(name, text)


def guard(source: Source) -> list[Problem]:
    """Everything about the text that no parser should see, in one linear pass; empty for an ordinary document."""
    if not source.text.strip():
        mend = "write the front matter between two lines of ---, then the clauses under headings"
        return [Problem("T005", "the document is empty", Span(source, 1), mend)]
    if len(source.text) > MAX_BYTES:
        sentence = f"the document has {len(source.text):,} characters, and at most {MAX_BYTES:,} are read"
        return [Problem("T003", sentence, Span(source, 1), "divide it into several documents")]
    if problems := capped(_hidden(source)):
        # Lines cannot be counted as the reader sees them until these characters are gone.
        return problems
    survey = survey_lines(source.text)
    found = [
        *_sizes(source, survey),
        *_front_matter(source, survey),
        *_fences(source, survey),
        *_nesting(source, survey),
        *_directives(source, survey),
        *_passages(source, survey),
    ]
    for fence in survey.fences:
        if fence.is_terms and fence.closed:
            found += yaml_bounds(source, fence.first + 1, "\n".join(survey.lines[fence.first : fence.last - 1]))
    return capped(found)


def capped(problems: Iterable[Problem]) -> list[Problem]:
    """The problems by place, at most `MAX_ALIKE` of a code; the last of a code says how many more there are."""
    kept: list[Problem] = []
    counts: dict[str, int] = {}
    last: dict[str, int] = {}
    for problem in sorted(problems, key=lambda p: (p.span.line, p.span.column, p.code) if p.span else (0, 0, p.code)):
        counts[problem.code] = counts.get(problem.code, 0) + 1
        if counts[problem.code] <= MAX_ALIKE:
            last[problem.code] = len(kept)
            kept.append(problem)
    for code, count in counts.items():
        if count > MAX_ALIKE:
            problem = kept[last[code]]
            sentence = f"{problem.sentence} (and {count - MAX_ALIKE:,} more such places further down)"
            kept[last[code]] = replace(problem, sentence=sentence)
    return kept


def survey_lines(text: str) -> Survey:
    """One pass over the lines: front matter, fences, comments, and the lines of prose outside them."""
    survey = Survey(text.splitlines())
    lines = survey.lines
    if lines and lines[0].rstrip(" \t") == "---":
        closing = (n for n, line in enumerate(lines[1:], 2) if line.rstrip(" \t") == "---")
        survey.front = next(closing, 0)
    number = survey.front
    while number < len(lines):
        line = lines[number]
        number += 1
        lead = _PREFIX.match(line)
        start = lead.end() if lead else 0
        opening = _FENCE.match(line, start)
        if opening:
            fence = _fence(lines, number, start, opening)
            survey.fences.append(fence)
            number = fence.last
            continue
        survey.prose.append(number)
        number = _comment(survey, number)
    return survey


def _refuse(name: str, code: str, sentence: str, mend: str) -> ProblemError:
    return ProblemError([Problem(code, sentence, mend=mend, at=name)])


def _fence(lines: list[str], number: int, start: int, opening: re.Match[str]) -> Fence:
    """The fence that opens on line `number`. One at the margin runs to its closing or the end of the text; one within
    a list or a quote ends, unclosed, where the text leaves it."""
    sign, info = opening.group(1), opening.group(2)
    quoted = ">" in lines[number - 1][:start]
    last = number
    for index in range(number, len(lines)):
        bare = lines[index].lstrip(" \t>") if start else lines[index].lstrip(" ")
        stripped = bare.rstrip(" \t")
        if len(stripped) >= len(sign) and stripped == sign[0] * len(stripped):
            within = start or len(lines[index]) - len(bare) <= 3
            if within:
                return Fence(number, index + 1, start + 1, info, closed=True)
        indent = len(lines[index]) - len(lines[index].lstrip(" \t"))
        left = quoted and not lines[index].lstrip().startswith(">")
        if start and (left or (not quoted and stripped and indent < min(start, 2))):
            break
        last = index + 1
    return Fence(number, last, start + 1, info, closed=False)


def _comment(survey: Survey, number: int) -> int:
    """The line where the scan goes on after the comments that open on line `number`."""
    lines = survey.lines
    line = (
        _CODE_SPAN.sub(lambda span: " " * len(span.group()), lines[number - 1]) if "<!--" in lines[number - 1] else ""
    )
    at = line.find("<!--")
    while at >= 0:
        close = line.find("-->", at + 2)
        if close < 0:
            break
        at = line.find("<!--", close + 3)
    if at < 0:
        return number
    # A comment that begins a line is a block and runs on over blank lines; one within a sentence ends with its passage.
    block = not line[:at].strip() and at <= 3
    for index in range(number, len(lines)):
        if "-->" in lines[index]:
            return index + 1
        if not block and not lines[index].strip():
            survey.open_comments.append((number, at + 1))
            return index
    survey.open_comments.append((number, at + 1))
    return len(lines)


def _hidden(source: Source) -> Iterator[Problem]:
    if not _HIDDEN.search(source.text):
        return
    for number, line in enumerate(source.lines(), 1):
        for match in _HIDDEN.finditer(line):
            sentence = f"an invisible character (U+{ord(match.group()):04X}) stands in this line"
            span = Span(source, number, match.start() + 1)
            yield Problem("T021", sentence, span, "delete the character, or save the document as plain text")


def _sizes(source: Source, survey: Survey) -> Iterator[Problem]:
    if len(survey.lines) > MAX_LINES:
        sentence = f"the document has {len(survey.lines):,} lines, and at most {MAX_LINES:,} are read"
        yield Problem("T027", sentence, Span(source, MAX_LINES + 1), "divide it into several documents")
    headings, unnamed = _headings(survey)
    if len(headings) > MAX_HEADINGS:
        sentence = f"the document has {len(headings):,} headings, and at most {MAX_HEADINGS:,} are read"
        yield Problem("T027", sentence, Span(source, headings[MAX_HEADINGS]), "divide it into several documents")
    if len(unnamed) > MAX_UNNAMED:
        # The parser invents an identifier for each of these, and compares it with all others.
        sentence = f"{len(unnamed):,} headings have no identifier, and at most {MAX_UNNAMED:,} such are read"
        mend = "write an identifier at the end of each heading, as in # Revenue share {#revenue-share}"
        yield Problem("T028", sentence, Span(source, unnamed[MAX_UNNAMED]), mend)
    uses: dict[str, int] = {}
    for number in survey.prose:
        for match in _IDENTIFIER.finditer(survey.lines[number - 1]):
            uses[match.group(1)] = uses.get(match.group(1), 0) + 1
            if uses[match.group(1)] == MAX_SAME_IDENTIFIER + 1:
                sentence = f"the identifier {match.group(1)[:40]} is given more than {MAX_SAME_IDENTIFIER} times"
                span = Span(source, number, match.start(1) + 1, len(match.group(1)))
                yield Problem("T029", sentence, span, "give each heading an identifier of its own")
    for number, line in enumerate(survey.lines, 1):
        if len(line) > MAX_LINE:
            sentence = f"the line has {len(line):,} characters, and at most {MAX_LINE:,} are read"
            yield Problem("T020", sentence, Span(source, number, MAX_LINE + 1), "break the line into several")


def _headings(survey: Survey) -> tuple[list[int], list[int]]:
    """The lines of all headings, and of those without an identifier; a line under a passage may make it one."""
    headings: list[int] = []
    unnamed: list[int] = []
    for number in survey.prose:
        line = survey.lines[number - 1]
        if _UNDERLINE.match(line) and survey.lines[number - 2].strip():
            number -= 1
        elif not _HEADING.match(line):
            continue
        headings.append(number)
        if "{" not in survey.lines[number - 1]:
            unnamed.append(number)
    return headings, unnamed


def _front_matter(source: Source, survey: Survey) -> Iterator[Problem]:
    if survey.lines[0].rstrip(" \t") != "---":
        sentence = "the document does not begin with front matter"
        mend = "write --- as the first line, then title, effective_date and sides, then --- again"
        yield Problem("T010", sentence, Span(source, 1, 1, max(1, len(survey.lines[0]))), mend)
        return
    if not survey.front:
        sentence = "the front matter that begins here is never closed"
        yield Problem("T011", sentence, Span(source, 1, 1, 3), "write a line --- below its last key")
        return
    text = "\n".join(survey.lines[1 : survey.front - 1])
    if len(text) > MAX_FRONT_MATTER:
        sentence = f"the front matter has {len(text):,} characters, and at most {MAX_FRONT_MATTER:,} are read"
        yield Problem("T012", sentence, Span(source, 1, 1, 3), "close it with a line --- below its last key")
        return
    yield from yaml_bounds(source, 2, text)


def _fences(source: Source, survey: Survey) -> Iterator[Problem]:
    for fence in survey.fences:
        span = Span(source, fence.first, fence.column, 3 + len(fence.info))
        if not fence.closed:
            sentence = "the block that opens here is never closed, so that everything below would be taken into it"
            yield Problem("T025", sentence, span, "write a line ``` below the last line of the block")
        if fence.is_terms and fence.column > 1:
            sentence = "the terms block stands inside a list, a quotation or an indented passage, where it is not read"
            yield Problem("T030", sentence, span, "begin its ``` lines at the left margin, below the clause's prose")
        word = fence.info.casefold()
        if not fence.is_terms and (word == "term" or word.split()[:1] == ["terms"]):
            sentence = f"the block is marked {fence.info}, and only a block marked terms is read"
            yield Problem("T035", sentence, span, "write ```terms, and nothing after it")
    for line, column in survey.open_comments:
        sentence = "the comment that opens here is never closed, so that what follows would be hidden"
        yield Problem("T026", sentence, Span(source, line, column, 4), "write --> where the comment ends")


def _nesting(source: Source, survey: Survey) -> Iterator[Problem]:
    columns: list[int] = []
    for number in survey.prose:
        line = survey.lines[number - 1]
        lead = _PREFIX.match(line)
        if not lead or not lead.group().strip():
            continue
        markers = [match.start() for match in _MARKER.finditer(lead.group())]
        while columns and columns[-1] >= markers[0]:
            columns.pop()
        columns += markers
        if len(columns) > MAX_NESTING:
            sentence = f"lists or quotations nest {len(columns):,} deep here, and at most {MAX_NESTING} are read"
            yield Problem("T022", sentence, Span(source, number, columns[-1] + 1), "write it with fewer levels")


def _directives(source: Source, survey: Survey) -> Iterator[Problem]:
    for number in survey.prose:
        line = survey.lines[number - 1]
        if "{{" not in line or len(line) > MAX_LINE:
            continue
        for pattern in (_CODE_SPAN, _QUOTED):
            line = pattern.sub(lambda match: " " * len(match.group()), line)
        signs = [(sign.start(), sign.group()) for sign in _OPENER.finditer(line)]
        for (at, sign), (_, following) in pairwise([*signs, (len(line), "")]):
            if sign != "}}" and following != "}}":
                sentence = f"{sign} opens a directive that is not closed on its line"
                yield Problem(
                    "T023", sentence, Span(source, number, at + 1, len(sign)), "close it with }} on this line"
                )


def _passages(source: Source, survey: Survey) -> Iterator[Problem]:
    """Passages (lines without a blank one between) whose length or markup would make the inline parser slow."""
    first = previous = size = markup = raw = 0
    for number in [*survey.prose, len(survey.lines) + 1]:
        line = survey.lines[number - 1] if number <= len(survey.lines) else ""
        if not line.strip() or number != previous + 1 or _HEADING.match(line):
            if size > MAX_PASSAGE or markup > MAX_PASSAGE_MARKUP or raw > MAX_PASSAGE_RAW:
                sentence = f"the passage that begins here has {size:,} characters and {markup:,} signs of markup"
                yield Problem("T024", sentence, Span(source, first), "divide it by blank lines")
            first, size, markup, raw = number if line.strip() else number + 1, 0, 0, 0
        size += len(line) + 1
        markup += len(_MARKUP.findall(line))
        raw += len(_RAW.findall(line))
        previous = number
