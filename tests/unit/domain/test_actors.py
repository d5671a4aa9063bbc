"""Actors: every action names one, in one canonical form."""

import pytest

from ingather.domain import actors
from ingather.domain.actors import parse_actor
from ingather.domain.refusals import BadActor


@pytest.mark.parametrize(
    ("text", "actor"),
    [
        ("maria", "user:maria"),
        (" Maria ", "user:maria"),
        ("user:maria@example.com", "user:maria@example.com"),
        ("SYSTEM:night", "system:night"),
        ("policy:auto-approve-under", "policy:auto-approve-under"),
        ("key:k1", "key:k1"),
    ],
)
def test_a_name_has_one_form(text: str, actor: str) -> None:
    assert parse_actor(text) == actor


def test_two_spellings_of_one_person_are_one_actor() -> None:
    assert parse_actor("MARIA") == parse_actor("user:maria")


@pytest.mark.parametrize("text", ["", "  ", "root:maria", "user:", "user:ma ria", "maria;drop", "x" * 80, ":"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(BadActor):
        parse_actor(text)


def test_the_jobs_own_actors_are_actors() -> None:
    for name in (actors.NIGHT, actors.INBOUND, actors.SETTLE, actors.AUTO_APPROVE):
        assert parse_actor(name) == name
