"""Every route of the document, as tests made from it need them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ingather.domain.users import Permission

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One route: what it is called, what it needs, and which statuses it documents."""

    name: str
    method: str
    path: str
    permission: Permission | None
    bound: bool
    open: bool
    acts: bool
    statuses: frozenset[int]
    parameters: tuple[dict[str, Any], ...] = field(repr=False)
    body: dict[str, Any] | None = field(repr=False)

    @property
    def media(self) -> str:
        """Return the media type of its body."""
        return next(iter(self.body["content"])) if self.body else "application/json"

    @property
    def places(self) -> list[str]:
        """Return the names in its path."""
        return _PLACE.findall(self.path)

    def at(self, **places: str) -> str:
        """Return its path with these in their places, and an example in the others."""
        examples = {each["name"]: _example(each) for each in self.parameters if each["in"] == "path"}
        return _PLACE.sub(lambda found: places.get(found[1], examples[found[1]]), self.path)


def operations_of(document: dict[str, Any]) -> Iterator[Operation]:
    """Yield every operation of the document."""
    for path, methods in document["paths"].items():
        for method, found in methods.items():
            permission = found.get("x-permission")
            yield Operation(
                name=found["operationId"],
                method=method.upper(),
                path=path,
                permission=Permission(permission) if permission else None,
                bound=found["x-bound"],
                open=found["x-open"],
                acts=method != "get",
                statuses=frozenset(map(int, found["responses"])),
                parameters=tuple(found.get("parameters", ())),
                body=found.get("requestBody"),
            )


def _example(parameter: dict[str, Any]) -> str:
    schema = parameter["schema"]
    examples = schema.get("examples") or parameter.get("examples") or []
    if examples:
        return str(examples[0] if isinstance(examples, list) else next(iter(examples.values()))["value"])
    if schema.get("format") == "date":
        return "2026-11-16"
    return "1" if schema.get("type") == "integer" else "x"
