"""How the day's files come: with gaps, late, twice, out of order, split, joined, cut."""

from collections.abc import Sequence
from dataclasses import replace

from ingather.nacha.reader import read
from ingather.simulator.bank import BankInABox
from ingather.simulator.behaviour import NO_FAULTS, Delivering, Fate, Faults
from ingather.simulator.scenarios import SCENARIOS
from ingather.simulator.state import Delivery, Kind
from tests.unit.simulator.town import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    TUESDAY,
    WEDNESDAY,
    bank,
    debits,
    eastern,
    play,
    reports,
    script,
    sent_on_monday,
)

# A file to us is addressed to our identification, which is no routing number.
_OURS = "destination-routing"


def test_a_gap_leaves_out_two_reports_and_never_their_numbers() -> None:
    played = bank("feed_gap")
    names = [report.name for report in reports(play(played, MONDAY, 14))]
    assert [name[-8:-4] for name in names] == ["0001", "0002", "0003", "0004", "0007", "0008", "0009"]
    assert played.books().never_sent == ("STR-20261130-0005", "STR-20261201-0006")


def test_a_late_report_comes_with_the_bytes_it_would_have_had() -> None:
    late, prompt = (
        bank(replace(SCENARIOS["feed_gap_delivered"], delivering=how))
        for how in (
            SCENARIOS["feed_gap_delivered"].delivering,
            Delivering(),
        )
    )
    came = []
    for played in (late, prompt):
        sent_on_monday(played, *debits(40))
        came.append(reports(play(played, MONDAY, 21)))
    assert [item.name[-8:-4] for item in came[0][4:9]] == ["0007", "0005", "0008", "0006", "0009"]
    assert {item.name: item.data for item in came[0]} == {item.name: item.data for item in came[1]}


def test_everything_twice_and_out_of_order_is_the_same_bytes() -> None:
    behaviour = replace(script(ORD0001=("R01", 1)), delivering=Delivering(repeats=True, shuffles=True))
    played, plain = bank(behaviour), bank(script(ORD0001=("R01", 1)))
    for each in (played, plain):
        sent_on_monday(each, *debits(3))
    twice, once = (play(each, MONDAY, 3)[WEDNESDAY] for each in (played, plain))
    assert sorted(item.data for item in twice) == sorted([item.data for item in once] * 2)
    assert [item.name for item in twice] != sorted(item.name for item in twice)


SURE = 10_000


def faulty(faults: Faults = NO_FAULTS) -> BankInABox:
    """Return a bank whose files all suffer some faults; Monday's file comes back in two entries on Wednesday."""
    returns = script(ORD0001=("R01", 1), ORD0002=("R02", 1))
    fates = returns.fates | {("ORD0000", 1): Fate(change_code="C01")}
    played = bank(replace(returns, fates=fates, delivering=Delivering(faults=faults)))
    sent_on_monday(played, *debits(3))
    return played


def names(evening: Sequence[Delivery]) -> list[str]:
    return [item.name for item in evening]


def plain_files() -> dict[str, bytes]:
    """Return what comes when nothing goes wrong, by name."""
    return {item.name: item.data for evening in play(faulty(), MONDAY, 12).values() for item in evening}


def test_a_late_file_comes_banking_days_later_with_its_bytes() -> None:
    played = faulty(Faults(late=SURE, late_for=2))
    evenings = play(played, MONDAY, 12)
    assert not evenings[MONDAY]
    came = {item.name: (day, item) for day, evening in evenings.items() for item in evening}
    assert came["RET-20261125.ach"][0] in {FRIDAY, NEXT_MONDAY}
    assert came["RET-20261125.ach"][1].at.date() == came["RET-20261125.ach"][0]
    assert all(plain_files()[name] == item.data for name, (_, item) in came.items())


def test_late_files_change_places_across_days() -> None:
    evenings = play(faulty(Faults(late=SURE // 2, late_for=3)), MONDAY, 21)
    order = [item.name for evening in evenings.values() for item in evening if item.kind is Kind.REPORT]
    assert order != sorted(order)
    assert len(order) == len(set(order))


def test_a_file_may_come_twice_under_two_names() -> None:
    evening = play(faulty(Faults(twice=SURE)), MONDAY, 3)[WEDNESDAY]
    assert names(evening)[:2] == ["RET-20261125.ach", "RET-20261125-AGAIN.ach"]
    assert evening[0].data == evening[1].data


def test_a_split_file_is_two_files_with_identities_of_their_own_and_all_entries() -> None:
    evening = play(faulty(Faults(split=SURE)), MONDAY, 3)[WEDNESDAY]
    parts = [item for item in evening if item.kind is Kind.RETURN]
    assert names(parts) == ["RET-20261125.ach", "RET-20261125-PART2.ach"]
    readings = [read(part.data) for part in parts]
    assert [len(reading.entries) for reading in readings] == [1, 1]
    assert parts[0].data[:94] != parts[1].data[:94]
    assert not [problem for reading in readings for problem in reading.problems if problem.check != _OURS]


def test_joined_files_stand_one_after_the_other_in_one() -> None:
    evening = play(faulty(Faults(joined=SURE)), MONDAY, 3)[WEDNESDAY]
    plain = plain_files()
    assert [item.kind for item in evening] == [Kind.RETURN, Kind.REPORT]
    assert evening[0].data == plain["RET-20261125.ach"] + plain["COR-20261125.ach"]


def test_of_a_cut_file_a_part_comes_first_and_the_whole_under_another_name() -> None:
    evening = play(faulty(Faults(cut=SURE)), MONDAY, 3)[WEDNESDAY]
    plain = plain_files()
    assert names(evening)[:2] == ["RET-20261125.ach", "RET-20261125-WHOLE.ach"]
    for part, whole in zip(evening[::2], evening[1::2], strict=True):
        assert whole.data == plain[part.name]
        assert whole.data.startswith(part.data)
        assert len(whole.data) // 4 <= len(part.data) <= len(whole.data) // 2


def test_an_acknowledgement_may_be_lost_late_or_twice() -> None:
    until = eastern(TUESDAY, 20)
    [plain] = faulty().answer(until)
    lost, late, twice = faulty(Faults(ack_lost=SURE)), faulty(Faults(ack_late=SURE)), faulty(Faults(ack_twice=SURE))
    assert lost.answer(until) == []
    assert lost.books().lost == (plain.name,)
    assert late.answer(eastern(MONDAY, 23)) == []
    assert [item.data for item in late.answer(until)] == [plain.data]
    assert [(item.name, item.data) for item in twice.answer(until)] == [
        (plain.name, plain.data),
        (plain.name.replace(".txt", "-AGAIN.txt"), plain.data),
    ]


def test_faults_strike_some_files_and_always_the_same() -> None:
    faults = Faults(late=2_000, twice=2_000, cut=2_000, shuffled=5_000)
    once, again = (
        [(day, item.name, item.data) for day, evening in play(faulty(faults), MONDAY, 21).items() for item in evening]
        for _ in range(2)
    )
    assert once == again
    plain = plain_files()
    assert {name for _, name, _ in once} - plain.keys()
    assert any(plain.get(name) == data for _, name, data in once)
