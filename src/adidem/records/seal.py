"""The chain of seals that makes an append-only ledger provable.

Knows lines and hashes. Does not know what events say.

A sealed line ends with `"seal": "…"`: the hash of the seal before it and of the line's own text without the seal. Lines
that were written by hand carry none until the ledger is appended to; after a sealed line only appending can go on.
"""

import hashlib
from binascii import hexlify
from dataclasses import dataclass, field

from adidem.kernel.problem import Problem
from adidem.kernel.source import Source, Span

_MARK = ', "seal": "'
_LENGTH = 32
_AT_ONCE = 2**20
"""Characters of a ledger that are encoded at once."""


def seal_of(before: str, body: str) -> str:
    """The seal of a line's text (without its seal), after the seal `before`."""
    return hashlib.sha256(f"{before}\n{body}".encode()).hexdigest()[:_LENGTH]


def body_and_seal(line: str) -> tuple[str, str]:
    """A line without its seal, and the seal; an unsealed line and nothing."""
    at = line.rfind(_MARK)
    if at < 0:
        return line, ""
    return line[:at] + "}", line[at + len(_MARK) :].removesuffix("}").removesuffix('"')


def sealed(before: str, line: str) -> str:
    """The line with its seal."""
    body, _ = body_and_seal(line.strip())
    return f'{body[:-1]}{_MARK}{seal_of(before, body)}"}}'


def sealed_through(before: str, lines: str) -> str | None:
    """The last seal of lines that follow one sealed `before`; None where one of them has none, one that does not fit,
    or something about it. This is the way of what only this program has written, at a third of the cost of looking for
    what is wrong.

    lines  their text, the last without its line end; not empty
    """
    seal, mark, whole = before.encode(), _MARK.encode(), len(_MARK) + _LENGTH + 2
    for line in lines.encode("utf-8", "surrogatepass").split(b"\n"):
        seal = hexlify(hashlib.sha256(b"%b\n%b}" % (seal, line[:-whole])).digest())[:_LENGTH]
        if line[-whole:] != b'%b%b"}' % (mark, seal) or line[:1].isspace():
            return None
    return seal.decode()


@dataclass(frozen=True)
class Chain:
    """The lines of a ledger as a chain: how many are sealed and how many not, the last seal, by which a cut tail shows,
    and where a seal does not fit.
    """

    sealed: int
    unsealed: int
    last_seal: str
    problems: list[Problem] = field(default_factory=list[Problem])

    @property
    def holds(self) -> bool:
        """Whether every seal that is there fits."""
        return all(problem.code != "L110" for problem in self.problems)


def proved(source: Source) -> Chain:
    """The chain of a ledger, every seal made again. Problems: L110."""
    text = source.text.removesuffix("\n")
    last = _sealed_whole(text)
    return _line_by_line(source) if last is None else Chain(text.count("\n") + 1 if text else 0, 0, last)


def broken_seals(source: Source) -> list[Problem]:
    """Where the chain does not hold. Problems: L110."""
    return proved(source).problems if '"seal"' in source.text else []


def _sealed_whole(text: str) -> str | None:
    """`sealed_through` of a whole ledger, some of its lines at a time."""
    seal: str | None = ""
    start = 0
    while seal is not None and start < len(text):
        end = text.find("\n", start + _AT_ONCE)
        end = len(text) if end < 0 else end
        seal = sealed_through(seal, text[start:end])
        start = end + 1
    return seal


def _line_by_line(source: Source) -> Chain:
    problems: list[Problem] = []
    before, unsealed, counts = "", 0, {True: 0, False: 0}
    for number, line in enumerate(source.text.split("\n"), 1):
        if not line.strip():
            continue
        body, seal = body_and_seal(line.strip())
        counts[bool(seal)] += 1
        if not seal:
            unsealed = unsealed or number
            continue
        if unsealed:
            sentence = f"line {unsealed} has no seal, and a sealed line follows it"
            problems.append(Problem("L110", sentence, Span(source, unsealed), "take the line out, and append it again"))
            unsealed = 0
        elif seal != seal_of(before, body):
            sentence = "the seal does not fit: this line, or one before it, was changed after it was sealed"
            mend = "restore the ledger from a copy; correct an event with a correction, never by editing it"
            problems.append(Problem("L110", sentence, Span(source, number), mend))
        before = seal
    return Chain(counts[True], counts[False], before, problems)
