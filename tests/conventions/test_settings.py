"""Every setting is documented with its default, and nothing is documented that is no setting."""

import re
from dataclasses import fields
from pathlib import Path

import typer
from starlette.testclient import TestClient
from typer.main import get_command

from ingather.api.settings import Settings, variable_of
from ingather.cli import app
from tests.api.office import open_front
from tests.conventions.house import ROOT
from tests.journey.pages import pages
from tests.journey.stage import Sale

_PAGE = ROOT / "docs" / "settings.md"
_VARIABLE = re.compile(r"\bINGATHER_(?!TEST_)[A-Z][A-Z_]*[A-Z]\b")
"""A setting of the program; how much the tests try is theirs."""
_ROW = re.compile(r"^\| `(?P<name>INGATHER_[A-Z_]+)` \| (?P<default>[^|]+) \|", re.MULTILINE)
_READ_BY = ("src", "migrations", "Makefile", "Dockerfile", "compose.yaml")


def _rows() -> dict[str, str]:
    return {row["name"]: row["default"].strip().strip("`") for row in _ROW.finditer(_PAGE.read_text())}


def _used() -> set[str]:
    found: set[str] = set()
    for name in _READ_BY:
        place = ROOT / name
        paths = [place] if place.is_file() else [each for each in place.rglob("*") if each.suffix in {".py", ".mako"}]
        found |= {each for path in paths for each in _VARIABLE.findall(path.read_text(encoding="utf-8"))}
    return found


def _options() -> dict[str, object]:
    command = get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    return {
        str(parameter.envvar): parameter.default for parameter in command.commands["serve"].params if parameter.envvar
    }


def _said(default: object) -> str:
    return "none" if default in {None, ""} else str(default)


def test_every_variable_that_is_read_is_documented_and_no_other() -> None:
    assert sorted(_used() | set(_options())) == sorted(_rows())


def test_every_setting_of_the_server_is_an_option_with_its_default() -> None:
    assert _options() == {variable_of(each.name): each.default for each in fields(Settings)}


def test_the_documented_defaults_are_those_of_the_settings() -> None:
    rows = _rows()
    assert {name: rows[name] for name in _options()} == {name: _said(each) for name, each in _options().items()}


def test_every_verb_says_which_variable_an_option_is() -> None:
    rows, found = _rows(), list(_envvars(get_command(app)))
    assert found
    assert [name for name in found if name not in rows] == []


def _envvars(command: object) -> list[str]:
    under = [name for each in getattr(command, "commands", {}).values() for name in _envvars(each)]
    return [str(each.envvar) for each in getattr(command, "params", []) if each.envvar] + under


def test_the_page_of_operations_names_every_figure_and_no_other(tmp_path: Path) -> None:
    front = open_front(tmp_path, [Sale()])
    told = TestClient(front.http.app, client=("127.0.0.1", 1)).get("/metrics").text
    # What only a book with a past has stands in the source alone.
    later = {"ingather_last_night_days", "ingather_last_night_ended_seconds"}
    names = {name.removesuffix("_total") for name in re.findall(r"^# TYPE (\w+) ", told, re.MULTILINE)} | later
    page = re.findall(r"^\| `(ingather_\w+)` \|", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    assert {name.removesuffix("_total") for name in page} == {name for name in names if not name.endswith("_created")}


def test_what_the_page_of_operations_points_at_is_there() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    assert set(re.findall(r"runbook\.md#([\w-]+)", page)) <= set(pages())
    assert set(_VARIABLE.findall(page)) <= set(_rows())
    assert "(settings.md)" in page
