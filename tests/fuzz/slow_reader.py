"""A slow, obvious reader of NACHA files: row by row, one rule after the other, plain strings and numbers.

It is the witness against the columnar reader: written from the Rules and from the meanings in ``checks.csv``, it shares
the tables of the format with the product and not a line of its code. It yields the same facts and the same set of
problems as pairs of check and line; sentences and columns are not compared.
"""

from dataclasses import dataclass

from tests.fuzz.slow_addenda import check_addenda
from tests.fuzz.slow_answers import check_answers
from tests.fuzz.slow_entries import check_batches_of_entries, check_duplicates, check_entries, check_same_day
from tests.fuzz.slow_frames import check_batch_headers, check_controls, check_file_headers
from tests.fuzz.slow_international import check_advices, check_international
from tests.fuzz.slow_lines import Problems, split_slowly
from tests.fuzz.slow_structure import SlowStructure, looks_like_nacha, walk

RULES = (
    check_file_headers,
    check_batch_headers,
    check_entries,
    check_batches_of_entries,
    check_same_day,
    check_duplicates,
    check_addenda,
    check_answers,
    check_international,
    check_advices,
    check_controls,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowReading:
    """What some bytes say, and which checks fail on which lines (0: the whole file)."""

    structure: SlowStructure
    lines: int
    problems: frozenset[tuple[str, int]]


def read_slowly(source: bytes) -> SlowReading:
    """Return what the bytes say and every problem in them."""
    problems = Problems()
    split = split_slowly(source, problems)
    if not looks_like_nacha(split.records):
        return SlowReading(structure=SlowStructure(), lines=split.lines, problems=frozenset({("not-nacha", 0)}))
    structure = walk(split.records, problems)
    for rule in RULES:
        rule(structure, problems)
    return SlowReading(structure=structure, lines=split.lines, problems=frozenset(problems.pairs))
