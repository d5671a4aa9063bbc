"""Before a page: who is there, that an act comes from a form of ours, and that who acts may.

A browser says where a request comes from (``Sec-Fetch-Site``, ``Origin``); an act needs that to be this very console,
and the token that stands in its own forms, which is made of the sign-in and known to no other page.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import compat32
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from ingather.actions.users.callers import known_caller, note_caller
from ingather.console.front import Front
from ingather.console.pages import Page
from ingather.domain.refusals import NotPermitted, NotSignedIn, ProofMissing, Unreadable
from ingather.domain.users import Caller
from ingather.jobs.signing_in import prove_by_code

SESSION = "__Host-ingather"
BEFORE = "__Host-ingather-before"
"""What stands for a browser in which nobody has signed in yet."""
LANGUAGE = "__Host-ingather-language"
THEME = "__Host-ingather-theme"
TOKEN = "form_token"  # noqa: S105 -- the name of a field
NOBODY = Caller(actor="system:console", permissions=frozenset())
_PURPOSE = "form"
_MOST_FIELDS = 500
_MOST_PARTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a form sent: the last value of each field, and the bytes of its file where it has one."""

    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: bytes = field(default=b"", repr=False)


def new_browser() -> str:
    """Return what a browser is known by until somebody signs in."""
    return secrets.token_urlsafe(24)


def token_of(front: Front, request: Request) -> str:
    """Return the token of the forms that this browser is shown; empty where it has no cookie of ours yet."""
    mine = request.cookies.get(SESSION) or request.cookies.get(BEFORE) or ""
    return front.desk.vault.mac_of(_PURPOSE, mine.encode()).hex()[:40] if mine else ""


def caller_of(front: Front, request: Request) -> Caller:
    """Return who is signed in; raises ``NotSignedIn``."""
    token = request.cookies.get(SESSION)
    if not token:
        raise NotSignedIn
    with front.desk.glance() as ctx:
        caller = known_caller(ctx, token, front.terms)
    if caller.session_id is None:
        # A key of the API is for programs: here somebody must be accountable for what they saw.
        raise NotSignedIn
    if caller.unseen:
        with front.desk.action() as ctx:
            note_caller(ctx, caller)
    return caller


def refuse_site(request: Request) -> None:
    """Refuse an act that a browser sends from elsewhere, before its body is read; raises ``NotPermitted``."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    ours = (request.url.scheme, request.url.netloc)
    named = urlsplit(origin)[:2] if origin else None
    if (site is None and named is None) or site not in {None, "same-origin"} or named not in {None, ours}:
        fact = "this was sent from a page that is not this console's"
        raise NotPermitted(fact, "Open the console itself and do it there")


def refuse_foreign(front: Front, request: Request, sent: Sent) -> None:
    """Refuse an act that does not come from a form of this console; raises ``NotPermitted``."""
    refuse_site(request)
    mine = token_of(front, request)
    given = request.headers.get("x-form-token") or sent.fields.get(TOKEN, "")
    if not mine or not hmac.compare_digest(mine.encode(), given.encode()):
        fact = "the form is from an earlier sign-in, or not this console's"
        raise NotPermitted(fact, "Open the page anew and send it again")


def permitted(front: Front, page: Page, caller: Caller, sent: Sent) -> None:
    """Refuse a page to who may not; raises ``NotPermitted``, ``ProofMissing``, and what a wrong code raises.

    An act with ``proof`` takes a code each time and uses it up, however fresh the sign-in is.
    """
    if page.needs is not None and page.needs not in caller.permissions | caller.withheld:
        fact = f"this needs the permission {page.needs}, which {caller.actor} does not have"
        raise NotPermitted(fact)
    if page.method == "POST" and (page.proof or page.needs in caller.withheld):
        code = sent.fields.get("code", "").strip()
        if not code or caller.session_id is None:
            raise ProofMissing
        try:
            prove_by_code(front.desk, caller.session_id, caller.actor.removeprefix("user:"), code)
        finally:
            front.desk.remember()


def read_form(content_type: str, body: bytes, *, upload: bool) -> Sent:
    """Return what a form sent, urlencoded or, where a file is awaited, in parts; raises ``Unreadable``."""
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    if kind == "application/x-www-form-urlencoded" or not body:
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            fact = "the form cannot be read"
            raise Unreadable(fact, "Open the page anew and send it again") from None
        return Sent(fields=dict(pairs))
    if kind == "multipart/form-data" and upload:
        return _parts(content_type, body)
    fact = "this is no form"
    raise Unreadable(fact, "Open the page and send its own form")


def _parts(content_type: str, body: bytes) -> Sent:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    mark = BytesParser(policy=compat32).parsebytes(head, headersonly=True).get_boundary()
    fields: dict[str, str] = {}
    file = b""
    # A form of ours has a handful of parts: what has thousands would only keep the reader busy.
    if not mark or body.count(b"--" + mark.encode("latin-1", "replace")) > _MOST_PARTS:
        fact = "the form cannot be read"
        raise Unreadable(fact, "Open the page anew and send it again")
    whole = BytesParser(policy=compat32).parsebytes(head + body).get_payload()
    for part in whole if isinstance(whole, list) else ():
        if isinstance(part, str):
            continue
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        if part.get_filename() is not None:
            file = content
        elif isinstance(name, str):
            fields[name] = content.decode("utf-8", "replace")
    return Sent(fields=fields, file=file)
