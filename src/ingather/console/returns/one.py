"""One return: what the bank said, what it is about, what follows from it and why, and what may be decided."""

from collections.abc import Mapping
from datetime import date
from typing import Any, assert_never

from markupsafe import Markup
from starlette.responses import Response

from ingather.actions.context import Context
from ingather.actions.matches.candidates import candidates_of
from ingather.actions.matches.proposing import proposal_of
from ingather.base.ids import Prefix, public_id
from ingather.console.case_words import kind_words, without_commands
from ingather.console.pages import Pages
from ingather.console.returns.worklist import code_words, step_words
from ingather.console.visits import Visit
from ingather.domain.cases import CaseState
from ingather.domain.orders import OrderState
from ingather.domain.reconciliation import MatchKind
from ingather.domain.refusals import NoSuch, Refusal
from ingather.domain.returns import DisputeState, RequestState
from ingather.domain.users import Permission
from ingather.nacha.mask import mask_text
from ingather.rules.return_codes import CountedFrom, NextStep, ReturnReason, WindowKind, return_reason
from ingather.store.reading import matches, returns
from ingather.store.reading.return_desk import about_return, written_off
from ingather.store.tables import Return

pages = Pages("Returns")
_CANDIDATES = 12


@pages.get("/returns/{return_id}", needs=Permission.RETURNS_READ)
def show(visit: Visit) -> Response:
    """Show one return."""
    return one_return(visit, visit.path["return_id"])


def one_return(visit: Visit, name: str, *, refusal: Refusal | None = None, tried: str = "") -> Response:
    """Return the page of a return; with ``refusal`` what was tried stands there as it was typed."""
    key = visit.key_of(Prefix.RETURN, name)
    with visit.view() as ctx:
        found = returns.shown(ctx.session, key)
        if found is None:
            fact = f"there is no return {name}"
            raise NoSuch(fact)
        about = about_return(ctx.session, found)
        row = found | {"state": about.get("state"), "collect_on": about.get("collect_on")}
        lost = written_off(ctx.session, key)
        waits = not (row["applied"] or row["undone_on"] or row["replaced_by"] or row["dispute"] or lost)
        entity = ctx.session.get_one(Return, key)
        values = {
            "candidates": candidates_of(ctx, key, limit=_CANDIDATES) if waits else [],
            "proposal": _proposed(ctx, entity) if waits else None,
            "matched": matches.listed(ctx.session, kind=MatchKind.RETURN, subject_id=key, undone=False),
        }
        told_at = entity.received_at
    day = date.fromisoformat(row["returned_on"]) if row["returned_on"] else visit.today
    reason = return_reason(row["code"], on=day, information=row["information"])
    return visit.show(
        "returns/one.html",
        status=refusal.status if refusal else 200,
        refusal=refusal,
        tried=tried,
        typed=visit.form if refusal else {},
        row=row,
        about=about,
        told_at=told_at,
        says=code_words(visit, row),
        sentence=visit.say(reason.sentence) if reason else None,
        window=window_words(visit, reason),
        follows=step_words(visit, row),
        information=mask_text(row["information"]),
        lost=lost,
        waits=waits,
        may=_may(row, about, lost=lost, waits=waits),
        cases=[case | {"words": kind_words(visit, case["kind"]), "says": _says(case)} for case in row["cases"]],
        **values,
    )


def window_words(visit: Visit, reason: ReturnReason | None) -> Markup:
    """Return within which days a return with a code had to be made."""
    if reason is None:
        return visit.say("not known: no table knows this code")
    match reason.window_kind:
        case WindowKind.BY_AGREEMENT:
            return visit.say("as our bank agrees")
        case WindowKind.OPERATOR_NEXT_FILE:
            return visit.say("with the next file of the operator")
        case WindowKind.NOT_DEFINED:
            return visit.say("not defined by the Rules")
        case WindowKind.BANKING:
            said = _BANKING
        case WindowKind.CALENDAR:
            said = _CALENDAR
        case unknown:
            assert_never(unknown)
    what = visit.say(_FROM[reason.counted_from or CountedFrom.ENTRY])
    return visit.say(said, n=reason.window_days, what=what)


_BANKING = "{n} banking days after {what}"
_CALENDAR = "{n} calendar days and a banking day after {what}"
_FROM: Mapping[str, str] = {
    CountedFrom.ENTRY: "the entry settled",
    CountedFrom.RETURN: "the return settled",
    CountedFrom.DISHONOUR: "the dishonor settled",
}


def _may(row: Mapping[str, Any], about: Mapping[str, Any], *, lost: bool, waits: bool) -> dict[str, bool]:
    """Return which decisions the page offers; the action itself says no to what it cannot do."""
    stuck = about.get("state") == OrderState.RETURNED and about.get("collect_on") is None
    step, dispute = row["next_step"], row["dispute"]
    standing = dispute is not None and dispute["state"] in {DisputeState.CHOSEN, DisputeState.DISHONOURED}
    asked = any(each["kind"] == "statement_copy" and each["state"] != RequestState.WITHDRAWN for each in row["asked"])
    return {
        "retry": stuck and step == NextStep.RETRY and not standing,
        "correct": stuck and step == NextStep.CORRECTED_ENTRY,
        "dishonour": bool(row["can_dishonour"]) and not lost,
        "stand": standing,
        "write_off": waits,
        "block": about["order"] is not None and about.get("account_state") != "blocked",
        "unblock": about["order"] is not None and about.get("account_state") == "blocked",
        "statement": row["category"] == "authorization" and about["order"] is not None and not asked,
        "take_back": row["evidence"] is not None and row["report"] is None and row["applied"],
        "close": any(case["state"] == CaseState.OPEN for case in row["cases"]),
    }


def _says(case: Mapping[str, Any]) -> str:
    return without_commands(case["sentence"])


def _proposed(ctx: Context, row: Return) -> dict[str, Any] | None:
    found = proposal_of(ctx.session, row)
    if found is None:
        return None
    return {
        "entry": public_id(Prefix.ENTRY, found.entry_id), "reason": found.reason, "by": found.by, "at": found.at
    }  # fmt: skip
