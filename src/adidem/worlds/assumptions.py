"""The families of an outlook: which terms each kind of assumption has, and what they say.

Knows the form of each family. Does not know how terms are spelled, nor what is drawn from them.

No family here becomes a formula of the program: an outlook says what may happen, the agreement what follows from it.
"""

from typing import TYPE_CHECKING

from adidem.kernel.family import Family, TermForm, TermType

if TYPE_CHECKING:
    from adidem.kernel.composer import Composer


def _nothing(clause: "Composer") -> None:
    """An assumption settles nothing."""


def _form(name: str, type: TermType, about: str, required: bool = True, choices: tuple[str, ...] = ()) -> TermForm:
    return TermForm(name, type, required, choices=choices, about=about, disputable=False)


def _may(name: str, type: TermType, about: str) -> TermForm:
    return _form(name, type, about, required=False)


def _chosen(name: str, type: TermType, about: str, required: bool = True) -> TermForm:
    """A term that whoever writes the outlook chooses, and that can therefore not be off."""
    return TermForm(name, type, required, about=about, disputable=False, assumable=False)


def _map(name: str, of: TermType, about: str, required: bool = True) -> TermForm:
    parts = (TermForm("value", of, disputable=False),)
    return TermForm(name, "map", required, about=about, disputable=False, parts=parts)


OUTLOOK = (
    _chosen("starts", "date", "the last day of the record; the first sampled day is the next"),
    _chosen("until", "date", "the last day of the horizon"),
    _chosen("backtest_from", "date", "the earlier day from which it is tried on what has happened since", False),
)
DRIVER = (
    _form("shape", "choice", "how it moves", choices=("growth", "reversion", "s-curve", "series", "formula")),
    _may("unit", "name", "a currency, `rate`, or what is counted; without it that of `start`, or of the formula"),
    _may("start", "number", "its value on the last day of the record"),
    _may(
        "start_from", "name", "in place of `start`, or before it: the source like whose events the ledger's are taken"
    ),
    _chosen("over", "duration", "with `start_from`: over which time before, in whole months, the mean is taken", False),
    _may("growth", "number", "growth of the median in a year"),
    _may("volatility", "number", "standard deviation of the logarithm in a year"),
    _may("mean", "number", "reversion: the level to which it is pulled"),
    _may("pull", "number", "reversion: how strongly it is pulled, in a year"),
    _may("jump_chance", "number", "chance of a jump in a year; at most one comes in a month"),
    _may("jump_size", "number", "by how much a jump changes it"),
    _may("jump_spread", "number", "standard deviation of the logarithm of a jump"),
    _may("season", "numbers", "twelve factors, January first"),
    _may("ceiling", "number", "S-curve: what it comes near to in the end"),
    _may("midpoint", "date", "S-curve: the day on which half of the ceiling is reached"),
    _may("width", "duration", "S-curve: how long the steep part takes; the smaller, the steeper"),
    _map("values", "value", "series: day and value; between two days the earlier one holds", False),
    _may("formula", "formula", "formula: of other drivers"),
)
CORRELATION = (
    _form("between", "names", "the two drivers"),
    _form("strength", "number", "between -1 and 1: how their monthly shocks move together"),
)
EVENTS = (
    _form("event", "name", "the kind of event"),
    _map("columns", "text", "what its columns hold; `{period}` stands for the label of the period", False),
    _may("amount", "formula", "the column `amount`, from drivers"),
    _map(
        "amounts",
        "formula",
        "each column that holds a number, from drivers; of dates and instants how long after",
        False,
    ),
    _may("when", "formula", "comes only where it held of drivers and outcomes at the end of the period before"),
    _chosen("months", "names", "in which months of the year it can come; in all where it does not say", False),
    _chosen("from", "date", "the first day on which one can come", False),
    _chosen("until", "date", "the last day on which one can come", False),
)
FLOW = (*EVENTS, _form("every", "every", "one at the end of each"))
ANSWER = (
    _form("event", "name", "the kind of the later stage"),
    _map("columns", "text", "what its columns hold", False),
    _form("within", "delay", "days from the record to it: `LOW to HIGH`, each day alike"),
    _may("choice", "name", "the column that is drawn"),
    _map(
        "chances", "number", "the chance of each word of `choice`; what is left of 100 % is that it never comes", False
    ),
)
HAZARD = (
    *EVENTS,
    _may("every", "every", "in which slots it can come; each month where it does not say"),
    _may("chance", "number", "chance in a year"),
    _may("odds", "formula", "in place of `chance`: what it is in a year, from drivers and outcomes"),
    _map("fitted", "text", "in place of `chance`: which events of the ledger are counted, by their columns", False),
    _chosen("at_most", "count", "so many events in one course of things", False),
    _may("by", "party", "who decides that it comes"),
    TermForm("answers", "groups", False, about="what may follow each", disputable=False, parts=ANSWER),
)
RULE = (
    _may("when", "formula", "what must hold of drivers and outcomes at the end of the period before"),
    _form("choose", "name", "the word that is then chosen"),
)
POLICY = (
    _form("party", "party", "who decides"),
    _form("of", "name", "the flow or hazard of which it decides"),
    _may("when", "formula", "the event itself comes only where this holds"),
    _may("answers", "name", "the kind of the later stage that it decides"),
    _may("choice", "name", "the column that it decides; `answer` or `outcome` where the stage has one"),
    TermForm("rules", "groups", False, about="the first that holds decides", disputable=False, parts=RULE),
    _may("within", "delay", "days from the record to the later stage: `LOW to HIGH`, each day alike"),
)
SCENARIO = (
    _form("partition", "name", "of which partition of the future it is a part"),
    _form("probability", "number", "how likely it is; those of a partition sum to 100 %"),
    _map("changes", "value", "parameters, by ASSUMPTION.TERM, with the value that each has in it", False),
    _form("resolves", "text", "by what one will know that it came"),
    _may("came_if", "formula", "the same of the states and totals of the record, by the names that `discover` uses"),
)

FAMILIES: dict[str, Family] = {
    name: Family(name, says, terms, _nothing, binds=False)
    for name, says, terms in (
        ("outlook", "from when to when the outlook looks; one in all", OUTLOOK),
        ("driver", "a quantity that moves month by month, and that no party pays", DRIVER),
        ("correlation", "two drivers whose shocks move together", CORRELATION),
        ("flow", "events that come at the end of each period", FLOW),
        ("hazard", "events that may come, and what may follow them", HAZARD),
        ("policy", "what a party does where the agreement lets it choose", POLICY),
        ("scenario", "a course of things with a probability: what it changes", SCENARIO),
    )
}
"""The families of an outlook by name."""
