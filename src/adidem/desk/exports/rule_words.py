"""The parts of a rules file that are alike everywhere: words, lists of words, columns, conditions, choices.

Knows YAML with places and how each part is written. Does not know what a rule is.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import get_args
from zoneinfo import ZoneInfo

from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.quantity import Rounding
from adidem.kernel.source import Span
from adidem.records.rules import Condition, Named, Value
from adidem.text import block

VALUE = ("column", "words", "currency")
_ID = ("column", "prefix")
_TEST = ("is", "begins", "has", "empty", "null")


@dataclass
class Words:
    """Reads parts of a rules file, and collects what is wrong with them.

    Problems: I101 a key that is not known; I103 a value of the wrong kind.
    """

    problems: list[Problem] = field(default_factory=list[Problem])

    def value(self, entry: block.Entry) -> Value | None:
        """A word, or what a column says."""
        match entry.value:
            case block.Scalar(text, span):
                return Value(text, span=span)
            case block.Mapping(entries, span) if "column" in entries:
                self.known(entry.value, VALUE, entry.key)
                words = entries.get("words")
                return Value("", self.named(entries["column"]), self.words(words) if words else (), span)
        self.wrong("I103", f"{entry.key} is neither a word nor a column", entry.key_span, "write {column: NAME}")
        return None

    def words(self, entry: block.Entry) -> tuple[tuple[str, str], ...]:
        """Their words, each with what it means here."""
        if not isinstance(entry.value, block.Mapping):
            self.wrong("I103", "words is no list of words with their meaning", entry.key_span, "write THEIRS: ours")
            return ()
        return tuple((key, self.text(inner)) for key, inner in entry.value.entries.items())

    def conditions(self, item: block.Mapping) -> tuple[Condition, ...]:
        """What the columns of a row must say, all of it."""
        entry = item.entries.get("when")
        if entry is None:
            return ()
        if not isinstance(entry.value, block.Mapping):
            self.wrong("I103", "when does not consist of columns", entry.key_span, "write when: {ServiceName: WORD}")
            return ()
        return tuple(self.condition(inner) for inner in entry.value.entries.values())

    def condition(self, entry: block.Entry) -> Condition:
        """What one column must say."""
        named = Named(_alternatives(entry.key), entry.key_span)
        if not isinstance(entry.value, block.Mapping):
            return Condition(named, equal=self.words_of(entry))
        self.known(entry.value, _TEST, "a condition")
        found = entry.value.entries
        texts = {key: self.words_of(found[key]) if key in found else () for key in ("is", "begins", "has")}
        flags = {key: key in found and self.flag(found[key]) for key in ("empty", "null")}
        return Condition(named, texts["is"], texts["begins"], texts["has"], flags["empty"], flags["null"])

    def words_of(self, entry: block.Entry) -> tuple[str, ...]:
        """One word or several."""
        items = entry.value.items if isinstance(entry.value, block.Listing) else (entry.value,)
        words = tuple(item.text for item in items if isinstance(item, block.Scalar))
        if "" in words:
            mend = f"write {entry.key}: {{empty: yes, null: yes}}, or one of the two"
            self.wrong("I103", f"an empty word in {entry.key} is compared with nothing", entry.key_span, mend)
        elif len(words) != len(items) or not words:
            self.wrong("I103", f"{entry.key} is neither a word nor a list of words", entry.key_span, "write [A, B]")
        return words

    def columns(self, top: block.Mapping, key: str) -> tuple[Named, ...]:
        """Columns by their names or alternatives."""
        entry = top.entries.get(key)
        if entry is None:
            return ()
        return tuple(Named(_alternatives(word), entry.value.span) for word in self.words_of(entry))

    def id(self, top: block.Mapping) -> tuple[tuple[Named, ...], str]:
        """The columns that name an event, and what stands before that name."""
        entry = top.entries.get("id")
        if entry is None or not isinstance(entry.value, block.Mapping):
            return self.columns(top, "id"), ""
        self.known(entry.value, _ID, "id")
        prefix = entry.value.entries.get("prefix")
        columns = self.columns(entry.value, "column")
        if "column" not in entry.value.entries:
            self.wrong("I102", "id names no column", entry.key_span, "write id: {column: NAME}")
        return columns, self.text(prefix) if prefix is not None else ""

    def texts(self, top: block.Mapping, key: str) -> tuple[str, ...]:
        """Texts of which one may be empty."""
        entry = top.entries[key]
        items = entry.value.items if isinstance(entry.value, block.Listing) else (entry.value,)
        return tuple(item.text for item in items if isinstance(item, block.Scalar))

    def named(self, entry: block.Entry) -> Named:
        """A column by its name or alternatives."""
        return Named(_alternatives(self.text(entry)), entry.value.span)

    def text(self, entry: block.Entry) -> str:
        """One word."""
        if isinstance(entry.value, block.Scalar):
            return entry.value.text
        self.wrong("I103", f"{entry.key} is not one word", entry.key_span, f"write {entry.key}: WORD")
        return ""

    def flag(self, entry: block.Entry) -> bool:
        """Yes or no."""
        return self.one_of(entry, ("yes", "no"), "no") == "yes"

    def choice(self, top: block.Mapping, key: str, choices: tuple[str, ...], fallback: str) -> str:
        """One of some words; where the key is left out, the fallback."""
        entry = top.entries.get(key)
        return self.one_of(entry, choices, fallback) if entry is not None else fallback

    def one_of(self, entry: block.Entry, choices: tuple[str, ...], fallback: str) -> str:
        """One of some words."""
        word = self.text(entry)
        if word in choices:
            return word
        if word:
            self.wrong("I103", f"“{word}” is no {entry.key}", entry.value.span, did_you_mean(word, choices))
        return fallback

    def rounding(self, top: block.Mapping) -> Rounding | None:
        """The name of a rounding, if there is one."""
        entry = top.entries.get("rounding")
        word = self.one_of(entry, get_args(Rounding), "") if entry is not None else ""
        return next((rounding for rounding in get_args(Rounding) if rounding == word), None)

    def zone(self, top: block.Mapping) -> str:
        """The name of a zone; empty where none is named."""
        entry = top.entries.get("zone")
        name = self.text(entry) if entry is not None else ""
        try:
            if name:
                ZoneInfo(name)
        except (LookupError, ValueError, OSError):
            assert entry is not None
            self.wrong("I103", f"“{name}” is no zone", entry.value.span, "write UTC, or a name such as Europe/Berlin")
            return ""
        return name

    def separator(self, top: block.Mapping) -> str:
        """The character between columns."""
        entry = top.entries.get("separator")
        word = self.text(entry) if entry is not None else ","
        word = {"tab": "\t"}.get(word, word)
        if len(word) != 1 or word in '"\r\n' or not word.isascii():
            assert entry is not None
            self.wrong("I103", "the separator is one character", entry.value.span, 'write ",", ";" or tab')
        return word

    def known(self, mapping: block.Mapping, keys: Collection[str], what: str) -> None:
        """Refuse keys that are none."""
        for entry in mapping.entries.values():
            if entry.key not in keys:
                self.wrong("I101", f"{what} has no key {entry.key}", entry.key_span, did_you_mean(entry.key, keys))

    def wrong(self, code: str, sentence: str, span: Span, mend: str) -> None:
        """Keep what is wrong."""
        self.problems.append(Problem(code, sentence, span, mend))


def _alternatives(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(" | "))
