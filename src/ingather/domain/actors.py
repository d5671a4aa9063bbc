"""Actors: every action names who did it."""

import re

from ingather.domain.refusals import BadActor

_ACTOR = re.compile(r"(?:user|system|policy|key):[a-z0-9][a-z0-9._@-]{0,62}")

NIGHT = "system:night"
INBOUND = "system:inbound"
SETTLE = "system:settle"
RECONCILE = "system:reconcile"
AUTO_APPROVE = "policy:auto-approve-under"


def parse_actor(text: str) -> str:
    """Return an actor's canonical form; a bare name is a user. Raises ``BadActor`` for anything else."""
    actor = text.strip().lower()
    if ":" not in actor:
        actor = f"user:{actor}"
    if _ACTOR.fullmatch(actor) is None:
        raise BadActor
    return actor
