"""What each verb of the command line needs where a book takes an actor only from who proved it."""

from collections.abc import Sequence

from ingather.domain.users import Permission

_READS = {
    "account": Permission.PARTIES_READ,
    "api-key": Permission.KEYS_READ,
    "audit": Permission.AUDIT_READ,
    "authorization": Permission.AUTHORIZATIONS_READ,
    "buyer": Permission.PARTIES_READ,
    "case": Permission.RETURNS_READ,
    "change": Permission.RETURNS_READ,
    "db": Permission.FILES_READ,
    "export": Permission.EXPORTS_READ,
    "exposure": Permission.ORDERS_READ,
    "file": Permission.FILES_READ,
    "follow-up": Permission.RETURNS_READ,
    "keys": Permission.KEYS_READ,
    "match": Permission.RETURNS_READ,
    "merchant": Permission.PARTIES_READ,
    "order": Permission.ORDERS_READ,
    "payout": Permission.SETTLEMENTS_READ,
    "policy": Permission.RULES_READ,
    "rates": Permission.RETURNS_READ,
    "reconcile": Permission.REPORTS_READ,
    "report": Permission.REPORTS_READ,
    "request": Permission.RETURNS_READ,
    "retention": Permission.FILES_READ,
    "return": Permission.RETURNS_READ,
    "rules": Permission.RULES_READ,
    "statement": Permission.SETTLEMENTS_READ,
    "user": Permission.USERS_READ,
    "watch": Permission.FILES_READ,
    "webhook": Permission.EVENTS_READ,
    "whatif": Permission.RETURNS_READ,
    "work": Permission.FILES_READ,
}
"""What looking needs, by group or verb."""
_ACTS = {
    "account": Permission.PARTIES_WRITE,
    "api-key": Permission.KEYS_WRITE,
    "audit": Permission.FILES_WRITE,
    "authorization": Permission.AUTHORIZATIONS_WRITE,
    "buyer": Permission.PARTIES_WRITE,
    "case": Permission.RETURNS_WRITE,
    "change": Permission.RETURNS_WRITE,
    "file": Permission.FILES_WRITE,
    "follow-up": Permission.RETURNS_WRITE,
    "import": Permission.ORDERS_WRITE,
    "inbound": Permission.REPORTS_WRITE,
    "keys": Permission.KEYS_WRITE,
    "match": Permission.REPORTS_WRITE,
    "merchant": Permission.PARTIES_WRITE,
    "night": Permission.FILES_WRITE,
    "order": Permission.ORDERS_WRITE,
    "payout": Permission.SETTLEMENTS_WRITE,
    "policy": Permission.RULES_WRITE,
    "reconcile": Permission.SETTLEMENTS_WRITE,
    "report": Permission.REPORTS_WRITE,
    "request": Permission.RETURNS_WRITE,
    "retention": Permission.KEYS_WRITE,
    "return": Permission.RETURNS_WRITE,
    "settle": Permission.SETTLEMENTS_WRITE,
    "user": Permission.USERS_WRITE,
    "webhook": Permission.WEBHOOKS_WRITE,
}
"""What acting needs, by group or verb."""
_VERBS = {
    "audit export": Permission.AUDIT_READ,
    "audit verify": Permission.AUDIT_READ,
    "db backup": Permission.FILES_READ,
    "db check": Permission.FILES_READ,
    "db reconcile": Permission.FILES_WRITE,
    "db release": Permission.FILES_APPROVE,
    "file approve": Permission.FILES_APPROVE,
    "file refuse": Permission.FILES_APPROVE,
    "file resolve": Permission.FILES_WRITE,
    "follow-up approve": Permission.RETURNS_APPROVE,
    "follow-up refuse": Permission.RETURNS_APPROVE,
    "match approve": Permission.RETURNS_APPROVE,
    "match refuse": Permission.RETURNS_APPROVE,
    "merchant account approve": Permission.SETTLEMENTS_APPROVE,
    "merchant account ask": Permission.SETTLEMENTS_WRITE,
    "merchant write-off": Permission.SETTLEMENTS_WRITE,
    "merchant write-off-approve": Permission.SETTLEMENTS_APPROVE,
    "payout approve": Permission.SETTLEMENTS_APPROVE,
    "reconcile sign": Permission.SETTLEMENTS_APPROVE,
    "report profile end": Permission.RULES_WRITE,
    "report profile take": Permission.RULES_WRITE,
    "retention approve": Permission.FILES_APPROVE,
    "retention refuse": Permission.FILES_APPROVE,
}
"""Verbs that need something else than their group: approving above all."""
_BY_TWO = frozenset({"report sign-off", "match undo"})
"""Verbs by which one person asks and another agrees: who may only agree may come as well."""


def needed(path: Sequence[str], *, acts: bool) -> frozenset[Permission]:
    """Return the permissions of which a verb needs one; ``path`` is its name after the program's.

    Raises ``LookupError`` for a verb that acts and stands in no table.
    """
    name = " ".join(path)
    if (one := _VERBS.get(name)) is not None:
        return frozenset({one})
    if not acts:
        return frozenset({_READS[path[0]]} if path[0] in _READS else ())
    if path[0] not in _ACTS:
        message = f"nobody said what the verb {name} needs"
        raise LookupError(message)
    agrees = {Permission.SETTLEMENTS_APPROVE, Permission.RETURNS_APPROVE} if name in _BY_TWO else set()
    return frozenset({_ACTS[path[0]], *agrees})
