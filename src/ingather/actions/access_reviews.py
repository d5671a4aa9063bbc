"""The house's reviews, signed off: who may approve, send and see numbers by two persons, the policy by one.

Source: the yearly review of the processes against unauthorized entries is the Rules' (``case_clocks``, the row
``fraud_monitoring_review``); that two persons answer for the review of access is the house's own.
"""

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.reconciliation.feeds import close_and_release
from ingather.actions.standing_cases import open_review
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.domain.refusals import MakerIsChecker, NoSuch, Unreadable, WrongState
from ingather.domain.users import ReviewState
from ingather.rules.policy_watch import CasePolicy
from ingather.store.reading.access_reviews import review_open, who_can
from ingather.store.tables import AccessReview

_LONGEST = 2_000


def write_access_review(ctx: Context, originator_id: int, *, findings: str) -> int:
    """Keep who can approve, send and see numbers now, with what was found; a second person signs it off.

    Returns its key. Raises ``Unreadable`` without findings, and ``WrongState`` while another one waits.
    """
    findings = _written(findings, "what was found is missing", "Write who should keep what, and who loses what")
    waiting = select(AccessReview.id).where(
        AccessReview.originator_id == originator_id, AccessReview.state == ReviewState.WAITING
    )
    if ctx.session.scalar(waiting) is not None:
        fact = "a review of access waits for its second person already"
        raise WrongState(fact, "Sign it off or refuse it first")
    row = AccessReview(
        id=ctx.ids.one(), originator_id=originator_id, state=ReviewState.WAITING, findings=findings,
        people=who_can(ctx.session), reviewed_by=ctx.actor, reviewed_at=ctx.now,
    )  # fmt: skip
    ctx.session.add(row)
    ctx.session.flush()
    ctx.audit("write_access_review", "book", findings=findings, people=len(row.people))
    return row.id


def sign_access_review(ctx: Context, review_id: int, *, policy: CasePolicy) -> None:
    """Sign off a review of access as a second person; its case is closed, and the next one counted from today.

    Raises ``NoSuch``, ``WrongState`` for one that is decided, and ``MakerIsChecker`` for who wrote it.
    """
    row = _waiting(ctx, review_id)
    row.state, row.decided_by, row.decided_at = ReviewState.SIGNED, ctx.actor, ctx.now
    case = _close(ctx, row.originator_id, CaseKind.ACCESS_REVIEW, policy, outcome=row.findings,
                  evidence=f"reviewed by {row.reviewed_by}, signed off by {ctx.actor}")  # fmt: skip
    ctx.audit("sign_access_review", case, reviewed_by=row.reviewed_by, people=len(row.people))


def refuse_access_review(ctx: Context, review_id: int, *, reason: str) -> None:
    """Refuse a review of access as a second person: it is written anew; raises as ``sign_access_review`` does."""
    reason = _written(reason, "the reason is missing", "Say what was overlooked")
    row = _waiting(ctx, review_id)
    row.state, row.decided_by, row.decided_at, row.reason = ReviewState.REFUSED, ctx.actor, ctx.now, reason
    ctx.audit("refuse_access_review", "book", reviewed_by=row.reviewed_by, reason=reason)


def sign_fraud_review(ctx: Context, originator_id: int, *, findings: str, evidence: str, policy: CasePolicy) -> str:
    """Sign off the yearly review of what is done against unauthorized entries; returns its case.

    The case is opened where none is open yet. Raises ``Unreadable`` without findings or without where they stand.
    """
    findings = _written(findings, "what was found is missing", "Write how it worked since the last review")
    evidence = _written(evidence, "where the findings stand is missing", "Name the document or the ticket")
    case = _close(ctx, originator_id, CaseKind.FRAUD_MONITORING_REVIEW, policy, outcome=findings, evidence=evidence)
    ctx.audit("sign_fraud_review", case, findings=findings, evidence=evidence)
    return case


def _close(ctx: Context, originator_id: int, kind: CaseKind, policy: CasePolicy, *, outcome: str, evidence: str) -> str:
    found = review_open(ctx.session, originator_id, kind)
    case_id = found.id if found is not None else open_review(ctx, originator_id, kind, policy=policy)
    close_and_release(ctx, case_id, outcome=outcome, evidence=evidence)
    return public_id(Prefix.CASE, case_id)


def _waiting(ctx: Context, review_id: int) -> AccessReview:
    row = ctx.session.scalar(select(AccessReview).where(AccessReview.id == review_id).with_for_update())
    if row is None:
        fact = "there is no such review"
        raise NoSuch(fact)
    if row.state != ReviewState.WAITING:
        fact = f"this review is {row.state} already"
        raise WrongState(fact, "Write the next one")
    if row.reviewed_by == ctx.actor:
        raise MakerIsChecker(way_out="Somebody else signs it off or refuses it")
    return row


def _written(text: str, fact: str, way_out: str) -> str:
    text = text.strip()
    if not text:
        raise Unreadable(fact, way_out)
    if len(text) > _LONGEST:
        fact = f"this is longer than {_LONGEST} characters"
        raise Unreadable(fact, "Write it down elsewhere, and name where")
    return text
