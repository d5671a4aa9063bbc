"""The eighteen things that people get wrong about the Nacha Rules, each in a test named after its number.

Each is shown where it is decided, and what only shows in a book or in the bytes at the bank is shown there. Of two, a
part is shown elsewhere: that unauthorized returns count against 0.5 % (1) in the golden table of return decisions, and
that the monitoring of fraud is reviewed yearly (12) is a duty of people, which the table of duties names.
"""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from ingather.actions.matching import Wanted, match_entries
from ingather.base.dates import NEW_YORK
from ingather.base.ids import encode_key
from ingather.jobs.rehearsal.stage import banking_days
from ingather.jobs.settle import run_settle
from ingather.nacha.forms.again import retry_of, reversal_of
from ingather.rules.calendar import (
    add_banking_days,
    extended_return_deadline,
    is_banking_day,
    next_banking_day,
    processing_day,
    return_deadline,
)
from ingather.rules.changes import read_change
from ingather.rules.deadlines import deadline
from ingather.rules.debitable import decide, reason_of
from ingather.rules.due import Terms
from ingather.rules.effective import Window, effective_date, reachable, same_day_date
from ingather.rules.entry_class import ORIGINATED, SEC_CODES, Description, EntryClasses, choose, description_words
from ingather.rules.profile_parts import Retry
from ingather.rules.returns import Decision, NextStep, Rate, Timeliness, decide_return, return_reason
from ingather.rules.rows import Standing, in_force, rows
from ingather.rules.same_day import never_same_day
from ingather.rules.validation import silence_after
from ingather.rules.vocabulary import AuthorizationKind, Channel, Holder
from ingather.rules.windows import operator_settles
from ingather.store.tables import Batch, Entry, Order
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
    night,
    open_cases,
    play,
    returned,
    staged,
    states,
)
from tests.red import ACCOUNTS
from tests.unit.nacha.forms.originals import LATER, SETTLES, traces
from tests.unit.nacha.plans import wide_plan
from tests.unit.rules.due_orders import due

TODAY = date(2026, 11, 23)
BANK = Window(cutoff=time(19, 0), zone=NEW_YORK, same_day_cutoffs=(time(10, 0), time(14, 0)))
LONG = next(number for number in ACCOUNTS if len(number) == 17)


def returned_with(code: str, **about: object) -> Decision:
    particulars: dict[str, object] = {
        "returned_on": TODAY,
        "presentations": 1,
        "first_settled_on": TODAY - timedelta(days=3),
        "policy": Retry(),
    }
    return decide_return(code, **particulars | about)  # type: ignore[arg-type]  # the decision's own particulars


def chosen(
    *,
    holder: Holder,
    channel: Channel,
    goods: bool = True,
    kind: AuthorizationKind = AuthorizationKind.SINGLE,
    retry: bool = False,
    on: date = TODAY,
) -> tuple[str, str]:
    """Return the SEC code and description of one debit."""
    classes: EntryClasses = choose(
        holder=np.array([holder]),
        channel=np.array([channel]),
        goods=np.array([goods]),
        authorization_kind=np.array([kind]),
        retry=np.array([retry]),
        effective_on=on,
    )
    return SEC_CODES[int(classes.sec[0])], description_words("ORDERS")[int(classes.description[0])]


def instants(first: date, days: int) -> list[datetime]:
    """Return every quarter of an hour of some days in New York."""
    start = datetime.combine(first, time(0, 0), tzinfo=NEW_YORK)
    return [start + timedelta(minutes=15 * number) for number in range(days * 96)]


def passed_on(instant: datetime) -> list[datetime]:
    """Return the first and last instant at which the ODFI passes on what it is handed, on its processing day."""
    day = processing_day(instant, cutoff=BANK.cutoff, zone=BANK.zone)
    opens = datetime.combine(day, time(3, 0), tzinfo=NEW_YORK)
    return [max(instant, opens), datetime.combine(day, BANK.cutoff, tzinfo=NEW_YORK) - timedelta(seconds=1)]


def test_trap_01_r11_is_authorized_but_not_on_those_terms() -> None:
    decision = returned_with("R11", entry_class="WEB", holder="consumer", settled_on=TODAY - timedelta(days=55))
    assert (decision.title, decision.timeliness) == ("Not as authorized", Timeliness.IN_TIME)
    assert set(decision.rates) == {Rate.UNAUTHORIZED, Rate.OVERALL}
    assert decision.next_step is NextStep.CORRECTED_ENTRY
    assert return_reason("R11", on=date(2020, 3, 31)) is None


def test_trap_02_c04_is_never_applied() -> None:
    change = read_change("C04", "ANOTHER NAME")
    assert (change.applies, change.account, change.routing) == (False, None, None)


def test_trap_03_corrected_data_is_read_by_column_and_never_split() -> None:
    change = read_change("C07", f"021000021{LONG}37")
    assert change.applies
    assert (change.routing, change.transaction_code) == (21000021, 37)
    assert change.account == LONG.encode()
    assert read_change("C06", f"{LONG}   37").account == LONG.encode()
    assert read_change("C03", f"021000021   {LONG}").account == LONG.encode()
    assert not read_change("C03", f"021000021 {LONG}").applies


def test_trap_04_a_stale_effective_date_is_never_sent() -> None:
    missed = datetime(2026, 11, 17, 9, 0, tzinfo=NEW_YORK)
    assert operator_settles(date(2026, 11, 13), missed) == operator_settles(None, missed) == missed.date()
    for instant in instants(date(2026, 10, 30), 6):
        for effective_on in (instant.date() + timedelta(days=ahead) for ahead in range(-3, 6)):
            if reachable(effective_on, instant, BANK):
                assert effective_on > instant.date()
                assert [operator_settles(effective_on, late) for late in passed_on(instant)] == [effective_on] * 2


def test_trap_05_a_debit_is_dated_for_the_processing_day_or_one_banking_day_later() -> None:
    for instant in instants(date(2026, 11, 20), 10):
        ordinary = effective_date(instant, BANK)
        for late in passed_on(instant):
            assert operator_settles(ordinary, late) == ordinary
            assert operator_settles(next_banking_day(ordinary), late) is None
        today = same_day_date(instant, BANK.same_day_cutoffs, BANK.zone)
        assert today in {None, instant.date()}
    at_ten = datetime(2026, 11, 23, 10, 0, tzinfo=NEW_YORK)
    assert operator_settles(date(2026, 11, 25), at_ten) is None
    assert not reachable(date(2026, 11, 25), at_ten, BANK)


def test_trap_06_a_prenote_waits_three_banking_days() -> None:
    silence = silence_after(date(2026, 11, 24))
    assert silence.passes_on == add_banking_days(date(2026, 11, 24), 3) == date(2026, 11, 30)
    assert silence.complete_through == add_banking_days(date(2026, 11, 24), 2)


def test_trap_07_purchase_is_for_goods_that_a_consumer_buys_online() -> None:
    consumer, business = Holder.CONSUMER, Holder.BUSINESS
    assert chosen(holder=consumer, channel=Channel.ONLINE) == ("WEB", "PURCHASE")
    standing = AuthorizationKind.STANDING
    assert chosen(holder=consumer, channel=Channel.PHONE, kind=standing) == ("TEL", "PURCHASE")
    assert chosen(holder=consumer, channel=Channel.PHONE) == ("TEL", "ORDERS")
    assert chosen(holder=consumer, channel=Channel.PAPER) == ("PPD", "ORDERS")
    assert chosen(holder=consumer, channel=Channel.ONLINE, goods=False) == ("WEB", "ORDERS")
    assert chosen(holder=business, channel=Channel.ONLINE) == ("CCD", "ORDERS")
    assert chosen(holder=consumer, channel=Channel.ONLINE, on=date(2026, 3, 19)) == ("WEB", "ORDERS")
    assert chosen(holder=consumer, channel=Channel.ONLINE, retry=True) == ("WEB", "RETRY PYMT")
    plan = wide_plan(4, 1)
    for made, words in ((reversal_of, "REVERSAL"), (retry_of, "RETRY PYMT")):
        again = made(plan, np.arange(2), head=LATER, effective_on=SETTLES, traces=traces(2))
        assert list(again.batches.entry_description) == [words]


def test_trap_08_what_is_described_otherwise_has_a_batch_of_its_own(tmp_path: Path) -> None:
    sales = [
        Sale(amount=100),
        Sale(amount=200, goods=True, due=FRIDAY),
        Sale(amount=300, due=FRIDAY),
    ]
    stage = staged(tmp_path, sales, behaviour=Script(fates={("B 000", 1): returned("R01")}))
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY)
    night_of_all = all_files(stage)[-1]
    described = {batch["description"]: batch["entries"] for batch in night_of_all["batch_list"]}
    assert described == {"ORDERS": 1, "PURCHASE": 1, "RETRY PYMT": 1}


@pytest.mark.parametrize("code", ["R02", "R03", "R04", "R07", "R10", "R29"])
def test_trap_09_only_unpaid_debits_are_retried(code: str) -> None:
    assert (returned_with(code).retry_on, returned_with(code).ends) == (None, True)


def test_trap_09_a_corrected_debit_is_a_new_entry_and_no_retry() -> None:
    decision = returned_with("R11")
    assert (decision.retry_on, decision.correct_by) == (None, TODAY + timedelta(days=60))
    corrected = due({"standing": 2, "presentations": 1, "corrected": True, "returned_on": 20_000, "retryable": False})
    classes = choose(
        holder=corrected.account_holder, channel=corrected.channel, goods=np.array([False]),
        authorization_kind=corrected.authorization_kind, retry=~corrected.corrected, effective_on=TODAY,
    )  # fmt: skip
    assert int(classes.description[0]) == Description.OWN


def test_trap_10_who_holds_the_account_decides_the_class_and_the_window() -> None:
    for channel in (Channel.ONLINE, Channel.PHONE, Channel.PAPER):
        assert chosen(holder=Holder.BUSINESS, channel=channel)[0] == "CCD"
        assert chosen(holder=Holder.CONSUMER, channel=channel)[0] != "CCD"
    sixty = extended_return_deadline(TODAY)
    wrong = returned_with("R10", entry_class="WEB", holder="business", settled_on=TODAY)
    assert (wrong.deadline_on, wrong.timeliness) == (sixty, Timeliness.IN_TIME)
    turned = returned_with("R05", entry_class="CCD", holder="business", settled_on=TODAY)
    assert (turned.deadline_on, turned.corrects_holder) == (sixty, "consumer")


def test_trap_11_a_merchant_who_is_not_paid_raises_an_alarm(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    days = banking_days(MONDAY, 12)
    play(stage, *days[:-1])
    assert states(stage) == {"b000": "collected"}
    assert open_cases(stage) == ["merchant_unpaid"]
    run_settle(stage.desk, as_of=days[-1])
    play(stage, days[-1])
    assert open_cases(stage) == []


def test_trap_12_fraud_monitoring_binds_everyone_since_june_2026() -> None:
    assert "fraud-monitoring" not in in_force("duties", date(2026, 6, 18))
    assert "debits included" in in_force("duties", date(2026, 6, 22))["fraud-monitoring"].values["meaning"]


def test_trap_13_no_international_entry_is_written_and_a_payout_abroad_needs_the_banks_view() -> None:
    assert "iat-definition" not in in_force("duties", date(2026, 9, 17))
    assert "iat-definition" in in_force("duties", date(2026, 9, 18))
    assert {row.values["sec"] for row in rows("entry_classes")} == set(ORIGINATED)
    assert "IAT" not in ORIGINATED
    assert "IAT" in never_same_day(TODAY)
    (code,) = decide(due({"payable": False}), Terms(effective_on=TODAY)).tolist()
    assert reason_of(code).id == "payout-abroad"


def test_trap_14_r90_is_not_known_before_march_2028_and_r16_changes_that_day() -> None:
    eve, day = date(2028, 3, 16), date(2028, 3, 17)
    assert return_reason("R90", on=eve) is None
    assert not returned_with("R90").known
    assert return_reason("R90", on=day) is not None
    titles = [reason.title if (reason := return_reason("R16", on=on)) else None for on in (eve, day)]
    assert titles == ["Account frozen or sanctions", "Account frozen"]
    (future,) = [row for row in rows("return_codes") if row.key == "R90"]
    assert future.standing(TODAY) is Standing.FUTURE


@pytest.mark.parametrize(
    "day", [date(2026, 7, 3), date(2027, 6, 18), date(2027, 12, 24), date(2027, 12, 31), date(2028, 11, 10)]
)
def test_trap_15_a_holiday_on_a_saturday_closes_no_friday(day: date) -> None:
    assert is_banking_day(day)


def test_trap_15_a_holiday_on_a_sunday_closes_the_monday() -> None:
    assert not is_banking_day(date(2027, 7, 5))


def test_trap_16_a_file_built_again_a_minute_later_debits_nobody_again(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale()])
    assert night(stage, MONDAY).sealed_orders == 2
    before = at_the_bank(stage)
    assert night(stage, MONDAY, time(18, 1)).did == "nothing"
    assert at_the_bank(stage) == before


def test_trap_17_a_trace_alone_matches_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200)])
    play(stage, MONDAY)
    with stage.desk.view() as ctx:
        trace, company, key = ctx.session.execute(
            select(Entry.trace, Batch.company_identification, Order.id)
            .join(Batch, Batch.id == Entry.batch_id)
            .join(Order, Order.id == Entry.order_id)
            .where(Order.amount_minor == 100)
        ).one()
        other = ctx.session.execute(select(Order.id).where(Order.amount_minor == 200)).scalar_one()
        found = match_entries(
            ctx,
            stage.desk.originator_id(),
            Wanted(
                reference=["", "", "", encode_key(other)],
                trace=[trace] * 4,
                amount_cents=[100, 200, 100, 100],
                company_identification=[company, company, "1999999999", company],
            ),
        )
    assert [match and match.order_id for match in found] == [key, None, None, None]


def test_trap_18_sixty_days_end_on_the_banking_day_after_and_warranties_run_on() -> None:
    settled_on = date(2026, 9, 25)
    last = date(2026, 11, 25)
    assert extended_return_deadline(settled_on) == last
    for on, timely in ((last, Timeliness.IN_TIME), (next_banking_day(last), Timeliness.LATE)):
        decision = returned_with("R10", entry_class="PPD", holder="consumer", settled_on=settled_on, returned_on=on)
        assert decision.timeliness is timely
    assert return_deadline(date(2026, 11, 25)) == date(2026, 11, 30)
    assert deadline("warranty-business", settled_on) == date(2027, 9, 25)
    assert deadline("warranty-consumer", settled_on) == date(2028, 9, 25)
