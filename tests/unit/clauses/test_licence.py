"""What a licence permits, to whom, with what and until when; and nothing beside it."""

from datetime import date

import pytest

from adidem.desk.answers import may_view
from adidem.kernel.period import AsOf, day
from documents import agreement, held

LICENCE = """
family: licence
licensor: lab
licensee: cloud
acts: [use]
scope: every model
exclusive: no
until: 2025-06-30
"""
DUTY = "family: duty\nholder: lab\ncounterparty: cloud\nact: sell\nscope: every tool\n"


@pytest.mark.parametrize(
    ("party", "act", "asset", "on", "says"),
    [
        ("cloud", "use", "model/one", "2025-06-30", ["may"]),
        ("cloud", "use", "model/one", "2025-07-01", ["must not"]),
        ("lab", "use", "model/one", "2025-06-30", []),
        ("cloud", "sell", "model/one", "2025-06-30", []),
        ("cloud", "use", "tool/saw", "2025-06-30", []),
    ],
)
def test_what_a_licence_permits(party: str, act: str, asset: str, on: str, says: list[str]):
    """The licensee, the acts and the assets that it names, while it binds."""
    workspace = held(agreement("Licence", "2025-01-01", licence=LICENCE, duty=DUTY))
    as_of = AsOf(day(date.fromisoformat(on)), 2**61)
    (verdict,) = may_view(workspace, as_of, on, party, act, asset)["verdicts"]
    assert ["must not" if ground["forbids"] else "may" for ground in verdict["grounds"]] == says
