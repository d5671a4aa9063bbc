"""Recording that the head of the audit chain was kept outside the book, and where that failed."""

from collections.abc import Mapping
from typing import Final

from ingather.actions.context import Context
from ingather.domain.audit import AnchorPlace
from ingather.domain.facts import FactKind, Scope
from ingather.store import events
from ingather.store.tables import AuditAnchor

ANCHOR_VERB: Final = "anchor_head"
_FAULT: Final = 200


def note_anchors(
    ctx: Context, originator_id: int, head: tuple[int, bytes], faults: Mapping[AnchorPlace, str | None]
) -> None:
    """Record of each place whether it keeps the head, None where it does, and tell it as an event the first time."""
    seq, value = head
    for place, fault in faults.items():
        ctx.session.add(
            AuditAnchor(id=ctx.ids.one(), seq=seq, hash=value, place=place, at=ctx.now, fault=fault and fault[:_FAULT])
        )
    if not events.known(ctx.session, FactKind.ANCHORED, scope=Scope.AUDIT, subject=seq):
        ctx.fact(
            FactKind.ANCHORED, scope=Scope.AUDIT, subject=seq, originator=originator_id, sequence=seq, hash=value.hex()
        )
    ctx.audit(
        ANCHOR_VERB, "audit", sequence=seq, hash=value.hex(),
        kept=sorted(place for place, fault in faults.items() if fault is None),
        failed=sorted(place for place, fault in faults.items() if fault is not None),
    )  # fmt: skip
