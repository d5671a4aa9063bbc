"""Calls about feeds.

Written from the document of the API, never by hand.
"""

from datetime import date

from ingather.client.connection import Connection, path
from ingather.client.shapes.feeds import Feeds, Gaps, SignOff


class FeedsCalls:
    """Calls about feeds."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self) -> Feeds:
        """List the accounts whose reports are taken, and through which day those are complete."""
        return self._connection.read("/v1/feeds", Feeds)

    def gaps(self) -> Gaps:
        """List what is missing of the accounts' reports, and the days that wait for a second signature."""
        return self._connection.read("/v1/feeds/gaps", Gaps)

    def sign_offs(
        self, feed_id: str, *, reason: str, day: date, if_match: str | None = None, idempotency_key: str | None = None
    ) -> SignOff:
        """Ask to declare a day complete although its report never came; another person signs it."""
        return self._connection.act(
            "POST",
            path("/v1/feeds/{feed_id}/sign-offs", feed_id=feed_id),
            SignOff,
            body={"reason": reason, "day": day},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def sign_offs_sign(
        self, feed_id: str, day: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> SignOff:
        """Sign that a day is complete, as another person than who asked; what waited for it alone is released."""
        return self._connection.act(
            "POST",
            path("/v1/feeds/{feed_id}/sign-offs/{day}/sign", feed_id=feed_id, day=day),
            SignOff,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )
