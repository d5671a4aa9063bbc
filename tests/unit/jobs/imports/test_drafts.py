"""What a sheet says of a text and its evidence: an authorization that lacks something is a draft, and not lost."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.base.problems import Severity
from ingather.jobs.desk import Desk
from ingather.jobs.imports import FileReport, import_files
from ingather.store.tables import Authorization, Order
from tests.unit.jobs.imports.books import demo_rows, told, write_rows

OPTIONAL = frozenset({"text_version", "locale", "states", "amount_terms", "debits", "copy_sent"})


def one(desk: Desk, path: Path) -> FileReport:
    """Import one file and return its report, whose counts add up."""
    (file,) = import_files(desk, [path]).files
    assert file.rows == file.new + file.same + file.refused
    return file


@pytest.mark.parametrize(
    ("channel", "column", "said"),
    [
        ("online", "ip", "from which address"),
        ("phone", "recording", "the recording"),
        ("paper", "signature", "signature"),
    ],
)
def test_a_consumers_authorization_without_its_channels_evidence_is_a_draft(
    busy_desk: Desk, tmp_path: Path, channel: str, column: str, said: str
) -> None:
    consumers = {row["external_id"] for row in demo_rows("accounts") if row["holder"] == "consumer"}
    rows = [row for row in demo_rows("authorizations") if row["channel"] == channel and row["account"] in consumers][:2]
    rows = [row | {"external_id": f"NEW-{at}"} for at, row in enumerate(rows)]
    rows[0] |= {column: ""}
    file = one(busy_desk, write_rows(tmp_path / "u.csv", rows))
    assert told(file) == [(2, "evidence", "import-draft")]
    assert (file.problems[0].severity, said in file.problems[0].message) == (Severity.WARNING, True)
    assert file.new == 2
    assert states_of(busy_desk, "NEW-0", "NEW-1") == ["draft", "active"]


def states_of(desk: Desk, *names: str) -> list[str]:
    """Return the states of authorizations, by their external ids."""
    with desk.view() as ctx:
        rows = ctx.session.execute(select(Authorization.external_id, Authorization.state)).all()
        known = {row[0]: row[1] for row in rows}
        return [known[name] for name in names]


def test_a_sheet_that_does_not_say_what_the_texts_state_makes_drafts_of_consumers_authorizations(
    busy_desk: Desk, tmp_path: Path
) -> None:
    holders = {row["external_id"]: row["holder"] for row in demo_rows("accounts")}
    rows = [
        {name: cell for name, cell in row.items() if name not in OPTIONAL} | {"external_id": f"NEW-{at}"}
        for at, row in enumerate(row for row in demo_rows("authorizations") if row["channel"] == "paper")
    ]
    file = one(busy_desk, write_rows(tmp_path / "u.csv", rows))
    consumers = [at for at, row in enumerate(rows) if holders[row["account"]] == "consumer"]
    assert told(file) == [(2 + at, "states", "import-draft") for at in consumers]
    assert 0 < len(consumers) < len(rows)
    assert file.new == len(rows)
    assert set(states_of(busy_desk, *(f"NEW-{at}" for at in consumers))) == {"draft"}


def test_statements_are_words_of_the_table_and_terms_go_together(busy_desk: Desk, tmp_path: Path) -> None:
    rows = [row | {"external_id": f"NEW-{at}"} for at, row in enumerate(demo_rows("authorizations")[:5])]
    rows[0] |= {"states": "amount everything"}
    rows[1] |= {"amount_terms": "fixed", "max_amount": ""}
    rows[2] |= {"kind": "single", "debits": "3"}
    rows[3] |= {"amount_terms": "sometimes"}
    assert told(one(busy_desk, write_rows(tmp_path / "u.csv", rows))) == [
        (2, "states", "import-word"),
        (3, "amount_terms", "import-refused"),
        (4, "debits", "import-refused"),
        (5, "amount_terms", "import-word"),
    ]


def test_an_order_says_how_the_buyer_started_its_debit(busy_desk: Desk, tmp_path: Path) -> None:
    standing = {row["external_id"] for row in demo_rows("authorizations") if row["kind"] == "standing"}
    rows = [row | {"act_channel": "", "act_at": ""} for row in demo_rows("orders")]
    under = [at for at, row in enumerate(rows) if row["authorization"] in standing][:3]
    other = next(at for at, row in enumerate(rows) if row["authorization"] not in standing)
    act = {"act_channel": "phone", "act_at": "2026-11-10T10:00:00-05:00"}
    rows[under[0]] |= act
    rows[under[1]] |= act | {"act_at": ""}
    rows[under[2]] |= act | {"act_channel": "paper"}
    rows[other] |= act
    file = one(busy_desk, write_rows(tmp_path / "o.csv", rows))
    wanted = [(under[1], "act_at"), (under[2], "act_channel"), (other, "act_channel")]
    assert told(file) == [(at + 2, field, "import-refused") for at, field in sorted(wanted)]
    with busy_desk.view() as ctx:
        acts = ctx.session.execute(select(Order.act_channel, Order.act_at).where(Order.act_at.is_not(None))).all()
    assert [tuple(row) for row in acts] == [("phone", datetime(2026, 11, 10, 15, tzinfo=UTC))]
