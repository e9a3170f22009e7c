"""The text in force of a workspace.

Knows which documents were known on a day. Does not know how their sections are woven together.
"""

from adidem.desk.families import families
from adidem.desk.workspace import Workspace
from adidem.kernel.period import AsOf, show_day
from adidem.kernel.problem import Problem, ProblemError
from adidem.text.consolidate import consolidate


def consolidated(workspace: Workspace, as_of: AsOf) -> tuple[str, list[str]]:
    """The consolidated text as of a pair, and the documents that it is made of.

    Problems: D101 none was signed by then; D211 the agreement has not taken effect.
    """
    texts = workspace.some_known(as_of)
    agreement = workspace.agreement(texts)
    in_effect = [document for document in agreement.documents if document.effective <= as_of.occurred]
    if all(document.amends for document in in_effect):
        first = min(document.effective for document in agreement.documents if not document.amends)
        sentence = f"the agreement takes effect on {show_day(first)}, and has no text in force before"
        raise ProblemError([Problem("D211", sentence, at=str(workspace.root), mend="ask for a later day")])
    return consolidate(texts, agreement, families(), as_of.occurred), [document.name for document in in_effect]
