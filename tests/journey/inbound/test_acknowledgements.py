"""What the bank answers to a file: accepted and rejected add up to what was sealed, or a person is asked."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ingather.base.ids import Prefix, encode_key, parse_public_id
from ingather.domain.refusals import ExitCode
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.transmit import resolve, send_files
from ingather.simulator.behaviour import FileFate
from ingather.simulator.state import Delivery, Kind
from tests.journey.answers import bank_days, of_kind
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    all_files,
    at_the_bank,
    balances,
    bank_evening,
    broken,
    deliver,
    night,
    open_cases,
    order,
    order_key,
    play,
    staged,
    states,
)

SALES = [Sale(amount=100), Sale(amount=200, holder="business"), Sale(amount=400, holder="business")]


def answered(folder: Path, script: Script | None = None) -> tuple[Stage, list[Delivery]]:
    """Return a stage whose file the bank has, and the acknowledgements of that evening."""
    stage = staged(folder, SALES, behaviour=script or Script())
    return stage, of_kind(bank_days(stage, MONDAY), Kind.ACKNOWLEDGEMENT)


def file_states(stage: Stage) -> list[str]:
    """Return the states of the files, the oldest first."""
    return [row["state"] for row in all_files(stage)]


def test_an_accepted_file_is_accepted(tmp_path: Path) -> None:
    stage, (ack,) = answered(tmp_path)
    assert deliver(stage, ack).exit_code == ExitCode.DONE
    assert file_states(stage) == ["accepted"]
    assert set(states(stage).values()) == {"submitted"}
    assert broken(stage) == []


def test_a_file_that_is_held_first_is_accepted_then(tmp_path: Path) -> None:
    stage, (pended, accepted) = answered(tmp_path, Script(files={1: FileFate(pended_for=timedelta(hours=2))}))
    deliver(stage, pended)
    assert file_states(stage) == ["pended"]
    deliver(stage, accepted)
    assert file_states(stage) == ["accepted"]
    other, (pended, accepted) = answered(tmp_path / "b", Script(files={1: FileFate(pended_for=timedelta(hours=2))}))
    deliver(other, accepted, pended)
    assert file_states(other) == ["accepted"]
    assert open_cases(stage) == open_cases(other) == []


def test_a_rejected_files_orders_are_debited_once_in_the_next_night(tmp_path: Path) -> None:
    stage, (ack,) = answered(tmp_path, Script(files={1: FileFate(rejected_for="COMPANY NOT ON FILE")}))
    deliver(stage, ack)
    assert file_states(stage) == ["rejected"]
    assert set(states(stage).values()) == {"open"}
    assert order(stage, "b000")["reason"] == "rejected-by-bank"
    assert open_cases(stage) == ["file_rejected"]
    assert set(balances(stage).values()) == {0}
    play(stage, TUESDAY)
    assert file_states(stage) == ["rejected", "accepted"]
    assert [row["entries"] for row in all_files(stage)] == [3, 3]
    play(stage, WEDNESDAY, THURSDAY)
    assert set(states(stage).values()) == {"settled"}
    books = stage.bank.books()
    assert (books.doubles, books.debited.entries) == ((), 3)
    assert [order(stage, name)["presentations"] for name in ("b000", "b001", "b002")] == [1, 1, 1]
    assert broken(stage) == []


def test_a_rejected_batch_waits_for_the_next_night_and_the_rest_goes_on(tmp_path: Path) -> None:
    fate = FileFate(batch_reasons=((0, "COMPANY NOT ON FILE"),))
    stage, (ack,) = answered(tmp_path, Script(files={1: fate}))
    deliver(stage, ack)
    assert file_states(stage) == ["accepted_with_rejects"]
    assert states(stage) == {"b000": "submitted", "b001": "open", "b002": "open"}
    assert open_cases(stage) == ["file_rejected"]
    play(stage, TUESDAY, WEDNESDAY)
    assert set(states(stage).values()) == {"settled"}
    assert not stage.bank.books().doubles
    assert broken(stage) == []


@pytest.fixture
def one_entry_refused(tmp_path: Path) -> tuple[Stage, list[Delivery]]:
    """Return a stage of which the bank took out one entry, with all it delivers through Wednesday."""
    script = Script()
    stage = staged(tmp_path, SALES, behaviour=script)
    script.refused.add(encode_key(order_key(stage, "b001")))
    return stage, bank_days(stage, MONDAY, TUESDAY, WEDNESDAY)


REFUSED = {"b000": "settled", "b001": "open", "b002": "settled"}


def test_a_single_refused_entry_is_held_for_a_person(one_entry_refused: tuple[Stage, list[Delivery]]) -> None:
    stage, deliveries = one_entry_refused
    deliver(stage, *deliveries)
    assert file_states(stage) == ["accepted_with_rejects"]
    assert states(stage) == REFUSED
    assert order(stage, "b001")["held"]
    assert open_cases(stage) == ["file_rejected"]
    assert night(stage, THURSDAY).sealed_orders == 0
    assert broken(stage) == []


def test_a_settlement_told_before_the_refusal_of_an_entry_ends_alike(
    one_entry_refused: tuple[Stage, list[Delivery]],
) -> None:
    stage, deliveries = one_entry_refused
    deliver(stage, *reversed(deliveries))
    assert states(stage) == REFUSED
    assert balances(stage)["bank_clearing"] == 500
    assert open_cases(stage) == ["file_rejected"]
    assert broken(stage) == []


def _fields(data: bytes, change: Callable[[list[str]], None]) -> bytes:
    first, *rest = data.decode().splitlines()
    fields = first.split("|")
    change(fields)
    return "\n".join(["|".join(fields), *rest, ""]).encode()


def _one_entry_less(fields: list[str]) -> None:
    fields[11] = str(int(fields[11]) - 1)


def _other_cents(fields: list[str]) -> None:
    fields[12] = str(int(fields[12]) + 1)


def _other_bytes(fields: list[str]) -> None:
    fields[8] = "0" * 64


def _other_word(fields: list[str]) -> None:
    fields[9] = "MAYBE"


CONTRADICTIONS = {
    "an entry less": _one_entry_less,
    "other cents": _other_cents,
    "other bytes": _other_bytes,
}


@pytest.mark.parametrize("change", CONTRADICTIONS)
def test_an_answer_that_does_not_add_up_is_for_a_person(tmp_path: Path, change: str) -> None:
    stage, (ack,) = answered(tmp_path)
    deliver(stage, ("wrong.txt", _fields(ack.data, CONTRADICTIONS[change])))
    assert open_cases(stage) == ["acknowledgement_differs"]
    assert file_states(stage) == ["transmitted"]
    assert set(states(stage).values()) == {"submitted"}
    deliver(stage, ack)
    assert file_states(stage) == ["accepted"]
    assert broken(stage) == []


def test_a_word_that_is_not_known_moves_nothing(tmp_path: Path) -> None:
    stage, (ack,) = answered(tmp_path)
    report = deliver(stage, ("wrong.txt", _fields(ack.data, _other_word)))
    assert len(open_cases(stage)) == 1
    assert file_states(stage) == ["transmitted"]
    assert report.exit_code in {ExitCode.DONE, ExitCode.UNMATCHED}


def test_an_answer_that_names_its_file_by_the_hash_alone_is_taken(tmp_path: Path) -> None:
    stage, (ack,) = answered(tmp_path)

    def by_hash(fields: list[str]) -> None:
        fields[5:8] = ["", "", ""]

    report = deliver(stage, ("ack.txt", _fields(ack.data, by_hash)))
    assert [taken.state for taken in report.reports] == ["taken"]
    assert (file_states(stage), open_cases(stage)) == (["accepted"], [])


def test_an_answer_to_a_file_we_never_sent_is_an_alarm(tmp_path: Path) -> None:
    stage, (ack,) = answered(tmp_path)

    def of_another_file(fields: list[str]) -> None:
        fields[7] = "Q"
        fields[8] = ""

    report = deliver(stage, ("strange.txt", _fields(ack.data, of_another_file)))
    assert report.exit_code == ExitCode.UNMATCHED
    assert open_cases(stage) == ["unmatched_acknowledgement"]
    assert file_states(stage) == ["transmitted"]


@pytest.mark.parametrize("first", ["the acceptance", "the rejection"])
def test_a_rejection_as_a_duplicate_moves_nothing_whenever_it_comes(tmp_path: Path, first: str) -> None:
    stage, (accepted,) = answered(tmp_path)
    ((name, data),) = at_the_bank(stage).items()
    stage.bank.receive(name, data, stage.clock.now + timedelta(minutes=30))
    (rejected,) = stage.bank.answer(stage.clock.now + timedelta(hours=4))
    assert b"DUPLICATE FILE" in rejected.data
    both = [("1-ack", accepted.data), ("2-ack", rejected.data)]
    for name, data in both if first == "the acceptance" else reversed(both):
        deliver(stage, (name, data))
        assert set(states(stage).values()) == {"submitted"}
    assert file_states(stage) == ["accepted"]
    assert open_cases(stage) == ["acknowledgement_differs"]
    play(stage, TUESDAY, WEDNESDAY)
    books = stage.bank.books()
    assert (books.doubles, books.debited.entries) == ((), 3)
    assert broken(stage) == []


def _sent_before(fields: list[str]) -> None:
    fields[15] = "DU01 Message"


def test_a_rejection_with_an_iso_code_for_duplicates_puts_nothing_back(tmp_path: Path) -> None:
    stage, (ack,) = answered(tmp_path, Script(files={1: FileFate(rejected_for="COMPANY NOT ON FILE")}))
    deliver(stage, ("ack.txt", _fields(ack.data, _sent_before)))
    assert file_states(stage) == ["transmitted"]
    assert set(states(stage).values()) == {"submitted"}
    assert open_cases(stage) == ["acknowledgement_differs"]


def test_a_single_entry_that_is_refused_as_a_duplicate_is_not_put_back(
    one_entry_refused: tuple[Stage, list[Delivery]],
) -> None:
    stage, deliveries = one_entry_refused
    (ack,) = of_kind(deliveries, Kind.ACKNOWLEDGEMENT)
    lines = ack.data.decode().splitlines()
    told = ["|".join([*line.split("|")[:5], "AM05"]) if line.startswith("E|") else line for line in lines]
    deliver(stage, ("ack.txt", "\n".join([*told, ""]).encode()))
    assert file_states(stage) == ["transmitted"]
    assert set(states(stage).values()) == {"submitted"}
    assert open_cases(stage) == ["acknowledgement_differs"]
    assert broken(stage) == []


class Died(BaseException):
    """The process ends here."""


@pytest.fixture
def in_doubt(tmp_path: Path) -> Stage:
    """Return a stage of which the bank has a file that we cannot see there: it stands in doubt."""

    def die(step: str, **_: object) -> None:
        if step == "intent":
            raise Died

    stage = staged(tmp_path, SALES, tell=die)
    with pytest.raises(Died):
        night(stage, MONDAY)
    (left,) = stage.outbound.iterdir()
    stage.bank.receive(left.stem, left.read_bytes(), stage.clock.now)
    left.unlink()
    object.__setattr__(stage.desk, "tell", lambda *_, **__: None)
    assert night(stage, MONDAY).exit_code == ExitCode.IN_DOUBT
    assert file_states(stage) == ["in_doubt"]
    assert open_cases(stage) == ["file_in_doubt"]
    return stage


def test_an_acknowledgement_proves_that_a_file_in_doubt_arrived(in_doubt: Stage) -> None:
    deliver(in_doubt, *of_kind(bank_evening(in_doubt, MONDAY), Kind.ACKNOWLEDGEMENT))
    assert file_states(in_doubt) == ["accepted"]
    assert set(states(in_doubt).values()) == {"submitted"}
    assert open_cases(in_doubt) == []
    assert night(in_doubt, TUESDAY).exit_code == ExitCode.DONE
    assert broken(in_doubt) == []


def test_a_settlement_proves_it_as_well(in_doubt: Stage) -> None:
    reports = of_kind([*bank_evening(in_doubt, MONDAY), *bank_evening(in_doubt, TUESDAY)], Kind.REPORT)
    deliver(in_doubt, *reports)
    assert file_states(in_doubt) == ["transmitted"]
    assert set(states(in_doubt).values()) == {"settled"}
    assert open_cases(in_doubt) == []
    assert broken(in_doubt) == []


def test_the_banks_word_that_it_has_no_file_is_not_believed_against_its_own_duplicate(in_doubt: Stage) -> None:
    (file,) = all_files(in_doubt)
    key = parse_public_id(Prefix.FILE, file["id"])
    resolve(in_doubt.desk.as_actor("user:maria"), key, delivered=False, second="user:omar", word="the bank's desk said")
    assert send_files(in_doubt.desk).sent == [file["id"]]
    (_, rejected) = sorted(of_kind(bank_evening(in_doubt, MONDAY), Kind.ACKNOWLEDGEMENT), key=lambda ack: ack.name)
    assert b"DUPLICATE FILE" in rejected.data
    deliver(in_doubt, rejected)
    assert set(states(in_doubt).values()) == {"submitted"}
    assert night(in_doubt, TUESDAY).sealed_orders == 0
    assert night(in_doubt, FRIDAY).sealed_orders == 0
