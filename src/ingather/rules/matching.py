"""Matching in stages: what must agree between an item of a report and an entry, and how sure the match then is.

The stages are dated rows of ``match_rules``, tried one after the other. A stage matches only when exactly one entry
fits it; where more than one does, a person decides. Nothing is matched on amount and date alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ingather.rules.rows import Row, in_force

COLUMNS = ("bank_item", "reference", "trace", "amount", "company", "effective", "batch")
"""What is compared, one bit each from the lowest; a column that a carrier leaves out neither agrees nor differs."""
BIT = {name: 1 << place for place, name in enumerate(COLUMNS)}
BY_HAND = "by-hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage: the columns that must agree and those that must not differ, as bits.

    ``score`` is 0 to 100; each told column that differs takes ``less`` off it.
    """

    id: str
    needs: int
    refuses: int
    score: int
    less: int
    sentence: str
    row: Row

    def fits(self, agreed: int, differed: int) -> bool:
        """Return whether an entry that agrees and differs in these columns fits."""
        return self.needs & agreed == self.needs and not self.refuses & differed

    def score_of(self, differed: int) -> int:
        """Return how sure the match is when these columns differ, at least 1."""
        return max(1, self.score - self.less * differed.bit_count())


@lru_cache(maxsize=256)
def stages(on: date) -> tuple[Stage, ...]:
    """Return the stages in force on a day, in their order, without the one by hand."""
    found = [_stage(row) for row in in_force("match_rules", on).values() if row.values["needs"]]
    return tuple(sorted(found, key=lambda stage: int(stage.row.values["stage"])))


def score_by_hand(on: date) -> int:
    """Return the score of what a person matched."""
    return int(in_force("match_rules", on)[BY_HAND].values["score"])


def score_of_rule(rule: str, on: date) -> int:
    """Return the score of a rule where nothing told differs; 1 for one that no row in force knows."""
    row = in_force("match_rules", on).get(rule)
    return int(row.values["score"]) if row is not None else 1


def sentence_of(rule: str, on: date) -> str:
    """Return what a rule says; empty for one that no row in force knows."""
    row = in_force("match_rules", on).get(rule)
    return row.values["sentence"] if row is not None else ""


def agreed_by(rule: str, on: date) -> tuple[str, ...]:
    """Return the columns that agree in every match of a rule."""
    row = in_force("match_rules", on).get(rule)
    return tuple((row.values["needs"] or "").split()) if row is not None else ()


def choose(compared: Sequence[tuple[int, int]], among: Sequence[Stage]) -> tuple[int, Stage] | None:
    """Return which of some entries an item is about, and by which stage; ``None`` where none or more than one fits.

    ``compared`` has for each entry the bits of the columns that agree and of those that differ. The first stage that
    any entry fits decides: what is not unique there is for a person, whatever a later stage would say.
    """
    for stage in among:
        fitting = [place for place, (agreed, differed) in enumerate(compared) if stage.fits(agreed, differed)]
        if fitting:
            return (fitting[0], stage) if len(fitting) == 1 else None
    return None


def names(bits: int) -> list[str]:
    """Return the columns of some bits, in their order."""
    return [name for name, bit in BIT.items() if bits & bit]


def _stage(row: Row) -> Stage:
    values = row.values
    return Stage(
        id=values["id"],
        needs=_bits(values["needs"]),
        refuses=_bits(values["refuses"]),
        score=int(values["score"]),
        less=int(values["less"]),
        sentence=values["sentence"],
        row=row,
    )


def _bits(words: str | None) -> int:
    return sum(BIT[word] for word in (words or "").split())
