"""Answers kept by caller and key of idempotency."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.store.tables import AnsweredCall


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What was answered, and the keyed hash of what had been asked."""

    fingerprint: bytes
    status: int
    headers: Mapping[str, str]
    body: bytes


def kept_answer(session: Session, caller: str, key: str) -> KeptAnswer | None:
    """Return what a caller was answered under a key, None when there was no such call."""
    row = session.scalar(select(AnsweredCall).where(AnsweredCall.caller == caller, AnsweredCall.key == key))
    if row is None:
        return None
    return KeptAnswer(
        fingerprint=row.fingerprint, status=row.status, headers=row.headers, body=zlib.decompress(row.answer)
    )


def keep_answer(session: Session, caller: str, key: str, answer: KeptAnswer, *, route: str, at: datetime) -> None:
    """Keep an answer in the transaction of what it tells of."""
    session.add(
        AnsweredCall(
            caller=caller,
            key=key,
            route=route,
            fingerprint=answer.fingerprint,
            status=answer.status,
            headers=dict(answer.headers),
            answer=zlib.compress(answer.body),
            answered_at=at,
        ),
    )
