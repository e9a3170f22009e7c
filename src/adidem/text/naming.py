"""The identifier that a heading without one could have.

Knows titles. Does not know documents.
"""

import re
from unicodedata import normalize


def named_after(title: str) -> str:
    """A title in small letters with hyphens between its words: `Revenue share` is `revenue-share`."""
    plain = normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-0123456789") or "clause"
