"""The six equations of a banking day: what was sent, settled, returned and charged is what moved on the account.

Each has its own exception. They hold for an account and a day when all reports through that day are in and everything
is explained; what is open is the difference of the one that does not hold. (Source: bank-reports, reconciliation.)
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """What a day came to, in minor units with their sign on our account; ``tariff`` is the fee of one returned debit.

    ``sent`` and ``answered`` are the files of the day and what the bank has answered of them. ``settled`` and
    ``returned`` are postings, ``due`` and ``items`` what they should be; ``charged`` and ``charges`` the same of fees;
    ``debits_back`` counts returned debits. ``gross``, ``back`` and ``standing`` are of the batches that the day
    touched, over their life; ``uncleared`` is what stands in clearing for them, added up without signs. ``netted``: the
    bank moves settlements less the returns of the day.
    """

    sent: int
    answered: int
    settled: int
    due: int
    returned: int
    items: int
    charged: int
    charges: int
    debits_back: int
    tariff: int
    gross: int
    back: int
    standing: int
    uncleared: int
    opening: int
    moved: int
    closing: int
    ledger: int
    statements: int
    netted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """One equation: its name, in words, and both sides in minor units."""

    id: str
    sentence: str
    left: int
    right: int

    @property
    def holds(self) -> bool:
        """Return whether both sides are the same."""
        return self.left == self.right


def equations_of(day: DayFigures) -> tuple[Equation, ...]:
    """Return the equations of a day, the six of the proposed engine; the last says three things and is three rows."""
    charges = -day.debits_back * day.tariff if day.tariff else day.charges
    return (
        Equation(
            id="acknowledged",
            sentence="What the bank answered of the day's files is what was sent.",
            left=day.answered,
            right=day.sent,
        ),
        Equation(
            id="settled",
            sentence="What the bank posted for batches is their entries less what it refused"
            + (", net of the day's returns." if day.netted else "."),
            left=day.settled,
            right=day.due,
        ),
        Equation(
            id="returned",
            sentence="What the bank posted for returns is what its reports tell of returns.",
            left=day.returned,
            right=day.items,
        ),
        Equation(
            id="charged",
            sentence="What the bank charged is "
            + ("its fee for each returned debit." if day.tariff else "what it tells of."),
            left=day.charged,
            right=charges,
        ),
        Equation(
            id="collected",
            sentence="Over the life of the day's batches, what settled less what came back is what stands.",
            left=day.gross - day.back,
            right=day.standing,
        ),
        Equation(
            id="cleared",
            sentence="Nothing stands in clearing for the day's batches.",
            left=day.uncleared,
            right=0,
        ),
        Equation(
            id="statement",
            sentence="The statement's opening balance and its postings come to its closing balance.",
            left=day.opening + day.moved,
            right=day.closing,
        ),
        Equation(
            id="ledger",
            sentence="The ledger's bank account is the balance of the statements.",
            left=day.ledger,
            right=day.statements,
        ),
    )
