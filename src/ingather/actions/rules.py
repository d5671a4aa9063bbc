"""What decisions rest on: the house's policy, taken by version, and the sets of rule rows, each kept once."""

import hashlib
import json
from collections.abc import Sequence

from sqlalchemy import bindparam, select

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import WrongState
from ingather.rules.policy import HousePolicy, load_policy
from ingather.rules.tables import policy_text
from ingather.store.tables import Book, PolicyRow, RuleSet

_NEWEST_POLICY = (
    select(PolicyRow.toml)
    .where(PolicyRow.originator_id == bindparam("originator_id"))
    .order_by(PolicyRow.id.desc())
    .limit(1)
)


def take_policy(ctx: Context, originator_id: int, toml: str) -> int:
    """Take a house policy into the book and return its key; from now on it is in force.

    Raises ``ProfileRefused`` for a text that is no policy and ``WrongState`` for a version that the book has already
    with another text.
    """
    policy = load_policy(toml)
    sha256 = hashlib.sha256(toml.encode()).digest()
    known = ctx.session.scalar(
        select(PolicyRow).where(
            PolicyRow.originator_id == originator_id,
            PolicyRow.policy_id == policy.id,
            PolicyRow.version == policy.version,
        ),
    )
    if known is not None:
        if known.sha256 == sha256:
            return known.id
        fact = f"the book has policy {policy.id}, version {policy.version}, with another text"
        raise WrongState(fact, "Give the changed policy the next version")
    row = PolicyRow(
        id=ctx.ids.one(),
        originator_id=originator_id,
        policy_id=policy.id,
        version=policy.version,
        toml=toml,
        sha256=sha256,
        taken_by=ctx.actor,
        created_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.audit("take_policy", public_id(Prefix.ORIGINATOR, originator_id), policy=policy.id, version=policy.version)
    return row.id


def policy_of(ctx: Context, originator_id: int) -> HousePolicy:
    """Return the policy in force: the newest taken, or the usual one for a book of its mark that has taken none."""
    toml = ctx.session.scalar(_NEWEST_POLICY, {"originator_id": originator_id})
    if toml is None:
        toml = policy_text(usual_policy(ctx.session.execute(select(Book.mark)).scalar_one()))
    return load_policy(toml)


def usual_policy(mark: str) -> str:
    """Return the name of the packaged policy for a book marked ``live`` or ``test``."""
    return "default" if mark == "live" else "rehearsal"


def keep_rules(ctx: Context, rows: Sequence[str]) -> int:
    """Return the key of the set of rule rows, by their ids, keeping it when it is new."""
    chosen = sorted(set(rows))
    sha256 = hashlib.sha256(json.dumps(chosen).encode()).digest()
    known = ctx.session.scalar(select(RuleSet.id).where(RuleSet.sha256 == sha256))
    if known is not None:
        return known
    row = RuleSet(id=ctx.ids.one(), sha256=sha256, rows=chosen, created_at=ctx.now)
    ctx.session.add(row)
    ctx.session.flush()
    return row.id
