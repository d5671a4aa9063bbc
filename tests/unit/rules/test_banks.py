"""Bank profiles: the packaged ones load, and every wrong key is named in a sentence."""

from datetime import date, datetime, time
from pathlib import Path

import pytest

from ingather.base.dates import NEW_YORK
from ingather.nacha.dialect import Dialect, LineEnd, PartyStyle
from ingather.nacha.offsets import balance
from ingather.nacha.plan import ACCOUNT_WIDTH
from ingather.nacha.reader import STRICT as NOTHING_TOLERATED
from ingather.nacha.reader import read
from ingather.nacha.splitting import Limits
from ingather.nacha.writer import write
from ingather.rules.banks import BankProfile, ProfileRefused, load_profile, refuse_unsendable
from ingather.rules.calendar import is_banking_day
from ingather.rules.effective import effective_date
from ingather.rules.policy import load_policy
from ingather.rules.profile_parts import WatermarkNeeds
from ingather.rules.tables import policy_text, profile_names, profile_text
from tests.red import red_account
from tests.unit.nacha.plans import one_batch

SAMPLES = Path(__file__).parents[3] / "nacha_samples" / "banks"
STRICT = profile_text("strict")


def spoiled(key: str, line: str) -> str:
    """Return the strict profile with one key's line replaced, or left out when the line is empty."""
    lines = STRICT.splitlines()
    index = next(number for number, text in enumerate(lines) if text.startswith(f"{key} ="))
    lines[index] = line
    return "\n".join(lines)


def refused(text: str) -> list[str]:
    with pytest.raises(ProfileRefused) as caught:
        load_profile(text)
    return [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize("name", profile_names())
def test_every_packaged_profile_loads(name: str) -> None:
    profile = load_profile(profile_text(name))
    assert profile.id == name
    assert profile.company_names


def test_limits_and_same_day_cut_offs_are_absent_unless_the_profile_has_them() -> None:
    strict = load_profile(STRICT)
    assert not any((strict.night_most, strict.buyer_most, strict.merchant_most, strict.exposure_limit.debit_cents))
    assert strict.window.same_day_cutoffs == ()
    limits = 'cutoffs = ["10:00", "14:00"]'
    assert load_profile(spoiled("cutoffs", limits)).window.same_day_cutoffs == (time(10, 0), time(14, 0))
    older = STRICT[: STRICT.index("[buyer_limit]")] + STRICT[STRICT.index("[watermark]") :]
    assert load_profile(older) == strict


def test_the_samples_are_the_packaged_banks() -> None:
    samples = {path.stem: path.read_text(encoding="utf-8") for path in SAMPLES.glob("*.toml")}
    assert len(samples) == 2
    assert all(profile_text(name) == text for name, text in samples.items())


def test_a_profile_gives_its_window_terms_and_file_names() -> None:
    profile = load_profile(profile_text("prairie-example"))
    evening = datetime(2026, 11, 25, 18, 0, tzinfo=NEW_YORK)
    assert effective_date(evening, profile.window) == date(2026, 11, 30)
    terms = profile.terms(date(2026, 11, 30), load_policy(policy_text("default")))
    assert (terms.max_presentations, terms.entry_limit_minor, terms.validate_every_account) == (2, 2_500_000, True)
    assert is_banking_day(terms.effective_on)
    assert profile.watermark.needs is WatermarkNeeds.STATEMENT
    name = profile.name_file(originator="acme", created_on=date(2026, 11, 25), created_at=time(15, 4), modifier="B")
    assert name == "121042882_acme_202611251504_B.txt"


@pytest.mark.parametrize(
    ("key", "line", "said"),
    [
        ("version", "", "The key version is missing."),
        ("cutoff", "", "The key cutoff is missing."),
        ("cutoff", 'cut_off = "20:00"', "The key cut_off is not known; perhaps cutoff is meant."),
        ("cutoff", 'cutoff = "25:00"', "The key cutoff: "),
        ("cutoff", 'cutoff = "20:00:30"', "write the bank's own clock as HH:MM"),
        ("zone", 'zone = "America/Gotham"', "The key zone: "),
        ("odfi_routing", 'odfi_routing = "231380105"', "not its check digit"),
        ("odfi_routing", "odfi_routing = 231380104", "The key odfi_routing: write a text in quotes."),
        ("company_names", 'company_names = ["*"]', "a wildcard or a blank is not a name"),
        ("company_names", 'company_names = ["SEVENTEEN LETTERS"]', "The key company_names.0: "),
        ("company_names", 'company_names = ["A", "A"]', "listed twice"),
        ("file_name", 'file_name = "{originator}.{date}.ach"', "file_name needs {modifier}"),
        ("file_name", 'file_name = "{originator}.{date}.{modifier}.{moon}"', "unknown word {moon}"),
        ("file_name", 'file_name = "../{date}.{modifier}"', "The key file_name: write letters, digits, dots"),
        ("file_name", 'file_name = ".{date}.{modifier}"', "starts with a dot"),
        ("lead_banking_days", "lead_banking_days = 0", "The key lead_banking_days: "),
        ("entry_limit_cents", "entry_limit_cents = 12.5", "The key entry_limit_cents: write a whole number."),
        ("entries", "entries = 100001", "The key file_limit.entries: "),
        ("max", "max = 3", "The key retry.max: "),
        ("days", 'days = ["monday"]', "The key retry.days.0: "),
        ("days", "days = []", "The key retry.days: "),
        ("needs", 'needs = "hope"', "The key watermark.needs: "),
        ("line_end", 'line_end = "cr"', "The key writing.line_end: "),
        ("line_end", 'lineend = "lf"', "The key writing.lineend is not known; perhaps writing.line_end is meant."),
        ("line_end", 'cutoff = "lf"', "The key writing.cutoff is not known; it may be meant to stand as cutoff."),
        ("line_end", 'xyzzy = "lf"', "The key writing.xyzzy is not known; check its spelling."),
        ("id", "pad_to_block = true", "The key pad_to_block is not known; it may be meant to stand as writing.pad_to"),
        ("id", "reading = 3", "The key reading is a table: write [reading] and its keys below."),
        ("pad_to_block", 'pad_to_block = "yes"', "The key writing.pad_to_block: "),
        ("upper_case", "upper_case = 1", "The key writing.upper_case: write true or false."),
        ("same_day_mark", 'same_day_mark = "SD2500"', "The key writing.same_day_mark: write SD and a time of day"),
        ("origin_style", 'origin_style = "nine"', "The key writing.origin_style: "),
        ("cutoffs", 'cutoffs = ["10:00:30"]', "The key same_day.cutoffs: write each cut-off by the bank's own clock"),
        ("cutoffs", 'cutoffs = ["14:00", "10:00"]', "The key same_day.cutoffs: write the cut-offs from early to late"),
        ("cutoffs", 'cutoffs = "10:00"', "The key same_day.cutoffs: write a list in brackets."),
        ("limit_cents", "limit_cents = -1", "The key same_day.limit_cents: "),
        ("cutoffs", "cutofs = []", "The key same_day.cutofs is not known; perhaps same_day.cutoffs is meant."),
        ("batches", "batches = -1", "The key file_limit.batches: "),
        ("batches", "batchs = 1", "The key file_limit.batchs is not known; perhaps file_limit.batches is meant."),
    ],
)
def test_a_wrong_key_is_named_in_a_sentence(key: str, line: str, said: str) -> None:
    assert any(said in message for message in refused(spoiled(key, line)))


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ('["file-hsah"]', 'there is no check "file-hsah", perhaps "file-hash" is meant'),
        ('["TRACE-ORDER", "blocking"]', 'there is no check "TRACE-ORDER"'),
        ('["xyzzy"]', 'there is no check "xyzzy" (`ingather nacha checks` lists them)'),
        ('["blocking", "blocking"]', 'the check "blocking" is listed twice'),
        ('"blocking"', "The key reading.tolerated: write a list in brackets."),
        ("[1]", "The key reading.tolerated.0: "),
    ],
)
def test_a_check_that_is_none_is_named_with_the_closest_one(listed: str, said: str) -> None:
    (message,) = refused(f"{STRICT}[reading]\ntolerated = {listed}\n")
    assert said in message


OFFSET = 'account = "main"\nrouting = "231380104"\nname = "EXAMPLE OPERATING"\nmark = "OFFSET"\n'
BALANCED = f"{STRICT.replace('balanced = false', 'balanced = true')}\n[offset]\n{OFFSET}"


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        (spoiled("balanced", "balanced = true"), "offset", "needs the table [offset]"),
        (f"{STRICT}\n[offset]\n{OFFSET}", "offset", "of no use unless writing.balanced is true"),
        (BALANCED.replace("[batch_limit]\nentries = 0", "[batch_limit]\nentries = 1"), "batch_limit.entries", "offset"),
        (spoiled("origin_style", 'origin_style = "zero-nine"'), "immediate_origin", "ten characters do not fit"),
        (
            spoiled("destination_style", 'destination_style = "blank-nine"').replace(
                'immediate_destination = "231380104"', 'immediate_destination = "1231380104"'
            ),
            "immediate_destination",
            'ten characters do not fit writing.destination_style = "blank-nine"',
        ),
        (
            spoiled("upper_case", "upper_case = true").replace("ORDERS EXAMPLE", "Orders Example"),
            "company_names",
            "writes capitals",
        ),
        (f'line_end = "crlf"\n{STRICT}', "line_end", "say the same thing twice; drop line_end"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(text: str, key: str, said: str) -> None:
    with pytest.raises(ProfileRefused) as caught:
        load_profile(text)
    (problem,) = caught.value.problems
    assert (problem.field, problem.check) == (key, "profile-contradiction")
    assert said in problem.message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('account = "main"', "account = 7", "The key offset.account: "),
        ('routing = "231380104"', 'routing = "231380105"', "The key offset.routing: it is no routing number"),
        ('routing = "231380104"', 'routing = "23138010"', "The key offset.routing: it is no routing number"),
        ('mark = "OFFSET"', 'mark = "SIXTEEN LETTERS!"', "The key offset.mark: "),
        ('mark = "OFFSET"', 'mark = " "', "name and mark are not blank"),
        ('mark = "OFFSET"', "", "The key offset.mark is missing."),
        ('name = "EXAMPLE OPERATING"', 'number = "x"', "The key offset.number is not known"),
    ],
)
def test_a_wrong_offset_account_is_named(old: str, new: str, said: str) -> None:
    assert any(
        said in message
        for message in refused(BALANCED.replace(f"[offset]\n{OFFSET}", "[offset]\n" + OFFSET.replace(old, new)))
    )


def test_an_account_number_never_stands_in_a_profile_nor_in_what_is_said_about_it() -> None:
    number = red_account(3)
    for line in (
        f'account = "{number}"',
        f'account = "acct-{number}"',
        f'number = "{number}"',
        f"mark = {int(number)}",
    ):
        messages = refused(BALANCED.replace('account = "main"', line))
        assert messages
        assert not any(number.lstrip("0") in message for message in messages)


def test_a_balanced_profile_names_the_account_that_batches_are_balanced_on() -> None:
    profile = load_profile(BALANCED)
    assert profile.offset is not None
    account = profile.offset.of(red_account(4).encode())
    assert (account.routing, account.savings, account.name, account.mark) == (
        231380104,
        False,
        "EXAMPLE OPERATING",
        "OFFSET",
    )
    assert len(account.account) == ACCOUNT_WIDTH
    plan = one_batch()
    offset = balance(plan, account, traces=plan.entries.trace[-1:] + 1).entries.offset
    assert offset is not None
    assert offset.tolist() == [False] * len(plan.entries) + [True]
    for number in (b"", b"   ", b"1" * (ACCOUNT_WIDTH + 1)):
        with pytest.raises(ValueError, match="1 to 17 characters"):
            profile.offset.of(number)


def test_a_profile_gives_the_dialect_of_its_bank() -> None:
    assert load_profile(STRICT).dialect == Dialect()
    assert load_profile(profile_text("prairie-example")).dialect == Dialect(
        line_end=LineEnd.CRLF,
        upper_case=True,
        leftmost_17=True,
        same_day_mark="SD1300",
        destination_style=PartyStyle.ZERO_NINE,
    )
    other = spoiled("pad_to_block", "pad_to_block = false\n").replace('"lf" ', '"none" ')
    assert load_profile(
        other.replace("payment_type_required = true", "payment_type_required = false")
    ).dialect == Dialect(line_end=LineEnd.NONE, pad_to_block=False, payment_type_required=False)


@pytest.mark.parametrize(
    ("given", "style", "ten"),
    [
        ("231380104", "as-given", "231380104"),
        (" 231380104", "as-given", " 231380104"),
        ("1231380104", "as-given", "1231380104"),
        ("231380104", "blank-nine", " 231380104"),
        ("0231380104", "blank-nine", " 231380104"),
        ("231380104", "zero-nine", "0231380104"),
        (" 231380104", "zero-nine", "0231380104"),
    ],
)
def test_destination_and_origin_fill_ten_columns_in_the_style_of_the_bank(given: str, style: str, ten: str) -> None:
    text = spoiled("destination_style", f'destination_style = "{style}"')
    profile = load_profile(text.replace('immediate_destination = "231380104"', f'immediate_destination = "{given}"'))
    assert profile.destination == ten
    text = spoiled("origin_style", f'origin_style = "{style}"')
    profile = load_profile(text.replace('immediate_origin = "1234567890"', f'immediate_origin = "{given}"'))
    assert profile.origin == ten


def test_a_profile_gives_the_limits_of_files_and_batches() -> None:
    assert load_profile(STRICT).limits == Limits(file_entries=100_000)
    profile = load_profile(profile_text("prairie-example"))
    assert profile.limits == Limits(
        batch_entries=5_000,
        batch_debit_cents=100_000_000,
        file_entries=25_000,
        file_batches=500,
        file_debit_cents=500_000_000,
    )
    assert (profile.file_limits.batches, profile.file_limits.batch_entries) == (500, 5_000)
    assert profile.file_limits.batch_debit_cents == 100_000_000
    assert load_profile(BALANCED).limits.batch_debit_cents == 9_999_999_999


@pytest.mark.parametrize("table", ["file_limit", "batch_limit"])
def test_an_entry_that_alone_passes_a_file_or_batch_is_over_the_entry_limit(table: str) -> None:
    before, named, after = STRICT.partition(f"[{table}]")
    profile = load_profile(before + named + after.replace("debit_cents = 0", "debit_cents = 700", 1))
    assert profile.terms(date(2026, 11, 30), load_policy(policy_text("default"))).entry_limit_minor == 700
    assert (
        load_profile(STRICT).terms(date(2026, 11, 30), load_policy(policy_text("default"))).entry_limit_minor
        == 2_500_000
    )


def test_the_strict_profile_tolerates_nothing_and_others_what_they_list() -> None:
    assert load_profile(STRICT).tolerances == NOTHING_TOLERATED
    tolerances = load_profile(profile_text("first-example")).tolerances
    assert (tolerances.name, "blocking" in tolerances.tolerated) == ("first-example", True)
    unblocked = write(one_batch(), dialect=Dialect(pad_to_block=False)).data
    assert not read(unblocked, tolerances=load_profile(STRICT).tolerances).ok
    assert read(unblocked, tolerances=tolerances).ok


def test_a_profile_from_before_the_table_of_writing_still_loads() -> None:
    head, _, rest = STRICT.partition("[writing]")
    limits = f"[file_limit]{rest.partition('[file_limit]')[2]}"
    old = f'{head}line_end = "crlf"\nleftmost_17 = true\nbalanced = false\n{limits}'
    profile = load_profile(old)
    assert profile.dialect == Dialect(line_end=LineEnd.CRLF, leftmost_17=True)
    refuse_unsendable(profile)
    assert any(message.startswith("The key line_end: ") for message in refused(old.replace('"crlf"', '"cr"')))
    mixed = load_profile(old.replace("[file_limit]", "[writing]\nupper_case = true\n[file_limit]"))
    assert mixed.dialect == Dialect(line_end=LineEnd.CRLF, leftmost_17=True, upper_case=True)


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        (BALANCED, "writing.balanced", "nights do not send balanced files yet"),
        (f'{STRICT}\n[requests]\nby = "file"\n', "requests.by", "dishonours are not written as NACHA files"),
        (spoiled("immediate_origin", 'immediate_origin = "          "'), "immediate_origin", "blank or all zeros"),
        (spoiled("immediate_destination", 'immediate_destination = "000000000"'), "immediate_destination", "all zeros"),
        (
            spoiled("immediate_destination", 'immediate_destination = "231380105"'),
            "immediate_destination",
            "check digit",
        ),
    ],
)
def test_a_profile_under_which_no_night_could_send_is_refused_before_a_book_takes_it(
    text: str, key: str, said: str
) -> None:
    profile = load_profile(text)
    with pytest.raises(ProfileRefused) as caught:
        refuse_unsendable(profile)
    (problem,) = caught.value.problems
    assert problem.field == key
    assert said in problem.message


@pytest.mark.parametrize("name", profile_names())
def test_every_packaged_profile_can_send(name: str) -> None:
    refuse_unsendable(load_profile(profile_text(name)))


def test_every_wrong_key_is_told_at_once() -> None:
    messages = refused('id = "X"\nversion = 0\n')
    assert len(messages) > 6
    assert all(message.endswith(".") for message in messages)


def test_text_that_is_not_toml_names_its_line() -> None:
    with pytest.raises(ProfileRefused) as caught:
        load_profile('id = "strict"\nversion = = 1\n')
    assert [problem.line for problem in caught.value.problems] == [2]


def test_a_profile_cannot_be_changed_in_place() -> None:
    profile = load_profile(STRICT)
    with pytest.raises(ValueError, match="frozen"):
        profile.version = 2  # type: ignore[misc]  # what the test tries is what the type forbids
    assert isinstance(profile, BankProfile)
