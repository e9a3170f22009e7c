"""YAML with places: every key and value of a terms block, as written, with its line and column in the document.

Knows scalars, lists and mappings. Does not know what a term is, which keys there are or what type a value has: `no`
stays the word "no", for whoever knows whether a name or an answer is wanted.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adidem.kernel.problem import Problem
from adidem.kernel.source import Source, Span

if TYPE_CHECKING:
    import yaml

MAX_INDENT = 60
MAX_FLOW = 20

_LEAD = re.compile(r"[ \t?:-]*")

_ALIAS = "no name may stand for another part of the text (YAML anchors and aliases)"
_REFUSED_TOKENS = {
    "AnchorToken": ("T040", f"a value begins with &, and {_ALIAS}", "write the value itself, or quote it"),
    "AliasToken": ("T040", f"a value begins with *, and {_ALIAS}", "write the value itself, or quote it"),
    "TagToken": ("T041", "a value begins with !, which YAML reads as a tag", "leave the tag out, or quote the value"),
    "DirectiveToken": (
        "T049",
        "a line begins with %, which YAML reads as a directive",
        "leave the line out, or quote it",
    ),
    "DocumentStartToken": ("T049", "a line --- divides the YAML in two", "leave the line out"),
    "DocumentEndToken": ("T049", "a line ... ends the YAML early", "leave the line out"),
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value of one piece: its text, and whether it was written between quotes or as a block of lines."""

    text: str
    span: Span
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Values in order."""

    items: "tuple[Value, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value."""

    key: str
    key_span: Span
    value: "Value"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Entries by key, in the order in which they are written."""

    entries: dict[str, Entry]
    span: Span


Value = Scalar | Listing | Mapping


def cut_amount(keys: Iterable[str]) -> str:
    """The mend where a key is all digits: the rest of an amount that its comma cut in two; otherwise nothing."""
    return "put quotation marks round an amount with commas" if any(key.isdecimal() for key in keys) else ""


def read_block(source: Source, first_line: int, text: str, heading: str) -> tuple[Mapping | None, list[Problem]]:
    """The mapping in `text`, whose first line is line `first_line` of the source, and all that is wrong with it.

    Problems  T040 anchor or alias, T041 tag, T042 too deep, T043 broken YAML, T044 not a mapping, T045 key twice,
              T046 key not a word, T047 no value, T048 nothing at all, T049 more than one YAML document
    """
    reader = _Reader(source, first_line, text.splitlines(), heading)
    problems = yaml_bounds(source, first_line, text, heading)
    if problems:
        return None, problems
    yaml, loader = _yaml()
    try:
        node: Any = yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        return None, [reader.broken(error)]
    except UnicodeError:
        mend = "delete the character, or save the document as plain text"
        return None, [Problem("T043", "a character stands here that is not text", reader.place(0, 0), mend)]
    if node is None or (node.id == "scalar" and not node.value and not node.style):
        span = Span(source, max(1, first_line - 1), heading=heading)
        mend = "write the terms of the clause in it, one a line, or leave the block out"
        return None, [Problem("T048", "the block is empty", span, mend)]
    if node.id != "mapping":
        mend = "write each term on a line of its own, as in rate: 20 %"
        span = reader.span(node)
        return None, [Problem("T044", "the block does not consist of keys with values", span, mend)]
    mapping = reader.mapping(node)
    return mapping, reader.problems


def _yaml() -> tuple[Any, Any]:
    """The YAML parser and its loader, imported when needed: a document that was read before needs none.

    The C loader is twenty times as fast; the Python one, where the C library is missing, gives the same places.
    """
    import yaml

    return yaml, getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def yaml_bounds(source: Source, first_line: int, text: str, heading: str = "") -> list[Problem]:
    """What must not stand in YAML that we read: depth beyond bounds, anchors, aliases, tags, second documents."""
    lines = text.split("\n")
    deep = _depth(lines)
    if deep:
        line, column, words = deep
        span = Span(source, first_line + line, column, heading=heading)
        return [Problem("T042", f"{words}, deeper than terms may nest", span, "write it with fewer levels")]
    if not any(sign in text for sign in "&*!%") and "---" not in text and "..." not in text:
        return []
    problems: list[Problem] = []
    yaml, loader = _yaml()
    try:
        for token in yaml.scan(text, Loader=loader):
            refusal = _REFUSED_TOKENS.get(type(token).__name__)
            if refusal:
                code, sentence, mend = refusal
                start, end = token.start_mark, token.end_mark
                length = max(1, end.column - start.column) if end.line == start.line else 1
                span = Span(source, first_line + start.line, start.column + 1, length, heading)
                problems.append(Problem(code, sentence, span, mend))
    except (yaml.YAMLError, UnicodeError):
        # The YAML is broken from here on; its reader says so, with the place.
        pass
    return problems


def _depth(lines: list[str]) -> tuple[int, int, str] | None:
    """The first place (line from 0, column from 1) beyond the bounds, with what is found there. It overestimates: a
    bracket within quotes counts too."""
    depth = 0
    for index, line in enumerate(lines):
        lead = _LEAD.match(line)
        if lead and lead.end() > MAX_INDENT and line.strip():
            return index, lead.end() + 1, f"this is indented by {lead.end()} columns"
        if not any(sign in line for sign in "[]{}"):
            continue
        for column, sign in enumerate(line, 1):
            if sign in "[{":
                depth += 1
                if depth > MAX_FLOW:
                    return index, column, f"more than {MAX_FLOW} brackets are open here"
            elif sign in "]}":
                depth = max(0, depth - 1)
    return None


class _Reader:
    """Turns the nodes of one block into values, and collects what is wrong on the way."""

    def __init__(self, source: Source, first_line: int, lines: list[str], heading: str):
        self.source, self.first_line, self.lines, self.heading = source, first_line, lines, heading
        self.problems: list[Problem] = []

    def place(self, line: int, column: int, length: int = 1) -> Span:
        """A place in the document from one in the block, which counts from 0."""
        # A parser that runs off the end names a line past it; the last line is the one to look at.
        if line >= len(self.lines):
            line = max(0, len(self.lines) - 1)
            column = max(0, len(self.lines[line].rstrip()) - 1) if self.lines else 0
        return Span(self.source, self.first_line + line, column + 1, max(1, length), self.heading)

    def span(self, node: Any) -> Span:
        """The place of a node: all of it on one line, or its first line."""
        start, end = node.start_mark, node.end_mark
        if end.line == start.line:
            return self.place(start.line, start.column, end.column - start.column)
        line = self.lines[int(start.line)] if start.line < len(self.lines) else ""
        return self.place(start.line, start.column, len(line.rstrip()) - start.column)

    def value(self, node: Any) -> Value:
        """The value of any node."""
        if node.id == "mapping":
            return self.mapping(node)
        if node.id == "sequence":
            items = [self.value(item) for item in node.value]
            for item in items:
                self._refuse_empty(item, "this item of the list")
            return Listing(tuple(items), self.span(node))
        return Scalar(node.value, self.span(node), quoted=bool(node.style))

    def mapping(self, node: Any) -> Mapping:
        """A mapping; of a key written twice the first value stands."""
        entries: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            span = self.span(key_node)
            if key_node.id != "scalar" or not key_node.value:
                mend = "write one word before the colon; put a formula or a list after it"
                self.problems.append(Problem("T046", "the key before the colon is not a word", span, mend))
                continue
            key = str(key_node.value)
            value = self.value(value_node)
            self._refuse_empty(value, key, span)
            first = entries.setdefault(key, Entry(key, span, value))
            if first.key_span is not span:
                see = ((first.key_span, "the first one"),)
                sentence = f"{key} is written twice in the same place, and may be written once"
                self.problems.append(Problem("T045", sentence, span, f"keep one of the two lines {key}", see))
        return Mapping(entries, self.span(node))

    def _refuse_empty(self, value: Value, name: str, span: Span | None = None) -> None:
        if isinstance(value, Scalar) and not value.text and not value.quoted:
            mend = f"write a value after {name}:, or leave the line out" if span else "write a value after the dash"
            mend = cut_amount([name]) or mend
            self.problems.append(Problem("T047", f"{name} has no value", span or value.span, mend))

    def broken(self, error: "yaml.YAMLError") -> Problem:
        """What the YAML parser says, in words for someone who has never seen one."""
        mark: Any = getattr(error, "problem_mark", None)
        opened: Any = getattr(error, "context_mark", None)
        said = " ".join(filter(None, (getattr(error, "context", None), getattr(error, "problem", None))))
        for sign, at_opening, sentence, mend in _BROKEN:
            if sign in said:
                where = opened if at_opening and opened is not None else mark
                found = self._found(where)
                return Problem("T043", sentence.format(found=found), self._at(where), mend.format(found=found))
        sentence = f"this cannot be read as keys with values ({said or type(error).__name__})"
        return Problem("T043", sentence, self._at(mark or opened), "write key: value, one a line")

    def _at(self, mark: Any) -> Span:
        return self.place(mark.line, mark.column) if mark is not None else self.place(0, 0)

    def _found(self, mark: Any) -> str:
        line = self.lines[int(mark.line)] if mark is not None and mark.line < len(self.lines) else ""
        sign = line[int(mark.column) :][:1] if mark is not None else ""
        return {"\t": "a tab", "": "the end of the line"}.get(sign, sign)


# What the parser says holds | show where it opened rather than where it was missed | sentence | mend
_BROKEN = (
    ("tab character", False, "a tab stands here, where YAML wants spaces", "indent with spaces"),
    (
        "escape",
        False,
        "a backslash stands between double quotes, where YAML reads a sign of its own",
        "write the value between single quotes",
    ),
    (
        "node content",
        False,
        "a value is missing here",
        "write the value, or take away the comma or bracket that waits for one",
    ),
    (
        "mapping values are not allowed",
        False,
        "a colon stands here, which would begin a key where none can begin",
        "put a value that holds a colon between double quotes, or begin the key in the column of its neighbours",
    ),
    (
        "quoted scalar",
        True,
        "the quotation mark {found} that opens here is not closed",
        "write {found} where the value ends",
    ),
    (
        "flow sequence",
        True,
        "the list that opens here is not closed, or an item of it is not followed by a comma",
        "write the list as [a, b], with a comma between items and ] at the end",
    ),
    (
        "flow mapping",
        True,
        "the braces that open here are not closed, or a part of them is not followed by a comma",
        "write it as {{is: VALUE, source: S2}}, with commas between and }} at the end",
    ),
    (
        "cannot start any token",
        False,
        "{found} may not begin a value, nor a tab a line",
        "indent with spaces, and put a value that begins with a sign between double quotes",
    ),
    (
        "could not find expected ':'",
        False,
        "a colon is missing in the line before this place",
        "write key: value, with a colon and a space after the key",
    ),
    (
        "block mapping",
        False,
        "this line is not indented as its neighbours are, or holds more after a closed value",
        "begin all keys that belong together in the same column; put the whole value between double quotes",
    ),
    (
        "block collection",
        False,
        "this line is not indented as its neighbours are, or holds more after a closed value",
        "begin all items of the list in the same column",
    ),
    (
        "block sequence entries are not allowed",
        False,
        "a dash begins a list here, where a value is wanted",
        "begin the list on the next line, one item a line, or write it as [a, b]",
    ),
    (
        "block scalar",
        False,
        "a value that begins with | or > is not written as YAML wants it",
        "put the value between double quotes",
    ),
)
