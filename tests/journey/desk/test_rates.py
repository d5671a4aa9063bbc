"""Return rates over a real book: counted from its batches and returns, told once as a case, and merchants paused."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from ingather.actions.cases import close_case
from ingather.actions.rates import resume_merchant
from ingather.actions.rules import take_policy
from ingather.base.ids import encode_key
from ingather.domain.cases import CaseKind
from ingather.domain.facts import Scope
from ingather.jobs.rehearsal.stage import Stage
from ingather.rules.policy import RateTerms
from ingather.rules.rates import Level, Method, Rate, ReturnRate, Slice
from ingather.store.rates import rate_alarms, read_counts, read_rates
from ingather.store.reading import cases
from ingather.store.tables import Case, Fact
from tests.journey.answers import bank_days, file_of, returns_and_reports
from tests.journey.checked import MICRO, wanted
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    all_files,
    bank_evening,
    broken,
    deliver,
    night,
    open_cases,
    order_key,
    play,
    returned,
    staged,
    states,
)
from tests.red import red_account
from tests.unit.cli.shell import at_book
from tests.unit.reports.answers import nacha_answer, nacha_batch

DAYS = (MONDAY, TUESDAY, WEDNESDAY)
SUMMIT = Sale(amount=800, merchant="summit", due=TUESDAY)
POLICY = 'id = "strict"\nversion = {version}\n[screening]\nrequired = false\n[rates]\n{rates}\n'
ON = ("--as", "maria", "--as-of", FRIDAY.isoformat())


def rates(stage: Stage, day: date, *, by: Slice) -> dict[tuple[str, Rate], ReturnRate]:
    """Return the rates of a day by the first denominator."""
    with stage.desk.view() as ctx:
        found = read_rates(ctx.session, stage.desk.originator_id(), as_of=day, terms=RateTerms(), by=[by])
    return {(rate.key, rate.rate): rate for rate in found if rate.method is Method.PERIOD}


def overall(stage: Stage, day: date, *, by: Slice = Slice.ALL) -> dict[str, tuple[int, int]]:
    """Return the returns and debits of every slice."""
    return {key: (rate.returns, rate.debits) for (key, kind), rate in rates(stage, day, by=by).items()
            if kind is Rate.OVERALL}  # fmt: skip


def took(stage: Stage, rates_of_policy: str, *, version: int = 1) -> None:
    """Let the book take a policy with these keys in its table of rates."""
    with stage.desk.action() as ctx:
        take_policy(ctx, stage.desk.originator_id(), POLICY.format(version=version, rates=rates_of_policy))


def sentences(stage: Stage) -> list[str]:
    """Return what the open cases about rates say."""
    with stage.desk.view() as ctx:
        rows = cases.listed(ctx.session, state="open")
    return [row["sentence"] for row in rows if row["kind"] == "rate_over_limit"]


def bad_summit(folder: Path, sales: Sequence[Sale] = (), *, book: str | None = None) -> Stage:
    """Return a stage on Wednesday with one debit of summit returned as unauthorized, beside two that were paid."""
    script = Script(fates={("B 000", 1): returned("R10")})
    stage = staged(folder, [SUMMIT, SUMMIT, Sale(amount=700), *sales], behaviour=script, book=book)
    took(stage, "")
    return stage


def test_debits_and_returns_are_counted_from_the_book_slice_by_slice(tmp_path: Path, book_url: str) -> None:
    sales = [
        *[Sale(amount=700)] * 3,
        Sale(amount=800, merchant="summit"),
        Sale(amount=900, merchant="summit", holder="business"),
        Sale(amount=950, channel="paper"),
    ]
    fates = {("B 000", 1): returned("R10"), ("B 001", 1): returned("R01"), ("B 003", 1): returned("R03")}
    script = Script(fates=fates)
    stage = staged(tmp_path, sales, behaviour=script, book=book_url)
    script.refused.add(encode_key(order_key(stage, "b002")))
    play(stage, MONDAY)
    assert states(stage)["b002"] == "open"
    play(stage, TUESDAY, WEDNESDAY)
    # Of six debits the bank took one out; three came back.
    assert overall(stage, WEDNESDAY) == {"": (3, 5)}
    whole = rates(stage, WEDNESDAY, by=Slice.ALL)
    assert [whole["", kind].returns for kind in (Rate.UNAUTHORIZED, Rate.ADMINISTRATIVE)] == [1, 1]
    assert overall(stage, WEDNESDAY, by=Slice.SEC) == {"CCD": (0, 1), "PPD": (0, 1), "WEB": (3, 3)}
    assert overall(stage, WEDNESDAY, by=Slice.COMPANY) == {"1845550101": (2, 3), "1845550102": (1, 2)}
    assert sorted(overall(stage, WEDNESDAY, by=Slice.MERCHANT).values()) == [(1, 2), (2, 3)]
    assert overall(stage, TUESDAY + timedelta(days=70)) == {}


def test_what_validates_an_account_and_what_was_not_sent_counts_nowhere(tmp_path: Path, book_url: str) -> None:
    stage = staged(tmp_path, [Sale(validated=False), Sale(validated=False), Sale(amount=100)], book=book_url,
                   behaviour=Script(fates={("B 000", 1): returned("R03")}))  # fmt: skip
    wanted(stage, "b000")
    wanted(stage, "b001", MICRO)
    night(stage, MONDAY)
    assert len([batch for file in all_files(stage) for batch in file["batch_list"]]) == 3
    deliver(stage, *bank_evening(stage, MONDAY))
    play(stage, TUESDAY)
    assert overall(stage, TUESDAY) == {"": (0, 1)}


def test_a_debit_that_comes_back_twice_counts_once_and_a_stranger_nowhere(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale()], behaviour=Script(fates={("B 000", 1): returned("R01")}))
    deliveries = bank_days(stage, *DAYS)
    deliver(stage, *deliveries)
    back, _ = returns_and_reports(deliveries)
    trace = next(line for line in back.data.splitlines() if line[:1] == b"6")[79:94]
    deliver(stage, ("second.ach", back.data.replace(trace, trace[:-1] + (b"1" if trace[-1:] != b"1" else b"2"))))
    assert open_cases(stage) == ["duplicate_return"]
    deliver(stage, ("stranger.ach", file_of(nacha_batch(nacha_answer("R01", 5, account=red_account(9), amount=99)))))
    assert overall(stage, WEDNESDAY) == {"": (1, 2)}
    with stage.desk.view() as ctx:
        assert read_counts(ctx.session, stage.desk.originator_id(), as_of=date(2026, 11, 24)).unmatched == 1


def test_a_rate_over_its_limit_is_one_case_until_it_is_back_under(tmp_path: Path, book_url: str) -> None:
    stage = bad_summit(tmp_path, book=book_url)
    play(stage, *DAYS)
    assert open_cases(stage) == []
    night(stage, THURSDAY)
    # Unauthorized and overall, of all debits, of WEB, of the company id and of its merchant.
    assert open_cases(stage) == ["rate_over_limit"] * 8
    assert any(
        "The unauthorized return rate of merchant summit is over its limit: 1 of 2 debits" in text
        and "the limit is 0.50 %" in text
        for text in sentences(stage)
    )
    night(stage, FRIDAY)
    assert len(sentences(stage)) == 8
    night(stage, FRIDAY + timedelta(days=63))
    assert sentences(stage) == []
    assert broken(stage) == []


def test_what_a_person_closed_is_not_opened_again_within_the_window(tmp_path: Path) -> None:
    stage = bad_summit(tmp_path)
    play(stage, *DAYS, THURSDAY)
    with stage.desk.as_actor("maria").action() as ctx:
        for row in ctx.session.scalars(select(Case).where(Case.kind == CaseKind.RATE_OVER_LIMIT)):
            close_case(ctx, row.id, outcome="one buyer who was mistaken", evidence="letter of 19 November")
    night(stage, FRIDAY)
    assert sentences(stage) == []


def test_a_merchant_over_its_limit_is_paused_by_policy_and_let_go_on_by_a_person(tmp_path: Path, book_url: str) -> None:
    later = Sale(amount=900, merchant="summit", due=FRIDAY)
    stage = bad_summit(tmp_path, [later, Sale(amount=950, due=FRIDAY)], book=book_url)
    play(stage, *DAYS)
    took(stage, 'pause = "limit"', version=2)
    report = night(stage, THURSDAY)
    assert report.paused == ["summit"]
    assert (report.refused, report.sealed_orders) == ({"merchant-suspended": 1}, 1)
    with stage.desk.view() as ctx:
        told = select(Fact.subject_id, Fact.detail).where(Fact.scope == Scope.MERCHANT, Fact.kind == "suspended")
        (fact,) = ctx.session.execute(told)
    assert fact.detail["because"] == "unauthorized-rate"
    assert night(stage, THURSDAY).paused == []
    with stage.desk.as_actor("maria").action() as ctx:
        resume_merchant(ctx, fact.subject_id, reason="its buyers were told")
    report = night(stage, FRIDAY)
    assert (report.paused, report.sealed_orders) == ([], 1)
    assert broken(stage) == []


def test_the_policy_can_pause_at_the_warning_and_leave_few_debits_unjudged(tmp_path: Path) -> None:
    stage = bad_summit(tmp_path)
    play(stage, *DAYS)
    took(stage, 'pause = "warn"\nleast_debits = 4', version=2)
    assert (night(stage, THURSDAY).paused, open_cases(stage)) == ([], [])
    took(stage, 'pause = "warn"\nwarn_overall_bps = 5000', version=3)
    assert night(stage, THURSDAY).paused == ["summit"]


def test_alarms_name_each_slice_once_and_the_gravest_first(tmp_path: Path) -> None:
    stage = bad_summit(tmp_path, [Sale(amount=100)] * 4)
    play(stage, *DAYS)
    with stage.desk.view() as ctx:
        alarms = rate_alarms(ctx.session, WEDNESDAY, RateTerms())
        assert rate_alarms(ctx.session, MONDAY, RateTerms()) == []
    said = [(rate.by, rate.rate, rate.level) for rate in alarms]
    assert len(said) == len(set(said)) == 8
    assert said[0] == (Slice.ALL, Rate.UNAUTHORIZED, Level.OVER)
    assert said[-1] == (Slice.SEC, Rate.OVERALL, Level.WARNING)


def test_the_page_shows_the_rates_and_ends_with_limit(tmp_path: Path) -> None:
    stage = bad_summit(tmp_path)
    assert "No debit settled from 2026-09-22 to 2026-11-20." in at_book(stage, "rates", *ON[2:]).words
    play(stage, *DAYS)
    page = at_book(stage, "rates", "--by", "merchant", "--as-of", FRIDAY.isoformat())
    assert page.code == 11
    assert "summit unauthorized period 1 2 50.00 % 0.50 % over 0" in page.words
    assert "Where debits are few, a single return is over a limit" in page.words
    assert "harbor" not in page.words
    row = at_book(stage, "rates", "--by", "all", "--method", "cohort", "--json", "--as-of", FRIDAY.isoformat())
    assert row.code == 0
    assert (row.json["on"], row.json["first_day"], row.json["unmatched"]) == ("2026-11-20", "2026-09-22", 0)
    first = row.json["rates"][0]
    assert [first[name] for name in ("rate", "returns", "debits", "rate_bps", "level", "more_until_limit")] == [
        "unauthorized", 1, 3, 3334, "over", 0,
    ]  # fmt: skip
    methods = {each["method"] for each in at_book(stage, "rates", "--json", *ON[2:]).json["rates"]}
    assert methods == {"period", "files"}


def test_a_merchant_is_suspended_and_resumed_by_its_verbs(tmp_path: Path) -> None:
    stage = bad_summit(tmp_path)
    assert at_book(stage, "merchant", "suspend", "summit", "--reason", "too many come back", *ON).code == 0
    again = at_book(stage, "merchant", "suspend", "summit", "--reason", "again", *ON)
    assert (again.code, "is suspended already" in again.words) == (1, True)
    assert night(stage, MONDAY).refused == {"merchant-suspended": 2}
    assert at_book(stage, "merchant", "resume", "summit", "--reason", "talked to it", *ON).code == 0
    other = at_book(stage, "merchant", "resume", "summit", "--reason", "again", *ON)
    assert (other.code, "is not suspended" in other.words) == (1, True)
    assert at_book(stage, "merchant", "suspend", "nobody", "--reason", "x", *ON).code == 1
    assert night(stage, MONDAY).sealed_orders == 2
