"""The forms in which status pages publish their incidents give the same rows; what is none is told."""

import json
from typing import Any

import pytest

from adidem.desk.exports.incidents import incidents
from adidem.kernel.problem import ProblemError
from adidem.kernel.source import Source

STATUSPAGE = {
    "page": {"id": "p", "name": "Lemon Cloud", "url": "https://status.example"},
    "incidents": [
        {
            "id": "abc",
            "name": "Errors in search",
            "created_at": "2025-05-01T10:02:00.000Z",
            "started_at": "2025-05-01T10:00:00.000Z",
            "resolved_at": None,
            "impact": "major",
            "status": "investigating",
            "shortlink": "https://stspg.example/abc",
            "components": [{"name": "Search"}, {"name": "API"}],
        }
    ],
}
GOOGLE = [
    {
        "id": "xyz",
        "number": "123",
        "begin": "2025-05-01T10:00:00+00:00",
        "end": "2025-05-01T11:00:00+00:00",
        "external_desc": "Elevated\nerrors",
        "severity": "high",
        "status_impact": "SERVICE_OUTAGE",
        "affected_products": [{"title": "Compute", "id": "c"}],
        "uri": "incidents/xyz",
    }
]


def only(whole: Any) -> dict[str, str | None]:
    """The one incident of a file."""
    ((_, row),) = incidents(Source("x.json", json.dumps(whole)))
    assert isinstance(row, dict)
    return row


def test_statuspage():
    """Components by name; an incident that has not ended says so."""
    row = only(STATUSPAGE)
    assert (row["id"], row["provider"], row["impact"], row["components"]) == (
        "abc",
        "Lemon Cloud",
        "major",
        "Search; API",
    )
    assert (row["start"], row["end"]) == ("2025-05-01T10:00:00.000Z", None)
    assert row["text"] == "Errors in search · 2025-05-01T10:00:00.000Z, not ended · major · Search; API"


def test_google_cloud():
    """Begin and end, the impact in the provider's own word, a title on one line."""
    row = only(GOOGLE)
    assert (row["provider"], row["impact"], row["components"]) == ("Google Cloud", "SERVICE_OUTAGE", "Compute")
    assert row["text"] == (
        "Elevated errors · 2025-05-01T10:00:00+00:00 to 2025-05-01T11:00:00+00:00 · SERVICE_OUTAGE · Compute"
    )


def test_one_a_line():
    """With the line of each; what is no incident is told and the others are read."""
    lines = ['{"id": "1", "started_at": "2025-05-01T10:00:00Z"}', "{", "", "[]", '{"started_at": "x"}', '{"id": "2"}']
    found = incidents(Source("x.jsonl", "\n".join(lines)))
    assert [(line, isinstance(row, dict)) for line, row in found] == [
        (1, True),
        (2, False),
        (4, False),
        (5, False),
        (6, False),
    ]


@pytest.mark.parametrize(
    "text", ["{}", "[1]", '{"cases": []}', "true", '"x"', "hello", '[{"a": 1}]', '[{"id": "1", "begin": "x"}, 1]']
)
def test_other_files(text: str):
    """Whatever else it is, the known forms are named."""
    with pytest.raises(ProblemError) as error:
        incidents(Source("x.json", text))
    assert [problem.code for problem in error.value.problems] == ["I112"]
