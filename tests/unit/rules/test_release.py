"""Terms of release: the merchant's own, its tier's, the class's, the house's, each term by itself."""

from datetime import date

import pytest

from ingather.rules.policy import load_policy
from ingather.rules.policy_settlement import ReleaseTerms, SettlementTerms
from ingather.rules.profile_faults import ProfileRefused
from ingather.rules.release import OwnTerms, payable_on, release_terms, reserved_of
from ingather.rules.tables import policy_text

POLICY = SettlementTerms(
    hold_days=1,
    reserve_bps=100,
    reserve_days=60,
    classes={"WEB": ReleaseTerms(hold_days=5), "CCD": ReleaseTerms(reserve_bps=0)},
    tiers={"new": ReleaseTerms(reserve_bps=1_000, reserve_days=180)},
)


@pytest.mark.parametrize(
    ("own", "entry_class", "terms"),
    [
        (OwnTerms(), "PPD", (1, 100, 60)),
        (OwnTerms(), "WEB", (5, 100, 60)),
        (OwnTerms(), "CCD", (1, 0, 60)),
        (OwnTerms(tier="new"), "WEB", (5, 1_000, 180)),
        (OwnTerms(tier="new", hold_days=0), "WEB", (0, 1_000, 180)),
        (OwnTerms(tier="new", reserve_bps=0), "CCD", (1, 0, 180)),
        (OwnTerms(tier="gone", hold_days=9), "PPD", (9, 100, 60)),
    ],
)
def test_the_narrowest_that_says_something_decides(
    own: OwnTerms, entry_class: str, terms: tuple[int, int, int]
) -> None:
    found = release_terms(POLICY, own, entry_class)
    assert (found.hold_days, found.reserve_bps, found.reserve_days) == terms


def test_money_without_a_hold_is_payable_at_once() -> None:
    assert payable_on(ReleaseTerms(), date(2026, 11, 20)) is None
    assert payable_on(ReleaseTerms(hold_days=14), date(2026, 11, 20)) == date(2026, 12, 4)


@pytest.mark.parametrize(("minor", "bps", "kept"), [(9_999, 250, 249), (10_000, 250, 250), (-5, 250, 0), (7, 0, 0)])
def test_a_part_of_a_cent_is_the_merchants(minor: int, bps: int, kept: int) -> None:
    assert reserved_of(ReleaseTerms(reserve_bps=bps), minor) == kept


def test_terms_of_a_class_that_does_not_exist_are_refused() -> None:
    with pytest.raises(ProfileRefused, match="web is no class of entries; write some of ACK"):
        load_policy(f"{policy_text('default')}\n[settlement]\nclasses = {{ web = {{ hold_days = 5 }} }}\n")
