"""Who calls: the one place where a token becomes a caller, and is noted to have been used."""

from ingather.actions.context import Context
from ingather.actions.users.keys import caller_of_key, note_used
from ingather.actions.users.sessions import SORT, caller_of_session, note_seen
from ingather.domain.refusals import NotSignedIn
from ingather.domain.users import Caller, SessionTerms
from ingather.vault.credentials import parse_token


def known_caller(ctx: Context, text: str, terms: SessionTerms | None = None) -> Caller:
    """Return who holds a key, or is signed in with a token; raises ``NotSignedIn`` for whatever opens nothing here."""
    token = parse_token(text)
    if token is None:
        fact = "this is no key and no sign-in: it is mistyped or cut"
        raise NotSignedIn(fact)
    return caller_of_session(ctx, token, terms or SessionTerms()) if token.sort == SORT else caller_of_key(ctx, token)


def note_caller(ctx: Context, caller: Caller) -> None:
    """Note that a caller came; asked for only where ``caller.unseen`` says that the book should know."""
    if caller.session_id is not None:
        note_seen(ctx, caller.session_id)
    else:
        note_used(ctx, caller.actor)
