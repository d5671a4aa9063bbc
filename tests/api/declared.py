"""The operations as the routes declare them, and who may call each: what the proofs go over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ingather.api.app import ROUTES
from ingather.domain.users import KEYS_MAY, PERMISSIONS, Permission, Role
from tests.api.office import Client, Front


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One operation: its id, how it is called, and what it declares; ``once`` is required, taken or no."""

    id: str
    method: str
    path: str
    permission: Permission | None
    once: str
    guarded: bool
    open: bool

    @property
    def acts(self) -> bool:
        """Return whether it changes anything."""
        return self.method != "GET"


@cache
def declared() -> Mapping[str, Declared]:
    """Return every operation by its id, from the same declarations as the document."""
    found = {}
    for routes in ROUTES:
        for route in routes.router.routes:
            extra: dict[str, Any] = route.openapi_extra  # type: ignore[attr-defined]  # every route of ours has it
            [method] = route.methods  # type: ignore[attr-defined]  # as above
            permission = extra["x-permission"]
            operation = Declared(
                id=route.operation_id,  # type: ignore[attr-defined]  # as above
                method=method,
                path=route.path.removeprefix("/v1"),  # type: ignore[attr-defined]  # as above
                permission=Permission(permission) if permission else None,
                once=extra["x-once"],
                guarded=extra["x-guarded"],
                open=extra["x-open"],
            )
            found[operation.id] = operation
    return found


@dataclass(slots=True)  # mutable -- callers are made when they are needed
class Callers:
    """Who calls in a front: a key wherever a key may, else a person whose role may."""

    front: Front
    known: dict[str, Client] = field(default_factory=dict)

    def may(self, permission: Permission | None) -> Client:
        """Return a client that may do this."""
        name = "key" if permission is None or permission in KEYS_MAY else _role_of(permission)
        if name not in self.known:
            self.known[name] = self.front.client() if name == "key" else self.front.person(f"p-{name}", Role(name))
        return self.known[name]

    def another(self, permission: Permission | None) -> Client:
        """Return a client of somebody else who may do the same."""
        if permission is None or permission in KEYS_MAY:
            return self.front.client()
        role = _role_of(permission)
        return self.front.person(f"q-{role}", Role(role))


def _role_of(permission: Permission) -> str:
    found = [role for role, may in PERMISSIONS.items() if permission in may]
    return str(found[0])
