"""Every minor unit is explained: by the sum of its trace, and by a change that would have made it otherwise."""

from hypothesis import given, settings

from adidem.desk.answers import explained, step_view
from property.recompute import recomputed
from property.strategies import Case, cases

PAID = ("revenue-share", "minimum-commitment", "investment", "determination")


@given(cases(PAID))
@settings(max_examples=80)
def test_every_figure_is_the_sum_of_its_trace(case: Case):
    """The amounts at the leaves of an explanation recompute the figure exactly, under every reading."""
    outcome = case.workspace().run(case.as_of)
    for id in {figure.transfer.id for result in outcome.results for figure in result.figures}:
        for explanation, _ in explained(outcome, id):
            assert recomputed(step_view(explanation.step)) == explanation.figure.transfer.amount_minor


@given(cases(PAID))
@settings(max_examples=40)
def test_every_change_that_is_named_changes_the_figure(case: Case):
    """What is said would have made a figure otherwise gives another figure."""
    outcome = case.workspace().run(case.as_of)
    for id in {figure.transfer.id for result in outcome.results for figure in result.figures}:
        for explanation, changes in explained(outcome, id):
            assert all(change.figure_after != explanation.figure.transfer.amount_minor for change in changes)
