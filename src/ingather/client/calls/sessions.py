"""Calls about sessions.

Written from the document of the API, never by hand.
"""

from ingather.client.connection import Connection
from ingather.client.shapes.sessions import Factor, Session
from ingather.client.shapes.shared import Done, NewSession


class SessionsCalls:
    """Calls about sessions."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(self, *, name: str, password: str, code: str | None = None) -> NewSession:
        """Sign in with name, password and code."""
        return self._connection.act(
            "POST", "/v1/sessions", NewSession, body={"name": name, "password": password, "code": code}, once="no"
        )

    def get_current(self) -> Session:
        """Return the sign-in that calls."""
        return self._connection.read("/v1/sessions/current", Session)

    def delete_current(self) -> Done:
        """Sign out."""
        return self._connection.act("DELETE", "/v1/sessions/current", Done, once="no")

    def current_prove(self, *, password: str, code: str | None = None) -> Session:
        """Prove again who is signed in, as approving and granting ask for."""
        return self._connection.act(
            "POST", "/v1/sessions/current/prove", Session, body={"password": password, "code": code}, once="no"
        )

    def current_password(self, *, password: str, new_password: str, code: str | None = None) -> Done:
        """Change the password; every other sign-in of this person ends."""
        return self._connection.act(
            "POST",
            "/v1/sessions/current/password",
            Done,
            body={"password": password, "code": code, "new_password": new_password},
            once="no",
        )

    def current_second_factor(self, *, password: str, code: str | None = None) -> Factor:
        """Begin a second factor: its secret is shown this once, and counts from its first code on."""
        return self._connection.act(
            "POST", "/v1/sessions/current/second-factor", Factor, body={"password": password, "code": code}, once="no"
        )

    def current_second_factor_confirm(self, *, code: str) -> Session:
        """Send the first code of a second factor; this sign-in has it from now on, every other one ends."""
        return self._connection.act(
            "POST", "/v1/sessions/current/second-factor/confirm", Session, body={"code": code}, once="no"
        )
