"""How the bank of a rehearsal moves money and tells of it: the same for its books and for our profile of it."""

from dataclasses import dataclass

from ingather.simulator.statement_forms import report_profile
from ingather.simulator.terms import FeePostings, Granularity, ReturnPostings, Statement

_MINED = frozenset({Statement.CAMT, Statement.MT940})


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """One way of moving money: what one posting is of, how returns and fees are posted, the form of the statement."""

    granularity: Granularity = Granularity.BATCH
    returns: ReturnPostings = ReturnPostings.ITEMISED
    fees: FeePostings = FeePostings.ITEMISED
    statement: Statement = Statement.STR
    fee_cents: int = 250

    def as_profile(self) -> str:
        """Return the table of a bank profile that says the same."""
        settlement = "net_of_returns" if self.returns is ReturnPostings.NETTED else "gross"
        tariff = self.fee_cents if self.fees is FeePostings.ITEMISED else 0
        return (
            f'[posting]\nsettlement = "{settlement}"\ngranularity = "{self.granularity}"\nreturns = "{self.returns}"\n'
            f'fees = "{self.fees}"\nreturn_fee_minor = {tariff}\nstatement = "{self.statement}"\n'
        )

    def as_report_profile(self) -> str | None:
        """Return the report profile (TOML) that the statement needs; None where the packaged tables read it."""
        return report_profile(self.statement) if self.statement in _MINED else None


WAYS = (
    Moving(),
    Moving(granularity=Granularity.FILE),
    Moving(granularity=Granularity.COMPANY_DAY, returns=ReturnPostings.BATCHED),
    Moving(returns=ReturnPostings.NETTED, fees=FeePostings.ANALYSIS),
    Moving(granularity=Granularity.COMPANY_DAY, returns=ReturnPostings.NETTED),
    Moving(statement=Statement.BAI2, fees=FeePostings.ANALYSIS, returns=ReturnPostings.BATCHED),
    Moving(statement=Statement.CAMT, fees=FeePostings.ANALYSIS),
    Moving(statement=Statement.MT940, fees=FeePostings.ANALYSIS),
)
"""The ways of the simulated worlds, taken in turn by their seeds."""
