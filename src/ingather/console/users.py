"""People: who there is, what they may do, adding and changing them, and the quarterly review by two persons."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from ingather.actions.access_reviews import refuse_access_review, sign_access_review, write_access_review
from ingather.actions.context import Context
from ingather.actions.standing_cases import review_due_on
from ingather.actions.users.people import OnceToken, add_user, disable_user, enable_user, grant_roles, reset_password
from ingather.base.ids import Prefix, public_id
from ingather.console.pages import Pages
from ingather.console.reasons import reason_of
from ingather.console.visits import Visit, number_in
from ingather.domain.cases import CaseKind
from ingather.domain.refusals import NoSuch, Refusal
from ingather.domain.users import PERMISSIONS, Permission, Role, UserState
from ingather.store.reading import access_reviews, users

pages = Pages("Rules")


@pages.get("/rules/people", needs=Permission.USERS_READ)
def show(visit: Visit) -> Response:
    """Show everybody, who can approve, send and see numbers, and the reviews of that."""
    return _list(visit)


@pages.get("/rules/people.csv", needs=Permission.USERS_READ)
def table(visit: Visit) -> Response:
    """Return everybody as CSV."""
    head = ("name", "state", "roles", "rights", "second_factor", "seen_at", "created_at", "created_by")
    with visit.view() as ctx:
        rows = users.users_listed(ctx.session)
    told = [_with_rights(row) for row in rows]
    return visit.csv(
        "people", head, ([_plain(row[name]) for name in head] for row in told)
    )  # fmt: skip


@pages.get("/rules/people/{id}", needs=Permission.USERS_READ)
def show_person(visit: Visit) -> Response:
    """Show one person, and what an administrator can do about them."""
    return _person(visit)


@pages.post("/rules/people", needs=Permission.USERS_WRITE, proof=True)
def add(visit: Visit) -> Response:
    """Record a person; the token with which they choose a password is shown this once."""
    try:
        with visit.desk.action() as ctx:
            made = add_user(ctx, visit.form.get("name", "").strip(), _roles(visit))
    except Refusal as refusal:
        return _list(visit, refusal=refusal)
    visit.desk.remember()
    return _once(visit, made)


@pages.post("/rules/people/{id}/roles", needs=Permission.USERS_WRITE, proof=True)
def grant(visit: Visit) -> Response:
    """Give a person exactly these roles."""
    return _decided(visit, lambda ctx, key, reason: grant_roles(ctx, key, _roles(visit), reason=reason))


@pages.post("/rules/people/{id}/disable", needs=Permission.USERS_WRITE, proof=True)
def disable(visit: Visit) -> Response:
    """Disable a person; their sign-ins end."""
    return _decided(visit, lambda ctx, key, reason: disable_user(ctx, key, reason=reason))


@pages.post("/rules/people/{id}/enable", needs=Permission.USERS_WRITE, proof=True)
def enable(visit: Visit) -> Response:
    """Let a person who was disabled sign in again."""
    return _decided(visit, lambda ctx, key, reason: enable_user(ctx, key, reason=reason))


@pages.post("/rules/people/{id}/reset", needs=Permission.USERS_WRITE, proof=True)
def reset(visit: Visit) -> Response:
    """Forget a person's password, and their second factor where that is lost; they choose anew with a token."""
    lost = visit.form.get("second_factor") == "lost"
    try:
        key, reason = _key(visit), reason_of(visit)
        with visit.desk.action() as ctx:
            made = reset_password(ctx, key, second_factor=lost, reason=reason)
    except Refusal as refusal:
        return _person(visit, refusal=refusal)
    visit.desk.remember()
    return _once(visit, made)


@pages.get("/rules/people/review/{number}", needs=Permission.USERS_READ)
def show_review(visit: Visit) -> Response:
    """Show one review of access: who could do what when it was written."""
    with visit.view() as ctx:
        found = [
            each for each in access_reviews.access_reviews(ctx.session, visit.desk.originator_id())
            if str(each["id"]) == visit.path["number"]
        ]  # fmt: skip
    if not found:
        fact = f"there is no review {visit.path['number'][:20]}"
        raise NoSuch(fact)
    return visit.show("rules/review.html", review=found[0], rights=list(access_reviews.RIGHTS))


@pages.post("/rules/access-review", needs=Permission.USERS_READ, proof=True)
def write_review(visit: Visit) -> Response:
    """Keep what a review of access found; somebody else signs it off."""
    originator_id = visit.desk.originator_id()

    def write(ctx: Context) -> int:
        return write_access_review(ctx, originator_id, findings=visit.form.get("findings", ""))

    return _reviewed(visit, write)


@pages.post("/rules/access-review/{number}/sign", needs=Permission.RULES_WRITE, proof=True)
def sign_review(visit: Visit) -> Response:
    """Sign a review of access off, as somebody else than who wrote it."""
    policy = visit.desk.policy().cases
    return _reviewed(visit, lambda ctx: sign_access_review(ctx, _number(visit), policy=policy))


@pages.post("/rules/access-review/{number}/refuse", needs=Permission.RULES_WRITE)
def refuse_review(visit: Visit) -> Response:
    """Refuse a review of access with a reason; it is written anew."""
    return _reviewed(visit, lambda ctx: refuse_access_review(ctx, _number(visit), reason=visit.form.get("reason", "")))


def _reviewed(visit: Visit, do: Callable[[Context], object]) -> Response:
    try:
        visit.desk.decide(do)
    except Refusal as refusal:
        return _list(visit, refusal=refusal)
    visit.desk.remember()
    return visit.go("/rules/people")


def _list(visit: Visit, *, refusal: Refusal | None = None) -> Response:
    originator_id, policy = visit.desk.originator_id(), visit.desk.policy()
    with visit.view() as ctx:
        rows = [_with_rights(row) for row in users.users_listed(ctx.session)]
        keys = [each for each in access_reviews.who_can(ctx.session) if each["is_key"]]
        reviews = access_reviews.access_reviews(ctx.session, originator_id)
        due_on = review_due_on(ctx, originator_id, CaseKind.ACCESS_REVIEW, policy.cases)
        signers = access_reviews.holders_of(Permission.RULES_WRITE, ctx.session)
        writers = access_reviews.holders_of(Permission.USERS_READ, ctx.session)
    return visit.show(
        "rules/people.html", status=refusal.status if refusal else 200, refusal=refusal, rows=rows, keys=keys,
        reviews=reviews, due_on=due_on, rights=list(access_reviews.RIGHTS), roles=list(Role), form=visit.form,
        signers=signers, writers=writers, me=visit.caller.actor, months=policy.cases.access_review_every_months,
    )  # fmt: skip


def _person(visit: Visit, *, refusal: Refusal | None = None) -> Response:
    key = _key(visit)
    with visit.view() as ctx:
        row = users.user_shown(ctx.session, key)
        administrators = access_reviews.holders_of(Permission.USERS_WRITE, ctx.session)
    if row is None:
        fact = f"there is no person {public_id(Prefix.USER, key)}"
        raise NoSuch(fact, "Look for them in the list")
    may = {str(role): sorted(PERMISSIONS[role]) for role in Role}
    return visit.show(
        "rules/person.html", status=refusal.status if refusal else 200, refusal=refusal, user=_with_rights(row),
        roles=list(Role), may=may, administrators=administrators, form=visit.form,
        himself=visit.caller.user_id == key, active=row["state"] == UserState.ACTIVE,
    )  # fmt: skip


def _decided(visit: Visit, do: Callable[[Context, int, str], None]) -> Response:
    key = _key(visit)
    try:
        reason = reason_of(visit)
        visit.desk.decide(lambda ctx: do(ctx, key, reason))
    except Refusal as refusal:
        return _person(visit, refusal=refusal)
    visit.desk.remember()
    return visit.go(f"/rules/people/{public_id(Prefix.USER, key)}")


def _once(visit: Visit, made: OnceToken) -> Response:
    """Show a one-time token: it stands in this answer alone."""
    with visit.view() as ctx:
        row = users.user_shown(ctx.session, made.id)
    return visit.show("rules/once.html", user=row, token=made.token)


def _with_rights(row: dict[str, Any]) -> dict[str, Any]:
    permissions = {each for role in row["roles"] for each in PERMISSIONS[Role(role)]}
    active = row["state"] == UserState.ACTIVE
    return row | {"rights": access_reviews.rights_of(permissions) if active else []}


def _roles(visit: Visit) -> list[Role]:
    return [role for role in Role if visit.form.get(f"role_{role}")]


def _key(visit: Visit) -> int:
    return visit.key_of(Prefix.USER, visit.path["id"])


def _number(visit: Visit) -> int:
    return number_in(visit.path["number"]) or 0


def _plain(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
