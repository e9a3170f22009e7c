"""What an answer to an offer comes to: taken up, in part perhaps, declined, or an inability by a test.

Knows offers, answers and the terms of a first right that judge them. Does not know days, nor what a release frees.
"""

from dataclasses import dataclass

from adidem.clauses.parts.common import meets
from adidem.kernel.composer import Composer
from adidem.kernel.formula import Formula, no

SAYS = {"price": "price", "capacity": "capacity", "date": "starts", "third-party": "third_party"}
"""What an offer may have to say, and the column that says it."""


@dataclass(frozen=True)
class Answers:
    """[offers] Whether in time what was offered is taken up, at least in part; or not; whether that frees the grantor;
    whether silence can no longer; and whether a share was taken up.
    """

    taken: Formula
    refused: Formula
    freeing: Formula
    held: Formula
    shared: Formula


def answers(clause: Composer, in_time: Formula) -> Answers:
    """What the holder's answer to each offer comes to; a taking up that falls short is an inability."""

    def says(*words: str) -> Formula:
        return clause.one_of("offer", "answer.answer", words) & in_time

    never: Formula = no(clause.program)
    accepted, refused = says("accepted"), says("declined", "cannot")
    if not any(clause.has(name) for name in ("test", "release", "partial")):
        return Answers(accepted, refused, refused, accepted, never)
    part = accepted & ~meets(clause, "offer", "capacity", clause.column("offer", "capacity"), "answer.")
    share = part & clause.chosen("partial", "share") if clause.has("partial") else never
    short, otherwise = (part & ~share if clause.has("partial") else never), never
    for name, tested in _tested(clause).items():
        fails = ~meets(clause, "offer", SAYS[name], clause.column("offer", SAYS[name]), "answer.")
        short = short | (accepted & tested & (fails & ~share if name == "capacity" else fails))
        otherwise = otherwise | (clause.one_of("offer", "answer.lacks", (name,)) & ~tested)
    cannot, declined = says("cannot") & ~otherwise, says("declined") | (says("cannot") & otherwise)
    cannot, taken = cannot | short, accepted & ~short
    freeing = cannot | declined
    if clause.has("release"):
        either_way, chooses = clause.chosen("release", "either"), clause.column("offer", "answer.chooses_not")
        freeing = (cannot & (either_way | clause.chosen("release", "cannot") | chooses)) | (declined & either_way)
    return Answers(taken, cannot | declined, freeing | (share & ~short), taken | cannot | declined, share & ~short)


def _tested(clause: Composer) -> dict[str, Formula]:
    """Of price, capacity and date those by which it is judged whether the holder can, each with its readings."""
    out: dict[str, Formula] = {}
    for flag, value in clause.alternatives("test") if clause.has("test") else ():
        for name in ("price", "capacity", "date"):
            tests = flag if value == "all" or name in str(value).split("-and-") else no(clause.program)
            out[name] = out.get(name, no(clause.program)) | tests
    return out
