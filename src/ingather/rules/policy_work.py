"""The policy's part about the worker: how often, and at which hours, it does what cron would otherwise start."""

from datetime import time
from typing import Annotated

from pydantic import Field, field_validator

from ingather.rules.profile_parts import Part

_EVERY = Annotated[int, Field(ge=1, le=1_440, strict=True)]


class WorkTerms(Part):
    """When the worker does what; hours are New York's, on banking days, and a blank hour means never.

    ``poll_minutes``: how often each bank is asked for reports. ``night_before_minutes``: how long before each cut-off
    of a bank the night runs. ``send_minutes``: how often what people approved meanwhile is sent. ``release_at``: when
    holds are looked at. ``watch_minutes``: how often it is asked what has not happened. ``retry_minutes``: how long
    after a run that failed it is tried again. ``deliver_minutes``: how often it is put on record how webhooks are
    delivered; between these records they are delivered whenever there are any.
    """

    poll_minutes: _EVERY = 10
    night_before_minutes: _EVERY = 120
    send_minutes: _EVERY = 15
    release_at: time | None = time(6, 0)
    reconcile_at: time | None = time(7, 0)
    settle_at: time | None = None
    watch_minutes: _EVERY = 15
    retry_minutes: _EVERY = 5
    deliver_minutes: _EVERY = 60

    @field_validator("release_at", "reconcile_at", "settle_at", mode="before")
    @classmethod
    def _blank_is_never(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("release_at", "reconcile_at", "settle_at")
    @classmethod
    def _hours_are_local(cls, value: time | None) -> time | None:
        if value is not None and (value.tzinfo is not None or value.second or value.microsecond):
            message = "write the New York time as HH:MM"
            raise ValueError(message)
        return value
