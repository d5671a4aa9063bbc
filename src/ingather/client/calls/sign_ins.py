"""Calls about sign ins.

Written from the document of the API, never by hand.
"""

from ingather.client.connection import Connection
from ingather.client.shapes.shared import NewSession
from ingather.client.shapes.sign_ins import SignInBegun


class SignInsCalls:
    """Calls about sign ins."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(self, *, redirect_uri: str) -> SignInBegun:
        """Begin a sign-in with the house's identity provider."""
        return self._connection.act("POST", "/v1/sign-ins", SignInBegun, body={"redirect_uri": redirect_uri}, once="no")

    def finish(self, *, sign_in: str, state: str, code: str) -> NewSession:
        """Finish a sign-in with what came back from the provider."""
        return self._connection.act(
            "POST",
            "/v1/sign-ins/finish",
            NewSession,
            body={"sign_in": sign_in, "state": state, "code": code},
            once="no",
        )
