"""The packaged report profiles and posting codes: the only module of this floor that opens its own files."""

import csv
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files

from ingather.reports.code_map import CodeMap, CodeRule
from ingather.reports.items import PostingEvent
from ingather.reports.profile import ReportProfile
from ingather.reports.profile_language import read_profile

_OLD_NAME = re.compile(r"(.+)-([0-9]+)")


@cache
def packaged_profile_texts() -> dict[str, str]:
    """Return the TOML texts of the packaged report profiles by name, as id/version, sorted."""
    folder = files("ingather.reports").joinpath("profiles")
    texts = [item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name.endswith(".toml")]
    named = {read_profile(text).name: text for text in texts}
    return {name: named[name] for name in sorted(named)}


@cache
def packaged_profiles() -> tuple[ReportProfile, ...]:
    """Return the packaged report profiles, by name; the standard codes are asked after their own."""
    found = (read_profile(text) for text in packaged_profile_texts().values())
    return tuple(replace(profile, codes=codes_before_packaged(profile.codes)) for profile in found)


def profile_called(name: str, profiles: Iterable[ReportProfile] = ()) -> ReportProfile | None:
    """Return a profile by its name, id/version, of some or of the packaged ones; None where there is none.

    Bank profiles that are older than versions say ``generic-ack-1`` for ``generic-ack/1``.
    """
    by_name = {profile.name: profile for profile in (*packaged_profiles(), *profiles)}
    old = _OLD_NAME.fullmatch(name)
    return by_name.get(name) or (by_name.get(f"{old[1]}/{old[2]}") if old else by_name.get(f"{name}/1"))


@cache
def packaged_codes() -> CodeMap:
    """Return what the codes of BAI2, SWIFT and ISO 20022 mean by ``posting_codes.csv``, for any bank."""
    text = files("ingather.reports").joinpath("posting_codes.csv").read_text(encoding="utf-8")
    return CodeMap(
        rules=tuple(
            CodeRule(
                code_type=row["code_type"],
                code=row["code"],
                event=PostingEvent(row["event"]),
                sign=row["sign"],
                text=row["text"],
                label=row["label"],
                level=row["level"],
            )
            for row in csv.DictReader(text.splitlines())
        )
    )


@cache
def duplicate_codes() -> frozenset[str]:
    """Return the reason codes of ISO 20022 that say that something was sent before, by ``duplicate_codes.csv``."""
    text = files("ingather.reports").joinpath("duplicate_codes.csv").read_text(encoding="utf-8")
    return frozenset(row["code"] for row in csv.DictReader(text.splitlines()))


@lru_cache(maxsize=64)
def codes_before_packaged(own: CodeMap) -> CodeMap:
    """Return a bank's own rules with the packaged ones asked after them."""
    return own if own.rules[-len(packaged_codes().rules) :] == packaged_codes().rules else own.then(packaged_codes())
