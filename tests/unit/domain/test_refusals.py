"""Refusals: each makes a sentence of a fact and a way out, and knows how a command ends."""

import pytest

from ingather.domain import refusals
from ingather.domain.refusals import BookMissing, ExitCode, MakerIsChecker, NightRunning, Refusal, WrongState


def every_refusal() -> list[type[Refusal]]:
    """Return the classes of the module."""
    found = (getattr(refusals, name) for name in dir(refusals))
    return [thing for thing in found if isinstance(thing, type) and issubclass(thing, Refusal)]


@pytest.mark.parametrize("kind", every_refusal(), ids=lambda kind: kind.__name__)
def test_a_refusal_says_a_fact_and_has_an_exit_code(kind: type[Refusal]) -> None:
    said = str(kind("the cat sat on the file"))
    assert said.startswith("the cat sat on the file.")
    assert not said.endswith(" ")
    assert ".." not in said
    assert kind.exit_code in ExitCode


def test_a_refusal_without_particulars_says_what_its_class_says() -> None:
    assert str(MakerIsChecker()) == "who made it may not approve it. A second person approves with --as"
    assert str(BookMissing("there is no book")) == "there is no book. Make one with: ingather init"
    assert str(WrongState("it is voided")) == "it is voided."
    assert str(WrongState("it is voided", "Make another")) == "it is voided. Make another"


def test_a_night_that_runs_already_is_no_error() -> None:
    assert NightRunning().exit_code == ExitCode.DONE


def test_the_exit_codes_are_those_that_scripts_rely_on() -> None:
    assert sorted(ExitCode) == [0, 1, 2, 10, 11, 12, 13, 20, 30, 40]
