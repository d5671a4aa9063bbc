"""The scenario that fires the alarm about account numbers."""

from datetime import time
from pathlib import Path

from sqlalchemy import select

from ingather.actions.standing_cases import open_review
from ingather.actions.unmasking import unmask_account
from ingather.domain.cases import CaseKind
from ingather.store.tables import Account
from tests.journey.alarm_stages import Fired, fired, paying
from tests.journey.stage import MONDAY, TUESDAY, at


def unmasked_often(folder: Path) -> Fired:
    """Omar was shown one number more than the policy says; a day later none is within 24 hours."""
    stage = paying(folder)
    at(stage, MONDAY, time(9, 0))
    policy, originator_id = stage.desk.policy(), stage.desk.originator_id()
    with stage.desk.as_actor("user:maria").action() as ctx:
        account_id = ctx.session.scalars(select(Account.id)).one()
        case_id = open_review(ctx, originator_id, CaseKind.FRAUD_MONITORING_REVIEW, policy=policy.cases)
    for number in range(policy.unmask.a_day + 1):
        assert "unmasked-often" not in fired(stage)
        with stage.desk.as_actor("user:omar").action() as ctx:
            unmask_account(
                ctx, account_id, case_id=case_id, reason=f"question {number} of the bank", terms=policy.unmask
            )
    stage.desk.remember()
    return Fired(stage=stage, meanwhile=lambda: at(stage, TUESDAY, time(9, 1)))
