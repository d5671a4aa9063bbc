"""What each kind of authorization must say and have as evidence, by SEC code and day."""

from datetime import date
from itertools import product

import pytest

from ingather.domain.authorizations import AmountTerms, AuthorizationKind, Channel, Evidence, Statement
from ingather.rules.authorizations import (
    ALL_STATEMENTS,
    amount_terms_of,
    fault_of_amounts,
    judge,
    sentence_of,
)
from ingather.rules.rows import rows

TODAY = date(2026, 11, 16)
CONSUMERS = ("terms", "kind", "amount", "timing", "receiver", "account", "date", "revocation")
EVERYTHING = {str(piece): "there" for piece in Evidence}


def lacks(
    channel: str,
    kind: str = "standing",
    *,
    holder: str = "consumer",
    statements: tuple[str, ...] | None = ALL_STATEMENTS,
    on: date = TODAY,
    evidence: dict[str, str],
) -> tuple[str, ...]:
    """Return what an authorization with this evidence lacks."""
    found = judge(holder=holder, channel=channel, kind=kind, statements=statements, evidence=evidence, given_on=on)
    return found.lacks


@pytest.mark.parametrize("word", CONSUMERS)
@pytest.mark.parametrize(("channel", "kind"), list(product(Channel, AuthorizationKind)))
def test_a_consumers_text_that_leaves_one_thing_out_lacks_just_that(channel: str, kind: str, word: str) -> None:
    said = tuple(each for each in ALL_STATEMENTS if each != word)
    assert lacks(channel, kind, statements=said, evidence=EVERYTHING) == (word,)


def test_a_consumers_text_that_nobody_has_read_for_it_says_nothing() -> None:
    assert lacks("online", statements=None, evidence=EVERYTHING) == CONSUMERS
    assert lacks("online", statements=(), evidence=EVERYTHING) == CONSUMERS


def test_before_the_contents_were_asked_for_a_text_had_to_be_an_authorization_in_clear_terms() -> None:
    assert lacks("online", statements=None, on=date(2021, 9, 16), evidence=EVERYTHING) == ("terms",)
    assert lacks("online", statements=None, on=date(2021, 9, 17), evidence=EVERYTHING) == CONSUMERS


@pytest.mark.parametrize("channel", Channel)
def test_a_businesss_agreement_has_no_prescribed_form_and_no_prescribed_evidence(channel: str) -> None:
    assert lacks(channel, holder="business", statements=None, evidence={}) == ()
    assert lacks(channel, holder="business", statements=("amount",), evidence={}) == ("bound",)
    assert lacks(channel, holder="business", statements=("bound",), evidence={}) == ()


@pytest.mark.parametrize(
    ("channel", "kind", "evidence", "missing"),
    [
        ("paper", "single", {}, ("signature",)),
        ("paper", "single", {"signature": "scan"}, ()),
        ("paper", "recurring", {"authentication": "notary"}, ()),
        ("paper", "recurring", {"recording": "call", "ip": "192.0.2.1"}, ("signature",)),
        ("online", "single", {"ip": "192.0.2.1"}, ("access",)),
        ("online", "single", {"ip": "192.0.2.1", "user_agent": ""}, ("access",)),
        ("online", "single", {"ip": "192.0.2.1", "user_agent": "b"}, ()),
        ("online", "standing", {"authentication": "code by message"}, ()),
        ("phone", "single", {}, ("recording",)),
        ("phone", "single", {"recording": "call"}, ()),
        ("phone", "single", {"notice": "letter"}, ()),
        ("phone", "recurring", {"recording": "call"}, ("copy",)),
        ("phone", "recurring", {"notice": "letter", "copy_sent": "mail"}, ("recording",)),
        ("phone", "recurring", {"recording": "call", "copy_sent": "mail"}, ()),
        ("phone", "standing", {}, ("recording", "copy")),
    ],
)
def test_each_channel_and_kind_has_its_evidence(
    channel: str, kind: str, evidence: dict[str, str], missing: tuple[str, ...]
) -> None:
    assert lacks(channel, kind, evidence=evidence) == missing


def test_what_was_judged_by_is_named() -> None:
    found = judge(
        holder="consumer", channel="phone", kind="recurring", statements=(), evidence={}, given_on=TODAY
    )  # fmt: skip
    assert found.sec == "TEL"
    ids = {row.id for row in found.rows}
    assert "entry_classes/consumer-phone@2001-09-14" in ids
    assert "authorization_contents/TEL-any-statement-revocation@2021-09-17" in ids
    assert sentence_of("revocation", found.rows) == "how the buyer revokes it with us"


def test_every_word_of_the_table_is_known_and_has_its_source() -> None:
    known = {str(word) for word in (*Statement, *Evidence)}
    for row in rows("authorization_contents"):
        ways = {piece for way in row.values["met_by"].split() for piece in way.split("+")}
        assert ways <= known, row.id
        assert row.source, row.id
        assert row.effective_from is not None
    keys = [row.id for row in rows("authorization_contents")]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("told", "most", "terms"),
    [
        (None, None, AmountTerms.VARYING),
        (None, 500, AmountTerms.RANGE),
        ("fixed", 500, AmountTerms.FIXED),
        ("varying", 500, AmountTerms.VARYING),
    ],
)
def test_a_series_without_a_maximum_varies_unless_it_is_said_otherwise(
    told: str | None, most: int | None, terms: AmountTerms
) -> None:
    assert amount_terms_of(told, most) is terms


@pytest.mark.parametrize(
    ("told", "least", "most", "wrong"),
    [
        ("fixed", None, 500, False),
        ("fixed", None, None, True),
        ("fixed", 500, 500, True),
        ("range", 1, 500, False),
        ("range", None, None, True),
        (None, 500, 500, False),
        (None, 501, 500, True),
        (None, 0, 500, True),
        (None, 1, None, True),
        ("varying", None, None, False),
        ("varying", 1, 500, True),
    ],
)
def test_amounts_and_terms_go_together(told: str | None, least: int | None, most: int | None, *, wrong: bool) -> None:
    assert bool(fault_of_amounts(told, least, most)) is wrong
