"""How long an authorization is kept after it ended."""

from datetime import date

import pytest

from ingather.rules.retention import Ended, kept_until


def ended(**changes: object) -> Ended:
    """Return an authorization that ended on the last of November, with changes."""
    usual: dict[str, object] = {
        "kind": "recurring", "channel": "online", "holder": "consumer", "given_on": date(2026, 1, 5),
        "ended_on": date(2026, 11, 30), "last_settled_on": None,
    }  # fmt: skip
    return Ended(**(usual | changes))  # type: ignore[arg-type]  # the fields of Ended


@pytest.mark.parametrize(
    ("changes", "years", "until"),
    [
        ({}, 2, date(2028, 11, 30)),
        ({}, 7, date(2033, 11, 30)),
        ({}, 1, date(2028, 11, 30)),
        ({"ended_on": date(2028, 2, 29)}, 3, date(2031, 3, 1)),
        ({"kind": "single", "channel": "phone", "given_on": date(2026, 12, 24)}, 2, date(2028, 12, 24)),
        ({"kind": "single", "channel": "online", "given_on": date(2026, 12, 24)}, 2, date(2028, 11, 30)),
        ({"last_settled_on": date(2026, 12, 1)}, 2, date(2029, 3, 6)),
        ({"last_settled_on": date(2026, 12, 1), "holder": "business"}, 2, date(2028, 11, 30)),
        ({"last_settled_on": date(2028, 6, 1), "holder": "business"}, 2, date(2029, 6, 1)),
    ],
    ids=[
        "the Rules", "longer by policy", "never shorter", "leap day", "single by phone", "single online",
        "claims of consumers", "claims of businesses", "a late debit of a business",
    ],
)  # fmt: skip
def test_the_latest_of_all_days_counts(changes: dict[str, object], years: int, until: date) -> None:
    assert kept_until(ended(**changes), years=years).until == until


def test_the_rows_that_say_so_are_named() -> None:
    kept = kept_until(ended(last_settled_on=date(2026, 12, 1)), years=2)
    assert {row.key for row in kept.rows} == {
        "retention", "return-extended", "warranty-consumer", "warranty-consumer-first",
    }  # fmt: skip
    assert {row.key for row in kept_until(ended(), years=2).rows} == {"retention"}
