"""Who holds the account and how it was authorized decide the class, the description and the payment type."""

from datetime import date

import numpy as np
import pytest

from ingather.domain import accounts, authorizations
from ingather.rules import vocabulary
from ingather.rules.entry_class import (
    ORIGINATED,
    PAYMENT_TYPES,
    SEC_CODES,
    Description,
    choose,
    description_words,
    foreign_classes,
)
from ingather.rules.vocabulary import AuthorizationKind, Channel, Holder


def chosen(
    holder: Holder,
    channel: Channel,
    *,
    goods: bool = False,
    kind: AuthorizationKind = AuthorizationKind.SINGLE,
    retry: bool = False,
    effective_on: date = date(2026, 11, 23),
) -> tuple[str, str, str]:
    classes = choose(
        holder=np.array([holder]),
        channel=np.array([channel]),
        goods=np.array([goods]),
        authorization_kind=np.array([kind]),
        retry=np.array([retry]),
        effective_on=effective_on,
    )
    word = description_words("ORDERPMT")[classes.description[0]]
    return SEC_CODES[classes.sec[0]], word, PAYMENT_TYPES[classes.payment_type[0]]


@pytest.mark.parametrize(
    ("holder", "channel", "sec"),
    [
        (Holder.BUSINESS, Channel.ONLINE, "CCD"),
        (Holder.BUSINESS, Channel.PHONE, "CCD"),
        (Holder.BUSINESS, Channel.PAPER, "CCD"),
        (Holder.CONSUMER, Channel.ONLINE, "WEB"),
        (Holder.CONSUMER, Channel.PHONE, "TEL"),
        (Holder.CONSUMER, Channel.PAPER, "PPD"),
        (Holder.UNKNOWN, Channel.ONLINE, ""),
        (Holder.CONSUMER, Channel.UNKNOWN, ""),
    ],
)
def test_the_holder_and_the_channel_decide_the_class(holder: Holder, channel: Channel, sec: str) -> None:
    assert chosen(holder, channel)[0] == sec


def test_only_a_consumers_online_purchase_of_goods_says_purchase() -> None:
    assert chosen(Holder.CONSUMER, Channel.ONLINE, goods=True)[1] == "PURCHASE"
    assert chosen(Holder.CONSUMER, Channel.ONLINE)[1] == "ORDERPMT"
    assert chosen(Holder.BUSINESS, Channel.ONLINE, goods=True)[1] == "ORDERPMT"
    assert chosen(Holder.CONSUMER, Channel.PAPER, goods=True)[1] == "ORDERPMT"


def test_a_phone_order_for_goods_says_purchase_only_under_a_standing_authorization() -> None:
    assert chosen(Holder.CONSUMER, Channel.PHONE, goods=True, kind=AuthorizationKind.STANDING)[:2] == (
        "TEL",
        "PURCHASE",
    )
    assert chosen(Holder.CONSUMER, Channel.PHONE, goods=True)[1] == "ORDERPMT"
    assert chosen(Holder.CONSUMER, Channel.PHONE, goods=True, kind=AuthorizationKind.RECURRING)[1] == "ORDERPMT"
    assert chosen(Holder.CONSUMER, Channel.PHONE, kind=AuthorizationKind.STANDING)[1] == "ORDERPMT"
    assert chosen(Holder.BUSINESS, Channel.PHONE, goods=True, kind=AuthorizationKind.STANDING)[1] == "ORDERPMT"


def test_no_holder_channel_or_day_leads_to_a_class_that_is_not_ours() -> None:
    days = (date(2000, 1, 3), date(2001, 6, 1), date(2026, 9, 18), date(2028, 3, 17), date(2090, 1, 3))
    found = {chosen(holder, channel, effective_on=on)[0] for holder in Holder for channel in Channel for on in days}
    assert found == {"", "CCD", "PPD", "WEB", "TEL"}
    assert foreign_classes(["WEB", "IAT", "CTX", "CCD"]) == ("CTX", "IAT")
    assert foreign_classes(ORIGINATED) == ()


def test_purchase_begins_on_its_effective_day() -> None:
    assert chosen(Holder.CONSUMER, Channel.ONLINE, goods=True, effective_on=date(2026, 3, 19))[1] == "ORDERPMT"
    assert chosen(Holder.CONSUMER, Channel.ONLINE, goods=True, effective_on=date(2026, 3, 20))[1] == "PURCHASE"


def test_a_retry_says_so_in_place_of_every_other_word() -> None:
    assert chosen(Holder.CONSUMER, Channel.ONLINE, goods=True, retry=True)[1] == "RETRY PYMT"
    assert chosen(Holder.BUSINESS, Channel.PAPER, retry=True)[1] == "RETRY PYMT"


def test_web_and_tel_say_whether_the_debit_is_one_of_a_series() -> None:
    assert chosen(Holder.CONSUMER, Channel.ONLINE, kind=AuthorizationKind.RECURRING)[2] == "R"
    assert chosen(Holder.CONSUMER, Channel.PHONE)[2] == "S"
    assert chosen(Holder.CONSUMER, Channel.ONLINE, kind=AuthorizationKind.STANDING)[2] == "S"
    assert chosen(Holder.CONSUMER, Channel.PAPER, kind=AuthorizationKind.RECURRING)[2] == ""
    assert chosen(Holder.BUSINESS, Channel.ONLINE, kind=AuthorizationKind.RECURRING)[2] == ""


def test_a_column_of_orders_is_chosen_in_one_call() -> None:
    classes = choose(
        holder=np.array([Holder.BUSINESS, Holder.CONSUMER, Holder.CONSUMER], np.int8),
        channel=np.array([Channel.ONLINE, Channel.ONLINE, Channel.PHONE], np.int8),
        goods=np.array([True, True, True]),
        authorization_kind=np.array([1, 2, 1], np.int8),
        retry=np.array([False, False, True]),
        effective_on=date(2026, 11, 23),
    )
    assert [SEC_CODES[code] for code in classes.sec] == ["CCD", "WEB", "TEL"]
    assert classes.description.tolist() == [Description.OWN, Description.PURCHASE, Description.RETRY]


def test_every_word_of_the_domain_has_its_code() -> None:
    pairs = [
        (accounts.Holder, vocabulary.Holder),
        (accounts.AccountKind, vocabulary.AccountKind),
        (accounts.AccountState, vocabulary.AccountState),
        (authorizations.Channel, vocabulary.Channel),
        (authorizations.AuthorizationKind, vocabulary.AuthorizationKind),
        (authorizations.AuthorizationState, vocabulary.AuthorizationState),
    ]
    for words, codes in pairs:
        assert {word.name for word in words} <= {code.name for code in codes}
