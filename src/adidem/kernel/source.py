"""Where a thing was written: sources, spans and the excerpt that shows them.

Knows texts, lines and columns. Does not know what stands in them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One text, under the name by which its user knows it (a path relative to the workspace)."""

    name: str
    text: str

    def lines(self) -> list[str]:
        """The lines as an editor counts them: other signs that some readers take for a line end are none."""
        lines = self.text.split("\n")
        return [line.removesuffix("\r") for line in lines] if "\r" in self.text else lines

    def line(self, number: int) -> str:
        """The text of line `number`, from 1; empty past the end."""
        lines = self.lines()
        return lines[number - 1] if 0 < number <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a source: line and column from 1, and how many characters it takes there."""

    source: Source
    line: int
    column: int = 1
    length: int = 1
    heading: str = ""

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"

    @property
    def place(self) -> str:
        """`file:line`, the place as an explanation shows it."""
        return f"{self.source.name}:{self.line}"

    def excerpt(self, width: int = 100) -> str:
        """The line, cut to `width` about the span, with a caret under it."""
        text = self.source.line(self.line).replace("\t", " ")
        start = max(0, self.column - 1 - width // 2) if len(text) > width else 0
        shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[start : start + width])
        gutter = f"{self.line:>4} | "
        caret = min(max(1, self.length), max(1, len(shown) - (self.column - 1 - start)))
        return f"{gutter}{shown}\n{' ' * (len(gutter) - 2)}| {' ' * (self.column - 1 - start)}{'^' * caret}"
