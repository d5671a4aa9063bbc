"""Named behaviours: each a row of the table, with its sentence.

A scenario whose point is on the originator's side needs only a bank that behaves fittingly.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from ingather.simulator.behaviour import Answer, Blemish, Delivering, Faults
from ingather.simulator.entries import Sort
from ingather.simulator.odds import Follows, Holder, Odds, Scenario

_GAP = Delivering(withheld=frozenset({5, 6}))

_MARKETPLACE_RETURNS = (
    Odds(code="R01", per_10_000=230, presentations=1),
    Odds(code="R01", per_10_000=35, presentations=2),
    Odds(code="R01", per_10_000=35),
    Odds(code="R09", per_10_000=45, presentations=1),
    Odds(code="R08", per_10_000=20),
    Odds(code="R07", per_10_000=40, holder=Holder.CONSUMER, banking_days=(2, 3, 4, 5)),
    Odds(code="R10", per_10_000=60, holder=Holder.CONSUMER, calendar_days=45),
    Odds(code="R29", per_10_000=40, holder=Holder.BUSINESS, banking_days=(2,)),
    Odds(code="R02", per_10_000=120, follows=Follows.ACCOUNT),
    Odds(code="R03", per_10_000=80, follows=Follows.ACCOUNT),
)
_MARKETPLACE_CHANGES = (
    Odds(code="C01", per_10_000=150, follows=Follows.ACCOUNT),
    Odds(code="C02", per_10_000=80, follows=Follows.ACCOUNT),
    Odds(code="C05", per_10_000=80, follows=Follows.ACCOUNT),
)

_MAY_ANSWER = (Answer.SILENT, Answer.CONTESTS)
_LATE_DAYS = (5, 6)
_EACH_CHANGE = ("C01", "C02", "C03", "C05", "C06", "C07", "C04", "C09", "C13", "C14", "C10")
_GARBLED = ("C01", "C03", "C06", "C07")


def _changes(per_10_000: int, *, garbled: int) -> tuple[Odds, ...]:
    """Return one row per code of change, and rows whose data stand in wrong columns until they are refused."""
    right = (Odds(code=code, per_10_000=per_10_000, follows=Follows.ACCOUNT) for code in _EACH_CHANGE)
    wrong = (
        Odds(code=code, per_10_000=garbled, follows=Follows.ACCOUNT, garbled=True, corrects=True) for code in _GARBLED
    )
    return (*right, *wrong)


def _more(rows: tuple[Odds, ...], times: int) -> tuple[Odds, ...]:
    """Return rows that strike so many times as often."""
    return tuple(replace(row, per_10_000=row.per_10_000 * times) for row in rows)


_WRONG_RETURNS = (
    Odds(code="R01", per_10_000=20, presentations=1, banking_days=_LATE_DAYS, answers=_MAY_ANSWER),
    Odds(code="R01", per_10_000=20, presentations=1, again_after=(1, 2, 3), answers=_MAY_ANSWER),
    Odds(code="R09", per_10_000=15, presentations=1, blemish=Blemish.AMOUNT, answers=(*_MAY_ANSWER, Answer.CORRECTS)),
    Odds(code="R09", per_10_000=15, presentations=1, blemish=Blemish.REFERENCE, answers=(Answer.CORRECTS,)),
)
"""Returns that a bank should not have sent so, which its originator may have dishonored."""
_OTHER_RETURNS = (
    Odds(code="R11", per_10_000=30, holder=Holder.CONSUMER, presentations=1, calendar_days=10),
    Odds(code="R10", per_10_000=30, holder=Holder.CONSUMER, calendar_days=8, answers=_MAY_ANSWER),
    Odds(code="R17", per_10_000=10),
    Odds(code="R16", per_10_000=5),
    Odds(code="R20", per_10_000=10),
    Odds(code="R04", per_10_000=15, follows=Follows.ACCOUNT),
)
_CREDIT_RETURNS = (
    Odds(code="R17", per_10_000=600, sort=Sort.REVERSAL),
    Odds(code="R23", per_10_000=600, sort=Sort.REFUND),
    Odds(code="R01", per_10_000=1_500, sort=Sort.FEE),
)
_YEAR_RETURNS = (*_MARKETPLACE_RETURNS, *_WRONG_RETURNS, *_OTHER_RETURNS, *_CREDIT_RETURNS)
_YEAR_FAULTS = Faults(
    late=60, twice=100, split=200, joined=200, cut=50, shuffled=300, ack_lost=10, ack_late=100, ack_twice=100
)
_STORM_FAULTS = Faults(
    late=1_500, late_for=3, twice=2_000, split=3_000, joined=3_000, cut=1_500, shuffled=5_000, ack_lost=500,
    ack_late=1_500, ack_twice=1_500,
)  # fmt: skip

_ALL = (
    Scenario(name="all_paid", sentence="Every debit is paid."),
    Scenario(
        name="nsf_then_paid",
        sentence="A third lacks funds on the first presentation and pays on the next.",
        odds=(Odds(code="R01", per_10_000=3_300, presentations=1),),
    ),
    Scenario(
        name="nsf_three_times",
        sentence="A quarter lacks funds on every presentation.",
        odds=(Odds(code="R01", per_10_000=2_500),),
    ),
    Scenario(
        name="closed_account",
        sentence="A quarter of the accounts is closed.",
        odds=(Odds(code="R02", per_10_000=2_500, follows=Follows.ACCOUNT),),
    ),
    Scenario(
        name="revoked",
        sentence="A quarter of the consumers' banks say that the authorization was revoked.",
        odds=(Odds(code="R07", per_10_000=2_500, holder=Holder.CONSUMER, banking_days=(2, 3)),),
    ),
    Scenario(
        name="late_unauthorized",
        sentence="A fifth of the consumers dispute on calendar day 45; some businesses within two banking days.",
        odds=(
            Odds(code="R10", per_10_000=2_000, holder=Holder.CONSUMER, calendar_days=45),
            Odds(code="R29", per_10_000=1_000, holder=Holder.BUSINESS, banking_days=(2,)),
        ),
    ),
    Scenario(
        name="noc_account",
        sentence="A third of the accounts is answered with a corrected account number, and paid.",
        changes=(Odds(code="C01", per_10_000=3_300, follows=Follows.ACCOUNT),),
    ),
    Scenario(
        name="first_use",
        sentence="Accounts are new; a tenth does not exist, and as many are answered with a corrected number.",
        odds=(Odds(code="R03", per_10_000=1_000, follows=Follows.ACCOUNT),),
        changes=(Odds(code="C01", per_10_000=1_000, follows=Follows.ACCOUNT),),
    ),
    Scenario(
        name="ack_reject_batch",
        sentence="One new batch of each file is rejected, once.",
        one_batch=True,
    ),
    Scenario(
        name="ack_pended",
        sentence="Each file is held for two hours before it is accepted.",
        pended_for=timedelta(hours=2),
    ),
    Scenario(
        name="feed_gap",
        sentence="The fifth and sixth daily report never come.",
        odds=(Odds(code="R01", per_10_000=1_000, presentations=1),),
        delivering=_GAP,
    ),
    Scenario(
        name="feed_gap_delivered",
        sentence="The fifth and sixth daily report come three banking days late.",
        odds=(Odds(code="R01", per_10_000=1_000, presentations=1),),
        delivering=replace(_GAP, withheld_for=3),
    ),
    Scenario(
        name="november",
        sentence="The marketplace's month, with disputes that come a week after settlement instead of six.",
        orders=420,
        odds=tuple(replace(row, calendar_days=8) if row.calendar_days else row for row in _MARKETPLACE_RETURNS),
        changes=_MARKETPLACE_CHANGES,
        batch_per_10_000=150,
    ),
    Scenario(
        name="marketplace",
        sentence="A believable month: a few percent of returns of every kind, some changes, a rejected batch.",
        orders=420,
        odds=_MARKETPLACE_RETURNS,
        changes=_MARKETPLACE_CHANGES,
        batch_per_10_000=150,
    ),
    Scenario(name="prenote_ok", sentence="No prenote is answered: every account is right, and every debit is paid."),
    Scenario(
        name="prenote_returned",
        sentence="A third of the accounts is wrong, and their prenotes come back; a tenth is corrected.",
        odds=(
            Odds(code="R03", per_10_000=2_000, follows=Follows.ACCOUNT),
            Odds(code="R04", per_10_000=1_300, follows=Follows.ACCOUNT),
        ),
        changes=(Odds(code="C01", per_10_000=1_000, follows=Follows.ACCOUNT),),
    ),
    Scenario(
        name="micro_entries",
        sentence="Micro-entries arrive, but for a tenth of the accounts, which do not exist.",
        odds=(Odds(code="R03", per_10_000=1_000, follows=Follows.ACCOUNT),),
    ),
    Scenario(
        name="noc_each",
        sentence="Nine of ten accounts are answered with changes, of every code; some stand in wrong columns.",
        changes=_changes(700, garbled=350),
    ),
    Scenario(
        name="r11_corrected",
        sentence="A quarter of the consumers say ten days later that the terms were others, and pay what is corrected.",
        odds=(Odds(code="R11", per_10_000=2_500, holder=Holder.CONSUMER, presentations=1, calendar_days=10),),
    ),
    Scenario(
        name="duplicate_return",
        sentence="A fifth lacks funds once, and its return comes twice; no dishonour of the second is contested.",
        odds=(Odds(code="R01", per_10_000=2_000, presentations=1, again_after=(1, 2)),),
    ),
    Scenario(
        name="dishonour_won",
        sentence="A fifth comes back on the fifth or sixth banking day, too late, and no dishonour is contested.",
        odds=(Odds(code="R09", per_10_000=2_000, presentations=1, banking_days=_LATE_DAYS),),
    ),
    Scenario(
        name="dishonour_contested",
        sentence="A fifth comes back too late and is contested when dishonoured; as many tell a wrong amount at first.",
        odds=(
            Odds(
                code="R09",
                per_10_000=2_000,
                presentations=1,
                banking_days=_LATE_DAYS,
                answers=(Answer.CONTESTS,),
            ),
            Odds(
                code="R01",
                per_10_000=2_000,
                presentations=1,
                blemish=Blemish.AMOUNT,
                answers=(Answer.CORRECTS,),
            ),
        ),
    ),
    Scenario(
        name="late_r01_dishonoured_no_retry",
        sentence="A fifth comes back for lack of funds on the sixth banking day, and no dishonour is contested.",
        odds=(Odds(code="R01", per_10_000=2_000, presentations=1, banking_days=(6,)),),
    ),
    Scenario(name="reversal_duplicate", sentence="Every debit is paid, and every reversal is taken."),
    Scenario(
        name="reversal_double_credit",
        sentence="A third comes back on the fourth banking day, when its reversal may be on its way.",
        odds=(Odds(code="R01", per_10_000=3_300, presentations=1, banking_days=(4,)),),
    ),
    Scenario(name="refund_after_window", sentence="Every debit is paid, and every refund is taken."),
    Scenario(name="stale_file", sentence="Every debit is paid on the day its file says, or the next after it."),
    Scenario(name="revoked_after_seal", sentence="Every debit that is sent is paid."),
    Scenario(name="same_day", sentence="Every debit is paid; those that came before the last window, on the same day."),
    Scenario(
        name="same_day_over_limit",
        sentence="Every debit is paid; those over the same-day limit settle on the next day.",
    ),
    Scenario(name="notice_period", sentence="Every debit is paid; the buyer was told before."),
    Scenario(name="limit_hit", sentence="Every debit that stays within the limits is paid."),
    Scenario(
        name="exposure_hit",
        sentence="A tenth lacks funds on the first presentation and the rest is paid.",
        odds=(Odds(code="R01", per_10_000=1_000, presentations=1),),
    ),
    Scenario(
        name="year",
        sentence="Years as they are: all that a bank does at small rates, and now and then a file that comes amiss.",
        orders=400,
        odds=_YEAR_RETURNS,
        changes=_changes(25, garbled=10),
        batch_per_10_000=50,
        entry_per_10_000=10,
        stray_per_10_000=5,
        agrees_per_10_000=5_000,
        delivering=Delivering(faults=_YEAR_FAULTS),
    ),
    Scenario(
        name="storm",
        sentence="Everything at once: many returns of every kind, and hardly a file that comes as it should.",
        orders=200,
        odds=(*_more(_MARKETPLACE_RETURNS, 3), *_more(_WRONG_RETURNS, 12), *_more(_OTHER_RETURNS, 3), *_CREDIT_RETURNS),
        changes=_changes(200, garbled=100),
        batch_per_10_000=500,
        entry_per_10_000=200,
        stray_per_10_000=200,
        agrees_per_10_000=5_000,
        delivering=Delivering(faults=_STORM_FAULTS),
    ),
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({scenario.name: scenario for scenario in _ALL})
"""Every scenario by its name."""
