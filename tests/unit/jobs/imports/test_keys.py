"""Keys that stood before are found again, whatever the chunk."""

import random

from ingather.jobs.imports.keys import SeenKeys


def test_a_key_is_traced_to_the_line_it_stood_on_first() -> None:
    seen = SeenKeys()
    assert seen.earlier_lines(["a", "b", "a"], [2, 3, 4]).tolist() == [0, 0, 2]
    assert seen.earlier_lines(["c", "b", "a", "c"], [5, 6, 7, 8]).tolist() == [0, 3, 2, 5]


def test_many_chunks_agree_with_a_dictionary() -> None:
    draw = random.Random(7)  # noqa: S311 -- a repeatable sequence for a test
    seen, first = SeenKeys(), dict[tuple[str, str], int]()
    line = 0
    for _ in range(60):
        keys = [(str(draw.randrange(900)), "m") for _ in range(draw.randrange(1, 40))]
        lines = list(range(line + 1, line + 1 + len(keys)))
        line = lines[-1]
        expected = []
        for key, at in zip(keys, lines, strict=True):
            expected.append(first.get(key, 0))
            first.setdefault(key, at)
        assert seen.earlier_lines(keys, lines).tolist() == expected
