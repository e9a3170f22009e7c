"""What was granted, consented to or charged under a text still counts under the text that takes its place."""

from datetime import date
from typing import Any

from adidem.desk.answers import explained, step_view
from property.recompute import recomputed
from property.rights import event, outcome

CREDITS = {
    "family": "credits",
    "grantor": "cloud",
    "holder": "lab",
    "unit": "hours",
    "order": "oldest-first",
    "expires_after": "12 months",
    "transferable": "no",
    "grant": "10",
    "every": "month",
}
CONSENT = {
    "family": "consent",
    "holder": "cloud",
    "asker": "lab",
    "matter": "merger",
    "meanwhile": "[{suspend: waits}]",
    "upon_given": "[{resume: waits}]",
}
PARITY = {
    "family": "price-parity",
    "customer": "lab",
    "provider": "cloud",
    "services": "compute",
    "remedy": "refund",
    "every": "month",
    "pay_within": "30 days",
    "rounding": "half up, per line",
}
WAITS = {"waits": {"family": "permission", "holder": "lab", "counterparty": "cloud", "acts": "[use]", "scope": "tool"}}


def test_credits_go_on():
    """What a first text granted can be used under a second; the roll-forward is one."""
    granted = {"by": "cloud", "to": "lab", "unit": "hours", "amount": "30"}
    used = {"by": "lab", "of": "cloud", "unit": "hours"}
    events = [
        event("grant", "g", date(2025, 1, 10), **granted),
        event("redemption", "u", date(2025, 4, 10), amount="55", **used),
        event("redemption", "over", date(2025, 4, 11), amount="10.5", **used),
    ]
    later = (date(2025, 4, 1), {**CREDITS, "grant": "20"})
    result = outcome(CREDITS, events, date(2025, 4, 30), later=later).results[0]
    told = {name.partition(".")[2]: number / 10**6 for name, number in result.quantities.items()}
    assert told == {"scheduled": 50, "granted": 80, "used": 65.5, "expired": 0, "left": 14.5}
    assert [o.id for o in result.obligations if o.state == "violated"] == ["clause/over/overdrawn"]


def test_a_use_counts_for_the_price_of_its_day():
    """A later text that prices credits anew prices none that were used before: only what is beyond the cap is."""
    priced = {name: value for name, value in CREDITS.items() if name not in ("grant", "every")}
    priced |= {"price": "USD 1", "cap": "USD 250", "rounding": "half even, per line"}
    used = {"by": "lab", "of": "cloud", "unit": "hours"}
    events = [
        event("grant", "g", date(2025, 1, 10), by="cloud", to="lab", unit="hours", amount="500"),
        event("redemption", "first", date(2025, 2, 1), amount="100", **used),
        event("redemption", "within", date(2025, 4, 1), amount="75", **used),
        event("redemption", "beyond", date(2025, 4, 2), amount="0.01", **used),
    ]
    later = (date(2025, 4, 1), {**priced, "price": "USD 2"})
    result = outcome(priced, events, date(2025, 4, 30), later=later).results[0]
    assert result.quantities["clause.worth"] == 250_02
    assert [o.id for o in result.obligations if o.state == "violated"] == ["clause/beyond/cap"]


def test_consent_that_is_given_is_not_asked_for_again():
    """A later text does not set at rest anew what consent under the earlier one has freed."""
    events = [
        event("request", "q", date(2025, 2, 1), by="lab", to="cloud", matter="merger"),
        event("consent", "c", date(2025, 2, 10), by="cloud", request="q", answer="given"),
    ]
    later: tuple[date, dict[str, Any]] = (date(2025, 6, 1), {**CONSENT, "answer_within": "5 days"})
    for day, state in (
        (date(2025, 2, 5), "suspended"),
        (date(2025, 3, 1), "in effect"),
        (date(2025, 7, 1), "in effect"),
    ):
        result = outcome(CONSENT, events, day, WAITS, later).results[0]
        assert {o.id: o.state for o in result.obligations}["waits"] == state


def test_a_long_stop_that_is_put_off_lapses_nothing():
    """The long stop is that of the text which stands on its day; consent under an earlier text is consent."""
    terms = {**CONSENT, "long_stop": "2025-05-31", "upon_lapse": "[{end: waits}]"}
    later = (date(2025, 4, 1), {**terms, "long_stop": "2025-08-31"})
    events = [
        event("request", "q", date(2025, 2, 1), by="lab", to="cloud", matter="merger"),
        event("consent", "c", date(2025, 2, 10), by="cloud", request="q", answer="given"),
    ]
    for told, day, state in (
        ([], date(2025, 7, 1), "suspended"),
        ([], date(2025, 9, 1), "terminated"),
        (events, date(2025, 9, 1), "in effect"),
    ):
        result = outcome(terms, told, day, WAITS, later).results[0]
        assert {o.id: o.state for o in result.obligations}["waits"] == state


def test_the_lowest_price_stays_the_measure():
    """A price that another was charged under the first text counts under the second; and the refund is explained."""
    priced = {"by": "cloud", "service": "compute/one"}
    events = [
        event("price", "ours", date(2025, 1, 5), to="lab", amount="USD 3.00", **priced),
        event("price", "theirs", date(2025, 2, 5), to="rival", amount="USD 2.00", **priced),
        event("price", "raised", date(2025, 3, 5), to="rival", amount="USD 5.00", **priced),
        event(
            "usage", "u", date(2025, 5, 5), by="lab", of="cloud", service="compute/one", amount="USD 3", quantity="7.25"
        ),
    ]
    found = outcome(PARITY, events, date(2025, 12, 31), later=(date(2025, 4, 1), {**PARITY, "look_back": "10 days"}))
    owed = {f.transfer.id: f.transfer.amount_minor for f in found.results[0].figures}
    assert owed == {"clause/2025-05/refund": 725}
    for explanation, changes in explained(found, "clause/2025-05/refund"):
        assert recomputed(step_view(explanation.step)) == 725
        assert all(change.figure_after != 725 for change in changes)


def test_what_was_used_before_a_later_text_is_looked_back_at():
    """A lower price under the second text is paid back on what was used under the first, as far as it looks back; one
    under the first is not paid back by the second again.
    """
    terms = {**PARITY, "look_back": "30 days"}
    events = [
        event("price", "ours", date(2025, 1, 2), by="cloud", to="lab", service="compute/a", amount="USD 20"),
        _used("early", date(2025, 2, 1), "1000"),
        _used("late", date(2025, 3, 1), "100"),
        event("price", "theirs", date(2025, 3, 20), by="cloud", to="oak", service="compute/a", amount="USD 19"),
    ]
    for later in (None, (date(2025, 3, 10), terms), (date(2025, 3, 21), terms)):
        figures = outcome(terms, events, date(2025, 12, 31), later=later).results[0].figures
        assert {f.transfer.id: f.transfer.amount_minor for f in figures} == {"clause/theirs/look-back": 100_00}


def test_what_no_text_spoke_of_does_not_count_later():
    """A price and a grant of days before the clause began count under no text of it, a later one neither."""
    early = date(2024, 12, 1)
    prices = [
        event("price", "theirs", early, by="cloud", to="oak", service="compute/a", amount="USD 15"),
        event("price", "ours", date(2025, 1, 2), by="cloud", to="lab", service="compute/a", amount="USD 20"),
        _used("used", date(2025, 5, 1), "100"),
    ]
    granted = {"by": "cloud", "to": "lab", "unit": "hours", "amount": "30"}
    credits_ = [
        event("grant", "g", early, **granted),
        event("redemption", "u", date(2025, 5, 1), by="lab", of="cloud", unit="hours", amount="5"),
    ]
    own = {name: value for name, value in CREDITS.items() if name not in ("grant", "every")}
    for later in (False, True):
        day = date(2025, 4, 1)
        parity = outcome(PARITY, prices, date(2025, 12, 31), later=(day, PARITY) if later else None).results[0]
        assert parity.figures == []
        used = outcome(own, credits_, date(2025, 5, 31), later=(day, own) if later else None).results[0]
        assert [o.id for o in used.obligations if o.state == "violated"] == ["clause/u/overdrawn"]


def _used(id: str, on: date, quantity: str) -> dict[str, str]:
    said = {"by": "lab", "of": "cloud", "service": "compute/a", "amount": "USD 1", "quantity": quantity}
    return event("usage", id, on, **said)
