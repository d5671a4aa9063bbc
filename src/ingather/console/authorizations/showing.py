"""One authorization: its words and how they were given, what it lacks, what rests on it, and how long it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from starlette.responses import Response

from ingather.actions.context import Context
from ingather.actions.rules import policy_of
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.console.authorizations.listing import MARKS
from ingather.console.case_words import kind_words
from ingather.console.orders.standing import MARKS as ORDER_MARKS
from ingather.console.orders.telling import Life, Told, is_by_bank, notes_of, said
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.accounts import Holder
from ingather.domain.authorizations import ENDED, AuthorizationState
from ingather.domain.cases import CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import OrderState
from ingather.domain.refusals import NoSuch, Refusal
from ingather.domain.users import Permission
from ingather.rules.authorizations import judge
from ingather.rules.retention import Ended, Kept, kept_until
from ingather.rules.return_codes import WindowKind, return_reason
from ingather.store.reading import authorizations as reading
from ingather.store.reading.sought import authorizations as sought
from ingather.store.tables import Authorization, Order

pages = Pages("Authorizations")
_REVOCABLE = frozenset({AuthorizationState.DRAFT, AuthorizationState.ACTIVE, AuthorizationState.SUSPENDED})
_STOPPED = frozenset({OrderState.OPEN, OrderState.SEALED, OrderState.RETURNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One thing that the Rules ask an authorization to say or to have: in words, whether it does, and what there is."""

    part: str
    sentence: str
    met: bool
    there: str
    source: str


@pages.get("/authorizations/{authorization_id}", needs=Permission.AUTHORIZATIONS_READ)
def show(visit: Visit) -> Response:
    """Show an authorization as it stands."""
    return authorization_page(visit)


def authorization_page(visit: Visit, *, refusal: Refusal | None = None, tried: str = "") -> Response:
    """Return the page of an authorization; with a refusal the form that was ``tried`` stands open as it was typed."""
    key = visit.key_of(Prefix.AUTHORIZATION, visit.path["authorization_id"])
    with visit.view() as ctx:
        row = ctx.session.get(Authorization, key)
        found = reading.in_full(ctx.session, [key]).get(key)
        if row is None or found is None:
            fact = f"there is no authorization {visit.path['authorization_id'][:40]}"
            raise NoSuch(fact, "Look for it under Find")
        orders = sought.orders_under(ctx.session, key, row.buyer_id)
        keys = [order.id for order in orders]
        used = sought.used(ctx.session, key, row.buyer_id)
        years = policy_of(ctx, row.originator_id).retention.years
        return visit.show(
            "authorizations/authorization.html",
            status=refusal.status if refusal else 200,
            refusal=refusal,
            tried=tried,
            typed=dict(visit.form) if tried else {},
            authorization=found | {"text": row.text, "evidence": row.evidence},
            names=sought.names_of(ctx.session, key),
            statements=_statements(visit, ctx, orders, found["holder"]),
            asked=_asked(row, found["holder"]),
            orders=[_order(order) for order in orders],
            used=used,
            stopped=_sum(used, _STOPPED),
            notices=sought.notices_of(ctx.session, keys),
            validations=sought.validations_of(ctx.session, row.account_id),
            cases=[_case(visit, case) for case in sought.cases_about(ctx.session, key, keys)],
            proofs=[
                {"at": fact.recorded_at, "by": fact.actor, "order": fact.detail.get("order"),
                 "sha256": str(fact.detail.get("sha256", ""))}
                for fact in sought.proofs_made(ctx.session, key)
            ],
            life=_life(visit, ctx, key),
            kept=_kept(ctx, row, found["holder"], years),
            acts=acts_of(row),
            marks=MARKS,
            order_marks=ORDER_MARKS,
        )  # fmt: skip


def _statements(visit: Visit, ctx: Context, orders: Sequence[Order], holder: str) -> list[dict[str, Any]]:
    """Return the returns behind which a consumer's written statement stands that our bank may ask for."""
    if holder != Holder.CONSUMER:
        return []
    names = {order.id: order.external_id for order in orders}
    found = []
    for row in sought.returns_of(ctx.session, list(names)):
        reason = return_reason(row.code, on=row.returned_on or visit.today, information=row.information)
        if reason is not None and reason.window_kind is WindowKind.CALENDAR:
            found.append(
                {"id": public_id(Prefix.RETURN, row.id), "code": row.code, "order": names[row.order_id or 0],
                 "returned_on": row.returned_on}
            )  # fmt: skip
    return found


def acts_of(row: Authorization) -> frozenset[str]:
    """Return what can be done with an authorization as it stands; whether somebody may is the page's question."""
    state = AuthorizationState(row.state)
    offered = {
        "revoke": state in _REVOCABLE,
        "suspend": state is AuthorizationState.ACTIVE,
        "resume": state is AuthorizationState.SUSPENDED and not row.lacks,
        "supersede": state in _REVOCABLE,
        "legal-hold": not row.legal_hold and row.purged_at is None,
        "lift": row.legal_hold and row.purged_at is None,
        "prove": row.purged_at is None,
    }
    return frozenset(name for name, can in offered.items() if can)


def _asked(row: Authorization, holder: str) -> list[Asked]:
    """Return what the Rules of the day ask of it, what is missing first."""
    judged = judge(
        holder=holder, channel=row.channel, kind=row.kind, statements=row.statements, evidence=row.evidence,
        given_on=row.given_at.astimezone(NEW_YORK).date(),
    )  # fmt: skip
    found = [
        Asked(
            part=rule.values["part"],
            sentence=rule.values["sentence"],
            met=rule.values["word"] not in judged.lacks,
            there=_there(row.evidence, rule.values["met_by"]) if rule.values["part"] == "evidence" else "",
            source=rule.source,
        )
        for rule in judged.rows
        if "part" in rule.values
    ]
    return sorted(found, key=lambda each: each.met)


def _there(evidence: Mapping[str, Any], met_by: str) -> str:
    words = {word for way in met_by.split() for word in way.split("+")}
    return ", ".join(str(evidence[word]) for word in sorted(words) if evidence.get(word))


def _order(order: Any) -> dict[str, Any]:  # noqa: ANN401 -- a row of the store's
    return {
        "id": public_id(Prefix.ORDER, order.id),
        "external_id": order.external_id,
        "instalment": order.instalment,
        "amount_minor": order.amount_minor,
        "due_on": order.due_on,
        "state": order.state,
    }


def _case(visit: Visit, case: Any) -> dict[str, Any]:  # noqa: ANN401 -- as above
    return {
        "id": public_id(Prefix.CASE, case.id),
        "kind": kind_words(visit, case.kind),
        "open": case.state == CaseState.OPEN,
        "opened_on": case.opened_on,
        "due_on": case.due_on,
        "order": public_id(Prefix.ORDER, case.order_id) if case.order_id else None,
        "outcome": case.outcome,
    }


def _sum(used: Mapping[str, tuple[int, int]], states: frozenset[OrderState]) -> tuple[int, int]:
    chosen = [used[state] for state in states if state in used]
    return sum(count for count, _ in chosen), sum(minor for _, minor in chosen)


def _life(visit: Visit, ctx: Context, key: int) -> Life:
    """Return what became of an authorization itself; what became of its orders stands on their pages."""
    life = Life()
    for fact in reading.history(ctx.session, key, []):
        life.moments.append(
            Told(
                at=datetime.fromisoformat(fact["at"]),
                sort="bank" if is_by_bank(Scope.AUTHORIZATION, fact["kind"]) else "fact",
                words=said(visit, Scope.AUTHORIZATION, fact["kind"]),
                actor=str(fact["actor"]).removeprefix("user:"),
                notes=_notes(fact),
            )
        )
    return life


def _notes(fact: Mapping[str, Any]) -> list[Any]:
    detail = fact["detail"]
    also = [str(detail[name])[:16] + "…" for name in ("sha256",) if detail.get(name)]
    if fact["kind"] == FactKind.SUPERSEDED and detail.get("by"):
        also.append(str(detail["by"]))
    return [*notes_of(detail), *also]


def _kept(ctx: Context, row: Authorization, holder: str, years: int) -> Kept | None:
    """Return until when an authorization that ended must be kept, None while it stands."""
    ended_on = row.ended_on or (row.revoked_at and row.revoked_at.astimezone(NEW_YORK).date())
    if row.state not in ENDED or ended_on is None:
        return None
    settled: date | None = sought.last_settled_on(ctx.session, row.id, row.buyer_id)
    return kept_until(
        Ended(
            kind=row.kind, channel=row.channel, holder=holder, given_on=row.given_at.astimezone(NEW_YORK).date(),
            ended_on=ended_on, last_settled_on=settled,
        ),
        years=years,
    )  # fmt: skip
