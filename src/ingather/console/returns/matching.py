"""Whose debit came back: one person proposes it, another confirms it with a code, and a wrong match is undone."""

from starlette.responses import Response

from ingather.actions.context import Context
from ingather.actions.matches.proposing import confirm_match, propose_match, refuse_match
from ingather.actions.matches.undoing import approve_undo, refuse_undo, undo_return_match
from ingather.base.ids import Prefix, parse_public_id
from ingather.console.pages import Pages
from ingather.console.returns.deciding import decided, said
from ingather.console.visits import Visit
from ingather.domain.reconciliation import MatchKind
from ingather.domain.refusals import WrongState
from ingather.domain.users import Permission
from ingather.store.reading import matches

pages = Pages("Returns")


@pages.post("/returns/{return_id}/propose", needs=Permission.RETURNS_WRITE)
def propose(visit: Visit) -> Response:
    """Propose which debit a return is about."""

    def do(ctx: Context, key: int) -> None:
        propose_match(ctx, key, _entry(visit), reason=said(visit))

    return decided(visit, "propose", do)


@pages.post("/returns/{return_id}/confirm", needs=Permission.RETURNS_APPROVE, proof=True)
def confirm(visit: Visit) -> Response:
    """Match a return as another person proposed."""

    def do(ctx: Context, key: int) -> None:
        confirm_match(ctx, key, entry_id=_entry(visit))

    return decided(visit, "confirm", do)


@pages.post("/returns/{return_id}/refuse", needs=Permission.RETURNS_APPROVE)
def refuse(visit: Visit) -> Response:
    """Refuse what another person proposed."""
    return decided(visit, "refuse", lambda ctx, key: refuse_match(ctx, key, reason=said(visit)))


@pages.post("/returns/{return_id}/withdraw", needs=Permission.RETURNS_WRITE)
def withdraw(visit: Visit) -> Response:
    """Take a proposal back."""
    return decided(visit, "withdraw", lambda ctx, key: refuse_match(ctx, key, reason=said(visit)))


@pages.post("/returns/{return_id}/undo", needs=Permission.RETURNS_WRITE)
def undo(visit: Visit) -> Response:
    """Undo the match of a return, or ask another person to where a merchant was told of it."""
    return decided(visit, "undo", lambda ctx, key: undo_return_match(ctx, _match(ctx, key), reason=said(visit)))


@pages.post("/returns/{return_id}/undo/approve", needs=Permission.RETURNS_APPROVE, proof=True)
def undo_as_asked(visit: Visit) -> Response:
    """Undo a match as another person asked."""
    return decided(visit, "undo-approve", lambda ctx, key: approve_undo(ctx, _match(ctx, key)))


@pages.post("/returns/{return_id}/undo/refuse", needs=Permission.RETURNS_APPROVE)
def keep(visit: Visit) -> Response:
    """Let a match stand that somebody asked to undo."""
    return decided(visit, "undo-refuse", lambda ctx, key: refuse_undo(ctx, _match(ctx, key), reason=said(visit)))


def _entry(visit: Visit) -> int:
    return visit.key_of(Prefix.ENTRY, visit.form.get("entry", "").strip())


def _match(ctx: Context, return_id: int) -> int:
    found = matches.listed(ctx.session, kind=MatchKind.RETURN, subject_id=return_id, undone=False)
    if not found:
        fact = "this return is matched to no debit"
        raise WrongState(fact)
    return parse_public_id(Prefix.MATCH, found[0]["id"])
