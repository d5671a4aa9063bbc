"""The second factor: the codes of the standard's own table, one step of drift, and each step once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from ingather.domain.refusals import BrokenInvariant
from ingather.vault.sealing import Place, Vault
from ingather.vault.second_factor import new_factor, step_of
from tests.unit.vault.vaults import lone_vault

USER = 7
RFC_6238 = {
    59: "287082",
    1_111_111_109: "081804",
    1_111_111_111: "050471",
    1_234_567_890: "005924",
    2_000_000_000: "279037",
    20_000_000_000: "353130",
}
"""Appendix B of RFC 6238 for SHA-1, the last six of its eight digits."""
SECRET = b"12345678901234567890"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return lone_vault(tmp_path / "keys")


def at(seconds: int) -> datetime:
    """Return an instant of the table."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", RFC_6238)
def test_the_codes_of_the_standard_fit_at_their_times(vault: Vault, seconds: int) -> None:
    sealed = vault.seal(Place.SECOND_FACTOR, USER, SECRET)
    code = RFC_6238[seconds]
    assert step_of(vault, USER, sealed, code, now=at(seconds), used=None) == seconds // 30
    for off, fits in ((30, True), (60, False), *(((-30, True), (-60, False)) if seconds > 120 else ())):
        found = step_of(vault, USER, sealed, code, now=at(seconds + off), used=None)
        assert (found == seconds // 30) is fits, off


def test_a_step_is_used_once_and_no_earlier_one_after_it(vault: Vault) -> None:
    sealed = vault.seal(Place.SECOND_FACTOR, USER, SECRET)
    step = 1_111_111_109 // 30
    code = RFC_6238[1_111_111_109]
    assert step_of(vault, USER, sealed, code, now=at(1_111_111_109), used=step - 1) == step
    assert step_of(vault, USER, sealed, code, now=at(1_111_111_109), used=step) is None
    assert step_of(vault, USER, sealed, code, now=at(1_111_111_109), used=step + 1) is None


@pytest.mark.parametrize("code", ["", "0", "28708", "2870822", "\N{FULLWIDTH DIGIT TWO}87082", "287083", "abcdef"])
def test_what_is_no_code_fits_nothing(vault: Vault, code: str) -> None:
    sealed = vault.seal(Place.SECOND_FACTOR, USER, SECRET)
    assert step_of(vault, USER, sealed, code, now=at(59), used=None) is None


def test_a_secret_is_of_its_person_and_shown_to_nobody_else(vault: Vault) -> None:
    made = new_factor(vault, USER, "maria@example.com")
    asked = urlsplit(made.uri)
    assert (asked.scheme, asked.netloc) == ("otpauth", "totp")
    assert parse_qs(asked.query)["secret"] == [made.secret]
    assert made.secret not in repr(made)
    with pytest.raises(BrokenInvariant):
        step_of(vault, USER + 1, made.sealed, "000000", now=at(59), used=None)
