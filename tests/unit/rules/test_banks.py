"""Bank profiles: the packaged ones load, and every wrong key is named in a sentence."""

from datetime import date, datetime, time
from pathlib import Path

import pytest

from ingather.base.dates import NEW_YORK
from ingather.rules.banks import BankProfile, ProfileRefused, WatermarkNeeds, load_profile
from ingather.rules.calendar import is_banking_day
from ingather.rules.effective import effective_date
from ingather.rules.tables import profile_names, profile_text

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


def test_the_samples_are_the_packaged_banks() -> None:
    samples = {path.stem: path.read_text(encoding="utf-8") for path in SAMPLES.glob("*.toml")}
    assert len(samples) == 2
    assert all(profile_text(name) == text for name, text in samples.items())


def test_a_profile_gives_its_window_terms_and_file_names() -> None:
    profile = load_profile(profile_text("prairie-example"))
    evening = datetime(2026, 11, 25, 18, 0, tzinfo=NEW_YORK)
    assert effective_date(evening, profile.window) == date(2026, 11, 30)
    terms = profile.terms(date(2026, 11, 30))
    assert (terms.max_presentations, terms.entry_limit_minor, terms.validate_every_account) == (2, 2_500_000, True)
    assert is_banking_day(terms.effective_on)
    assert profile.watermark.needs is WatermarkNeeds.STATEMENT
    assert profile.line_ending == "\r\n"
    name = profile.name_file(originator="acme", created_on=date(2026, 11, 25), created_at=time(15, 4), modifier="B")
    assert name == "121042882_acme_202611251504_B.txt"


@pytest.mark.parametrize(
    ("key", "line", "said"),
    [
        ("version", "", "The key version is missing."),
        ("cutoff", "", "The key cutoff is missing."),
        ("cutoff", 'cut_off = "20:00"', "The key cut_off is not known; check its spelling."),
        ("cutoff", 'cutoff = "25:00"', "The key cutoff: "),
        ("cutoff", 'cutoff = "20:00:30"', "write the bank's own clock as HH:MM"),
        ("zone", 'zone = "America/Gotham"', "The key zone: "),
        ("odfi_routing", 'odfi_routing = "231380105"', "not its check digit"),
        ("odfi_routing", "odfi_routing = 231380104", "The key odfi_routing: "),
        ("company_names", 'company_names = ["*"]', "a wildcard or a blank is not a name"),
        ("company_names", 'company_names = ["SEVENTEEN LETTERS"]', "The key company_names.0: "),
        ("company_names", 'company_names = ["A", "A"]', "listed twice"),
        ("file_name", 'file_name = "{originator}.{date}.ach"', "file_name needs {modifier}"),
        ("file_name", 'file_name = "{originator}.{date}.{modifier}.{moon}"', "unknown word {moon}"),
        ("file_name", 'file_name = "../{date}.{modifier}"', "The key file_name: "),
        ("file_name", 'file_name = ".{date}.{modifier}"', "starts with a dot"),
        ("lead_banking_days", "lead_banking_days = 0", "The key lead_banking_days: "),
        ("entry_limit_cents", "entry_limit_cents = 12.5", "The key entry_limit_cents: "),
        ("entries", "entries = 100001", "The key file_limit.entries: "),
        ("max", "max = 3", "The key retry.max: "),
        ("days", 'days = ["monday"]', "The key retry.days.0: "),
        ("days", "days = []", "The key retry.days: "),
        ("needs", 'needs = "hope"', "The key watermark.needs: "),
    ],
)
def test_a_wrong_key_is_named_in_a_sentence(key: str, line: str, said: str) -> None:
    assert any(said in message for message in refused(spoiled(key, line)))


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
