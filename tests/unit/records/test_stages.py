"""Stages join the records that they name: one each, whichever file they stand in."""

import json

import pytest

from adidem.desk.families import families
from adidem.kernel.compose import event_kinds
from adidem.kernel.problem import Problem
from adidem.kernel.source import Source
from adidem.records.ledger import LedgerReader
from adidem.records.values import Spelling

OFFER = {"id": "o", "kind": "offer", "by": "a", "to": "b", "asset": "x"}
ANSWER = {"id": "n", "kind": "answer", "by": "b", "offer": "o", "answer": "declined"}


def problems(*files: list[dict[str, str]], currency: str = "USD") -> list[Problem]:
    """What is wrong with ledgers of these events, all of one day."""
    day = {"occurred": "2025-01-02", "recorded": "2025-01-02"}
    reader = LedgerReader(event_kinds(families()), ("a", "b"), Spelling(), currency)
    reader.read([Source(f"{n}.jsonl", "\n".join(json.dumps(e | day) for e in f)) for n, f in enumerate(files)])
    return reader.problems


def codes(*files: list[dict[str, str]], currency: str = "USD") -> list[str]:
    """Their codes and places."""
    return [f"{p.code} {p.place}" for p in problems(*files, currency=currency)]


def test_record_in_another_file():
    """An answer in one file to an offer in another is sound."""
    assert codes([ANSWER], [OFFER]) == []


def test_stage_of_nothing():
    """L112: an answer to an offer that is not there."""
    assert codes([OFFER, ANSWER | {"offer": "p"}]) == ["L112 0.jsonl:2:52"]


def test_stage_of_another_kind():
    """L112: an answer that names an event which is no offer."""
    (problem,) = problems([OFFER, ANSWER, ANSWER | {"id": "m", "offer": "n"}])
    assert problem.sentence == "an answer names the offer that it belongs to, and n is an event of the kind answer"


def test_second_stage():
    """L113: two answers to one offer, with the place of both."""
    (problem,) = problems([OFFER, ANSWER], [ANSWER | {"id": "m", "answer": "accepted"}])
    assert (problem.code, problem.place) == ("L113", "1.jsonl:1:52")
    assert [str(span) for span, _ in problem.see] == ["0.jsonl:2:52"]


def test_corrected_stage():
    """A correction of an answer is no second answer; and a withdrawn one leaves room."""
    correction = {"id": "c", "kind": "correction", "corrects": "n", "answer": "accepted"}
    withdrawal = {"id": "w", "kind": "withdrawal", "corrects": "n"}
    assert codes([OFFER, ANSWER, correction]) == []
    assert codes([OFFER, ANSWER, withdrawal, ANSWER | {"id": "m"}]) == []


@pytest.mark.parametrize(("currency", "expected"), [("USD", ["2:"]), ("EUR", ["1:"]), ("", ["2:"])])
def test_one_currency(currency: str, expected: list[str]):
    """L114: money in another currency than the agreement's; without one, than the first event's."""
    events = [
        {"id": c, "kind": "revenue", "by": "a", "product": "p", "amount": f"{c} 5", "basis": "stated"}
        for c in ("USD", "EUR")
    ]
    found = codes(events, currency=currency)
    assert [each.startswith(f"L114 0.jsonl:{line}") for each, line in zip(found, expected, strict=True)] == [True]


def test_few_alike():
    """A thousand lines with the same fault are told as twenty, with the number of the others."""
    found = problems([OFFER | {"id": f"o{n}", "by": "q"} for n in range(1000)])
    assert len(found) == 20
    assert found[-1].sentence.endswith("(and 980 more such lines)")
