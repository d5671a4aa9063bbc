"""Every call of the API, by what it is about.

Written from the document of the API, never by hand.
"""

from ingather.client.calls.accounts import AccountsCalls
from ingather.client.calls.alarms import AlarmsCalls
from ingather.client.calls.api_keys import ApiKeysCalls
from ingather.client.calls.audit_export import AuditExportCalls
from ingather.client.calls.audit_head import AuditHeadCalls
from ingather.client.calls.audit_records import AuditRecordsCalls
from ingather.client.calls.authorizations import AuthorizationsCalls
from ingather.client.calls.buyers import BuyersCalls
from ingather.client.calls.cases import CasesCalls
from ingather.client.calls.corrections import CorrectionsCalls
from ingather.client.calls.disputes import DisputesCalls
from ingather.client.calls.events import EventsCalls
from ingather.client.calls.exports import ExportsCalls
from ingather.client.calls.exposure import ExposureCalls
from ingather.client.calls.feeds import FeedsCalls
from ingather.client.calls.files import FilesCalls
from ingather.client.calls.follow_ups import FollowUpsCalls
from ingather.client.calls.matches import MatchesCalls
from ingather.client.calls.merchant_accounts import MerchantAccountsCalls
from ingather.client.calls.merchants import MerchantsCalls
from ingather.client.calls.notices import NoticesCalls
from ingather.client.calls.orders import OrdersCalls
from ingather.client.calls.passwords import PasswordsCalls
from ingather.client.calls.payouts import PayoutsCalls
from ingather.client.calls.policy import PolicyCalls
from ingather.client.calls.postings import PostingsCalls
from ingather.client.calls.rates import RatesCalls
from ingather.client.calls.reconciliation import ReconciliationCalls
from ingather.client.calls.rehearsal import RehearsalCalls
from ingather.client.calls.report_profiles import ReportProfilesCalls
from ingather.client.calls.reports import ReportsCalls
from ingather.client.calls.requests import RequestsCalls
from ingather.client.calls.returns import ReturnsCalls
from ingather.client.calls.rule_sets import RuleSetsCalls
from ingather.client.calls.rules import RulesCalls
from ingather.client.calls.sessions import SessionsCalls
from ingather.client.calls.settlements import SettlementsCalls
from ingather.client.calls.sign_ins import SignInsCalls
from ingather.client.calls.users import UsersCalls
from ingather.client.calls.webhook_endpoints import WebhookEndpointsCalls
from ingather.client.calls.whatif import WhatifCalls
from ingather.client.calls.whoami import WhoamiCalls
from ingather.client.calls.worker import WorkerCalls
from ingather.client.connection import Connection


class Calls:
    """Every call, over one connection."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self.orders = OrdersCalls(connection)
        self.authorizations = AuthorizationsCalls(connection)
        self.notices = NoticesCalls(connection)
        self.merchants = MerchantsCalls(connection)
        self.buyers = BuyersCalls(connection)
        self.accounts = AccountsCalls(connection)
        self.files = FilesCalls(connection)
        self.returns = ReturnsCalls(connection)
        self.matches = MatchesCalls(connection)
        self.corrections = CorrectionsCalls(connection)
        self.cases = CasesCalls(connection)
        self.follow_ups = FollowUpsCalls(connection)
        self.disputes = DisputesCalls(connection)
        self.requests = RequestsCalls(connection)
        self.reports = ReportsCalls(connection)
        self.feeds = FeedsCalls(connection)
        self.report_profiles = ReportProfilesCalls(connection)
        self.reconciliation = ReconciliationCalls(connection)
        self.postings = PostingsCalls(connection)
        self.settlements = SettlementsCalls(connection)
        self.payouts = PayoutsCalls(connection)
        self.merchant_accounts = MerchantAccountsCalls(connection)
        self.rates = RatesCalls(connection)
        self.exposure = ExposureCalls(connection)
        self.whatif = WhatifCalls(connection)
        self.exports = ExportsCalls(connection)
        self.rules = RulesCalls(connection)
        self.rule_sets = RuleSetsCalls(connection)
        self.policy = PolicyCalls(connection)
        self.worker = WorkerCalls(connection)
        self.alarms = AlarmsCalls(connection)
        self.events = EventsCalls(connection)
        self.webhook_endpoints = WebhookEndpointsCalls(connection)
        self.rehearsal = RehearsalCalls(connection)
        self.sessions = SessionsCalls(connection)
        self.passwords = PasswordsCalls(connection)
        self.whoami = WhoamiCalls(connection)
        self.sign_ins = SignInsCalls(connection)
        self.users = UsersCalls(connection)
        self.api_keys = ApiKeysCalls(connection)
        self.audit_records = AuditRecordsCalls(connection)
        self.audit_head = AuditHeadCalls(connection)
        self.audit_export = AuditExportCalls(connection)
