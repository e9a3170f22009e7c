"""What the line of an event says."""

import pytest

from adidem.desk.event_line import said_at
from adidem.kernel.source import Source, Span

LEDGER = Source("ledger.jsonl", '{"id": "a"}\r\n\n  {"id": "b", "source": "costs.csv"}\nno event\n')


@pytest.mark.parametrize(
    ("line", "says"), [(1, {"id": "a"}), (2, {}), (3, {"id": "b", "source": "costs.csv"}), (4, {}), (9, {})]
)
def test_an_event_is_read_at_its_line(line: int, says: dict[str, str]):
    """Blanks before it and line ends of either sort are none of it; a line that is no event says nothing."""
    assert said_at(Span(LEDGER, line)) == says
