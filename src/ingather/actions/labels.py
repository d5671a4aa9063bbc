"""Labels: what callers keep beside our objects under words of their own; no rule of ours ever reads them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.domain.refusals import Unreadable
from ingather.store.bulk import insert_columns
from ingather.store.tables import Label

MOST_LABELS = 50
LONGEST_NAME = 40
LONGEST_VALUE = 500
_AT_ONCE = 5_000


def set_labels(ctx: Context, originator_id: int, subject: int, labels: Mapping[str, str]) -> None:
    """Keep these labels beside an object instead of those it had; raises ``Unreadable`` for too many or too long."""
    _refuse_too_much(labels)
    row = ctx.session.get(Label, subject)
    if row is None:
        ctx.session.add(Label(subject_id=subject, originator_id=originator_id, content=dict(labels)))
    else:
        row.content = dict(labels)


def set_labels_of_new(ctx: Context, originator_id: int, labels: Mapping[int, Mapping[str, str]]) -> None:
    """Keep labels beside many objects that have none yet; raises ``Unreadable`` as for one."""
    for each in labels.values():
        _refuse_too_much(each)
    if labels:
        columns: dict[str, Sequence[Any]] = {
            "subject_id": list(labels),
            "content": [json.dumps(dict(each)) for each in labels.values()],
        }
        insert_columns(ctx.session, Label, columns, same={"originator_id": originator_id})


def _refuse_too_much(labels: Mapping[str, str]) -> None:
    if len(labels) > MOST_LABELS:
        fact = f"an object has at most {MOST_LABELS} pairs of metadata, these are {len(labels)}"
        raise Unreadable(fact)
    for name, value in labels.items():
        if not 0 < len(name) <= LONGEST_NAME or len(value) > LONGEST_VALUE:
            fact = f"metadata has names of 1 to {LONGEST_NAME} characters and values of at most {LONGEST_VALUE}"
            raise Unreadable(fact)


def change_labels(ctx: Context, originator_id: int, name: str, subject: int, labels: Mapping[str, str]) -> None:
    """Keep other labels beside an object, as an action of its own; ``name`` is its public id. Raises ``Unreadable``."""
    set_labels(ctx, originator_id, subject, labels)
    ctx.audit("change_labels", name, labels=len(labels))


def labels_of(ctx: Context, subjects: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return the labels of these objects, for those that have any."""
    found: dict[int, dict[str, str]] = {}
    for start in range(0, len(subjects), _AT_ONCE):
        part = subjects[start : start + _AT_ONCE]
        rows = ctx.session.execute(select(Label.subject_id, Label.content).where(Label.subject_id.in_(part)))
        found |= {key: dict(content) for key, content in rows}
    return found
