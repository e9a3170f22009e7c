"""Kinds of event that several families speak of.

Knows columns and how an answer joins its offer. Does not know any family.
"""

from adidem.kernel.event import Column, EventKind

OFFER = EventKind(
    "offer",
    (
        Column("by", "party"),
        Column("to", "party"),
        Column("asset", "name"),
        Column("third_party", "name", required=False),
        Column("new", "flag", required=False),
        Column("amount", "money", required=False),
    ),
    says="a party offers an asset before it turns elsewhere",
)
ANSWER = EventKind(
    "answer",
    (
        Column("by", "party"),
        Column("offer", "id"),
        Column("answer", "choice", choices=("accepted", "declined", "cannot")),
    ),
    joins="offer",
    says="the answer to an offer",
)
WAIVER = EventKind(
    "waiver",
    (Column("by", "party"), Column("act", "id"), Column("form", "choice", choices=("writing", "conduct"))),
    joins="act",
    says="a party lets an act pass, in writing or by what it does",
)
