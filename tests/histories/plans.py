"""Drawing plans: who buys, what the bank does with each presentation, and what people do meanwhile."""

import tempfile
from collections import Counter
from pathlib import Path
from random import Random

from ingather.jobs.rehearsal.stage import banking_days
from ingather.simulator.behaviour import PAID, Fate, FileFate
from tests.histories.model import Act
from tests.histories.town import After, Deed, Plan, Town
from tests.journey.stage import MONDAY, TUESDAY, Sale

SALES = 20
DAYS = 12
AGAIN = 5
_LATE_DAYS = 9
_CODES = (
    *("R02", "R03", "R05", "R06", "R07", "R08", "R10", "R16", "R17", "R29", "R31", "R98"),
    *["R01"] * 10,
    *["R09"] * 3,
    *["R11"] * 4,
)
_ACTS = (*Act, Act.OPEN_OR_CLOSE_A_CASE, Act.OPEN_OR_CLOSE_A_CASE, Act.HOLD_OR_LET_GO, Act.SUSPEND_OR_RESUME)


def drawn_plan(draw: Random) -> Plan:
    """Draw a plan of some orders over some banking days; most debits come back, so that much follows."""
    days = banking_days(MONDAY, DAYS)
    sales = tuple(_sale(draw) for _ in range(SALES))
    fates = {(f"B {number:03d}", presentation): _fate(draw) for number in range(SALES) for presentation in range(1, 5)}
    deeds = [
        Deed(day=draw.randrange(DAYS), sale=sale, act=draw.choice(_ACTS), between=draw.random() < 0.3)
        for sale in range(SALES + AGAIN)
        for _ in range(draw.choice((0, 0, 1, 1, 2, 3)))
    ]
    # What was decided may no longer hold when it is sent: some change their mind in that very night.
    deeds += [
        Deed(day=days.index(sale.due) - 1, sale=number, act=draw.choice(_ACTS), between=True)
        for number, sale in enumerate(sales)
        if draw.random() < 0.3
    ]
    deeds += [
        Deed(day=day, sale=sale, act=Act.CORRECT, between=False)
        for sale in range(SALES)
        if fates[f"B {sale:03d}", 1].return_code == "R11"
        for day in draw.choices(range(3, DAYS), k=2)
    ]
    deeds += [
        Deed(day=draw.randrange(2, DAYS), sale=sale, act=draw.choice(tuple(After)), between=draw.random() < 0.2)
        for sale in range(SALES + AGAIN)
        if draw.random() < 0.3
    ]
    deeds += [
        Deed(day=day, sale=sale, act=After.DISPUTE, between=False)
        for sale in range(SALES)
        if fates[f"B {sale:03d}", 1].banking_days > 2
        for day in range(4, DAYS)
    ]
    return Plan(
        sales=sales,
        again=AGAIN,
        fates=fates,
        files=draw.choice(({}, {}, {draw.randint(1, 3): FileFate(rejected_for="FILE EDIT")})),
        refused=frozenset(draw.sample(range(SALES), k=draw.choice((0, 1)))),
        deeds=tuple(sorted(deeds, key=lambda deed: (deed.day, deed.sale, deed.act))),
        days=tuple(days),
        shuffle=draw.choice((0, draw.randrange(1, 1_000))),
    )


def _sale(draw: Random) -> Sale:
    return Sale(
        amount=draw.randint(100, 50_000),
        holder=draw.choice(("consumer", "business")),
        channel=draw.choice(("online", "phone", "paper")),
        goods=draw.random() < 0.5,
        due=draw.choice([TUESDAY, TUESDAY, *banking_days(TUESDAY, 4)]),
    )


def _fate(draw: Random) -> Fate:
    if draw.random() < 0.35:
        return PAID
    return Fate(
        return_code=draw.choice(_CODES),
        banking_days=draw.choice((1, 1, 1, 1, 2, 3)),
        calendar_days=draw.choice((0, 0, 0, 0, 0, _LATE_DAYS)),
        information=draw.choice(("", "QUESTIONABLE")),
    )


def play_towns(towns: int, *, seed: int) -> Counter[str]:
    """Play drawn plans, each in a town of its own; returns how far they reached, counted.

    Raises ``AssertionError`` at the first thing that is wrong anywhere.
    """
    reached: Counter[str] = Counter()
    for number in range(towns):
        plan = drawn_plan(Random(seed * 1_000 + number))  # noqa: S311 -- a seeded sequence of plans
        with tempfile.TemporaryDirectory(prefix="ingather-town-") as folder:
            try:
                reached.update(Town(Path(folder), plan).play())
            except AssertionError as wrong:
                wrong.add_note(f"in the plan of seed {seed}, number {number}")
                raise
        reached["histories"] += len(plan.sales) + plan.again
    return reached
