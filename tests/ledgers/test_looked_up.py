"""What is appended to a database is held against what is looked up there: never less than against the whole."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adidem.desk.keeping import book
from adidem.desk.keeping.verifying import verify
from adidem.desk.starting import start
from adidem.kernel.problem import ProblemError
from adidem.records import database
from ledgers.homes import NOW, Home, revenue

Event = dict[str, str]
DAYS = ("2025-01-31", "2025-02-28", "2025-03-31")
BASE = {"recorded": "2025-08-01", "by": "tarn"}


def offer(id: str, day: str) -> Event:
    return {"id": id, "kind": "offer", "occurred": day, **BASE, "to": "brightwater", "asset": "workload/x"}


def answer(id: str, of: str, day: str) -> Event:
    return {"id": id, "kind": "answer", "occurred": day, **BASE, "offer": of, "answer": "declined"}


def act(id: str, day: str) -> Event:
    return {"id": id, "kind": "act", "occurred": day, **BASE, "act": "place", "asset": "workload/x"}


def waiver(id: str, of: str, day: str) -> Event:
    return {"id": id, "kind": "waiver", "occurred": day, **BASE, "act": of, "form": "writing"}


def sold(id: str, day: str, amount: str) -> Event:
    return {"id": id, "kind": "revenue", "occurred": day, **BASE, "product": "x", "amount": amount}


def correction(id: str, of: str, changes: Event) -> Event:
    return {"id": id, "kind": "correction", "occurred": DAYS[2], "recorded": "2025-08-02", "corrects": of, **changes}


def withdrawal(id: str, of: str) -> Event:
    return {"id": id, "kind": "withdrawal", "occurred": DAYS[2], "recorded": "2025-08-03", "corrects": of}


THERE = (
    *(offer(f"o{n}", DAYS[0]) for n in (1, 2, 3, 4)),
    *(answer(f"x{n}", f"o{n}", DAYS[1]) for n in (1, 2)),
    *(act(f"a{n}", DAYS[0]) for n in (1, 2)),
    waiver("w1", "a1", DAYS[1]),
    sold("r1", DAYS[0], "USD 5"),
    sold("revenue-2025-01-31-1", DAYS[1], "USD 6"),
    correction("c1", "x1", {"offer": "o3"}),
    withdrawal("c2", "x2"),
    correction("c3", "o4", {"changes_occurred": DAYS[2]}),
)
"""The answer to o1 is one to o3, that to o2 was taken back, and o4 was made later than was said first."""


def ids(letters: str) -> st.SearchStrategy[str]:
    return st.builds("{}{}".format, st.sampled_from(letters), st.integers(1, 5))


DAY = st.sampled_from(DAYS)
ANY = ids("oxawrc")
CHANGES = st.one_of(
    st.builds(lambda day: {"changes_occurred": day}, DAY),
    st.builds(lambda of: {"offer": of}, ids("o")),
    st.builds(lambda of: {"act": of}, ids("a")),
    st.just({"amount": "USD 7"}),
)
EVENT = st.one_of(
    st.builds(answer, ids("x"), ids("o"), DAY),
    st.builds(correction, ids("c"), ids("oxaw"), CHANGES),
    st.builds(withdrawal, ids("c"), ANY),
    st.builds(waiver, ids("w"), ids("a"), DAY),
    st.builds(sold, ids("r"), DAY, st.sampled_from(["USD 5", "USD 6", "EUR 5"])),
    st.one_of(st.builds(offer, ids("o"), DAY), st.builds(act, ids("a"), DAY)),
)
UNNAMED = EVENT.map(lambda event: {key: value for key, value in event.items() if key != "id"})


def told(home: Home, events: Sequence[Event]) -> tuple[list[Event], list[tuple[str, str, str]]]:
    """What an append comes to: the events that are new, or what is wrong."""
    try:
        new = book.append(home.folder, [json.dumps(event) for event in events], NOW, book.Hands("eva"))
    except ProblemError as error:
        return [], [(problem.code, problem.sentence, problem.mend) for problem in error.problems]
    return new, []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.one_of(EVENT, EVENT, UNNAMED), min_size=1, max_size=2), min_size=4, max_size=8))
def test_a_database_says_what_a_file_says(tmp_path_factory: pytest.TempPathFactory, acts: list[list[Event]]):
    """Whatever is appended to SQLite, where it is looked up, and to text, which is read whole: the same events are new,
    under the same seals, and the same is wrong, in the same words.
    """
    place = tmp_path_factory.mktemp("looked-up")
    start(place / "text")
    book.append(place / "text", [json.dumps(event) for event in THERE], NOW)
    shutil.copytree(place / "text", place / "sqlite")
    text, sqlite = (Home.of(name, place / name) for name in ("text", "sqlite"))
    for events in acts:
        assert told(sqlite, events) == told(text, events)
    assert sqlite.chain() == text.chain()


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A workspace with its ledger in a database, some events in it, and nobody who could read them all."""
    if request.param == "postgresql":
        monkeypatch.setenv("ADIDEM_LEDGER", request.getfixturevalue("postgres"))
    home = Home.of(request.param, folder)
    home.append(revenue(1), json.dumps(offer("o9", DAYS[0])), bare(revenue(2)))
    monkeypatch.setattr(database.DatabaseHome, "_source", lambda *_: pytest.fail("the whole is read"))
    return home


def bare(line: str) -> str:
    return json.dumps({key: value for key, value in json.loads(line).items() if key != "id"})


LOOKED_UP = {
    "a plain event": revenue(9),
    "one without an id": bare(revenue(9, "USD 9")),
    "an answer": json.dumps(answer("x9", "o9", DAYS[1])),
    "a correction": json.dumps(correction("c9", "o9", {"changes_occurred": DAYS[1]})),
    "a withdrawal": json.dumps(withdrawal("c9", "declined-evals")),
    "a document": '{"kind": "document", "occurred": "2025-07-01", "file": "agreement.lgd"}',
}


@pytest.mark.parametrize("what", LOOKED_UP)
def test_the_whole_is_not_read(kept: Home, what: str):
    """A few events are appended without the lines of all others, and known again."""
    (new,) = kept.append(LOOKED_UP[what])
    assert kept.append(json.dumps(new)) == []
    assert verify(kept.folder).problems == []


@pytest.mark.parametrize(
    ("line", "code"),
    [(revenue(3, by="nobody"), "L107"), (revenue(3, "EUR 5"), "L114"), (bare(revenue(2)), "D216")],
    ids=lambda word: word if len(word) == 4 else "",
)
def test_what_was_typed_is_refused_at_once(kept: Home, line: str, code: str):
    """What is wrong with what was typed alone is told without the whole."""
    with pytest.raises(ProblemError) as error:
        kept.append(line)
    assert [problem.code for problem in error.value.problems] == [code]


def test_a_file_beside_the_database_is_read_with_it(folder: Path):
    """What somebody wrote by hand is held against what is looked up, and what is appended against both."""
    home = Home.of("sqlite", folder)
    home.append(json.dumps(offer("o1", DAYS[1])), json.dumps(offer("o2", DAYS[1])))
    (folder / "ledger.jsonl").write_text(f"{json.dumps(answer('x1', 'o1', DAYS[2]))}\n", encoding="utf-8")
    assert home.append(json.dumps(answer("x2", "o2", DAYS[2])))
    late = correction("c1", "o1", {"changes_occurred": "2025-06-30"})
    for event, code in ((answer("x3", "o1", DAYS[2]), "L113"), (late, "L115"), (offer("x1", DAYS[1]), "L109")):
        with pytest.raises(ProblemError) as error:
            home.append(json.dumps(event))
        assert [problem.code for problem in error.value.problems] == [code]
