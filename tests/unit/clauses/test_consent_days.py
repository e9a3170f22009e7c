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
SILENT = {**CONSENT, "answer_within": "10 days", "silence": "given"}


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


def broken(events: list[dict[str, str]]) -> bool:
    """Whether something was done without consent, where silence gives it after ten days."""
    (result,) = outcome(SILENT, events, date(2025, 6, 30)).results
    return any(each.state == "violated" and each.id.endswith("/sold") for each in result.obligations)


@pytest.mark.parametrize(("sold", "wrong"), [(date(2025, 2, 11), True), (date(2025, 2, 12), False)])
def test_an_act_on_the_day_on_which_silence_gives_consent(sold: date, wrong: bool):
    """An answer can come until the end of its last day; from the day after, silence frees what is done on that day."""
    events = [event("request", "asked", date(2025, 2, 1), **ASKED), event("act", "sold", sold, **SOLD)]
    assert broken(events) == wrong


@pytest.mark.parametrize(("refused", "wrong"), [("asked", False), ("asked-again", True)])
def test_of_two_requests_the_last_counts(refused: str, wrong: bool):
    """Whichever was refused: the other was met by silence."""
    events = [
        event("request", "asked", date(2025, 2, 1), **ASKED),
        event("request", "asked-again", date(2025, 2, 20), **ASKED),
        event("consent", "answered", date(2025, 2, 5 if refused == "asked" else 25), by="cloud", request=refused)
        | {"answer": "refused"},
        event("act", "sold", date(2025, 3, 10), **SOLD),
    ]
    assert broken(events) == wrong
