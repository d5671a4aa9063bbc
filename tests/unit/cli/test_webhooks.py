"""``ingather webhook``, typed as people type it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingather.jobs.rehearsal.stage import Stage
from tests.journey.stage import Sale, staged
from tests.receiver import LOOPBACK, Receiver, receiving
from tests.unit.cli.shell import Said, at_book


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INGATHER_WEBHOOK_NETWORKS", LOOPBACK)
        yield staged(tmp_path_factory.mktemp("book"), (Sale(),))


def typed(stage: Stage, *words: str) -> Said:
    return at_book(stage, "webhook", *words)


def test_an_endpoint_is_added_tried_and_taken_away(stage: Stage, receiver: Receiver) -> None:
    assert "There is no endpoint" in typed(stage, "list").words
    added = typed(stage, "add", receiver.url, "--type", "order.*", "--merchant", "harbor", "--as", "maria", "--json")
    key, secret = added.json["id"], added.json["secret"]
    assert secret.startswith("whsec_")
    assert receiver.url in typed(stage, "list").words
    assert "order.*" in typed(stage, "show", key).words
    assert typed(stage, "show", key, "--json").json["merchant"] == "harbor"
    assert typed(stage, "ping", key, "--as", "maria").code == 0
    assert typed(stage, "deliver").words == "1 message(s) were taken, 0 attempt(s) failed."
    assert typed(stage, "deliver", "--json").json["did"] == "nothing"
    assert receiver.came[-1].signed_by(secret)
    (row,) = typed(stage, "deliveries", key, "--json").json
    assert (row["state"], row["attempts"][0]["said"]) == ("delivered", "answered 200")
    assert "answered 200" in typed(stage, "deliveries", key).words
    rotated = typed(stage, "rotate", key, "--overlap", "1", "--as", "maria")
    assert "whsec_" in rotated.words
    assert secret not in rotated.words
    replayed = typed(stage, "replay", key, "--delivery", row["id"], "--as", "maria", "--json").json
    assert (replayed["did"], replayed["events"]) == ("something", 1)
    assert typed(stage, "replay", key, "--since", "2026-11-01", "--as", "maria", "--json").json["did"] == "nothing"
    assert typed(stage, "change", key, "--description", "the ERP", "--as", "maria").code == 0
    assert typed(stage, "disable", key, "--reason", "moving", "--as", "maria").code == 0
    assert typed(stage, "enable", key, "--from-now", "--as", "maria").code == 0
    assert typed(stage, "delete", key, "--as", "maria").code == 0
    assert "deleted" in typed(stage, "show", key).words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "http://10.0.0.1/", "--as", "maria"), "The address is not one of the public internet"),
        (("add", "https://erp.example.com/", "--type", "order.flown", "--as", "maria"), "is no type of event"),
        (("add", "https://erp.example.com/"), "An actor is a name"),
        (("show", "whk_0000000000001"), "There is no endpoint"),
        (("ping", "ord_0000000000001", "--as", "maria"), "is not one of this kind"),
        (("replay", "whk_0000000000001", "--as", "maria"), "There is no endpoint"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(stage: Stage, words: tuple[str, ...], said: str) -> None:
    found = typed(stage, *words)
    assert found.code != 0
    assert said.lower() in found.words.lower()


def test_networks_that_are_none_stop_every_command_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = staged(tmp_path)
    monkeypatch.setenv("INGATHER_WEBHOOK_NETWORKS", "the office")
    found = typed(stage, "list")
    assert "INGATHER_WEBHOOK_NETWORKS names no networks" in found.words
    assert found.code == 1
