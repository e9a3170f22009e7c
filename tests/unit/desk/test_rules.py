"""Conditions mean the same in SQL and in Python; the rules file's words mean what docs/import.md says."""

import csv as standard
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.desk.exports import tables
from adidem.desk.exports.export_file import survey
from adidem.kernel.event import FACT
from adidem.records.importing import UNMAPPED
from adidem.records.rules import Amount, Condition, Named, RowRule, Rules, Value
from adidem.records.totals import Total

WORDS = st.sampled_from(["a", "ab", "b", "a; b", "", "NULL", "null", "(null)", "N", "x'y", "% _", "é", "A", " a"])
TESTS = st.lists(st.sampled_from(["a", "ab", "b", "N", "NULL", "x'y", "% _", "%", "é"]), max_size=2).map(tuple)
CONDITIONS = st.builds(
    Condition,
    st.sampled_from([Named(("one",)), Named(("none", "two"))]),
    TESTS,
    TESTS,
    TESTS,
    st.booleans(),
    st.booleans(),
)
AMOUNTS = st.sampled_from(
    ["1", "1.50", "-0", "1E3", "1,000.5", "$2", "1.000,5", "", "NULL", "z", " 7 ", "0.1234567890123456789"]
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(WORDS, WORDS, AMOUNTS), min_size=1, max_size=6),
    conditions=st.lists(st.lists(CONDITIONS, max_size=2).map(tuple), max_size=3),
    spelled=st.sampled_from(["plain", "grouped", "comma"]),
)
def test_sql_says_what_python_says(
    rows: list[tuple[str, str, str]], conditions: list[tuple[Condition, ...]], spelled: str
):
    """Of each row: the first rule that it meets, its texts, NULL apart from empty, and its amount to the digit."""
    amount = Amount("amount", Named(("net",)), Value("USD"))
    both = (("about", Value(column=Named(("one",)))), ("text", Value(column=Named(("two",)))))
    made = tuple(RowRule(FACT, condition, both, amount) for condition in conditions)
    rules = Rules(made, numbers=spelled, key=(Named(("number",)),), totals=("net",))
    nulls = set(rules.nulls)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "x.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = standard.writer(out, quoting=standard.QUOTE_ALL)
            writer.writerows([("number", "one", "two", "net"), *((n, *row) for n, row in enumerate(rows))])
        with tables.opened(survey(file, "x.csv"), ",") as table:
            found = list(tables.groups(table, rules))
    assert sum(group.rows for group in found) == len(rows)
    wanted = Total()
    for number, row in enumerate(rows):
        said = {
            column: None if text in nulls else text for column, text in zip(("one", "two", "net"), row, strict=True)
        }
        wanted.add(Total.of(said["net"], spelled))

        def met(condition: Condition, said: dict[str, str | None] = said) -> bool:
            return condition.holds(said[condition.column.names[-1]])

        rule = next((n for n, cs in enumerate(conditions) if all(map(met, cs))), UNMAPPED)
        if rule != UNMAPPED:
            (group,) = (g for g in found if g.rule == rule and g.said["number"] == str(number))
            assert (group.said["one"], group.said["two"]) == (said["one"], said["two"])
            assert group.amount == Total.of(said["net"], spelled)
    total = Total()
    for group in found:
        total.add(group.totals["net"])
    assert total == wanted
