"""The rules of the house that no tool knows, each as a function from a source file to what breaks the rule there."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "ingather"

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MEDIAN_FILE = 150
MOST_DEPENDENCIES = 20

PURE = frozenset({"base", "nacha", "domain", "reports", "rules"})
MONEY = PURE | {"actions", "store"}
CLOCKED = frozenset({"wiring"})

COLUMNS = frozenset(
    {
        *("accounts", "audit", "authorizations", "banks", "cases", "corrections", "events", "files", "ledger"),
        *("merchants", "orders", "reconciliation", "reports", "returns", "settlements", "users"),
    }
)
SHARED = {
    "__init__": "every package says what it is for",
    "due": "what is due: the rule, and the columns it reads",
    "exposure": "debits that can still come back: the rule, what the book has, and its page",
    "unpaid": "merchants who wait for what was collected: what the book has, and the alarm",
    "rates": "how many debits come back: the rule, the counts in the book, the cases, and the page",
    "follow_ups": "what follows a debit: its words, its actions, its pages",
    "disputes": "returns that the ODFI is asked to dishonor: their record, what is read of them, and their verbs",
    "disputing": "having a return dishonored: our side, and the other bank's in the box",
    "alarms": "what should have happened and has not: the table, and what is asked of the book",
    "watch": "the job that looks for alarms, and its page",
    "report_profiles": "how banks' reports are read: the book's versions, and their page",
    "owing": "where a merchant stands: its terms, invoices and losses, as verbs and as routes",
    "payouts": "money on its way to merchants: its words, its record, its actions, its page",
    "matching": "the stages of matching: what they ask, and what is compared",
    "matches": "what explains an item or a posting: its record, its actions, its page",
    "suspense": "money that nothing explains: what kind of question it is, and its cases",
    "reconcile": "explaining what moved on an account: the run, and its verb",
    "work": "what runs on a clock: its words, its record, the loop, its verb",
    "whatif": "what other terms would have done: the replay, and its page",
    "exports": "tables for other programs: the columns, and the verb",
    "api_keys": "keys of the API: their routes, and their verbs",
    "findings": "problems found in one kind of file",
    "limits": "how much is too much: money by a bank's profile, calls and bytes by a server's settings",
    "intake": "what is brought in: rows by people, files to the bank in the box",
    "keys": "the ladder of keys: its words, the ring, the epochs in the book, the rotation, its verb",
    "lines": "bytes as lines, of our format and of a bank's",
    "refusals": "what a floor says no to",
    "rules": "the sets of rows that decisions rest on",
    "tables": "the one place of a floor that loads packaged tables, or the tables of the books",
    "entries": "what a file, a plan and the bank count alike",
    "buyers": "who pays, beside the merchants who are paid",
    "originators": "the scope of every row",
    "facts": "what outcomes are folded from",
    "routes": "which bank an order goes through",
    "night": "the run that seals and sends",
    "inbound": "the run that takes what the bank sent",
    "imports": "rows that people bring",
    "changes": "what a bank asks us to correct: what each code does, and the page",
    "requests": "what the ODFI is asked: the run that sends it, and its page",
    "notices": "what a buyer is told before a debit: when it is needed, and the record of it",
    "retention": "how long authorizations and evidence are kept: the days, the purge, and the shredding",
    "approvals": "maker and checker",
    "problems": "findings as data",
    "calendar": "banking days: ours and, on its own, the bank's in the box",
    "acknowledgements": "read by the reports floor, written by the bank in the box",
    "profiles": "named profiles of a floor",
    "scenarios": "the bank in the box and who plays them",
    "signatures": "of webhooks: made by the vault, checked by the client",
    "restored": "a restored book: its words, its record, knowing one, and its verbs",
    "releasing": "letting a restored book go on: the action, and the job that teaches the host",
    "asking": "asking the ODFI: the rule; asking the book by statements that are built once",
    "app": "an application that a server serves: the API's, the console's",
    "signing": "proving who acts: on the command line, and on the console's pages",
    "reasons": "why an order is not debited, and why a person acts",
    "unmasking": "showing an account's number to a person: the act, its record, what is read of it, and its page",
    "access_reviews": "who may approve, send and see numbers, reviewed by two persons: what is read, and the act",
    "webhooks": "events pushed to others: their words, tables, wire, and the log of them",
}
AVOIDED = frozenset(
    {
        *("util", "utils", "helper", "helpers", "manager", "managers", "handle", "handler"),
        *("process", "processor", "info", "misc"),
    }
)
OF_OTHERS = {
    "process_bind_param": "SQLAlchemy calls it",
    "process_result_value": "SQLAlchemy calls it",
    "get_extra_info": "httpcore calls it",
}
WITH_FLOATS: dict[str, str] = {}
"""Files that may hold floats although their floor counts money, with the reason."""


@dataclass(frozen=True, slots=False, kw_only=True)
class Source:
    """A source file: where it stands under the root, and its text; ``floor`` is empty outside the package."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text)

    @property
    def floor(self) -> str:
        """The floor of the package that the file is on, such as ``rules``."""
        parts = Path(self.path).parts
        return Path(parts[2]).stem if parts[:2] == ("src", "ingather") and len(parts) > 2 else ""

    @property
    def loads_tables(self) -> bool:
        """Whether this is a floor's one place for reading packaged tables."""
        return Path(self.path).name == "tables.py"


def sources(*folders: str) -> list[Source]:
    """Return the Python files under these folders of the project."""
    return [_source(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@cache
def _source(path: Path) -> Source:
    # Every rule looks at every file: each is read and parsed once.
    return Source(path=path.relative_to(ROOT).as_posix(), text=path.read_text(encoding="utf-8"))


def too_long(source: Source) -> Iterator[str]:
    """A file has at most 400 lines, a function at most 60."""
    lines = source.text.count("\n")
    if lines > LONGEST_FILE:
        yield f"{source.path}: {lines} lines, at most {LONGEST_FILE}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{source.path}:{node.lineno}: {node.name} has {lines} lines, at most {LONGEST_FUNCTION}"


def undocumented(source: Source) -> Iterator[str]:
    """Every module and every public function, class and method says what it is for."""
    if not ast.get_docstring(source.tree):
        yield f"{source.path}: the module has no docstring"
    waiting: list[ast.Module | ast.ClassDef] = [source.tree]
    while waiting:
        for node in waiting.pop().body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_":
                if not ast.get_docstring(node):
                    yield f"{source.path}:{node.lineno}: {node.name} has no docstring"
                if isinstance(node, ast.ClassDef):
                    waiting.append(node)


def floats(source: Source) -> Iterator[str]:
    """No float where money is counted: not by name, not as a literal, and on the pure floors not by dividing."""
    if source.floor not in MONEY or source.path in WITH_FLOATS:
        return
    for node in ast.walk(source.tree):
        match node:
            case ast.Name(id="float") | ast.Attribute(attr="float64" | "float32" | "Float" | "Numeric"):
                found = "a float"
            case ast.Constant(value=float()):
                found = "a float literal"
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()) if (
                source.floor in PURE and not source.loads_tables
            ):
                found = "a division that makes a float"
            case _:
                continue
        yield f"{source.path}:{node.lineno}: {found} on a floor that counts money"


def naive_instants(source: Source) -> Iterator[str]:
    """Instants are aware, and only the wiring asks a clock; only ``base`` builds instants itself."""
    lines = source.text.splitlines()
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Attribute(attr="utcnow" | "utcfromtimestamp" | "today") as called:
                yield f"{source.path}:{node.lineno}: {called.attr} is naive"
            case ast.Attribute(value=ast.Name(id="datetime") | ast.Attribute(attr="datetime"), attr="now"):
                if not node.args and not node.keywords:
                    yield f"{source.path}:{node.lineno}: now without a time zone"
                elif source.floor and source.floor not in CLOCKED:
                    yield f"{source.path}:{node.lineno}: only the wiring asks a clock"
            case ast.Name(id="datetime") | ast.Attribute(value=ast.Name(id="datetime"), attr="datetime"):
                if "noqa: DTZ" in lines[node.lineno - 1]:  # with a reason, which another rule looks for
                    continue
                zoned = len(node.args) > 7 or any(word.arg in {"tzinfo", None} for word in node.keywords)
                if not zoned and source.floor != "base":
                    yield f"{source.path}:{node.lineno}: an instant without a time zone"
            case _:
                continue


def impure_calls(source: Source) -> Iterator[str]:
    """A pure floor opens, reads and prints nothing; packaged tables are read in ``tables.py`` only."""
    if source.floor not in PURE or source.loads_tables:
        return
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Name(id="open" | "input" | "print" | "eval" | "exec" as name)):
                yield f"{source.path}:{node.lineno}: {name} on a pure floor"
            case (
                ast.ImportFrom(module="importlib.resources") | ast.Import(names=[ast.alias(name="importlib.resources")])
            ):
                yield f"{source.path}:{node.lineno}: packaged tables are loaded in tables.py"
            case _:
                continue


_SILENCED = re.compile(r"#\s*(?P<what>noqa|type:\s*ignore|pragma|mypy|fmt:\s*off|ruff)\b(?P<rest>.*)")
_REASONED = re.compile(r"[:\[ ].*?(?:--|#)\s*\w.{3,}")


def unreasoned(source: Source) -> Iterator[str]:
    """Whatever silences a tool names what it silences and says why: ``noqa: CODE -- why``."""
    for number, line in enumerate(source.text.splitlines(), 1):
        found = _SILENCED.search(line)
        if found and not _in_text(source, number) and not _REASONED.match(found["rest"]):
            yield f"{source.path}:{number}: {found['what']} without a code and a reason"


def _in_text(source: Source, line: int) -> bool:
    """Return whether the line lies inside a string of several lines."""
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.lineno < (node.end_lineno or 0)
        and node.lineno <= line < (node.end_lineno or 0)
        for node in ast.walk(source.tree)
    )


def loose_dataclasses(source: Source) -> Iterator[str]:
    """A dataclass is frozen and slotted; one that must change says so beside its decorator: ``# mutable -- why``."""
    lines = source.text.splitlines()
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ClassDef):
            continue
        for decorator in node.decorator_list:
            named = decorator.func if isinstance(decorator, ast.Call) else decorator
            if not (isinstance(named, ast.Name) and named.id == "dataclass"):
                continue
            words = decorator.keywords if isinstance(decorator, ast.Call) else []
            true = {word.arg for word in words if isinstance(word.value, ast.Constant) and word.value.value is True}
            if re.search(r"# mutable -- \w.{5,}", lines[decorator.lineno - 1]):
                true.add("frozen")
            if missing := {"frozen", "slots"} - true:
                yield f"{source.path}:{node.lineno}: {node.name} lacks {', '.join(sorted(missing))}"


def avoided_names(source: Source) -> Iterator[str]:
    """Files, functions and classes are named with the field's words."""
    named = [(1, Path(source.path).stem)] + [
        (node.lineno, node.name)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    for line, name in named:
        words = set() if name in OF_OTHERS else {word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name)}
        for word in sorted(words & AVOIDED):
            yield f"{source.path}:{line}: {name} says {word}"


def unfinished(source: Source) -> Iterator[str]:
    """Nothing is left for later in a comment."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if re.search(r"\b(TODO|FIXME)\b", line):
            yield f"{source.path}:{number}: left for later"


def evasive(source: Source) -> Iterator[str]:
    """A test is neither skipped nor expected to fail, and mocks nothing of ours."""
    pattern = re.compile(r"\b(importorskip|xfail|skipif|pytest\.skip|mark\.skip|unittest\.mock|MagicMock)\b")
    for number, line in enumerate(source.text.splitlines(), 1):
        if (found := pattern.search(line)) and not _in_text(source, number):
            yield f"{source.path}:{number}: {found[0]} in a test"


_ELSEWHERE = re.compile(
    r"(?<![\w.~/-])/(?:work|root|home|Users|opt)/\w"
    r"|\b(?:pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org)"
    r"|--(?:extra-)?index-url[ =]|--find-links[ =]"
)


def elsewhere(path: str, text: str) -> Iterator[str]:
    """No file names a folder of one machine or the host of a package index."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := _ELSEWHERE.search(line):
            yield f"{path}:{number}: {found[0]} is of one machine"


def stray_columns(paths: Sequence[str]) -> Iterator[str]:
    """A file name that stands on several floors is a column of the design, or one of the names shared with reason."""
    floors: dict[str, set[str]] = {}
    for path in paths:
        parts = Path(path).parts
        if len(parts) == 4:
            floors.setdefault(Path(parts[3]).stem, set()).add(parts[2])
    for name, found in sorted(floors.items()):
        if len(found) > 1 and name not in COLUMNS and name not in SHARED:
            yield f"{name}.py is on {', '.join(sorted(found))} and is no column of the design"


def unexplained_dependencies(text: str) -> Iterator[str]:
    """Every dependency in ``pyproject.toml`` has a comment that says what it is for."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r'\s*"[A-Za-z0-9._-]+(\[[\w,-]+\])?\s*[><=~!]', line) and not re.search(r'",?\s*#\s*\w.{4,}', line):
            yield f"pyproject.toml:{number}: {line.strip()} has no reason"
