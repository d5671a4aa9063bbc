"""Signing in and out, the second factor, and how somebody likes the console to look: language and theme."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.responses import Response

from ingather.actions.users.sessions import confirm_second_factor, end_session
from ingather.console import gate
from ingather.console.menu import SCREENS
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.console.words import LANGUAGES
from ingather.domain.refusals import NotPermitted, NotSignedIn, Refusal, TooManyCalls
from ingather.jobs.signing_in import Shown, change_password, choose_password, enrol_second_factor, sign_in
from ingather.store.reading import users
from ingather.vault.second_factor import Enrolment

pages = Pages("")
_YEAR_S = 365 * 86_400
_THEMES = ("light", "dark")


@pages.get("/sign-in", needs=None, open=True)
def show_sign_in(visit: Visit) -> Response:
    """Show the form; a demo shows who is ready to sign in."""
    return _form(visit)


@pages.post("/sign-in", needs=None, open=True)
def begin(visit: Visit) -> Response:
    """Sign in with name, password and code."""
    sent = visit.form
    return _signed_in(visit, Shown(name=sent.get("name", ""), password=sent.get("password", ""), code=sent.get("code")))


@pages.post("/demo/sign-in", needs=None, open=True)
def begin_as_demo(visit: Visit) -> Response:
    """Sign in as one of the demo's people, with their password and the code of their device."""
    person = visit.front.demo.get(visit.form.get("name", ""))
    if person is None:
        fact = "only a demo has people who are ready to sign in"
        raise NotPermitted(fact, "Sign in with your own name")
    return _signed_in(visit, Shown(name=person.name, password=person.password, code=person.code(visit.now)))


def _signed_in(visit: Visit, shown: Shown) -> Response:
    front = visit.front
    try:
        with _guessing(visit):
            made = sign_in(front.desk, shown, cost=front.password_cost, terms=front.terms)
    except Refusal as refusal:
        return _form(visit, refusal=refusal)
    finally:
        front.desk.remember()
    answer = visit.go(_inside(visit.form.get("next", "")))
    _set(answer, gate.SESSION, made.token)
    answer.delete_cookie(gate.BEFORE, secure=True, httponly=True)
    return answer


@contextmanager
def _guessing(visit: Visit) -> Iterator[None]:
    """Let an address prove who somebody is; raises ``TooManyCalls`` for one that was wrong too often a minute."""
    client = visit.request.client
    address = client.host if client else ""
    if wait_s := visit.front.wait_for(address):
        fact = "from this address too many attempts were wrong"
        raise TooManyCalls(fact, wait_s=wait_s)
    try:
        yield
    except NotSignedIn:
        visit.front.note_guess(address)
        raise


def _form(visit: Visit, refusal: Refusal | None = None) -> Response:
    name, back = visit.form.get("name", ""), visit.form.get("next", visit.asked.get("next", "/"))
    token = visit.token
    if not token:
        # The form needs a token, and the token a cookie: the browser gets one and comes again.
        answer = visit.go("/sign-in", next=_inside(back))
        _set(answer, gate.BEFORE, gate.new_browser())
        return answer
    status = 200 if refusal is None else refusal.status
    return visit.show("sign_in.html", status=status, refusal=refusal, name=name, back=_inside(back))


@pages.post("/sign-out", needs=None)
def end(visit: Visit) -> Response:
    """Sign out."""
    with visit.desk.action() as ctx:
        end_session(ctx, _session(visit))
    visit.desk.remember()
    answer = visit.go("/sign-in")
    answer.delete_cookie(gate.SESSION, secure=True, httponly=True)
    return answer


@pages.post("/passwords", needs=None, open=True)
def choose(visit: Visit) -> Response:
    """Choose a password with a one-time token of an administrator."""
    sent, front = visit.form, visit.front
    with _guessing(visit):
        choose_password(
            front.desk, sent.get("name", ""), sent.get("once", ""), new=sent.get("new", ""), cost=front.password_cost
        )
    visit.front.desk.remember()
    return visit.go("/sign-in")


@pages.get("/passwords", needs=None, open=True)
def show_choosing(visit: Visit) -> Response:
    """Show the form in which a password is chosen."""
    return visit.show("passwords.html") if visit.token else visit.go("/sign-in")


@pages.get("/me", needs=None)
def show_me(visit: Visit) -> Response:
    """Show who is signed in, what they may do, and their second factor."""
    return _me(visit)


def _me(visit: Visit, enrolment: Enrolment | None = None) -> Response:
    with visit.view() as ctx:
        user = users.user_shown(ctx.session, visit.caller.user_id or 0)
        session = users.session_shown(ctx.session, _session(visit))
    if user is None:
        raise NotSignedIn
    return visit.show("me.html", user=user, session=session, enrolment=enrolment)


@pages.post("/me/second-factor", needs=None)
def enrol(visit: Visit) -> Response:
    """Begin a second factor; its secret is shown this once."""
    made = enrol_second_factor(visit.desk, _proof(visit), cost=visit.front.password_cost)
    visit.desk.remember()
    return _me(visit, enrolment=made)


@pages.post("/me/second-factor/confirm", needs=None)
def confirm(visit: Visit) -> Response:
    """Take the first code of a second factor."""
    with visit.desk.action() as ctx:
        confirm_second_factor(ctx, _session(visit), visit.form.get("code", ""))
    visit.desk.remember()
    return visit.go("/me")


@pages.post("/me/password", needs=None)
def change(visit: Visit) -> Response:
    """Change the password; every other sign-in of this person ends."""
    new = visit.form.get("new", "")
    change_password(visit.desk, _session(visit), _proof(visit), new=new, cost=visit.front.password_cost)
    visit.desk.remember()
    return visit.go("/me")


@pages.post("/look", needs=None, open=True)
def choose_look(visit: Visit) -> Response:
    """Keep the language or the theme that this browser likes."""
    answer = visit.go(_inside(visit.form.get("next", "")))
    if visit.form.get("language") in LANGUAGES:
        _set(answer, gate.LANGUAGE, visit.form["language"], for_s=_YEAR_S)
    if visit.form.get("theme") in _THEMES:
        _set(answer, gate.THEME, visit.form["theme"], for_s=_YEAR_S)
    elif visit.form.get("theme") == "system":
        answer.delete_cookie(gate.THEME, secure=True, httponly=True)
    return answer


@pages.get("/menu", needs=None)
def show_menu(visit: Visit) -> Response:
    """Show every screen: what the narrow bar of a phone has no room for."""
    return visit.show("menu.html", screens=SCREENS)


def _inside(address: str) -> str:
    """Return an address within the console, its first page for any other."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"


def _set(answer: Response, name: str, value: str, *, for_s: int | None = None) -> None:
    answer.set_cookie(name, value, max_age=for_s, secure=True, httponly=True, samesite="lax")


def _session(visit: Visit) -> int:
    if visit.caller.session_id is None:
        raise NotSignedIn
    return visit.caller.session_id


def _proof(visit: Visit) -> Shown:
    name = visit.caller.actor.removeprefix("user:")
    return Shown(name=name, password=visit.form.get("password", ""), code=visit.form.get("code"))
