"""The packaged report profiles: the only module of this floor that opens its own files."""

from functools import cache
from importlib.resources import files

from ingather.reports.layout import ReportLayout, read_layout


@cache
def layout_names() -> tuple[str, ...]:
    """Return the names of the packaged report profiles, sorted."""
    folder = files("ingather.reports").joinpath("profiles")
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml")))


@cache
def packaged_layout(name: str) -> ReportLayout:
    """Return a packaged report profile by name; raises ``KeyError`` for one that is not packaged."""
    if name not in layout_names():
        raise KeyError(name)
    return read_layout(files("ingather.reports").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8"))
