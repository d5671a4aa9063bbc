"""Keys of the API: who holds one, made, given a new token, revoked; a token is shown once and never kept."""

from datetime import datetime, time, timedelta

from starlette.responses import Response

from ingather.actions.context import Context
from ingather.actions.users.keys import LONGEST_OVERLAP, MadeKey, make_key, revoke_key, rotate_key
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.console.pages import Pages
from ingather.console.reasons import reason_of
from ingather.console.visits import Visit, number_in
from ingather.domain.refusals import NoSuch, Refusal, Unreadable
from ingather.domain.users import BOUND, KEYS_MAY, Permission
from ingather.store.reading import names, users
from ingather.store.reading.pages import Wanted, page_of

pages = Pages("Rules")
_PAGE = 60
_LONGEST_NAME = 200


@pages.get("/rules/api-keys", needs=Permission.KEYS_READ)
def show(visit: Visit) -> Response:
    """Show the keys of the API, the newest first."""
    return _list(visit)


@pages.get("/rules/api-keys.csv", needs=Permission.KEYS_READ)
def table(visit: Visit) -> Response:
    """Return every key of the API as CSV; never a token."""
    head = ("name", "begins", "merchant", "permissions", "created_at", "created_by", "expires_at", "revoked_at",
            "last_used_at")  # fmt: skip
    with visit.view() as ctx:
        rows = users.keys_listed(ctx.session)
    told = ([" ".join(row[name]) if name == "permissions" else row[name] or "" for name in head] for row in rows)
    return visit.csv("api-keys", head, told)


@pages.get("/rules/api-keys/{id}", needs=Permission.KEYS_READ)
def show_key(visit: Visit) -> Response:
    """Show one key, and what can be done about it."""
    return _key_page(visit)


@pages.post("/rules/api-keys", needs=Permission.KEYS_WRITE, proof=True)
def make(visit: Visit) -> Response:
    """Make a key; its token is shown this once."""
    originator_id = visit.desk.originator_id()
    try:
        with visit.desk.action() as ctx:
            made = make_key(
                ctx, originator_id, name=_name(visit), permissions=_wanted(visit), merchant_id=_merchant(ctx, visit),
                expires_at=_until(visit), per_minute=None,
            )  # fmt: skip
    except Refusal as refusal:
        return _list(visit, refusal=refusal)
    visit.desk.remember()
    return _token(visit, made)


@pages.post("/rules/api-keys/{id}/rotate", needs=Permission.KEYS_WRITE, proof=True)
def rotate(visit: Visit) -> Response:
    """Give a key a new token; the one before opens for a day more, or for no time at all."""
    overlap = timedelta(days=1) if visit.form.get("overlap") == "day" else timedelta(0)
    try:
        key, reason = _key(visit), reason_of(visit)
        with visit.desk.action() as ctx:
            made = rotate_key(ctx, key, overlap=min(overlap, LONGEST_OVERLAP), reason=reason)
    except Refusal as refusal:
        return _key_page(visit, refusal=refusal)
    visit.desk.remember()
    return _token(visit, made)


@pages.post("/rules/api-keys/{id}/revoke", needs=Permission.KEYS_WRITE, proof=True)
def revoke(visit: Visit) -> Response:
    """Revoke a key for good."""
    key = _key(visit)
    try:
        reason = reason_of(visit)
        visit.desk.decide(lambda ctx: revoke_key(ctx, key, reason=reason))
    except Refusal as refusal:
        return _key_page(visit, refusal=refusal)
    visit.desk.remember()
    return visit.go(f"/rules/api-keys/{public_id(Prefix.API_KEY, key)}")


def _list(visit: Visit, *, refusal: Refusal | None = None) -> Response:
    before = number_in(visit.asked.get("after"))
    with visit.view() as ctx:
        rows, following = page_of(ctx.session, users.KEYS, Wanted(limit=_PAGE, after=before))
    return visit.show(
        "rules/api_keys.html", status=refusal.status if refusal else 200, refusal=refusal, rows=rows, after=following,
        form=visit.form, may=[str(each) for each in Permission if each in KEYS_MAY],
        bound={str(each) for each in BOUND}, now=visit.now.isoformat(),
    )  # fmt: skip


def _key_page(visit: Visit, *, refusal: Refusal | None = None) -> Response:
    key = _key(visit)
    with visit.view() as ctx:
        row = users.key_shown(ctx.session, key)
    if row is None:
        fact = f"there is no key {public_id(Prefix.API_KEY, key)}"
        raise NoSuch(fact, "Look for it in the list")
    status = refusal.status if refusal else 200
    return visit.show("rules/api_key.html", status=status, refusal=refusal, key=row, form=visit.form)


def _token(visit: Visit, made: MadeKey) -> Response:
    """Show a token: it stands in this answer alone."""
    with visit.view() as ctx:
        row = users.key_shown(ctx.session, made.id)
    return visit.show("rules/token.html", key=row, token=made.token)


def _name(visit: Visit) -> str:
    name = visit.form.get("name", "").strip()
    if not name or len(name) > _LONGEST_NAME:
        fact = "the key has no name, or one that nobody reads"
        raise Unreadable(fact, "Say what it is for, such as: the shop's checkout")
    return name


def _wanted(visit: Visit) -> set[Permission]:
    return {each for each in Permission if visit.form.get(f"may_{each}")}


def _merchant(ctx: Context, visit: Visit) -> int | None:
    own = visit.form.get("merchant", "").strip()
    if not own:
        return None
    found = names.key_of(ctx.session, Prefix.MERCHANT, own)
    if found is None:
        fact = f"there is no merchant {own[:60]}"
        raise NoSuch(fact, "Write its own name, as its orders have it, or leave it empty")
    return found


def _until(visit: Visit) -> datetime | None:
    text = visit.form.get("until", "").strip()
    if not text:
        return None
    try:
        return datetime.combine(datetime.fromisoformat(text).date(), time(), tzinfo=NEW_YORK)
    except ValueError:
        fact = f"{text[:20]} is no day"
        raise Unreadable(fact, "Write it as 2027-11-25, or leave it empty") from None


def _key(visit: Visit) -> int:
    return visit.key_of(Prefix.API_KEY, visit.path["id"])
