"""The commands `may`, `explain` and `readings`: one question, one answer.

Knows what was typed and how answers are printed.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from adidem.cli import typed
from adidem.cli.head import besides, pair_words
from adidem.cli.layout import and_more, heading, line, money_range, short_money, show_json, table
from adidem.cli.running import asked, opened
from adidem.desk import answers
from adidem.desk.wording import event_words, quantity_words
from adidem.findings.explain import Step
from adidem.kernel.quantity import DAYS

MOST_EVENTS, MOST_RIGHTS = 8, 6
_MOST_AGAIN = 4
"""A step with no more lines than these is shown again rather than named."""
Shape = tuple[str, ...]
"""A step and all behind it, line by line."""


def may(folder: Path, party: str, act: str, asset: str, at: str, other: str, new: bool, as_json: bool) -> None:
    """Print whether a party may do it; exit code 1 when it may not, or only on one reading."""
    workspace = opened(folder)
    as_of, when = typed.moment(workspace, at)
    view = answers.may_view(workspace, as_of, when, party, act, asset, other, new)
    if as_json:
        show_json(view)
    else:
        _print_may(view)
    raise typer.Exit(0 if view["answer"] == "yes" else 1)


def _print_may(view: dict[str, Any]) -> None:
    answer = {"yes": "yes", "no": "no", "depends": "it depends on the reading"}[view["answer"]]
    other = f" with {view['with']}" if view["with"] else ""
    line(f"{answer}: {view['party']} {view['act']} {view['asset']}{other}, on {view['at']}")
    grounds = [ground for verdict in view["verdicts"] for ground in verdict["grounds"]]
    if not other and any(ground["depends_on_whom"] for ground in grounds):
        line("nobody is named with whom (--with-whom NAME): taken as anybody else", 4)
    for verdict in view["verdicts"]:
        readings = ", ".join(f"{q} is {r}" for q, r in verdict["readings"].items())
        lead = f"if {readings}: {'yes' if verdict['allowed'] else 'no'}" if readings else ""
        if lead:
            line(lead, 2)
        for ground in verdict["grounds"]:
            line(f"{ground['clause']}: {ground['reason']}  ({ground['place']})", 4)
        if not verdict["grounds"]:
            line("nothing in force forbids it", 4)


def explain(
    folder: Path, figure: str, as_of: str, known_at: str, readings: Sequence[str], events: Sequence[str], as_json: bool
) -> None:
    """Print why a figure is so."""
    _, outcome = asked(folder, as_of, known_at, readings, events)
    found = answers.explained(outcome, figure)
    view = answers.explain_view(outcome, figure, found)
    if as_json:
        show_json(view)
        return
    if known_at or events or readings:
        line(pair_words(outcome))
        besides(outcome)
    for (explanation, _), one in zip(found, view["explanations"], strict=True):
        line(f"{figure}: {one['payer']} owes {one['payee']} {_amount(one)}, due {_due(one)}")
        if one["provisional"]:
            accrues = explanation.figure.accrued is not None and explanation.figure.accrued.open
            why = "it accrues until it is paid" if accrues else "a determination that would touch it is pending"
            line(f"provisional: {why}", 2)
        for clause in one["clauses"]:
            line(f"clause   {clause['title']}  ({clause['place']})", 2, 9)
        for question, reading in explanation.readings.items():
            line(f"reading  {question} is {reading}", 2, 9)
        if one["rests_on"]:
            line(f"rests on {', '.join(one['rests_on'])}", 2, 9)
        heading("  because")
        _print_step(explanation.step, 4, set())
        if one["otherwise"]:
            heading("  it would be otherwise if")
        for change in one["otherwise"]:
            what = f"{change['name']} {change.get('column', '')}".strip()
            then = short_money(change["figure_minor"], one["currency"])
            line(f"{what} were {change['after']} instead of {change['before']}: then {then}", 4, 4)
            if "apply" in change:
                line(f'--with "{change["apply"]}"', 8, 4)


def _amount(one: dict[str, Any]) -> str:
    """The range first where the figure rests on what is assumed; then what it was taken as, and what of it is paid."""
    amount = short_money(one["amount_minor"], one["currency"])
    words = money_range(one["low_minor"], one["high_minor"], one["currency"])
    words += f", taken as {amount}" if one["low_minor"] != one["high_minor"] else ""
    paid = short_money(one["paid_minor"], one["currency"])
    return words + ("" if not one["paid_minor"] else f" ({'' if paid == amount else f'{paid} of it '}paid)")


_WORDS = {
    "minimum": "the lesser of",
    "maximum": "the greater of",
    "subtract": "the difference of",
    "sum": "the sum of",
    "add": "the sum of",
}


def _due(one: dict[str, Any]) -> str:
    """The due day, with the first and the last where that hangs on what is assumed."""
    if one["due_first"] == one["due_last"]:
        return one["due"]
    return f"{one['due']} ({one['due_first']} to {one['due_last']})"


def _print_step(step: Step, indent: int, seen: set[Shape], deep: int = 99) -> None:
    """A step and what is behind it; where the same stands again its parts are not repeated.

    deep  how many further levels are shown
    """
    words = quantity_words(step.number, step.unit)
    place = f"  ({step.span.place})" if step.span is not None else ""
    if step.operation in ("event", "figure"):
        line(f"{words}  {step.operation} {step.name}{place}", indent, 4)
        if (origin := answers.origin_of_step(step)) is not None:
            line(f"from {origin}", indent + 4, 2)
    elif not step.parts:
        basis = f", {step.detail}" if step.detail else ""
        line(f"{words}  {step.name}{basis}{place}", indent, 4)
    elif step.operation == "late":
        until = f"paid by {step.name}" if step.name else "not paid yet"
        line(f"{words}  late by {step.parts[1].number} days, {step.parts[1].name}, {until}", indent, 4)
        line(f"of figure {step.parts[0].name}", indent + 4, 2)
    else:
        shape = _shape(step)
        again = len(shape) > _MOST_AGAIN and shape in seen
        seen.add(shape)
        line(f"{words}  = {_made(step)}{', as above' if again else '' if deep else ' …'}", indent, 4)
        if deep and not again:
            _print_parts(step, indent + 2, seen, deep - 1)


def _made(step: Step) -> str:
    """How a number came to be."""
    match step.operation:
        case "interest":
            return f"rate × part × days ÷ year, rounded {step.detail}"
        case "rounded":
            return f"rounded {step.detail}"
        case "scale":
            return f"{_factor(step.parts[1])} × amount" + (f", rounded {step.detail}" if step.detail else "")
        case "sum":
            return f"the sum of {len(step.parts)} amounts"
        case other:
            return _WORDS.get(other, other)


def _factor(step: Step) -> str:
    """By what an amount is multiplied."""
    if step.unit.kind != "count":
        return "rate"
    return "days" if step.unit.name == DAYS.name else "number"


def _print_parts(step: Step, indent: int, seen: set[Shape], deep: int) -> None:
    parts = tuple(reversed(step.parts)) if step.operation == "scale" else step.parts
    if step.operation in ("minimum", "maximum"):
        for part in parts:  # of a limit that does not bind, how it is made is enough
            _print_step(part, indent, seen, deep if part.number == step.number else min(deep, 1))
        return
    shown = parts[:MOST_EVENTS] if step.operation == "sum" else parts
    for part in shown:
        _print_step(part, indent, seen, deep)
    if rest := parts[len(shown) :]:
        together = sum(part.number for part in rest)
        line(f"{quantity_words(together, step.unit)}  {len(rest)} more, listed by --json", indent)


def _shape(step: Step) -> Shape:
    """What a step and all behind it say, to know it again."""
    own = f"{step.operation} {step.number} {step.unit} {step.name} {step.column}"
    return (own, *(each for part in step.parts for each in _shape(part)))


def readings(folder: Path, as_of: str, known_at: str, events: Sequence[str], as_json: bool) -> None:
    """Print where the parties are not ad idem."""
    workspace, outcome = asked(folder, as_of, known_at, [], events)
    view = answers.readings_view(workspace, outcome)
    if as_json:
        show_json(view)
        return
    line(f"{view['agreement']}, {pair_words(outcome)}: where the parties are not ad idem")
    besides(outcome)
    _print_differences("TESTED BY THE RECORD", view["tested"], outcome.as_of)
    if view["settle_first"]:
        settle = view["settle_first"]
        line(f"settling {settle['question']} first removes {settle['removes']:.0%} of the difference", 2)
    _print_differences("TESTED ONLY BY A HYPOTHETICAL EVENT", view["tested_by_a_hypothetical_event"], outcome.as_of)
    if view["nothing_turns_on"]:
        heading("NOTHING TURNS ON")
        line(", ".join(question["question"] for question in view["nothing_turns_on"]), 2)
    if view["settled"]:
        heading("SETTLED")
        for settled in view["settled"]:
            word = "settled as" if settled["final"] else "favoured:"
            line(f"{settled['question']} {word} {settled['reading']}  ({settled['place']})", 2)


def _print_differences(title: str, differences: list[dict[str, Any]], day: int) -> None:
    heading(title)
    if not differences:
        line("nothing", 2)
    for found in differences:
        line(found["question"], 2)
        rows = [
            [r["reading"], f"held by {r['held_by']}" if r["held_by"] else "", f"{r['source']}  {r['place']}".strip()]
            for r in found["readings"]
        ]
        table(rows, 4)
        for event in found["hypothetical"]:
            line(f'--with "{event_words(event, day)}"', 4, 4)
        if found["first_event"]:
            line(f"outcomes part first on {found['first_day']}, with {found['first_event']}", 4)
        for stake in found["money"]:
            low, high = (short_money(stake[key], stake["currency"]) for key in ("least_minor", "most_minor"))
            line(f"money   {stake['party']}: net {low} to {high}", 4, 8)
        for right in [*found["rights"], *found["in_force"]][:MOST_RIGHTS]:
            states = ", ".join(f"{reading}: {state}" for reading, state in right["states"].items())
            line(f"rights  {right.get('obligation') or right.get('clause')}: {states}", 4, 8)
        and_more(len(found["rights"]) + len(found["in_force"]) - MOST_RIGHTS, 4, "right")
