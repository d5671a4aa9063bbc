"""Answers kept by caller and key of idempotency."""

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from ingather.base.ids import decode_key
from ingather.store.bulk import insert_columns
from ingather.store.tables import AnsweredCall

_NAMED = re.compile(r"/[a-z]+_([0-9A-HJKMNP-TV-Z]{13})(?:/|$)")
_BEYOND = "8"
"""What the letters of no key begin with: a key has 63 bits."""


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
            subject_id=_subject_of(route),
            fingerprint=answer.fingerprint,
            status=answer.status,
            headers=dict(answer.headers),
            answer=zlib.compress(answer.body),
            answered_at=at,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredKey:
    """An answer to be kept: of whom, under which key of idempotency, to which route, and about which object."""

    caller: str
    key: str
    route: str
    answer: KeptAnswer
    subject: int | None = None


def kept_answers(session: Session, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], KeptAnswer]:
    """Return what was answered to several calls, by caller and key, for those that were answered."""
    if not keys:
        return {}
    among = select(AnsweredCall).where(tuple_(AnsweredCall.caller, AnsweredCall.key).in_(keys))
    return {
        (row.caller, row.key): KeptAnswer(
            fingerprint=row.fingerprint, status=row.status, headers=row.headers, body=zlib.decompress(row.answer)
        )
        for row in session.scalars(among)
    }


def keep_answers(session: Session, new: Sequence[AnsweredKey], *, at: datetime) -> None:
    """Keep several answers in the transaction of what they tell of."""
    if not new:
        return
    insert_columns(
        session,
        AnsweredCall,
        {
            "caller": [each.caller for each in new],
            "key": [each.key for each in new],
            "route": [each.route for each in new],
            "subject_id": [each.subject or _subject_of(each.route) for each in new],
            "fingerprint": [each.answer.fingerprint for each in new],
            "status": [each.answer.status for each in new],
            "headers": [json.dumps(dict(each.answer.headers)) for each in new],
            "answer": [zlib.compress(each.answer.body) for each in new],
        },
        same={"answered_at": at},
    )


def _subject_of(route: str) -> int | None:
    """Return the key of the object that a route names first, None when it names none."""
    named = _NAMED.search(route)
    return decode_key(named[1]) if named and named[1] < _BEYOND else None
