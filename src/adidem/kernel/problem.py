"""What is wrong with a document or a ledger, worded for the person who must mend it.

Knows codes, places, sentences and mends. Does not know who shows them.

A problem is about the user's agreement or data; a bug is an `assert`. Codes are one letter for the room
where the problem is found (Q quantity, F formula, T text, A agreement, L ledger, I import, W worlds, D desk) and a
number, never reused.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from adidem.kernel.source import Span

_LONGEST = 500
"""How much of a sentence is printed: one that quotes what was found may be as long as that."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `open_point` marks what the text leaves open: a question, not an error."""

    code: str
    sentence: str
    span: Span | None = None
    mend: str = ""
    see: tuple[tuple[Span, str], ...] = ()
    open_point: bool = False
    at: str = field(default="")

    @property
    def place(self) -> str:
        """`file:line:column`, or the name of the file where there is no line to show."""
        return str(self.span) if self.span is not None else (self.at or "adidem")

    def __str__(self) -> str:
        """The problem as it is printed: place, code and sentence; excerpt; heading; other places; mend."""
        sentence = self.sentence if len(self.sentence) <= _LONGEST else f"{self.sentence[:_LONGEST]}…"
        parts = [f"{self.place}: {self.code} {sentence}"]
        if self.span is not None:
            parts.append(self.span.excerpt())
            if self.span.heading:
                parts.append(f"  in    {self.span.heading}")
        parts += [f"  see   {span} {words}".rstrip() for span, words in self.see]
        if self.mend:
            parts.append(f"  mend  {self.mend}")
        return "\n".join(parts)

    def plain(self) -> dict[str, object]:
        """The same fields as plain data, for `--json`."""
        span = self.span
        return {
            "code": self.code,
            "sentence": self.sentence,
            "file": span.source.name if span else self.at,
            "line": span.line if span else None,
            "column": span.column if span else None,
            "heading": span.heading if span else "",
            "see": [{"place": str(other), "words": words} for other, words in self.see],
            "mend": self.mend,
            "open_point": self.open_point,
        }


class ProblemError(Exception):
    """Carries every problem found together, sorted by place."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = sorted(problems, key=_order)
        assert self.problems, "a ProblemError without problems"
        super().__init__("\n".join(str(problem) for problem in self.problems))


def _order(problem: Problem) -> tuple[str, int, int, str]:
    span = problem.span
    return (span.source.name, span.line, span.column, problem.code) if span else (problem.at, 0, 0, problem.code)


_MOST_CHOICES = 30


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The mend for a misspelt word: the nearest known one, or the whole list when none is near."""
    choices = sorted(set(known))
    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    more = f" and {len(choices) - _MOST_CHOICES:,} more" if len(choices) > _MOST_CHOICES else ""
    return f"write one of: {', '.join(choices[:_MOST_CHOICES])}{more}" if choices else ""
