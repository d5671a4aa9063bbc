"""Calls about worker.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.worker import Run, Timetable


class WorkerCalls:
    """Calls about worker."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def runs(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        kind: Sequence[Literal["poll", "night", "send", "release", "reconcile", "settle", "watch", "deliver"]]
        | None = None,
        state: Sequence[Literal["running", "done", "failed", "abandoned"]] | None = None,
        about: str | None = None,
        due_at_gte: datetime | None = None,
        due_at_lte: datetime | None = None,
    ) -> Pages[Run]:
        """List the worker's runs with their results."""
        return self._connection.pages(
            "/v1/worker/runs",
            Run,
            query={
                "limit": limit,
                "after": after,
                "order": order,
                "kind": kind,
                "state": state,
                "about": about,
                "due_at[gte]": due_at_gte,
                "due_at[lte]": due_at_lte,
            },
        )

    def get_run(self, run_id: str) -> Run:
        """Return one run of the worker."""
        return self._connection.read(path("/v1/worker/runs/{run_id}", run_id=run_id), Run)

    def timetable(self) -> Timetable:
        """Return when each kind of run was due last, and when the next one is."""
        return self._connection.read("/v1/worker/timetable", Timetable)
