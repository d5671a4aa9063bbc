"""Calls about report profiles.

Written from the document of the API, never by hand.
"""

from datetime import date

from ingather.client.connection import Connection, path
from ingather.client.shapes.report_profiles import ProfileCheck, ReportProfileInFull, ReportProfiles


class ReportProfilesCalls:
    """Calls about report profiles."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def all(self) -> ReportProfiles:
        """List the report profiles that ship and those of the book, and which are in force."""
        return self._connection.read("/v1/report-profiles", ReportProfiles)

    def create(
        self, *, toml: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> ReportProfileInFull:
        """Take a report profile into the book: reports of its days are read with it from now on."""
        return self._connection.act(
            "POST",
            "/v1/report-profiles",
            ReportProfileInFull,
            body={"toml": toml},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def get(self, profile_id: str, version: str) -> ReportProfileInFull:
        """Return a report profile's text, and what the reports read with it usually hold, since when, and
        departures.
        """
        return self._connection.read(
            path("/v1/report-profiles/{profile_id}/{version}", profile_id=profile_id, version=version),
            ReportProfileInFull,
        )

    def check(self, *, toml: str) -> ProfileCheck:
        """Say whether a text is a report profile that can be used, and name every key that is wrong; nothing is
        kept.
        """
        return self._connection.act("POST", "/v1/report-profiles/check", ProfileCheck, body={"toml": toml}, once="no")

    def end(
        self,
        profile_id: str,
        version: str,
        *,
        on: date,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> ReportProfileInFull:
        """End a report profile of the book: no report of a later day is read with it."""
        return self._connection.act(
            "POST",
            path("/v1/report-profiles/{profile_id}/{version}/end", profile_id=profile_id, version=version),
            ReportProfileInFull,
            body={"on": on},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )
