"""The chain of seals that makes an append-only ledger provable.

Knows lines and hashes. Does not know what events say.

A sealed line ends with `"seal": "…"`: the hash of the seal before it and of the line's own text without the seal. Lines
that were written by hand carry none until the ledger is appended to; after a sealed line only appending can go on.
"""

import hashlib

from adidem.kernel.problem import Problem
from adidem.kernel.source import Source, Span

_MARK = ', "seal": "'
_LENGTH = 32


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


def _holds(text: str) -> bool:
    """Whether every line is sealed, with nothing before or after it, and all seals fit: the way of a ledger that only
    this program has written, at a third of the cost of looking for what is wrong.
    """
    before, mark, whole = b"", _MARK.encode(), len(_MARK) + _LENGTH + 2
    for line in text.removesuffix("\n").encode("utf-8", "surrogatepass").split(b"\n"):
        seal = line[-_LENGTH - 2 : -2]
        fits = hashlib.sha256(b"%b\n%b}" % (before, line[:-whole])).hexdigest()[:_LENGTH].encode()
        if fits != seal or line[-whole : -_LENGTH - 2] != mark or line[-2:] != b'"}' or line[:1].isspace():
            return False
        before = seal
    return True


def broken_seals(source: Source) -> list[Problem]:
    """Where the chain does not hold. Problems: L110."""
    if '"seal"' not in source.text or _holds(source.text):
        return []
    problems: list[Problem] = []
    before, unsealed = "", 0
    for number, line in enumerate(source.text.split("\n"), 1):
        if not line.strip():
            continue
        body, seal = body_and_seal(line.strip())
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
    return problems
