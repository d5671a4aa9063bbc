"""The house's policies: what is in force and who took it, the yearly review with its sign-off, and taking a new one."""

from typing import Any

from starlette.responses import Response

from ingather.actions.access_reviews import sign_fraud_review
from ingather.actions.context import Context
from ingather.actions.rules import policy_of, take_policy, usual_policy
from ingather.actions.standing_cases import review_due_on
from ingather.base.ids import Prefix, public_id
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.cases import CaseKind
from ingather.domain.refusals import Refusal, Unreadable
from ingather.domain.users import Permission
from ingather.rules.profile_faults import ProfileRefused
from ingather.rules.tables import policy_text
from ingather.store.reading import access_reviews
from ingather.store.reading.rules import policy_in_force

pages = Pages("Rules")
_LONGEST = 1 << 18
_REVIEWS = (
    (CaseKind.FRAUD_MONITORING_REVIEW, "fraud_review_every_months"),
    (CaseKind.ACCESS_REVIEW, "access_review_every_months"),
)


@pages.get("/rules/policies", needs=Permission.RULES_READ)
def show(visit: Visit) -> Response:
    """Show the register: the policy in force, the reviews and when the next is due."""
    return _register(visit)


@pages.get("/rules/policies.csv", needs=Permission.RULES_READ)
def table(visit: Visit) -> Response:
    """Return every term of the policy in force as CSV."""
    with visit.view() as ctx:
        policy = policy_of(ctx, visit.desk.originator_id())
    rows = [(part, name, value) for part, terms in _terms(policy.model_dump(mode="json")) for name, value in terms]
    return visit.csv(f"{policy.id}-{policy.version}", ("part", "term", "value"), rows)


@pages.post("/rules/policies/fraud-review", needs=Permission.RULES_WRITE, proof=True)
def sign(visit: Visit) -> Response:
    """Sign off the yearly review of what is done against unauthorized entries."""
    originator_id, policy = visit.desk.originator_id(), visit.desk.policy().cases
    findings, evidence = visit.form.get("findings", ""), visit.form.get("evidence", "")

    def do(ctx: Context) -> str:
        return sign_fraud_review(ctx, originator_id, findings=findings, evidence=evidence, policy=policy)

    try:
        visit.desk.decide(do)
    except Refusal as refusal:
        return _register(visit, refusal=refusal)
    visit.desk.remember()
    return visit.go("/rules/policies")


@pages.post("/rules/policies", needs=Permission.RULES_WRITE, proof=True)
def take(visit: Visit) -> Response:
    """Take a policy into the book; the next night decides under it."""
    text = visit.form.get("toml", "").replace("\r\n", "\n")
    originator_id = visit.desk.originator_id()
    try:
        if len(text) > _LONGEST:
            fact = "this is longer than a policy is"
            raise Unreadable(fact, "Send the policy alone")
        visit.desk.decide(lambda ctx: take_policy(ctx, originator_id, text))
    except ProfileRefused as refused:
        faults = [each.message for each in refused.problems]
        return _register(visit, faults=faults)
    except Refusal as refusal:
        return _register(visit, refusal=refusal)
    visit.desk.remember()
    return visit.go("/rules/policies")


def _register(visit: Visit, *, refusal: Refusal | None = None, faults: list[str] | None = None) -> Response:
    desk = visit.desk
    originator_id, mark = desk.originator_id(), desk.mark()
    with visit.view() as ctx:
        policy = policy_of(ctx, originator_id)
        taken = policy_in_force(ctx.session, originator_id)
        versions = access_reviews.policies_taken(ctx.session, originator_id)
        reviews = [_review(ctx, originator_id, kind, getattr(policy.cases, every)) for kind, every in _REVIEWS]
        signers = access_reviews.holders_of(Permission.RULES_WRITE, ctx.session)
    status = refusal.status if refusal else 422 if faults else 200
    return visit.show(
        "rules/policies.html", status=status, refusal=refusal, faults=faults or [], policy=policy, taken=taken,
        versions=versions, reviews=reviews, signers=signers, form=visit.form,
        terms=_terms(policy.model_dump(mode="json")), toml=taken["toml"] if taken else policy_text(usual_policy(mark)),
    )  # fmt: skip


def _review(ctx: Context, originator_id: int, kind: CaseKind, every_months: int) -> dict[str, Any]:
    policy = policy_of(ctx, originator_id).cases
    standing = access_reviews.review_open(ctx.session, originator_id, kind)
    due_on = review_due_on(ctx, originator_id, kind, policy)
    return {
        "kind": str(kind),
        "every": every_months,
        "owner": "compliance",
        "due_on": standing.due_on if standing is not None and standing.due_on else due_on,
        "open": public_id(Prefix.CASE, standing.id) if standing is not None else None,
        "overdue": bool(due_on and due_on < ctx.today),
        "closed": access_reviews.reviews_closed(ctx.session, originator_id, kind),
    }


def _terms(policy: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return each part of a policy with its terms, in their order."""
    return [
        (part, [(name, _said(value)) for name, value in terms.items()])
        for part, terms in policy.items()
        if isinstance(terms, dict)
    ]


def _said(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, value)) or "none"
        case dict():
            return "; ".join(f"{name}: {_said(each)}" for name, each in value.items()) or "none"
        case _:
            return str(value)
