"""What merchants are told, paid and owe: statements, payouts by two persons, claw-backs, and another hold."""

from ingather.console.pages import Page
from ingather.console.settlements import bank_money, hold_choice, owing, payouts, settled

ALL: tuple[Page, ...] = (
    *bank_money.pages.all,
    *hold_choice.pages.all,
    *owing.pages.all,
    *payouts.pages.all,
    *settled.pages.all,
)
"""Every page about settlements, the particular addresses before those with an id."""
