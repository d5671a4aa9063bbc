"""Who made it never approves it, with all rights in one person: by what is answered, and past the code by the book."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Date, Engine, LargeBinary, String, insert, text
from sqlalchemy.exc import IntegrityError

from ingather.domain.users import Permission, Role
from ingather.store.engine import is_postgresql, open_engine, writing
from ingather.store.migrate import upgrade
from ingather.store.tables import Base
from ingather.store.tables.base import Instant
from tests.api.declared import Callers, declared
from tests.api.examples import EXAMPLES, Scene, etag, make, prepare
from tests.api.office import Client
from tests.api.played import played_front

BOTH = (Role.OPERATOR, Role.APPROVER)
CHECKS = {Permission.FILES_APPROVE, Permission.RETURNS_APPROVE, Permission.SETTLEMENTS_APPROVE}
ELSEWHERE = {"approve_undoing_a_match", "refuse_undoing_a_match", "approve_write_off", "approve_many_payouts"}
"""What takes a longer story, or passes over what is one's own: the journeys of matches, owing and payouts have it."""
APPROVALS = [name for name, each in declared().items() if each.permission in CHECKS and name not in ELSEWHERE]
MADE_BY_CLOCK = {
    "approve_a_file": "UPDATE files SET maker = 'user:both' WHERE state = 'sealed'",
    "refuse_a_file": "UPDATE files SET maker = 'user:both' WHERE state = 'sealed'",
    "approve_payout": "UPDATE payouts SET asked_by = 'user:both'",
}
"""What the night or the settling made: here a person made it."""
REVERSAL = {"approve_a_follow_up", "refuse_a_follow_up"}
"""A reversal always takes two persons, a small refund does not."""


@dataclass(slots=True)  # mutable -- as what it stands for
class Alone(Callers):
    """One person who may make and check everything, and another one."""

    def may(self, permission: Permission | None) -> Client:
        """Return the one person."""
        _ = permission
        return self.front.person("both", *BOTH)

    def another(self, permission: Permission | None) -> Client:
        """Return the other person."""
        _ = permission
        return self.front.person("other", *BOTH)


@pytest.mark.parametrize("operation", APPROVALS)
def test_who_made_it_is_told_to_ask_another_and_the_other_may(operation: str, tmp_path: Path) -> None:
    front = played_front(tmp_path / "book")
    scene = Scene(front=front, callers=Alone(front=front))
    example = EXAMPLES[operation]
    if operation in REVERSAL:
        example = replace(example, first=((example.first[0][0], "reverse_an_order", EXAMPLES["reverse_an_order"]),))
    asked = prepare(scene, operation, example)
    if operation in MADE_BY_CLOCK:
        with front.stage.desk.action() as ctx:
            ctx.session.execute(text(MADE_BY_CLOCK[operation]))
        if declared()[operation].guarded:
            asked = replace(asked, headers={**asked.headers, "If-Match": etag(scene, asked.path)})
    mine = make(scene, asked, key="mine")
    assert (mine.status_code, mine.json()["code"]) == (403, "maker_is_checker"), mine.text
    assert mine.json()["next_actions"] == ["ask_another_person"]
    theirs = make(scene, asked, key="theirs", another=True)
    assert theirs.status_code < 300, theirs.text


MAKERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "approvals": ("maker", "checker", {"decision": "approved"}),
    "follow_ups": ("maker", "checker", {"kind": "refund", "state": "wanted"}),
    "merchant_accounts": ("asked_by", "approved_by", {"state": "active", "kind": "checking"}),
    "payouts": ("asked_by", "approved_by", {"state": "approved", "method": "sheet"}),
    "report_sign_offs": ("asked_by", "signed_by", {}),
    "merchant_losses": ("asked_by", "approved_by", {}),
    "bank_days": ("made_by", "signed_by", {"state": "signed"}),
    "matches": ("undo_asked_by", "undone_by", {"undone_because": "wrong", "kind": "return"}),
}
"""Who makes and who checks, by table, with the words that its other checks ask for."""


@pytest.fixture
def engine(book_url: str) -> Iterator[Engine]:
    opened = open_engine(book_url, must_exist=False)
    upgrade(opened)
    yield opened
    opened.dispose()


def test_the_book_takes_no_row_in_which_somebody_checks_what_they_made(engine: Engine) -> None:
    for number, (table, (maker, checker, words)) in enumerate(MAKERS.items()):
        for other, taken in (("user:maria", False), ("user:paula", True)):
            row = _row(table) | words | {maker: "user:maria", checker: other}
            refused = ""
            try:
                with writing(engine) as session:
                    if is_postgresql(session):
                        session.execute(text("SET LOCAL session_replication_role = replica"))  # rows stand alone here
                    else:
                        session.execute(text("PRAGMA defer_foreign_keys = ON"))
                    session.execute(insert(Base.metadata.tables[table]).values(**row | {"id": number + 1}))
                    session.flush()
                    session.rollback()
            except IntegrityError as error:
                refused = str(error.orig)
            assert ("CHECK" in refused.upper() and f"ck_{table}_" in refused) is not taken, (table, refused)


def _row(table: str) -> dict[str, Any]:
    """Return a row with something in every column that must hold something."""
    columns = Base.metadata.tables[table].columns
    return {column.name: _something(column) for column in columns if not column.nullable and not column.primary_key}


def _something(column: Column[Any]) -> Any:  # noqa: ANN401 -- a value of any column
    values: list[tuple[Any, Any]] = [
        (JSON, {}),
        (Instant, datetime(2026, 11, 16, tzinfo=UTC)),
        (Date, date(2026, 11, 16)),
        (LargeBinary, b"x"),
        (Boolean, False),
        (String, "x"),
    ]
    return next((value for kind, value in values if isinstance(column.type, kind)), 1)
