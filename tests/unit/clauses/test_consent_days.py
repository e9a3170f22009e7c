"""Consent on the day itself, and consent that is refused."""

from datetime import date

import pytest

from property.rights import event, outcome

ASKED = {"by": "lab", "to": "cloud", "act": "sell", "asset": "model/one"}
SOLD = {"by": "lab", "act": "sell", "asset": "model/one"}
PROHIBITION = {
    "family": "prohibition",
    "holder": "lab",
    "counterparty": "cloud",
    "acts": "[sell]",
    "scope": "every model",
    "unless_consent_of": "cloud",
}
CONSENT = {"family": "consent", "holder": "cloud", "asker": "lab", "acts": "[sell]", "scope": "every model"}


@pytest.mark.parametrize(("answer", "state"), [("given", "fulfilled"), ("refused", "terminated")])
def test_a_power_to_consent_ends_with_its_answer(answer: str, state: str):
    """The power of whoever is asked is used by giving consent, and is over when consent is refused."""
    events = [
        event("request", "asked", date(2025, 2, 1), **ASKED),
        event("consent", "answered", date(2025, 2, 10), by="cloud", request="asked", answer=answer),
    ]
    (result,) = outcome(PROHIBITION, events, date(2025, 6, 30)).results
    assert {each.id: each.state for each in result.obligations}["clause/asked/consent"] == state


@pytest.mark.parametrize(("answered", "broken"), [(date(2025, 3, 1), False), (date(2025, 3, 2), True)])
def test_an_act_on_the_day_of_consent(answered: date, broken: bool):
    """Consent frees what is done on its own day, also if the same was asked again since; a day late it does not."""
    events = [
        event("request", "asked", date(2025, 2, 1), **ASKED),
        event("request", "asked-again", date(2025, 2, 20), **ASKED),
        event("act", "sold", date(2025, 3, 1), **SOLD),
        event("consent", "answered", answered, by="cloud", request="asked", answer="given"),
    ]
    (result,) = outcome(CONSENT, events, date(2025, 6, 30)).results
    assert any(each.state == "violated" for each in result.obligations) == broken
