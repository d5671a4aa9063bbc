"""The parts of the house's policy about people's own clocks: reviews, cases, and when silence raises an alarm."""

from datetime import time
from typing import Annotated

from pydantic import Field, field_validator

from ingather.rules.profile_parts import Part

_MINUTES = Annotated[int, Field(ge=0, le=1_440, strict=True)]
_HOURS = Annotated[int, Field(ge=0, le=240, strict=True)]
_MONTHS = Annotated[int, Field(ge=0, le=12, strict=True)]


class CasePolicy(Part):
    """How often the house reviews itself, in months, and how long before its end a retry's window opens a case.

    0 months means never, which a live book does not accept for the fraud monitoring: the Rules ask for a yearly review.
    """

    fraud_review_every_months: _MONTHS = 12
    access_review_every_months: _MONTHS = 3
    review_notice_days: Annotated[int, Field(ge=0, le=90, strict=True)] = 30
    retry_ending_days: Annotated[int, Field(ge=0, le=90, strict=True)] = 14


class UnmaskTerms(Part):
    """How long a person may see again an account's number that was shown to them, and when that is an alarm.

    More than ``a_day`` numbers shown to one person within 24 hours raise one; 0 means never.
    """

    minutes: Annotated[int, Field(ge=1, le=60, strict=True)] = 10
    a_day: Annotated[int, Field(ge=0, le=1_000, strict=True)] = 5


class WatchTerms(Part):
    """From when on silence is an alarm; 0 means that it never is one, except for ``follow_up_days``.

    ``night_before_minutes`` and ``unsent_before_minutes`` are before the bank's cut-off, ``report_by`` is a New York
    time of the banking day after the report's, ``exposure_percent`` a share of the bank's limit, and days are
    calendar days.
    """

    night_before_minutes: _MINUTES = 90
    unsent_before_minutes: _MINUTES = 60
    sending_minutes: _MINUTES = 10
    acknowledgement_hours: _HOURS = 4
    pended_hours: _HOURS = 24
    report_by: time = time(10, 0)
    exposure_percent: Annotated[int, Field(ge=0, le=100, strict=True)] = 80
    suspense_days: Annotated[int, Field(ge=0, le=365, strict=True)] = 10
    follow_up_days: Annotated[int, Field(ge=0, le=30, strict=True)] = 1
    webhook_hours: _HOURS = 24
    anchor_days: Annotated[int, Field(ge=0, le=365, strict=True)] = 4
    key_days: Annotated[int, Field(ge=0, le=1_500, strict=True)] = 400
    rotation_minutes: _MINUTES = 60

    @field_validator("report_by")
    @classmethod
    def _report_by_is_a_time(cls, value: time) -> time:
        if value.tzinfo is not None or value.second or value.microsecond:
            message = "write the New York time as HH:MM"
            raise ValueError(message)
        return value
