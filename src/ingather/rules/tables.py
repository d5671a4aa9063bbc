"""The packaged tables of the rules: the only module of this floor that opens its own files."""

import csv
from functools import cache
from importlib.resources import files


def _text(*names: str) -> str:
    return files("ingather.rules").joinpath(*names).read_text(encoding="utf-8")


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a packaged CSV table by name, such as ``return_codes``, as texts by column name."""
    return tuple(csv.DictReader(_text(f"{name}.csv").splitlines()))


@cache
def profile_names() -> tuple[str, ...]:
    """Return the names of the packaged bank profiles, sorted."""
    folder = files("ingather.rules").joinpath("profiles")
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml")))


def profile_text(name: str) -> str:
    """Return a packaged bank profile as TOML text; raises ``KeyError`` for a name that is not packaged."""
    if name not in profile_names():
        raise KeyError(name)
    return _text("profiles", f"{name}.toml")


def policy_text(name: str) -> str:
    """Return a packaged house policy, ``default`` or ``rehearsal``, as TOML text."""
    return _text("policies", f"{name}.toml")
