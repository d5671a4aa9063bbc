"""A bank that is saved and loaded between any two calls is the same bank."""

from datetime import timedelta
from hashlib import sha256

import pytest

from ingather.simulator.bank import BankInABox
from ingather.simulator.saving import StateRefused
from ingather.simulator.scenarios import SCENARIOS
from tests.red import red_account
from tests.unit.simulator.town import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    NEXT_TUESDAY,
    ODFI,
    TERMS,
    Batch,
    Debit,
    bank,
    days,
    debits,
    eastern,
    is_banking_day,
    nacha_file,
    play,
    sent_on_monday,
)


def a_month(*, saved_each_day: bool) -> list[tuple[str, bytes]]:
    """Play a marketplace month and return every byte that came, with or without saving the bank every evening."""
    played = bank("marketplace", seed=11)
    came = []
    for number, day in enumerate(days(MONDAY, 30)):
        if is_banking_day(day) and number < 9:
            batch = Batch(debits=debits(40, stem=f"D{number:02d}"), effective=day + timedelta(days=1), sec="PPD")
            played.receive(f"{number}.ach", nacha_file(batch, created=eastern(day, 20)), eastern(day, 20))
        if saved_each_day:
            played = load(played.dump())
        came += [(item.name, item.data) for item in played.answer(eastern(day, 23))]
        came += [(item.name, item.data) for item in played.close_day(day)]
    return came


def load(saved: str, *, seed: int = 11) -> BankInABox:
    return BankInABox.load(
        saved, terms=TERMS, is_banking_day=is_banking_day, seed=seed, behaviour=SCENARIOS["marketplace"]
    )


def test_the_same_seed_gives_the_same_bytes_over_any_number_of_processes() -> None:
    once, again, saved = (a_month(saved_each_day=flag) for flag in (False, False, True))
    assert once == again
    assert once == saved


def test_a_saved_bank_keeps_its_books_and_holds_no_account_number() -> None:
    played = bank("marketplace", seed=11)
    sent_on_monday(played, *debits(40))
    play(played, MONDAY, 4)
    saved = played.dump()
    assert load(saved).books() == played.books()
    assert load(saved).dump() == saved
    assert not [index for index in range(40) if red_account(index) in saved]
    assert ODFI in saved


def test_a_saved_bank_still_knows_presentations_and_live_debits() -> None:
    played = bank("marketplace", seed=11)
    sent_on_monday(played, *debits(40))
    play(played, MONDAY, 7)
    returned = [key for key, position in played.books().by_reference.items() if position.last_code in {"R01", "R09"}]
    assert returned
    loaded = load(played.dump())
    again = Batch(debits=debits(40), effective=NEXT_TUESDAY)
    loaded.receive("again.ach", nacha_file(again, created=eastern(NEXT_MONDAY)), eastern(NEXT_MONDAY))
    play(loaded, NEXT_MONDAY, 2)
    assert {loaded.books().by_reference[key].presentations for key in returned} == {2}
    assert len(loaded.books().doubles) == 40 - sum(tally.entries for tally in played.books().returned_by_code.values())


def test_a_cut_altered_or_foreign_state_is_refused() -> None:
    saved = bank("marketplace", seed=11).dump()
    for broken in (saved[:-10], saved.replace('"fees_cents":0', '"fees_cents":1'), ""):
        with pytest.raises(StateRefused, match="checksum"):
            load(broken)
    with pytest.raises(StateRefused, match="another account or seed"):
        load(saved, seed=12)


def test_a_state_that_another_version_wrote_is_refused_by_name() -> None:
    _, _, body = bank("marketplace", seed=11).dump().partition("\n")
    older = body.replace('"version":2', '"version":1').strip()
    with pytest.raises(StateRefused, match="another version"):
        load(f"{sha256(older.encode()).hexdigest()}\n{older}\n")


def test_a_saved_bank_still_tells_a_return_fee_and_a_credit_from_a_debit() -> None:
    played = bank("all_paid", seed=11)
    entries = {"REVERSAL": (22, 220), "RETURN FEE": (27, 225), "ORDERPMT": (27, 225)}
    batches = [
        Batch(debits=[Debit(reference=reference, code=code)], effective=NEXT_MONDAY, description=description,
              service_class=service_class)
        for reference, descriptions in {"ONE": ("ORDERPMT", "REVERSAL"), "TWO": ("RETURN FEE",)}.items()
        for description in descriptions
        for code, service_class in [entries[description]]
    ]  # fmt: skip
    played.receive("one.ach", nacha_file(*batches, created=eastern(FRIDAY)), eastern(FRIDAY))
    play(played, MONDAY, 8)
    loaded = BankInABox.load(
        played.dump(), terms=TERMS, is_banking_day=is_banking_day, seed=11, behaviour=SCENARIOS["all_paid"]
    )
    again = Batch(debits=[Debit(reference="ONE"), Debit(reference="TWO")], effective=NEXT_TUESDAY)
    loaded.receive("again.ach", nacha_file(again, created=eastern(NEXT_MONDAY)), eastern(NEXT_MONDAY))
    play(loaded, NEXT_MONDAY, 2)
    positions = loaded.books().by_reference
    assert not loaded.books().doubles
    assert {key: position.presentations for key, position in positions.items()} == {"ONE": 2, "TWO": 1}
