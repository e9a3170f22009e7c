"""What an amendment changed, where a disputed term has new values."""

import pytest

from adidem.desk.changes import changes_since
from adidem.kernel.literal import parse_date
from documents import agreement, block, front, held, share, signed


@pytest.mark.parametrize(
    ("term", "was", "now", "says"),
    [
        ("rate", "10 %", "12.5 %", "rate, read as net, 10 % → 12.5 %"),
        ("cap", "USD 5", "USD 7", "cap, read as net, USD 5.00 → USD 7.00"),
        ("pay_within", "30 days", "45 days", "pay_within, read as net, 30 days → 45 days"),
        ("products", "product/chat", "product/search", "products, read as net, product/chat → product/search"),
        ("rate", "10 %", "10 %", "restated"),
    ],
)
def test_a_reading_of_another_value_is_told(term: str, was: str, now: str, says: str):
    """With both of them, as they are written."""

    def of(value: str) -> str:
        lines = [line for line in share("10 %").strip().splitlines() if not line.startswith(f"{term}:")]
        readings = f"{term}: {{basis: disputed, readings: {{net: {{is: {value}}}, gross: {{is: {was}}}}}}}"
        return "\n".join([*lines, readings, *(["cap_reached: stop"] if term == "cap" else [])])

    later = front("Amendment", "2025-06-01", amends="Share") + block("signing", signed("2025-06-01"))
    later += block("share", f"replaces: share\n{of(now)}")
    texts = {"agreement.lgd": agreement("Share", "2025-01-01", share=of(was)), "amendment.lgd": later}
    (found,) = changes_since(held(texts), parse_date("2025-03-01"))
    assert {"of": "share", "what": says} in found["changes"]
