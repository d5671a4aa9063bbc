"""A day that somebody types is one of 2000 to 2199; what has no end is left out."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import typer

from ingather.base.ids import Prefix, public_id
from ingather.cli import app
from ingather.cli.given_days import if_given
from tests.unit.cli.shell import call

_SCREEN = ("buyer", "screen", "b000", "--status", "clear", "--provider", "Lists", "--reference", "R-1")
_CHECK = ("account", "validate", public_id(Prefix.ACCOUNT, 1), "--method", "external", "--on")


@pytest.mark.parametrize("day", ["9999-12-31", "2200-01-01", "1999-12-31"])
@pytest.mark.parametrize("words", [(*_SCREEN, "--expires"), (*_SCREEN, "--on"), _CHECK], ids=["until", "on", "check"])
def test_a_day_out_of_reach_is_refused_with_a_sentence(words: tuple[str, ...], day: str) -> None:
    said = call(*words, day)
    assert said.code == 2
    assert "write a day from 2000-01-01 to 2199-12-31" in said.words


def _parameters(command: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 -- click's own tree
    for name, below in getattr(command, "commands", {}).items():
        for path, parameter in _parameters(below):
            yield f"{name} {path}", parameter
    for parameter in command.params:
        yield str(parameter.name), parameter


def test_every_option_that_is_a_day_is_held_to_them() -> None:
    days = {path: each for path, each in _parameters(typer.main.get_command(app)) if _is_day(each)}
    assert len(days) > 5
    assert [path for path, each in days.items() if _said(each.callback) is not if_given] == []


def _is_day(parameter: Any) -> bool:  # noqa: ANN401 -- typer's own
    return getattr(getattr(parameter, "type_descriptor", None), "annotation", None) is datetime


def _said(callback: Any) -> Any:  # noqa: ANN401 -- typer wraps it
    return getattr(callback, "__wrapped__", callback)
