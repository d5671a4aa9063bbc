"""Nights with reversals, refunds and return fees: files of their own, by the bytes, and never twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ach.parser import Parser
from sqlalchemy import select, update

from ingather.actions.blocking import block_accounts
from ingather.actions.files.approval import approve_file
from ingather.actions.files.sealing import NewFile
from ingather.actions.follow_ups import sealing, sent
from ingather.actions.follow_ups.sealing import NewFollowUps, seal_follow_up_file
from ingather.actions.merchants import set_return_fee
from ingather.actions.reconciliation.feeds import close_and_release
from ingather.base.ids import Prefix, encode_key, parse_public_id
from ingather.domain.refusals import LostClaim, SecondReaderDisagrees, WrongState
from ingather.jobs.night import follow_ups as making
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.nacha.forms.again import reversal_of
from ingather.nacha.plan import FilePlan
from ingather.simulator.behaviour import FileFate
from ingather.store.tables import Account, Authorization, Case, FollowUp, Merchant, Order
from tests.journey.desk.follow_ups import approve, refund, reverse
from tests.journey.stage import (
    MONDAY,
    Sale,
    Script,
    at_the_bank,
    balances,
    broken,
    changed_terms,
    night,
    open_cases,
    order,
    order_key,
    play,
    returned,
    staged,
    states,
)
from tests.red import red_account

DAYS = banking_days(MONDAY, 12)


def standing(stage: Stage) -> list[tuple[str, str, bool]]:
    """Return kind, state and origin of the money of each follow-up, the oldest first."""
    with stage.desk.view() as ctx:
        rows = ctx.session.scalars(select(FollowUp).order_by(FollowUp.id))
        return [(row.kind, row.state, row.of_collected) for row in rows]


def with_fees(stage: Stage) -> None:
    """Have the one merchant charge 25.00 for a returned debit."""
    with stage.desk.action() as ctx:
        merchant_id = ctx.session.execute(select(Merchant.id)).scalar_one()
        set_return_fee(ctx, merchant_id, minor=2_500, notice="terms, 5", since=date(2026, 9, 1))


def reversed_by_two(stage: Stage, name: str) -> None:
    """Have a reversal of an order asked for and approved."""
    approve(stage, reverse(stage, name).follow_up_id)


def records(stage: Stage, number: int) -> list[str]:
    """Return the records of the n-th file at the bank, without fill."""
    data = list(at_the_bank(stage).values())[number].decode("ascii")
    return [line for line in data.splitlines() if set(line) != {"9"}]


def test_each_kind_goes_out_in_a_file_of_its_own_and_ends_well(book_url: str, tmp_path: Path) -> None:
    sales = [
        Sale(amount=10_000, account_kind="savings"),
        Sale(amount=20_000),
        Sale(amount=3_000),
        Sale(amount=500, holder="business", account_kind="savings"),
    ]
    script = Script(fates={("B 002", 1): returned("R01")})
    stage = staged(tmp_path, sales, behaviour=script, book=book_url)
    with_fees(stage)
    play(stage, *DAYS[:3])
    reversed_by_two(stage, "b000")
    play(stage, *DAYS[3:5])
    assert standing(stage) == [("return_fee", "settled", False), ("reversal", "settled", False)]
    assert states(stage)["b000"] == "settled", "an order is not released while its debit is taken back"
    with stage.desk.action() as ctx:
        # The bank corrected the account meanwhile: what is refunded goes to the account of today.
        account_id = ctx.session.execute(
            select(Authorization.account_id)
            .join(Order, Order.authorization_id == Authorization.id)
            .where(Order.id == order_key_of(ctx, "b001"))
        ).scalar_one()
        number = ctx.vault.seal_account(account_id, red_account(901))
        ctx.session.execute(update(Account).where(Account.id == account_id).values(number=number, kind="savings"))
    approve(stage, refund(stage, "b001", 5_000).follow_up_id)
    refund(stage, "b003", 500)
    play(stage, *DAYS[5:10])
    assert states(stage) == {"b000": "reversed", "b001": "collected", "b002": "collected", "b003": "collected"}
    assert [state for _, state, _ in standing(stage)] == ["done"] * 4
    assert order(stage, "b002")["presentations"] == 2, "a fee is no presentation"
    assert {key: value for key, value in balances(stage).items() if value} == {
        "bank_clearing": 20_500, "payable_available": -20_500,
    }  # fmt: skip
    assert broken(stage) == []
    _is_what_was_meant(stage)


def order_key_of(ctx: Any, external_id: str) -> int:  # noqa: ANN401 -- an action's context
    """Return an order's key inside a transaction."""
    found: int = ctx.session.execute(select(Order.id).where(Order.external_id == external_id)).scalar_one()
    return found


def _is_what_was_meant(stage: Stage) -> None:
    """Compare the files by column, and as the second reader reads them."""
    debits, _, reversal, fee, refunds = (records(stage, number) for number in range(5))
    by_reference = {line[39:54]: line for line in debits if line[0] == "6"}
    debit, headed = by_reference[reversal[2][39:54]], debits[4]
    assert debit[1:3] + reversal[2][1:3] == "3732"
    assert reversal[2][3:79] == debit[3:79], "bank, account, amount, reference, name and payment type stay"
    assert reversal[2][79:94] > debit[79:94]
    assert (
        reversal[1] == headed[:1] + "220" + headed[4:53] + "REVERSAL  " + "      261120   1" + headed[79:87] + "0000001"
    )
    assert reversal[3][:4] + reversal[3][20:44] == "8220" + f"{0:012d}{10_000:012d}"
    assert fee[1][:4] + fee[1][50:63] == "5225" + "WEBRETURN FEE"
    assert fee[2][1:3] + fee[2][29:39] == f"27{2_500:010d}"
    assert fee[2][11:29] + fee[2][39:79] == by_reference[fee[2][39:54]][11:29] + by_reference[fee[2][39:54]][39:79]
    assert [line[:4] + line[50:63] for line in refunds if line[0] == "5"] == ["5220CCDREFUND    ", "5220PPDREFUND    "]
    credits_ = {line[54:60].strip(): line for line in refunds if line[0] == "6"}
    assert {name: line[1:3] + line[29:39] for name, line in credits_.items()} == {
        "B 003": f"32{500:010d}", "B 001": f"32{5_000:010d}",
    }  # fmt: skip
    assert credits_["B 001"][12:29].strip() == red_account(901), "the account of today"
    assert credits_["B 003"][12:29] == by_reference[credits_["B 003"][39:54]][12:29]
    for data in list(at_the_bank(stage).values())[2:5]:
        read = Parser(data.decode("ascii").replace("\r\n", "\n")).as_dict()
        cents = [read["file_control"][name] for name in ("debit_amount", "credit_amount")]
        assert "000000000000" in cents, "credits and debits never share a file"


def test_what_is_not_fit_to_go_is_not_sent(tmp_path: Path) -> None:
    terms = changed_terms(auto_approve_under_cents=0)
    script = Script(fates={("B 002", 1): returned("R01", after=4)})
    stage = staged(tmp_path, [Sale(amount=1_000 * (n + 1)) for n in range(3)], behaviour=script, profile=terms)
    approved_night(stage, DAYS[0])
    for day in DAYS[1:4]:
        stage.play_day(day)
    for name in ("b000", "b002"):
        reversed_by_two(stage, name)
    # Sealed, and not approved: then the debit of one of them comes back.
    stage.play_day(DAYS[4])
    assert standing(stage) == [("reversal", "sealed", False), ("reversal", "sealed", False)]
    stage.play_day(DAYS[5])
    assert states(stage)["b002"] == "returned", "a return is applied while the reversal has not left"
    assert [state for _, state, _ in standing(stage)] == ["wanted", "withdrawn"]
    assert broken(stage) == []
    assert "double_credit" not in open_cases(stage)


def approved_night(stage: Stage, day: date) -> None:
    """Run the night of a day, approve its files as another person, and let the bank have them."""
    report = night(stage, day)
    for name in report.needs_approval:
        with stage.desk.as_actor("user:omar").action() as ctx:
            approve_file(ctx, parse_public_id(Prefix.FILE, name))
    stage.play_day(day)


def test_a_blocked_account_stops_a_refund_that_is_sealed_and_not_sent(tmp_path: Path) -> None:
    def meddle(step: str, **_: object) -> None:
        if step == "sealed" and armed:
            armed.clear()
            with stage.desk.as_actor("user:maria").action() as ctx:
                account_id = ctx.session.execute(select(Account.id).where(Account.external_id == "b000")).scalar_one()
                block_accounts(ctx, stage.desk.originator_id(), [account_id], because=["R02"])

    armed: list[str] = []
    stage = staged(tmp_path, [Sale(amount=9_000)], tell=meddle)
    play(stage, *DAYS[:5])
    approve(stage, refund(stage, "b000", 4_000).follow_up_id)
    armed.append("now")
    report = night(stage, DAYS[5])
    assert (len(report.sealed), len(report.voided), report.sent) == (1, 1, [])
    assert standing(stage) == [("refund", "wanted", True)]
    assert balances(stage)["payable_available"] == -9_000
    assert broken(stage) == []


def test_what_the_bank_rejects_is_the_merchants_again_and_goes_out_once_more(book_url: str, tmp_path: Path) -> None:
    stage = staged(
        tmp_path, [Sale(amount=9_000)], book=book_url,
        behaviour=Script(files={2: FileFate(rejected_for="ORIGINATOR UNKNOWN")}),
    )  # fmt: skip
    play(stage, *DAYS[:5])
    approve(stage, refund(stage, "b000", 4_000).follow_up_id)
    day = stage.play_day(DAYS[5])
    assert len(day.night.sent) == 1
    assert standing(stage) == [("refund", "wanted", True)]
    assert {key: value for key, value in balances(stage).items() if value} == {
        "bank_clearing": 9_000, "payable_available": -9_000,
    }  # fmt: skip
    assert broken(stage) == []
    play(stage, *DAYS[6:11])
    assert standing(stage) == [("refund", "done", True)]
    assert balances(stage)["payable_available"] == -5_000
    assert len(at_the_bank(stage)) == 3
    assert broken(stage) == []


def test_an_entry_that_the_bank_refuses_by_itself_waits_for_a_second_person_anew(tmp_path: Path) -> None:
    script = Script()
    stage = staged(tmp_path, [Sale(amount=9_000), Sale(amount=8_000)], behaviour=script)
    play(stage, *DAYS[:5])
    for name in ("b000", "b001"):
        approve(stage, refund(stage, name, 4_000).follow_up_id)
    script.refused.add(encode_key(order_key(stage, "b000")))
    play(stage, DAYS[5])
    assert [state for _, state, _ in standing(stage)] == ["asked", "sent"]
    assert (balances(stage)["payable_available"], balances(stage)["credits_out"]) == (-13_000, -4_000)
    assert broken(stage) == []
    script.refused.clear()
    approve(stage, ids(stage)[0])
    play(stage, *DAYS[6:11])
    assert [state for _, state, _ in standing(stage)] == ["done", "done"]
    assert balances(stage)["payable_available"] == -9_000
    assert broken(stage) == []


def ids(stage: Stage) -> list[int]:
    """Return the keys of the follow-ups, the oldest first."""
    with stage.desk.view() as ctx:
        return list(ctx.session.scalars(select(FollowUp.id).order_by(FollowUp.id)))


def test_a_night_goes_on_until_nothing_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(tmp_path, [Sale(amount=1_000 * (n + 1)) for n in range(3)])
    play(stage, *DAYS[:3])
    for name in ("b000", "b001", "b002"):
        reversed_by_two(stage, name)
    monkeypatch.setattr(making, "PAGE", 2)
    assert night(stage, DAYS[3], dry_run=True).follow_ups == 2
    report = night(stage, DAYS[3])
    assert (len(report.sent), report.follow_ups) == (2, 3)
    assert [state for _, state, _ in standing(stage)] == ["sent"] * 3


def test_the_case_of_a_reversal_under_way_closes_with_it_and_not_before(tmp_path: Path) -> None:
    stage = reversal_stage(tmp_path)
    with stage.desk.view() as ctx:
        case_id = ctx.session.execute(select(Case.id).where(Case.kind == "reversal")).scalar_one()
    with pytest.raises(WrongState, match="under way"), stage.desk.as_actor("user:maria").action() as ctx:
        close_and_release(ctx, case_id, outcome="never mind")


def reversal_stage(folder: Path) -> Stage:
    """Return a stage on its fourth day with a wanted reversal of a settled order."""
    stage = staged(folder, [Sale(amount=9_000), Sale(amount=100)])
    play(stage, *DAYS[:3])
    reversed_by_two(stage, "b000")
    return stage


def test_a_reversal_is_sealed_once_however_often_somebody_tries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twice(ctx: Any, new: NewFile, claims: NewFollowUps) -> int:  # noqa: ANN401 -- an action's context
        first = seal_follow_up_file(ctx, new, claims)
        with pytest.raises(LostClaim), ctx.session.begin_nested():
            seal_follow_up_file(ctx, new, claims)
        refused.append(new.name)
        return first

    refused: list[str] = []
    stage = reversal_stage(tmp_path)
    monkeypatch.setattr(making, "seal_follow_up_file", twice)
    report = night(stage, DAYS[3])
    assert len(refused) == len(report.sealed) == 1
    assert night(stage, DAYS[3]).sealed == []
    assert broken(stage) == []


def test_a_night_that_died_after_sealing_sends_the_same_file(tmp_path: Path) -> None:
    def die(step: str, **_: object) -> None:
        if step == "sealed" and armed:
            armed.clear()
            message = "the machine stopped"
            raise RuntimeError(message)

    armed: list[str] = []
    stage = reversal_stage(tmp_path)
    object.__setattr__(stage.desk, "tell", die)
    armed.append("now")
    with pytest.raises(RuntimeError):
        night(stage, DAYS[3])
    assert standing(stage) == [("reversal", "sealed", False)]
    report = night(stage, DAYS[3])
    assert (report.sealed, len(report.sent)) == ([], 1)
    assert standing(stage) == [("reversal", "sent", False)]
    assert broken(stage) == []


def _same_direction(make: Callable[..., FilePlan]) -> Callable[..., FilePlan]:
    def wrong(plan: FilePlan, *rest: Any, **others: Any) -> FilePlan:  # noqa: ANN401 -- the form's own arguments
        made = make(plan, *rest, **others)
        entries = replace(made.entries, transaction_code=plan.entries.transaction_code)
        return replace(made, entries=entries, batches=replace(made.batches, service_class=[225]))

    return wrong


def test_a_reversal_that_would_debit_again_is_never_sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = reversal_stage(tmp_path)
    monkeypatch.setattr(making, "reversal_of", _same_direction(reversal_of))
    with pytest.raises(SecondReaderDisagrees, match="wrong way"):
        night(stage, DAYS[3])
    assert len(at_the_bank(stage)) == 1


def test_a_refund_that_does_not_leave_the_merchant_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(tmp_path, [Sale(amount=9_000)])
    play(stage, *DAYS[:5])
    approve(stage, refund(stage, "b000", 4_000).follow_up_id)
    monkeypatch.setattr(sent, "_post", lambda *_: None)
    night(stage, DAYS[5])
    assert broken(stage) == ["credits_out_are_sent_and_unsettled"]


def test_a_claim_that_ignores_versions_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not claimed is still wanted; the book refuses its second entry, and the sweep finds the first."""

    def careless(ctx: Any, row: Any, follow_ups: NewFollowUps) -> None:  # noqa: ANN401 -- what the claim takes
        _ = row, follow_ups
        ctx.session.flush()

    stage = reversal_stage(tmp_path)
    monkeypatch.setattr(sealing, "_claim", careless)
    with pytest.raises(LostClaim):
        night(stage, DAYS[3])
    assert "follow_ups_stand_where_their_entries_do" in broken(stage)
