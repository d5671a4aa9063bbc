"""Which of a few amounts come to a sum, when there is only one such choice."""

from collections.abc import Sequence

MOST = 20


def only_subset(amounts: Sequence[int], wanted: int) -> tuple[int, ...] | None:
    """Return the places of the only choice that comes to ``wanted``; None for no choice, for two, or for too many.

    At most twenty amounts are looked at. The empty choice counts, for a sum of 0; an amount of 0 makes two of every
    choice, so there is none with it.
    """
    if len(amounts) > MOST or 0 in amounts:
        return None
    half = len(amounts) // 2
    first, second = _sums(amounts[:half]), _sums(amounts[half:])
    found: tuple[int, ...] | None = None
    for total, choices in first.items():
        others = second.get(wanted - total)
        if others is None:
            continue
        if found is not None or len(choices) > 1 or len(others) > 1:
            return None
        found = (*_places(choices[0], 0), *_places(others[0], half))
    return found


def _sums(amounts: Sequence[int]) -> dict[int, list[int]]:
    """Return the choices by their sum, each a number whose bits are the places; two of a sum are as good as all."""
    sums: dict[int, list[int]] = {0: [0]}
    for place, amount in enumerate(amounts):
        for total, choices in [(total, list(choices)) for total, choices in sums.items()]:
            kept = sums.setdefault(total + amount, [])
            kept.extend(choice | 1 << place for choice in choices)
            del kept[2:]
    return sums


def _places(choice: int, start: int) -> list[int]:
    return [start + place for place in range(choice.bit_length()) if choice >> place & 1]
