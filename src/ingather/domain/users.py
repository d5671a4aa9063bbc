"""Who may do what: permissions, the roles that hold them, and what a credential's state is.

A key of the API holds permissions of its own choosing; a person holds those of their roles. Who says what others may
do, the administrator and the key custodian, never approves anything: these roles do not meet in one person.

Approving and granting are for people who signed in with a second factor, never for keys: else one person could check
with a key what the same person made by hand.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Permission(StrEnum):
    """What a caller may do; the name before the colon is the column it is about."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    PARTIES_READ = "parties:read"
    PARTIES_WRITE = "parties:write"
    AUTHORIZATIONS_READ = "authorizations:read"
    AUTHORIZATIONS_WRITE = "authorizations:write"
    FILES_READ = "files:read"
    FILES_WRITE = "files:write"
    FILES_APPROVE = "files:approve"
    RETURNS_READ = "returns:read"
    RETURNS_WRITE = "returns:write"
    RETURNS_APPROVE = "returns:approve"
    REPORTS_READ = "reports:read"
    REPORTS_WRITE = "reports:write"
    SETTLEMENTS_READ = "settlements:read"
    SETTLEMENTS_WRITE = "settlements:write"
    SETTLEMENTS_APPROVE = "settlements:approve"
    EVENTS_READ = "events:read"
    WEBHOOKS_WRITE = "webhooks:write"
    EXPORTS_READ = "exports:read"
    RULES_READ = "rules:read"
    RULES_WRITE = "rules:write"
    REHEARSAL_WRITE = "rehearsal:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    AUDIT_READ = "audit:read"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    ACCOUNTS_UNMASK = "accounts:unmask"


class Role(StrEnum):
    """What a person is at the desk."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    COMPLIANCE = "compliance"
    KEY_CUSTODIAN = "key_custodian"
    ADMINISTRATOR = "administrator"


class UserState(StrEnum):
    """Whether a person may sign in."""

    ACTIVE = "active"
    DISABLED = "disabled"


class ReviewState(StrEnum):
    """Where a review of who may do what stands: it waits for a second person, who signs it off or refuses it."""

    WAITING = "waiting"
    SIGNED = "signed"
    REFUSED = "refused"


_LOOKS = frozenset(
    each
    for each in Permission
    if each.endswith(":read") and each not in {Permission.USERS_READ, Permission.AUDIT_READ, Permission.KEYS_READ}
)
_MAKES = frozenset(
    {
        Permission.ORDERS_WRITE,
        Permission.PARTIES_WRITE,
        Permission.AUTHORIZATIONS_WRITE,
        Permission.FILES_WRITE,
        Permission.RETURNS_WRITE,
        Permission.REPORTS_WRITE,
        Permission.SETTLEMENTS_WRITE,
        Permission.REHEARSAL_WRITE,
    }
)
_CHECKS = frozenset({Permission.FILES_APPROVE, Permission.RETURNS_APPROVE, Permission.SETTLEMENTS_APPROVE})
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _LOOKS,
    Role.OPERATOR: _LOOKS | _MAKES,
    Role.APPROVER: _LOOKS | _CHECKS,
    Role.COMPLIANCE: _LOOKS
    | {Permission.AUDIT_READ, Permission.USERS_READ, Permission.KEYS_READ, Permission.RULES_WRITE}
    | {Permission.ACCOUNTS_UNMASK},
    Role.KEY_CUSTODIAN: frozenset({Permission.KEYS_READ, Permission.KEYS_WRITE, Permission.AUDIT_READ}),
    Role.ADMINISTRATOR: _LOOKS
    | {Permission.USERS_READ, Permission.USERS_WRITE, Permission.KEYS_READ, Permission.KEYS_WRITE}
    | {Permission.WEBHOOKS_WRITE},
}
"""What each role may do."""

PEOPLE_ONLY = _CHECKS | {Permission.USERS_WRITE, Permission.KEYS_WRITE, Permission.ACCOUNTS_UNMASK}
"""What nobody may do with a key, and no person without a second factor, shown not long ago."""
EVERYTHING = frozenset(Permission)
KEYS_MAY = EVERYTHING - PEOPLE_ONLY
"""What a key of the API may hold."""
BOUND = frozenset(
    {
        Permission.ORDERS_READ,
        Permission.ORDERS_WRITE,
        Permission.PARTIES_READ,
        Permission.PARTIES_WRITE,
        Permission.AUTHORIZATIONS_READ,
        Permission.AUTHORIZATIONS_WRITE,
        Permission.RETURNS_READ,
        Permission.SETTLEMENTS_READ,
        Permission.EVENTS_READ,
        Permission.WEBHOOKS_WRITE,
    }
)
"""What a key that is bound to one merchant may hold: files, reports and the desk belong to all merchants at once."""


def permissions_of(roles: Collection[Role]) -> frozenset[Permission]:
    """Return what somebody with these roles may do."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles))


def may_not_meet(roles: Collection[Role]) -> bool:
    """Return whether these roles must not be one person's: who grants rights or makes keys never approves."""
    return Role.APPROVER in roles and not {Role.ADMINISTRATOR, Role.KEY_CUSTODIAN}.isdisjoint(roles)


def roles_text(roles: Collection[Role]) -> str:
    """Return roles as the book keeps them: each once, in the order of the list of roles."""
    return ",".join(role for role in Role if role in roles)


def roles_of(text: str) -> tuple[Role, ...]:
    """Return the roles that the book keeps as one text."""
    return tuple(Role(each) for each in text.split(",") if each)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTerms:
    """How long a sign-in lasts: when nothing is done, at most, and how old a proof may be for approving."""

    idle: timedelta = timedelta(minutes=15)
    total: timedelta = timedelta(hours=8)
    proof: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, once they have proved it: the actor, what they may do, and the one merchant they are bound to.

    ``per_minute`` is how many calls they may make, None where the server's own limit holds; ``session_id`` is set for
    a person who is signed in, and then ``withheld`` are permissions of their roles that this sign-in does not give:
    it has no second factor, or its proof is too old. ``unseen`` is whether the book should note that they came.
    """

    actor: str
    permissions: frozenset[Permission]
    merchant_id: int | None = None
    per_minute: int | None = None
    session_id: int | None = None
    user_id: int | None = None
    second_factor: bool = False
    withheld: frozenset[Permission] = frozenset()
    unseen: bool = False
