"""Report profiles of the book: taken by version, never changed, ended by a day; two may be in force at once."""

import hashlib
from dataclasses import replace
from datetime import date
from functools import lru_cache

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import NoSuch, WrongState
from ingather.reports.profile import ReportProfile
from ingather.reports.profile_language import read_profile
from ingather.reports.tables import packaged_profile_texts
from ingather.store.tables import ReportProfileRow


def take_profile(ctx: Context, originator_id: int, text: str) -> tuple[str, bool]:
    """Take a report profile into the book; returns its name, id/version, and whether it was new there.

    From now on reports are read with it, on the days it is in force. Raises ``ReportProfileRefused`` for a text that
    is no profile and ``WrongState`` for a version that the book, or Ingather itself, has with another text.
    """
    profile = read_profile(text)
    sha256 = hashlib.sha256(text.encode()).digest()
    known = _row(ctx, originator_id, profile.id, profile.version)
    packaged = packaged_profile_texts().get(profile.name)
    if (known is not None and known.sha256 != sha256) or (packaged is not None and packaged != text):
        whose = "the book has" if known is not None else "Ingather ships"
        fact = f"{whose} the report profile {profile.name} with another text"
        raise WrongState(fact, "Give the changed profile the next version")
    if known is not None or packaged is not None:
        return profile.name, False
    ctx.session.add(
        ReportProfileRow(
            id=ctx.ids.one(),
            originator_id=originator_id,
            profile_id=profile.id,
            version=profile.version,
            effective_from=profile.effective_from,
            effective_to=profile.effective_to,
            toml=text,
            sha256=sha256,
            taken_by=ctx.actor,
            created_at=ctx.now,
        )
    )
    ctx.session.flush()
    ctx.audit(
        "take_report_profile", public_id(Prefix.ORIGINATOR, originator_id), profile=profile.name, sha256=sha256.hex()
    )
    return profile.name, True


def end_profile(ctx: Context, originator_id: int, name: str, *, on: date) -> bool:
    """Have a profile of the book read no report of a day after ``on``; returns whether that changed anything.

    Its text stays as it was taken. Raises ``NoSuch`` for a profile that the book has not taken and ``WrongState`` for
    a day before the profile began.
    """
    profile_id, _, version = name.rpartition("/")
    row = _row(ctx, originator_id, profile_id, int(version)) if version.isdecimal() else None
    if row is None:
        fact = f"the book has taken no report profile {name}"
        raise NoSuch(fact, "ingather report profile list shows those it has")
    if row.effective_from is not None and on < row.effective_from:
        fact = f"the report profile {name} begins on {row.effective_from}, after {on}"
        raise WrongState(fact, "Name a later day")
    if row.effective_to == on:
        return False
    row.effective_to = on
    ctx.session.flush()
    ctx.audit("end_report_profile", public_id(Prefix.ORIGINATOR, originator_id), profile=name, on=on.isoformat())
    return True


def profiles_of(ctx: Context, originator_id: int | None = None) -> tuple[ReportProfile, ...]:
    """Return the report profiles the book has taken, of one originator or of all, in the order they were taken."""
    statement = select(ReportProfileRow).order_by(ReportProfileRow.id)
    if originator_id is not None:
        statement = statement.where(ReportProfileRow.originator_id == originator_id)
    rows = ctx.session.scalars(statement)
    return tuple(_profile(row.toml, row.effective_from, row.effective_to) for row in rows)


def profile_text(ctx: Context, name: str) -> str | None:
    """Return the text of a profile that the book has taken, by its name; None for one that it has not."""
    profile_id, _, version = name.rpartition("/")
    if not version.isdecimal():
        return None
    return ctx.session.scalar(
        select(ReportProfileRow.toml).where(
            ReportProfileRow.profile_id == profile_id, ReportProfileRow.version == int(version)
        )
    )


@lru_cache(maxsize=64)
def _profile(text: str, begins: date | None, ends: date | None) -> ReportProfile:
    return replace(read_profile(text), effective_from=begins, effective_to=ends)


def _row(ctx: Context, originator_id: int, profile_id: str, version: int) -> ReportProfileRow | None:
    return ctx.session.scalar(
        select(ReportProfileRow).where(
            ReportProfileRow.originator_id == originator_id,
            ReportProfileRow.profile_id == profile_id,
            ReportProfileRow.version == version,
        )
    )
