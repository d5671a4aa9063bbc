"""A bank that contradicts itself: what it has taken once is never debited again before a person has asked it."""

from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.actions.files.approval import void_file, withdraw_approval
from ingather.actions.files.sending import note_in_doubt
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.files import FileState
from ingather.domain.refusals import WrongState
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.transmit import resolve, send_files
from ingather.simulator.behaviour import Fate, FileFate
from ingather.simulator.state import Delivery, Kind
from ingather.store.tables import File, Order
from tests.journey.answers import bank_days, of_kind
from tests.journey.stage import (
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
    staged,
    states,
)

SALES = [Sale(amount=100), Sale(amount=200, holder="business"), Sale(amount=400, holder="business")]
REJECTED_IN_FULL = FileFate(rejected_for="COMPANY NOT ON FILE")
REJECTED_IN_PART = FileFate(batch_reasons=((1, "COMPANY NOT ON FILE"),))


def file_state(stage: Stage) -> str:
    """Return the state of the first file."""
    return str(all_files(stage)[0]["state"])


def file_key(stage: Stage) -> int:
    """Return the key of the first file."""
    return parse_public_id(Prefix.FILE, all_files(stage)[0]["id"])


def refusal_of(folder: Path, fate: FileFate) -> Delivery:
    """Return the acknowledgement that the bank would give to the same file on another day of its mood."""
    other = staged(folder, SALES, behaviour=Script(files={1: fate}))
    (ack,) = of_kind(bank_days(other, MONDAY), Kind.ACKNOWLEDGEMENT)
    return ack


def named_again(ack: Delivery, accepted: Delivery) -> tuple[str, bytes]:
    """Return a refusal that names the file and hash of an acceptance."""
    refused, taken = (row.data.decode().split("\n", 1) for row in (ack, accepted))
    fields, names = refused[0].split("|"), taken[0].split("|")
    fields[5:9] = names[5:9]
    return "refusal", "\n".join(["|".join(fields), refused[1]]).encode()


def test_a_rejection_after_the_settlement_moves_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path / "a", SALES)
    deliveries = bank_days(stage, MONDAY, TUESDAY)
    (accepted,) = of_kind(deliveries, Kind.ACKNOWLEDGEMENT)
    deliver(stage, *of_kind(deliveries, Kind.REPORT))
    assert set(states(stage).values()) == {"settled"}
    before = balances(stage)
    deliver(stage, named_again(refusal_of(tmp_path / "b", REJECTED_IN_FULL), accepted))
    assert open_cases(stage) == ["acknowledgement_differs"]
    assert (set(states(stage).values()), balances(stage)) == ({"settled"}, before)
    assert night(stage, WEDNESDAY).sealed_orders == 0
    assert broken(stage) == []


def test_the_rejection_of_a_batch_after_its_settlement_moves_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path / "a", SALES)
    deliveries = bank_days(stage, MONDAY, TUESDAY)
    (accepted,) = of_kind(deliveries, Kind.ACKNOWLEDGEMENT)
    deliver(stage, *of_kind(deliveries, Kind.REPORT))
    deliver(stage, named_again(refusal_of(tmp_path / "b", REJECTED_IN_PART), accepted))
    assert open_cases(stage) == ["acknowledgement_differs"]
    assert set(states(stage).values()) == {"settled"}
    assert night(stage, WEDNESDAY).sealed_orders == 0
    assert broken(stage) == []


def test_a_rejection_after_a_return_moves_nothing(tmp_path: Path) -> None:
    script = Script(fates={("B 000", 1): Fate(return_code="R02")})
    stage = staged(tmp_path / "a", SALES, behaviour=script)
    deliveries = bank_days(stage, MONDAY, TUESDAY, WEDNESDAY)
    (accepted,) = of_kind(deliveries, Kind.ACKNOWLEDGEMENT)
    deliver(stage, *of_kind(deliveries, Kind.RETURN))
    before = balances(stage)
    deliver(stage, named_again(refusal_of(tmp_path / "b", REJECTED_IN_FULL), accepted))
    assert open_cases(stage) == ["acknowledgement_differs"]
    assert states(stage) == {"b000": "failed", "b001": "submitted", "b002": "submitted"}
    assert balances(stage) == before
    assert night(stage, THURSDAY).sealed_orders == 0


def test_an_acceptance_after_the_rejection_stops_the_next_debit(tmp_path: Path) -> None:
    stage = staged(tmp_path / "a", SALES)
    (accepted,) = of_kind(bank_days(stage, MONDAY), Kind.ACKNOWLEDGEMENT)
    deliver(stage, named_again(refusal_of(tmp_path / "b", REJECTED_IN_FULL), accepted))
    assert set(states(stage).values()) == {"open"}
    deliver(stage, accepted)
    assert open_cases(stage) == ["acknowledgement_differs", "file_rejected"]
    assert [order(stage, name)["held"] for name in ("b000", "b001", "b002")] == [True] * 3
    report = night(stage, TUESDAY)
    assert (report.sealed_orders, report.refused) == (0, {"held": 3})
    assert broken(stage) == []


def test_a_settlement_after_the_rejection_stops_the_next_debit(tmp_path: Path) -> None:
    stage = staged(tmp_path / "a", SALES)
    deliveries = [*bank_days(stage, MONDAY), *bank_evening(stage, TUESDAY)]
    (accepted,) = of_kind(deliveries, Kind.ACKNOWLEDGEMENT)
    deliver(stage, named_again(refusal_of(tmp_path / "b", REJECTED_IN_FULL), accepted))
    deliver(stage, *of_kind(deliveries, Kind.REPORT))
    assert set(open_cases(stage)) == {"file_rejected", "settlement_differs"}
    assert night(stage, TUESDAY).refused == {"held": 3}
    assert broken(stage) == []


def doubted(folder: Path) -> Stage:
    """Return a stage whose file the bank took away unseen, and of which its desk said that it never came."""
    stage = staged(folder, SALES, tell=_taken_away(folder))
    assert night(stage, MONDAY).in_doubt
    object.__setattr__(stage.desk, "tell", lambda *_, **__: None)
    resolve(
        stage.desk.as_actor("user:maria"),
        file_key(stage),
        delivered=False,
        second="user:omar",
        word="the bank's desk said",
    )
    assert file_state(stage) == "approved"
    return stage


def _taken_away(folder: Path) -> object:
    def tell(step: str, **_: object) -> None:
        if step == "intent":
            for left in list(folder.rglob("*.part")):
                left.rename(folder / "taken")

    return tell


def test_an_acknowledgement_outweighs_the_word_that_nothing_came(tmp_path: Path) -> None:
    stage = doubted(tmp_path)
    (name,) = [row["name"] for row in all_files(stage)]
    stage.bank.receive(name, (tmp_path / "taken").read_bytes(), stage.clock.now)
    deliver(stage, *of_kind(bank_evening(stage, MONDAY), Kind.ACKNOWLEDGEMENT))
    assert file_state(stage) == "accepted"
    assert send_files(stage.desk).sent == []
    assert at_the_bank(stage) == {}
    assert set(states(stage).values()) == {"submitted"}
    assert broken(stage) == []


def test_a_settlement_outweighs_the_word_that_nothing_came(tmp_path: Path) -> None:
    stage = doubted(tmp_path)
    (name,) = [row["name"] for row in all_files(stage)]
    stage.bank.receive(name, (tmp_path / "taken").read_bytes(), stage.clock.now)
    deliver(stage, *of_kind([*bank_evening(stage, MONDAY), *bank_evening(stage, TUESDAY)], Kind.REPORT))
    assert send_files(stage.desk).sent == []
    assert set(states(stage).values()) == {"settled"}
    assert broken(stage) == []


def test_an_acknowledgement_of_a_voided_file_stops_the_next_debit(tmp_path: Path) -> None:
    stage = doubted(tmp_path)
    (name,) = [row["name"] for row in all_files(stage)]
    stage.bank.receive(name, (tmp_path / "taken").read_bytes(), stage.clock.now)
    with stage.desk.action() as ctx:
        void_file(ctx, file_key(stage), reason="made again tomorrow")
    deliver(stage, *of_kind(bank_evening(stage, MONDAY), Kind.ACKNOWLEDGEMENT))
    assert open_cases(stage) == ["unmatched_acknowledgement"]
    assert night(stage, TUESDAY).refused == {"held": 3}
    assert broken(stage) == []


def test_a_doubt_that_comes_after_the_answer_changes_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path, SALES)
    deliver(stage, *of_kind(bank_days(stage, MONDAY), Kind.ACKNOWLEDGEMENT))
    with stage.desk.action() as ctx:
        note_in_doubt(ctx, file_key(stage), why="the line broke while it was read back")
        assert set(ctx.session.scalars(select(Order.state))) == {"submitted"}
    assert file_state(stage) == "accepted"
    assert open_cases(stage) == []


def _sealed_again(stage: Stage) -> None:
    """Let the file wait for an approval, as two persons leave one that a restored book had not approved."""
    with stage.desk.action() as ctx:
        ctx.session.get_one(File, file_key(stage)).state = FileState.SEALED


def test_an_approval_of_what_was_on_its_way_is_not_taken_back(tmp_path: Path) -> None:
    stage = doubted(tmp_path)
    with pytest.raises(WrongState, match="the bank may have it"), stage.desk.as_actor("user:ann").action() as ctx:
        withdraw_approval(ctx, file_key(stage), reason="look again")


def test_the_bank_is_believed_of_a_file_that_waits_anew_after_it_was_on_its_way(tmp_path: Path) -> None:
    stage = doubted(tmp_path)
    [name] = [row["name"] for row in all_files(stage)]
    _sealed_again(stage)
    stage.bank.receive(name, (tmp_path / "taken").read_bytes(), stage.clock.now)
    deliver(stage, *of_kind(bank_evening(stage, MONDAY), Kind.ACKNOWLEDGEMENT))
    assert file_state(stage) == FileState.ACCEPTED
    assert night(stage, TUESDAY).sent == []
    assert broken(stage) == []
