"""The stages of matching: what must agree, what may not differ, how sure a match is, and when a person decides."""

from datetime import date
from itertools import product

import pytest

from ingather.rules.matching import BIT, COLUMNS, choose, names, score_by_hand, score_of_rule, sentence_of, stages

TODAY = date(2026, 11, 23)
ALL = {stage.id: stage for stage in stages(TODAY)}


def bits(*words: str) -> int:
    return sum(BIT[word] for word in words)


def chosen(*compared: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[int, str] | None:
    found = choose([(bits(*agreed), bits(*differed)) for agreed, differed in compared], stages(TODAY))
    return None if found is None else (found[0], found[1].id)


def test_the_stages_are_asked_from_the_surest_on() -> None:
    assert [stage.id for stage in stages(TODAY)] == [
        "bank-item", "reference+trace+amount", "reference+amount+company", "trace+amount+company+effective",
        "trace+amount+company+date",
    ]  # fmt: skip
    scores = [stage.score for stage in stages(TODAY)]
    assert scores == sorted(scores, reverse=True)
    assert score_by_hand(TODAY) == 100


@pytest.mark.parametrize(
    ("agreed", "differed", "rule"),
    [
        (("reference", "trace", "amount"), (), "reference+trace+amount"),
        (("reference", "trace", "amount"), ("company", "effective"), "reference+trace+amount"),
        (("reference", "amount", "company"), (), "reference+amount+company"),
        (("reference", "amount", "company"), ("trace",), None),
        (("trace", "amount", "company"), (), "trace+amount+company+date"),
        (("trace", "amount", "company", "effective"), (), "trace+amount+company+effective"),
        (("trace", "amount", "company"), ("effective",), None),
        (("trace", "amount", "company"), ("reference",), None),
        (("trace", "amount"), (), None),
        (("reference", "trace"), ("amount",), None),
        (("bank_item", "amount"), (), "bank-item"),
        (("bank_item", "amount"), ("trace",), None),
    ],
)
def test_a_stage_takes_what_agrees_and_refuses_what_contradicts(
    agreed: tuple[str, ...], differed: tuple[str, ...], rule: str | None
) -> None:
    assert chosen((agreed, differed)) == (None if rule is None else (0, rule))


def test_nothing_is_matched_on_amount_and_dates_alone() -> None:
    weak = ("amount", "effective", "batch", "company")
    for kept in product([True, False], repeat=len(weak)):
        words = tuple(word for word, keep in zip(weak, kept, strict=True) if keep)
        assert chosen((words, ())) is None, words


def test_two_that_fit_one_stage_are_for_a_person_whatever_a_later_stage_says() -> None:
    both = (("reference", "trace", "amount"), ())
    assert chosen(both, both) is None
    assert chosen(both, (("reference", "amount"), ("trace",))) == (0, "reference+trace+amount")
    named = (("trace", "amount", "company", "effective"), ())
    assert chosen((("trace", "amount", "company"), ()), named) == (1, "trace+amount+company+effective")


def test_what_differs_lowers_the_score_and_never_below_one() -> None:
    stage = ALL["reference+trace+amount"]
    assert [stage.score_of(0), stage.score_of(bits("company")), stage.score_of(bits("company", "batch"))] == [
        98, 93, 88,
    ]  # fmt: skip
    assert min(each.score_of(bits(*COLUMNS)) for each in stages(TODAY)) >= 1


def test_a_rule_has_its_words_and_an_unknown_one_has_none() -> None:
    assert "reference and trace" in sentence_of("reference+trace+amount", TODAY)
    assert (sentence_of("guess", TODAY), score_of_rule("guess", TODAY)) == ("", 1)
    assert names(bits("trace", "amount")) == ["trace", "amount"]
