"""What reading the samples tells people is what was kept, to the column and the word."""

from tests.golden.nacha.sentences import KEPT, sentences


def test_every_problem_of_every_sample_is_told_as_kept() -> None:
    assert sentences() == KEPT.read_text("utf-8").splitlines()
