"""Who works on a case: a person takes it from its desk, and gives it back."""

from ingather.actions.cases import still_open
from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import WrongState
from ingather.rules.case_clocks import case_terms
from ingather.store.tables import Case

_LONGEST = 40
_NOBODYS = "operator"


def take_case(ctx: Context, case_id: int) -> None:
    """Take an open case as the person who acts; raises ``NoSuch``, and ``WrongState`` for one that is closed or theirs.

    Escalation goes on: a case that is near its last day goes on to whom its kind is escalated.
    """
    row, name = still_open(ctx, case_id), public_id(Prefix.CASE, case_id)
    if row.owner == ctx.actor:
        fact = f"case {name} is yours already"
        raise WrongState(fact)
    if len(ctx.actor) > _LONGEST:
        fact = f"the name {ctx.actor} is too long to own a case"
        raise WrongState(fact, "Have a person with a shorter name take it")
    _hand_over(ctx, row, to=ctx.actor, text="took the case")


def give_case_back(ctx: Context, case_id: int) -> None:
    """Give a case that the person took back to the desk of its kind; raises ``NoSuch`` and ``WrongState``."""
    row, name = still_open(ctx, case_id), public_id(Prefix.CASE, case_id)
    if row.owner != ctx.actor:
        fact = f"case {name} is with {row.owner}, not with you"
        raise WrongState(fact)
    terms = case_terms(CaseKind(row.kind), ctx.today)
    _hand_over(ctx, row, to=terms.owner if terms else _NOBODYS, text="gave the case back")


def _hand_over(ctx: Context, row: Case, *, to: str, text: str) -> None:
    ctx.fact(
        FactKind.NOTED, scope=Scope.CASE, subject=row.id, originator=row.originator_id, once=str(ctx.ids.one()),
        text=text, owner=to, before=row.owner,
    )  # fmt: skip
    ctx.audit("hand_over_case", public_id(Prefix.CASE, row.id), owner=to, before=row.owner)
    row.owner = to
