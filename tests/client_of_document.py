"""Writes the typed part of the client from the API's own document: ``python -m tests.client_of_document``.

One module of calls and one of shapes for each first word of a path. What a program may build on is decided here: a
call's name comes from its method and path, its parameters from the document, in its order.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent, wrap
from typing import Any

from tests.api.document import document
from tests.document_names import camel, class_of, docstring, field_of, plain

ROOT = Path(__file__).parents[1]
CLIENT = ROOT / "src" / "ingather" / "client"
PACKAGES = ("calls", "shapes")
SHARED = "shared"
_HEAD = '"""{about}\n\nWritten from the document of the API, never by hand.\n"""\n\n'
_REF = "#/components/schemas/"
_PAGE = frozenset({"limit", "after", "order"})
_VERBS = {"GET": "get", "POST": "create", "PATCH": "update", "DELETE": "delete"}
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_MANY = 8
"""More parts than these are packed into lines, or given a name of their own."""
_WIDTH = 104
_FORMATS = {"date": "date", "date-time": "datetime"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    said: dict[str, Any]
    schemas: Mapping[str, Any]

    @property
    def resource(self) -> str:
        """The attribute of the client under which the call stands: the first word of its path."""
        return self._words[0].replace("-", "_")

    @property
    def _words(self) -> list[str]:
        return self.path.removeprefix("/v1/").replace(":", "/").split("/")

    @property
    def ends_with_id(self) -> bool:
        """Whether the path ends with a parameter."""
        return self._words[-1].startswith("{")

    @property
    def tail(self) -> str:
        """What the path says after its first word, without parameters."""
        return "_".join(word.replace("-", "_") for word in self._words[1:] if not word.startswith("{"))

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """What is given in the path and the query, in the document's order."""
        return [each for each in self.said.get("parameters", []) if each["in"] in {"path", "query"}]

    @property
    def answer(self) -> dict[str, Any]:
        """The schema of the answer, empty where it is bytes."""
        content = next(each for status, each in self.said["responses"].items() if status[0] == "2").get("content", {})
        found: dict[str, Any] = content.get("application/json", {}).get("schema", {})
        return found if "$ref" in found else {}

    @property
    def row(self) -> dict[str, Any]:
        """The schema of a row where the answer is a page of a list, empty elsewhere."""
        shape = self.schemas.get(self.answer.get("$ref", "").removeprefix(_REF), {}).get("properties", {})
        paged = {"data", "meta"} <= set(shape) and any(each["name"] == "after" for each in self.parameters)
        return shape["data"]["items"] if paged else {}

    @property
    def body(self) -> tuple[str, dict[str, Any]]:
        """The media type and the schema of the body; empty where there is none."""
        content = self.said.get("requestBody", {}).get("content", {})
        media = "application/json" if "application/json" in content else next(iter(content), "")
        return media, content.get(media, {}).get("schema", {})

    def name(self, methods: Sequence[str]) -> str:
        """Return the call's name; ``methods`` are those of the operations with the same words after the resource."""
        crowd, crowd_of_reads, crowd_of_posts = len(methods), methods.count("GET"), methods.count("POST")
        if not self.tail:
            several = self.method == "GET" and crowd_of_reads > 1 and not self.ends_with_id
            return "list" if self.row else "all" if several else _VERBS[self.method]
        if crowd == 1 or (self.row and not self.ends_with_id):
            return self.tail
        if self.method == "POST" and crowd == crowd_of_posts:
            return self.tail if "{" in self.path else f"{self.tail}_many"
        words = re.sub(r"ies$", "y", self.tail) if self.tail.endswith("ies") else re.sub(r"s$", "", self.tail)
        return f"{_VERBS[self.method]}_{words if self.ends_with_id else self.tail}"


class Writer:
    """Everything that is written, from one document."""

    def __init__(self, said: dict[str, Any]) -> None:
        """Read a document."""
        self.schemas: dict[str, Any] = said["components"]["schemas"]
        self.operations = [
            Operation(method=method.upper(), path=path, said=each, schemas=self.schemas)
            for path, methods in said["paths"].items()
            for method, each in methods.items()
        ]
        self.resources = list(dict.fromkeys(each.resource for each in self.operations))
        alike: dict[tuple[str, str], list[str]] = {}
        for each in self.operations:
            alike.setdefault((each.resource, each.tail), []).append(each.method)
        self.names = {id(each): each.name(alike[each.resource, each.tail]) for each in self.operations}
        named = [(each.resource, self.names[id(each)]) for each in self.operations]
        assert len(set(named)) == len(named), sorted(each for each in named if named.count(each) > 1)
        self.given: set[str] = set()
        self.homes: dict[str, str] = {}
        for each in self.operations:
            bodies = {ref for part in self._body_parts(each) for ref in self._reached(part)}
            self.given |= bodies
            for ref in bodies | self._reached(each.row or each.answer):
                known = self.homes.setdefault(ref, each.resource)
                self.homes[ref] = known if known == each.resource else SHARED

    def _body_parts(self, operation: Operation) -> list[Any]:
        """Return the schemas of a body's fields: the body itself is the call's parameters."""
        _, schema = operation.body
        named = self.schemas.get(schema.get("$ref", "").removeprefix(_REF), {})
        return [*named.get("properties", {}).values(), *(each["schema"] for each in operation.parameters)]

    def _reached(self, schema: object) -> set[str]:
        """Return every schema that one rests on, by name."""
        found: set[str] = set()
        waiting = [schema]
        while waiting:
            match waiting.pop():
                case {"$ref": str(ref)} if ref.removeprefix(_REF) not in found:
                    found.add(ref.removeprefix(_REF))
                    waiting.append(self.schemas[ref.removeprefix(_REF)])
                case dict() as part:
                    waiting += part.values()
                case list() as part:
                    waiting += part
        return found

    def type_of(self, schema: dict[str, Any], *, given: bool) -> str:  # noqa: PLR0911 -- one for each kind of schema
        """Return the Python type of a schema; words are open in answers and closed in what is given."""
        match schema:
            case {"$ref": ref}:
                return self._named(ref.removeprefix(_REF), given=given)
            case {"anyOf": parts} | {"oneOf": parts}:
                return " | ".join(dict.fromkeys(self.type_of(part, given=given) for part in parts))
            case {"enum": words} if given:
                return f"Literal[{', '.join(repr(word) for word in words)}]"
            case {"const": _} | {"enum": _}:
                return "str"
            case {"type": "array", "items": items}:
                inner = self.type_of(items, given=given)
                return f"Sequence[{inner}]" if given else f"tuple[{inner}, ...]"
            case {"type": "object", "additionalProperties": dict() as values}:
                return f"Mapping[str, {self.type_of(values, given=given)}]"
            case {"type": "object"}:
                return "Mapping[str, Any]"
            case {"type": "string", "format": str(kind)}:
                return _FORMATS.get(kind, "str")
            case {"type": str(kind)}:
                return _PLAIN[kind]
            case _:
                return "Any"

    def _named(self, name: str, *, given: bool) -> str:
        schema = self.schemas[name]
        if "enum" in schema or "properties" not in schema:
            return self.type_of(schema, given=given)
        return class_of(name)

    def shapes(self, home: str) -> str:
        """Return the module of shapes of a resource."""
        mine = [name for name in self.homes if self.homes[name] == home and "properties" in self.schemas[name]]
        mine = [name for name in mine if not name.startswith("Page_")]
        order: list[str] = []
        for name in sorted(mine):
            self._after_its_parts(name, mine, order)
        body = "\n\n\n".join(self._shape(name) for name in order)
        about = (
            f"What is given and shown about {home.replace('_', ' ')}." if home != SHARED else "Shapes of many things."
        )
        return _HEAD.format(about=about) + self._imports(body, home) + "\n\n" + body + "\n"

    def _after_its_parts(self, name: str, mine: list[str], order: list[str]) -> None:
        if name in order:
            return
        for part in sorted(self._reached(self.schemas[name]["properties"]) & set(mine) - {name}):
            self._after_its_parts(part, mine, order)
        order.append(name)

    def _shape(self, name: str) -> str:
        schema, given = self.schemas[name], name in self.given
        lines = []
        for field, said in schema["properties"].items():
            kind = self.type_of(said, given=given)
            optional = field not in schema.get("required", [])
            kind = kind if not optional or "None" in kind.split(" | ") else f"{kind} | None"
            alias = f'alias="{field}"' if field_of(field) != field else ""
            words = [word for word in ("None" if optional else "", alias) if word]
            default = f" = Field({', '.join(words)})" if alias else " = None" if optional else ""
            lines.append(f"{field_of(field)}: {kind}{default}")
        base = "Part" if given else "Answered"
        said_of = schema.get("description") or f"{class_of(name)}."
        return f"class {class_of(name)}({base}):\n{indent(docstring(said_of), '    ')}\n\n" + indent(
            "\n".join(lines), "    "
        )

    def _imports(self, body: str, home: str = "") -> str:
        """Return the imports of what a module's text names."""
        words = set(re.findall(r"\w+", re.sub(r'""".*?"""', "", body, flags=re.DOTALL)))
        lines = []
        for module, names in (
            ("collections.abc", ("Iterable", "Mapping", "Sequence")),
            ("datetime", ("date", "datetime")),
            ("typing", ("Any", "Literal", "TypeAlias")),
            ("pydantic", ("Field",)),
            ("ingather.client.connection", ("Connection", "Pages", "path")),
            ("ingather.client.shape", ("Answered", "Part")),
        ):
            used = sorted(set(names) & words)
            lines += [f"from {module} import {', '.join(used)}"] if used else []
        by_home: dict[str, list[str]] = {}
        for name, where in self.homes.items():
            if class_of(name) in words and where != home and "properties" in self.schemas[name]:
                by_home.setdefault(where, []).append(class_of(name))
        lines += [
            f"from ingather.client.shapes.{where} import {', '.join(by_home[where])}" for where in sorted(by_home)
        ]
        return "\n".join(lines) + "\n"

    def calls(self, resource: str) -> str:
        """Return the module of calls of a resource."""
        words = resource.replace("_", " ")
        mine = [each for each in self.operations if each.resource == resource]
        # A method named list hides the type of that name from those after it.
        mine.sort(key=lambda each: self.names[id(each)] == "list")
        body = f'class {camel(resource)}Calls:\n    """Calls about {words}."""\n\n'
        body += '    def __init__(self, connection: Connection) -> None:\n        """Call over a connection."""\n'
        body += "        self._connection = connection\n\n"
        body += "\n\n".join(indent(self._call(each), "    ") for each in mine)
        body = self._with_words(body)
        return _HEAD.format(about=f"Calls about {words}.") + self._imports(body) + "\n\n" + body + "\n"

    @staticmethod
    def _with_words(body: str) -> str:
        """Return the text with each long list of words under a name of its own, before the class."""
        named: dict[str, str] = {}
        for parameter, words in re.findall(r"(\w+): (?:Sequence\[)?(Literal\[[^\]]+\])", body):
            if words.count(",") >= _MANY and words not in named:
                name = f"{camel(parameter)}Word"
                named[words] = name if name not in named.values() else f"{name}{len(named)}"
        for words, name in named.items():
            body = body.replace(words, name)
        aliases = "".join(f"{name}: TypeAlias = {words}\n" for words, name in named.items())
        return f"{aliases}\n\n{body}" if named else body

    def _call(self, operation: Operation) -> str:
        parameters = [each for each in operation.parameters if each["in"] == "path"]
        query = [each for each in operation.parameters if each["in"] == "query"]
        media, schema = operation.body
        once, guarded = operation.said.get("x-once", "no"), operation.said.get("x-guarded", False)
        positional = [f"{plain(each['name'])}: str" for each in parameters]
        required: list[str] = []
        optional: list[str] = []
        for name, kind, needed in self._named_parameters(query, media, schema):
            (required if needed else optional).append(f"{name}: {kind}" + ("" if needed else " = None"))
        fields = self.schemas.get(schema.get("$ref", "").removeprefix(_REF), {}).get("properties", {})
        sent = [f'"{field}": {plain(field)}' for field in fields]
        asked = [f'"{each["name"]}": {plain(each["name"])}' for each in query]
        arguments = [f'"{operation.method}"' if operation.method != "GET" else "", self._path(operation)]
        kind = "bytes"
        if operation.row:
            kind = self.type_of(operation.row, given=False)
            arguments.append(kind)
        elif operation.answer:
            kind = self.type_of(operation.answer, given=False)
            arguments.append(kind)
        before = "".join(
            _packed(name, pairs) for name, pairs in (("in_query", asked), ("in_body", sent)) if len(pairs) > _MANY
        )
        arguments += ["query=in_query" if len(asked) > _MANY else f"query={{{', '.join(asked)}}}"] if asked else []
        arguments += ["body=in_body" if len(sent) > _MANY else f"body={{{', '.join(sent)}}}"] if sent else []
        arguments += [f'content=content, media_type="{media}"'] if media not in {"", "application/json"} else []
        if operation.method != "GET":
            arguments += [f'once="{once}"']
            if once != "no":
                arguments += ["key=idempotency_key", "if_match=if_match"]
                (required if guarded else optional).append(
                    "if_match: str" if guarded else "if_match: str | None = None"
                )
                optional.append("idempotency_key: str | None = None")
        verb = (
            "act" if operation.method != "GET" else "pages" if operation.row else "read" if operation.answer else "load"
        )
        named = ["*", *required, *optional] if required or optional else []
        answer = f"Pages[{kind}]" if operation.row else kind
        call = f"self._connection.{verb}({', '.join(each for each in arguments if each)})"
        about = docstring(operation.said.get("description") or operation.said["summary"])
        head = f"def {self.names[id(operation)]}({', '.join(['self', *positional, *named])}) -> {answer}:"
        return f"{head}\n{indent(about, '    ')}\n{indent(before, '    ')}    return {call}\n"

    def _named_parameters(
        self, query: list[dict[str, Any]], media: str, schema: dict[str, Any]
    ) -> Iterator[tuple[str, str, bool]]:
        """Yield what a call takes by name: the query, and the fields of the body."""
        for each in query:
            kind = self.type_of(each["schema"], given=True)
            needed = each.get("required", False)
            yield plain(each["name"]), kind if needed or "None" in kind.split(" | ") else f"{kind} | None", needed
        shape = self.schemas.get(schema.get("$ref", "").removeprefix(_REF), {})
        for field, said in shape.get("properties", {}).items():
            kind = self.type_of(said, given=True)
            needed = field in shape.get("required", [])
            yield plain(field), kind if needed or "None" in kind.split(" | ") else f"{kind} | None", needed
        if media == "application/x-ndjson":
            yield "content", "Iterable[Mapping[str, Any]]", True
        elif media not in {"", "application/json"}:
            yield "content", "bytes", True

    def _path(self, operation: Operation) -> str:
        names = re.findall(r"{(\w+)}", operation.path)
        if not names:
            return f'"{operation.path}"'
        return f'path("{operation.path}", {", ".join(f"{each}={plain(each)}" for each in names)})'

    def index(self) -> str:
        """Return the package of calls: one attribute of the client for each resource."""
        made = [f"from ingather.client.calls.{each} import {camel(each)}Calls" for each in sorted(self.resources)]
        lines = "\n".join(made)
        body = "".join(f"        self.{each} = {camel(each)}Calls(connection)\n" for each in self.resources)
        return (
            _HEAD.format(about="Every call of the API, by what it is about.") + f"{lines}\n"
            "from ingather.client.connection import Connection\n\n\n"
            'class Calls:\n    """Every call, over one connection."""\n\n'
            f'    def __init__(self, connection: Connection) -> None:\n        """Call over a connection."""\n{body}'
        )


def _packed(name: str, pairs: Sequence[str]) -> str:
    """Return the statement that makes a mapping, with as many pairs in a line as fit."""
    return f"{name} = {{\n{indent(chr(10).join(wrap(', '.join(pairs) + ',', _WIDTH)), '    ')}\n}}  # fmt: skip\n"


def written(said: dict[str, Any]) -> dict[str, str]:
    """Return the text of every module, by its path under the client's folder, formatted as the rest."""
    writer = Writer(said)
    homes = sorted({home for name, home in writer.homes.items() if "properties" in writer.schemas[name]})
    texts = {
        "calls/__init__.py": writer.index(),
        "shapes/__init__.py": '"""What is given and shown, as frozen models."""\n',
    }
    texts |= {f"calls/{each}.py": writer.calls(each) for each in writer.resources}
    texts |= {f"shapes/{each}.py": writer.shapes(each) for each in homes}
    return texts


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write the modules into a folder, formatted, instead of those that were there: all of them or none."""
    with TemporaryDirectory(dir=folder) as scratch:
        made = [Path(scratch) / package for package in PACKAGES]
        for each in made:
            each.mkdir()
        for name, text in texts.items():
            (Path(scratch) / name).write_text(text, encoding="utf-8")
        ours = 'lint.isort.known-first-party = ["ingather"]'
        ruff = Path(sys.executable).with_name("ruff")
        config = ("--config", ROOT / "pyproject.toml", "--config", ours, "--quiet")
        subprocess.run([ruff, "check", *config, "--select", "F401,I", "--fix", *made], check=True)
        subprocess.run([ruff, "format", *config, *made], check=True)
        for each in made:
            shutil.rmtree(folder / each.name, ignore_errors=True)
            each.rename(folder / each.name)


if __name__ == "__main__":
    write(CLIENT, written(document()))
