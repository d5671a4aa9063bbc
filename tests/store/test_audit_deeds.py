"""Whatever somebody does to the audit chain past the database is found, at the exact record, by both verifiers."""

import json
import os
from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ingather.cli import ingather_verify
from ingather.domain.audit import FaultKind, Row
from ingather.jobs.audit import export_rows
from ingather.store import audit
from ingather.store.engine import open_engine
from tests.seeds import seed
from tests.store.chains import DEEDS, KEEPER, Done, anchors_of, made_chain, put

_CASES = int(os.environ.get("INGATHER_TEST_AUDIT_DEEDS", "1000"))
_ON_POSTGRESQL = 10
"""Of so many cases one is done on PostgreSQL: what differs there is the reader alone."""
_INSTANCE = "instance"


@pytest.fixture
def unguarded(book_url: str) -> Iterator[Engine]:
    """Yield the engine of a book whose chain nothing guards."""
    engine = open_engine(book_url)
    on_table = " ON audit" if engine.dialect.name == "postgresql" else ""
    with engine.begin() as connection:
        for trigger in ("audit_no_update", "audit_no_delete", "audit_follows"):
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}{on_table}")
    yield engine
    engine.dispose()


def _told_without_us(rows: Iterator[Row], whole: list[Row]) -> str | None:
    """Return what the verifier that knows nothing of the product says of an export and the heads that were kept."""
    about, *records, head = [json.loads(line) for line in b"".join(export_rows(rows, instance=_INSTANCE)).splitlines()]
    anchors = [(each.seq, each.hash.hex(), KEEPER) for each in anchors_of(whole)]
    return ingather_verify._judged(records, about, head["head"], anchors)  # noqa: SLF001 -- it has no other name


def _judge(session: Session, done: Done, whole: list[Row]) -> list[str]:
    """Return what either verifier says wrongly of a chain to which something was done."""
    put(session, done.rows)
    _, fault = audit.judge(session, anchors_of(whole))
    told = _told_without_us(audit.rows(session), whole)
    right = {f"Record {done.seq} is at fault: {kind}" for kind in done.kinds}
    wrong = []
    if fault is None or (fault.seq, fault.until) != (done.seq, done.until) or fault.kind not in done.kinds:
        wrong.append(f"the product says {fault}")
    if told is None or not any(told.startswith(each) for each in right):
        wrong.append(f"the verifier says {told}")
    if (
        fault is not None
        and fault.kind in {FaultKind.CUT, FaultKind.REWRITTEN}
        and not fault.sentence.endswith("holds.")
    ):
        held = max((each.seq for each in anchors_of(whole) if each.seq < done.seq), default=0)
        wrong += [] if fault.sentence.endswith(f"holds is {held}.") else [fault.sentence]
    return wrong


def test_whatever_is_done_to_the_chain_is_found_at_the_exact_record(unguarded: Engine) -> None:
    whole = made_chain()
    cases = _CASES if unguarded.dialect.name == "sqlite" else _CASES // _ON_POSTGRESQL
    wrong: list[str] = []
    with Session(unguarded) as session:
        put(session, whole)
        assert audit.judge(session, anchors_of(whole))[1] is None
        assert _told_without_us(audit.rows(session), whole) is None
        for number in range(cases):
            chance = Random(f"{seed()}/{number}")  # noqa: S311 -- a seeded sequence, not a secret one
            deed = DEEDS[number % len(DEEDS)]
            done = deed(whole, chance)
            wrong += [f"{number} {deed.__name__} at {done.seq}: {each}" for each in _judge(session, done, whole)]
        session.rollback()
    assert not wrong, "\n".join(wrong[:20])
