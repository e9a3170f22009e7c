"""An example with every party, asset, clause and file renamed, and the way back.

Names are found where the language puts them: front matter, headings, references, terms blocks, columns of events.
Prose, notes, families, keys and the readings of a question stay as they are.
"""

import json
import re
from pathlib import Path
from typing import Any

from adidem.desk.workspace import open_workspace
from adidem.kernel.term import Scope
from adidem.text.outlook import is_outlook

PARTY_COLUMNS = ("by", "to", "of", "provider")
ASSET_COLUMNS = ("asset", "product", "service", "subject", "with", "third_party")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DIRECTIVE = re.compile(r"\{\{(party|ref): ([a-z0-9-]+)\}\}")
_KEPT = re.compile(r"^\s*(family|note|source|basis|rounding|signed|effective|zone|calendar|unavailable)\b")


class Renaming:
    """New names for old, one for one."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.new: dict[str, str] = {}
        documents = sorted(path for path in folder.rglob("*.lgd") if not is_outlook(path.name))
        for document in documents:
            for part in document.relative_to(folder).with_suffix("").parts:
                self.rename(part)
            text = document.read_text(encoding="utf-8")
            for name in re.findall(r"^      - name: (\S+)$|\{#([a-z0-9-]+)\}", text, re.MULTILINE):
                self.rename(name[0] or name[1])
        for clause in open_workspace(folder).whole.clauses:
            for term in clause.terms.values():
                if term.name == "unavailable":
                    continue  # its words are impacts of incidents, and no names
                for value in (term.value, *(reading.value for reading in term.readings)):
                    self.assets_of(value)
                if term.name in ("subject", "provider"):
                    self.assets(str(term.value))
        for ledger in folder.rglob("ledger.jsonl"):
            for line in ledger.read_text(encoding="utf-8").splitlines():
                event = json.loads(line)
                for column in ASSET_COLUMNS:
                    self.assets(event.get(column, ""))

    def rename(self, name: str) -> None:
        """Give a name a new one that nothing else is called, and that sorts otherwise."""
        self.new.setdefault(name, f"n{999 - len(self.new)}x")

    def assets_of(self, value: object) -> None:
        """Give the assets of a term's value new names."""
        if isinstance(value, Scope):
            for path in (*value.classes, *value.without):
                self.assets(path)
        elif isinstance(value, tuple):
            for item in value:
                self.assets_of(getattr(item, "scope", None))
                self.assets(getattr(item, "asset", ""))

    def assets(self, scope: str) -> None:
        """Give every part of every path a new name."""
        for name in _NAME.findall(scope):
            if name != "everything":
                self.rename(name)

    def of(self, text: str) -> str:
        """A path, list or reference with every name in it renamed."""
        return _NAME.sub(lambda found: self.new.get(found[0], found[0]), text)

    # Forth

    def write(self, to: Path) -> None:
        """The example under its new names."""
        for file in sorted(path for path in self.folder.rglob("*") if not is_outlook(path.name)):
            if file.suffix == ".lgd":
                name = self.of(file.relative_to(self.folder).with_suffix("").as_posix()) + ".lgd"
                text = self.document(file.read_text(encoding="utf-8"))
            elif file.name == "ledger.jsonl":
                name = Path(self.of(file.parent.relative_to(self.folder).as_posix()), file.name).as_posix()
                text = "".join(self.event(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines())
            else:
                continue
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            (to / name).write_text(text, encoding="utf-8")

    def document(self, text: str) -> str:
        """A document under its new names."""
        out: list[str] = []
        in_terms = noted = False
        for line in text.splitlines():
            if line.startswith("```"):
                in_terms = line == "```terms"
            elif in_terms:
                noted = bool(re.match(r"\s*note: >-", line)) or (noted and line.startswith("    "))
                line = line if noted or _KEPT.match(line) else self.terms(line)
            elif line.startswith(("      - name: ", "  file: ")):
                key, _, value = line.partition(": ")
                line = f"{key}: {self.of(value.removesuffix('.lgd'))}" + (".lgd" if value.endswith(".lgd") else "")
            else:
                line = _DIRECTIVE.sub(lambda found: f"{{{{{found[1]}: {self.new[found[2]]}}}}}", line)
                line = re.sub(r"\{#([a-z0-9-]+)\}", lambda found: f"{{#{self.new[found[1]]}}}", line)
            out.append(line)
        return "\n".join(out) + "\n"

    def terms(self, line: str) -> str:
        """A line of a terms block: what is no key, formula, quoted word or note."""
        line, note, rest = line.partition("note: ")
        parts = re.split(r"(\bend: agreement\b|\"[^\"]*\"|\bdeclaration\.\w+|[a-z0-9_-]+:(?= |$)|source: [^,}]*)", line)
        quoted = re.compile(r"\"(every|new) ")
        parts = [part if i % 2 and not quoted.match(part) else self.of(part) for i, part in enumerate(parts)]
        return "".join(parts) + note + rest

    def event(self, event: dict[str, Any]) -> str:
        """An event under its new names."""
        for column in (*PARTY_COLUMNS, *ASSET_COLUMNS, "pays"):
            if column in event:
                event[column] = self.of(event[column])
        if "file" in event:
            event["file"] = self.of(event["file"].removesuffix(".lgd")) + ".lgd"
        return json.dumps(event) + "\n"

    # And back

    def back(self, data: Any) -> Any:
        """An answer with the old names in it, every list in an order that does not follow the names."""
        old = {new: name for name, new in self.new.items()}

        def said(text: str) -> str:
            return re.sub(r"\bn\d+x\b", lambda found: old[found[0]], text)

        def walk(value: Any) -> Any:
            if isinstance(value, dict):
                return {said(key): walk(item) for key, item in value.items()}
            if isinstance(value, list):
                return sorted((walk(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
            return said(value) if isinstance(value, str) else value

        return walk(data)
