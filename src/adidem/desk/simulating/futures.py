"""A workspace played forward: what was known when its outlook starts, and what may come after, as one setting.

Knows workspaces, outlooks and what is supposed of a reading. Does not know how worlds are counted or shown.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from adidem.desk import cache
from adidem.desk.families import families
from adidem.desk.simulating.outlook import read_outlook
from adidem.desk.workspace import Workspace, known_questions
from adidem.findings.evaluator import prepare
from adidem.findings.outcome import Outcome
from adidem.findings.sampled import World
from adidem.findings.setting import Readings, Setting
from adidem.findings.worlds import reading_inputs
from adidem.kernel.compose import event_kinds
from adidem.kernel.engine import evaluate
from adidem.kernel.event import CORRECTION, WITHDRAWAL, EventKind
from adidem.kernel.period import AsOf, show_day
from adidem.kernel.problem import Problem, ProblemError, did_you_mean
from adidem.kernel.source import Source
from adidem.records.ledger import Table
from adidem.records.seal import body_and_seal
from adidem.records.values import UNBOUNDED
from adidem.worlds.compiling import keep_compiled_in
from adidem.worlds.future import as_events
from adidem.worlds.horizon import MOST_DAYS
from adidem.worlds.outlook import Outlook
from adidem.worlds.slot import Event, slots
from adidem.worlds.tally import BLOCK

MOST_SETS = 64
PILOT = 128
"""So many worlds show on which questions anything rests."""
SAMPLED = "outlook"
"""The name under which sampled events stand beside the ledger's files."""


@dataclass(frozen=True)
class Play:
    """How a workspace is to be played forward.

    until          another last day than the outlook's
    starts         another day on which the outlook starts, on what was known then
    readings       question → reading, for questions that are read one way only
    every_reading  all combinations of readings that matter, rather than one question at a time
    sets           the sets of readings, where it was found before which of them matter
    scenario       in which every world lies; by default each world draws its own
    partition      of which the scenarios are sampled; by default the first
    worlds         how many will be asked for, so that what pays is compiled
    """

    seed: int = 1
    until: int | None = None
    starts: int | None = None
    readings: Mapping[str, str] = field(default_factory=dict[str, str])
    every_reading: bool = False
    sets: tuple[Readings, ...] = ()
    scenario: str = ""
    partition: str = ""
    worlds: int = 0


@dataclass
class Future:
    """A workspace as it was known when the outlook starts, the outlook, and the setting that is simulated.

    origin  the workspace as it was opened, and how it was asked to be played forward
    """

    workspace: Workspace
    outlook: Outlook
    setting: Setting
    origin: tuple[Workspace, Play] | None = None

    def world(self, number: int) -> list[Event]:
        """The events of one sampled world, as a ledger tells them."""
        setting = self.setting
        first = number - number % BLOCK
        block = setting.draw(first, number - first + 1)
        return as_events(setting.slots, block, number)

    def set_apart(self, number: int) -> list[str]:
        """Why one sampled world counts nowhere; nothing where it counts."""
        return [why for why, flags in self.setting.draw(number, 1).set_apart.items() if flags.any()]

    def opened(self, number: int, pinned: Mapping[str, str] | None = None) -> tuple[Workspace, Outcome]:
        """One sampled world as a record: its events after those of the ledger, run like any other."""
        sampled = Source(SAMPLED, "\n".join(json.dumps(event) for event in self.world(number)))
        workspace = replace(self.workspace, ledger_sources=[*self.workspace.ledger_sources, sampled], _compositions={})
        return workspace, workspace.run(AsOf(self.outlook.until, UNBOUNDED), pinned)


def future(workspace: Workspace, play: Play) -> Future:
    """The setting in which a workspace's outlook is played forward.

    Problems: those of the outlook (W); D103, D104 unknown question or reading; D105 no such last day; D110 unknown
    scenario; D111 too many combinations of readings.
    """
    keep_compiled_in(cache.folder())
    prepare(play.worlds)
    then = None if play.starts is None else _end_of(play.starts)
    outlook = read_outlook(workspace, then)
    if play.until is not None:
        outlook = _ending(outlook, play.until)
    _known_scenario(outlook, play.scenario, play.partition)
    known = as_known(workspace, then or AsOf(outlook.starts, UNBOUNDED))
    composition, _ = known.composed(AsOf(outlook.starts, UNBOUNDED))
    places = slots(outlook, composition.currency())
    template = Source(SAMPLED, "\n".join(json.dumps(event) for event in places.template()))
    whole = replace(known, ledger_sources=[*known.ledger_sources, template], _compositions={})
    composition, columns = whole.composed(AsOf(outlook.until, UNBOUNDED))
    setting = Setting(composition, columns, outlook, places, play.seed, ({},), play.scenario, play.partition)
    sets = play.sets or tuple(reading_sets(setting, play.readings, play.every_reading))
    return Future(known, outlook, replace(setting, sets=sets), (workspace, play))


def _end_of(day: int) -> AsOf:
    """What had occurred, and was recorded, by the end of a day."""
    return AsOf(day, day * 86_400 + 86_399)


def as_known(workspace: Workspace, pair: AsOf) -> Workspace:
    """The workspace as it stood at a pair: the documents that had entered the record, and the events that counted."""
    texts, ledger = workspace.known(pair), workspace.ledger
    counting = {
        ledger.words[id]
        for kind, table in ledger.tables.items()
        for id in table.ids[_counts(kind, table, pair)].tolist()
    }
    sources = [_counting(source, counting, event_kinds(families())) for source in workspace.ledger_sources]
    return Workspace(workspace.root, texts, sources, workspace.problems)


def _counts(kind: str, table: Table, pair: AsOf) -> NDArray[np.bool_]:
    """[events] Which had occurred, as it was last recorded by then; of what tells them anew, which was recorded."""
    recorded = (table.recorded <= pair.recorded) & (pair.recorded < table.superseded)
    return recorded if kind in (CORRECTION.name, WITHDRAWAL.name) else recorded & (table.occurred <= pair.occurred)


def _counting(source: Source, counting: Collection[str], kinds: Mapping[str, EventKind]) -> Source:
    """The file with empty lines for the events that did not count: every other event stays in its place."""
    lines: list[str] = []
    whole = True
    for line in source.text.split("\n"):
        kept = not line.strip() or _stays(json.loads(line), counting, kinds)
        whole = whole and kept
        lines.append(line if kept else "")
    if whole:
        return source
    return Source(source.name, "\n".join(body_and_seal(line)[0] for line in lines))


def _stays(event: Event, counting: Collection[str], kinds: Mapping[str, EventKind]) -> bool:
    """Whether an event counts; and the record does too of which it is a later stage, or that it tells anew."""
    of = {CORRECTION.name: "corrects", WITHDRAWAL.name: "corrects"}.get(event["kind"]) or kinds[event["kind"]].joins
    return event["id"] in counting and (not of or event[of] in counting)


def _ending(outlook: Outlook, until: int) -> Outlook:
    if until <= outlook.starts:
        sentence = f"the outlook starts after {show_day(outlook.starts)}, so nothing comes before {show_day(until)}"
        raise ProblemError([Problem("D105", sentence, at="--until", mend="name a later day")])
    if until > outlook.starts + MOST_DAYS:
        sentence = f"{show_day(until)} is more than 100 years after {show_day(outlook.starts)}, when the outlook starts"
        raise ProblemError([Problem("D105", sentence, at="--until", mend="name an earlier day")])
    return replace(outlook, until=until)


def _known_scenario(outlook: Outlook, scenario: str, partition: str) -> None:
    partitions = list(outlook.partitions())
    names = [one.name for one in outlook.scenarios if partition in ("", one.partition)]
    for name, known, what in ((partition, partitions, "partition"), (scenario, names, "scenario")):
        if name and name not in known:
            where = f"the partition {partition}" if partition in partitions else "the outlook"
            mend = did_you_mean(name, known) if known else f"leave it out: the outlook has no {what}s"
            raise ProblemError([Problem("D110", f"{where} has no {what} {name}", at=f"--{what}", mend=mend)])


def reading_sets(setting: Setting, pinned: Mapping[str, str], every: bool) -> list[Readings]:
    """The sets of readings under which the worlds are run: as first read, and then each question the other way; or
    all combinations. Questions on which nothing that is looked at rests are left alone.
    """
    composition = setting.composition
    known_questions(composition, pinned)
    first = {id: pinned.get(id, question.readings[0]) for id, question in composition.questions.items()}
    live = [id for id in _live(setting, first) if id not in pinned]
    if not every:
        others = [(id, r) for id in live for r in composition.questions[id].readings if r != first[id]]
        return [first, *({**first, id: reading} for id, reading in others)]
    sets = [first]
    for id in live:
        sets = [{**each, id: reading} for each in sets for reading in composition.questions[id].readings]
        if len(sets) > MOST_SETS:
            sentence = f"{len(live)} questions matter, and their combinations are more than {MOST_SETS}"
            mend = f"settle some by --reading QUESTION=READING: {', '.join(live)}"
            raise ProblemError([Problem("D111", sentence, at="--reading", mend=mend)])
    return sets


def _live(setting: Setting, first: Readings) -> list[str]:
    """The questions of which another reading alone changes something that is looked at, in some world of a sample."""
    composition, columns, measures = setting.composition, setting.columns, setting.measures
    others = [(q, r) for q, each in composition.questions.items() for r in each.readings if r != first[q]]
    choices = [first, *({**first, question: reading} for question, reading in others)]
    laid = {key: np.tile(values, len(choices)) for key, values in setting.laid(setting.draw(0, PILOT), PILOT).items()}
    chosen = reading_inputs(composition, [choice for choice in choices for _ in range(PILOT)])
    values = evaluate(composition.program, World(columns, laid, chosen), columns.shape, measures.wanted()).values
    worlds = PILOT * len(choices)
    looked_at = measures.amounts(values, worlds), measures.held(values, worlds)
    live: dict[str, None] = {}
    for number, (question, _) in enumerate(others, 1):
        own, base = slice(number * PILOT, (number + 1) * PILOT), slice(0, PILOT)
        if any((found[..., own] != found[..., base]).any() for found in looked_at):
            live[question] = None
    return list(live)
