"""The grammar of the formula language, as docs/language.md writes it.

Knows how formulas are spelled. Does not know terms, families or what a formula will be judged on. Nothing is ever
evaluated.
"""

import re
from dataclasses import dataclass, replace

from adidem.kernel.literal import (
    Misspelt,
    parse_count,
    parse_date,
    parse_duration,
    parse_money,
    parse_rate,
    parse_word,
)
from adidem.kernel.source import Span
from adidem.kernel.term import Syntax

_LONGEST = 100_000
_MOST_WORDS = 400
_DEEPEST = 64

_TOKEN = re.compile(
    r"\s*(?:(?P<money>[A-Z]{3}\s+\d[\d,]*(?:\.\d+)?(?:\s*(?:bn|m|k)\b)?)"
    r"|(?P<date>\d{4}-\d{2}-\d{2})"
    r"|(?P<duration>\d+\s+(?:business days?|days?|weeks?|months?|years?)\b)"
    r"|(?P<rate>\d+(?:\.\d+)?\s*%|\d+\s*/\s*\d+)"
    r"|(?P<count>\d+(?:\.\d+)?(?:\s+(?!and\b|or\b|is\b|not\b)[A-Za-z]+)?)"
    r"|(?P<sum>this period|cumulative|as of)\b"
    r"|(?P<column>[a-z][a-z0-9-]*\.[a-z][a-z_]*)"
    r"|(?P<word>[A-Za-z][A-Za-z0-9_/-]*)"
    r"|(?P<sign><=|>=|<|>|\+|-|\*|/|\(|\)))"
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str) -> list[_Token]:
    if len(text) > _LONGEST:
        raise Misspelt(f"a formula may be {_LONGEST:,} characters long, and this one has {len(text):,}")
    out: list[_Token] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if not found:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise Misspelt(f"“{text[at : at + 12]}” is not of the formula language", at)
        kind = found.lastgroup or ""
        out.append(_Token(kind, found[kind], found.start(kind)))
        at = found.end()
    if len(out) > _MOST_WORDS:
        raise Misspelt(
            f"a formula may have {_MOST_WORDS} words and signs, and this one has {len(out):,}", mend="split it"
        )
    return out


def parse_formula(text: str, span: Span | None) -> Syntax:
    """A formula, by the grammar of docs/language.md, with the place of each part."""
    reader = _Reader(_tokens(text), span)
    syntax = reader.disjunction(0)
    reader.end()
    return syntax


class _Reader:
    """Recursive descent, one method a rule, bounded in depth."""

    def __init__(self, tokens: list[_Token], span: Span | None):
        self.tokens, self.span, self.next = tokens, span, 0

    def _place(self, token: _Token | None) -> Span | None:
        if self.span is None or token is None:
            return self.span
        if token.at + len(token.text) > self.span.length:
            # A formula of several lines: what does not stand on its first one is shown where the formula begins.
            return self.span
        return replace(self.span, column=self.span.column + token.at, length=len(token.text))

    def _peek(self) -> _Token | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def _take(self, *texts: str) -> _Token | None:
        token = self._peek()
        if token is not None and token.text in texts:
            self.next += 1
            return token
        return None

    def _needed(self, text: str) -> None:
        if not self._take(text):
            token = self._peek()
            found = f"“{token.text}”" if token else "the end"
            raise Misspelt(f"{found} stands where “{text}” is needed", token.at if token else 0)

    def end(self) -> None:
        """Nothing may be left."""
        token = self._peek()
        if token is not None:
            raise Misspelt(f"“{token.text}” is too much here", token.at, "write and, or, or a comparison before it")

    def disjunction(self, depth: int) -> Syntax:
        """formula"""
        if depth > _DEEPEST:
            raise Misspelt(f"a formula may nest {_DEEPEST} deep, and this one nests deeper", mend="split it")
        left = self._conjunction(depth)
        while token := self._take("or"):
            left = Syntax("or", (left, self._conjunction(depth)), span=self._place(token))
        return left

    def _conjunction(self, depth: int) -> Syntax:
        left = self._negation(depth)
        while token := self._take("and"):
            left = Syntax("and", (left, self._negation(depth)), span=self._place(token))
        return left

    def _negation(self, depth: int) -> Syntax:
        negations = 0
        first = self._peek()
        while self._take("not"):
            negations += 1
        inner = self._comparison(depth)
        return Syntax("not", (inner,), span=self._place(first)) if negations % 2 else inner

    def _comparison(self, depth: int) -> Syntax:
        left = self._sum(depth)
        token = self._take("<", "<=", ">", ">=", "is")
        if token is None:
            return left
        operation = "is not" if token.text == "is" and self._take("not") else token.text
        return Syntax(operation, (left, self._sum(depth)), span=self._place(token))

    def _sum(self, depth: int) -> Syntax:
        left = self._product(depth)
        while token := self._take("+", "-"):
            left = Syntax(token.text, (left, self._product(depth)), span=self._place(token))
        return left

    def _product(self, depth: int) -> Syntax:
        left = self._atom(depth)
        while token := self._take("*", "/"):
            left = Syntax(token.text, (left, self._atom(depth)), span=self._place(token))
        return left

    def _atom(self, depth: int) -> Syntax:
        token = self._peek()
        if token is None:
            raise Misspelt("the formula ends where a value is needed")
        self.next += 1
        place = self._place(token)
        if token.text == "(":
            inner = self.disjunction(depth + 1)
            self._needed(")")
            return inner
        if token.kind == "sum":
            first = (self._atom(depth + 1),) if token.text == "as of" else ()
            self._needed("(")
            inner = self.disjunction(depth + 1)
            self._needed(")")
            return Syntax(token.text, (*first, inner), span=place)
        if token.kind == "column":
            return Syntax("column", literal=token.text, span=place)
        if token.kind == "word" and token.text in ("yes", "no"):
            return Syntax("literal", literal=token.text == "yes", span=place)
        parse = {
            "money": parse_money,
            "date": parse_date,
            "duration": parse_duration,
            "rate": parse_rate,
            "count": parse_count,
            "word": parse_word,
        }.get(token.kind)
        if parse is None:
            raise Misspelt(f"“{token.text}” stands where a value is needed", token.at)
        return Syntax("literal", literal=parse(token.text), span=place)
