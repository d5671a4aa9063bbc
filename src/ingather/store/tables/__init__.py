"""The tables of the books, one module a column of the design."""

from ingather.store.tables.accounts import (
    Account,
    AccountChange,
    AccountCheck,
    AccountCheckEntry,
    AccountValidation,
    TermsChange,
)
from ingather.store.tables.audit import AuditAnchor, AuditRecord, AuditTurn
from ingather.store.tables.authorizations import Authorization, Notice
from ingather.store.tables.banks import BankProfileRow, Book, Feed, NumberAllocation, Originator, Route
from ingather.store.tables.base import Base
from ingather.store.tables.cases import Case
from ingather.store.tables.corrections import Correction
from ingather.store.tables.events import Fact, FactOnce
from ingather.store.tables.files import Approval, Batch, Entry, File, FileChunk, StandingDebit, StandingFollowUp
from ingather.store.tables.follow_ups import FollowUp
from ingather.store.tables.keys import KeyEpoch, KeyRotation
from ingather.store.tables.ledger import Posting
from ingather.store.tables.merchants import Buyer, Merchant, ScreeningRecord
from ingather.store.tables.orders import OpenOrder, Order
from ingather.store.tables.payouts import MerchantAccount, Payout, Reserve
from ingather.store.tables.reconciliation import BankDay, Match
from ingather.store.tables.reports import (
    Adjustment,
    BankPosting,
    Report,
    ReportChunk,
    ReportedSettlement,
    ReportHabit,
    ReportProfileRow,
    ReportSignOff,
)
from ingather.store.tables.restored import Restoration, RestoredFinding
from ingather.store.tables.retention import Shredding
from ingather.store.tables.returns import Dispute, OdfiRequest, Return
from ingather.store.tables.rules import PolicyRow, RuleSet
from ingather.store.tables.settlements import MerchantLoss, Settlement, SettlementLine, SettlementStep
from ingather.store.tables.unmasking import AccessReview, Unmasking
from ingather.store.tables.users import AnsweredCall, ApiKey, GuessedName, Label, User, UserSession
from ingather.store.tables.webhooks import WebhookAttempt, WebhookEndpoint, WebhookMessage, WebhookSecret
from ingather.store.tables.work import WorkRun

__all__ = [
    "AccessReview",
    "Account",
    "AccountChange",
    "AccountCheck",
    "AccountCheckEntry",
    "AccountValidation",
    "Adjustment",
    "AnsweredCall",
    "ApiKey",
    "Approval",
    "AuditAnchor",
    "AuditRecord",
    "AuditTurn",
    "Authorization",
    "BankDay",
    "BankPosting",
    "BankProfileRow",
    "Base",
    "Batch",
    "Book",
    "Buyer",
    "Case",
    "Correction",
    "Dispute",
    "Entry",
    "Fact",
    "FactOnce",
    "Feed",
    "File",
    "FileChunk",
    "FollowUp",
    "GuessedName",
    "KeyEpoch",
    "KeyRotation",
    "Label",
    "Match",
    "Merchant",
    "MerchantAccount",
    "MerchantLoss",
    "Notice",
    "NumberAllocation",
    "OdfiRequest",
    "OpenOrder",
    "Order",
    "Originator",
    "Payout",
    "PolicyRow",
    "Posting",
    "Report",
    "ReportChunk",
    "ReportHabit",
    "ReportProfileRow",
    "ReportSignOff",
    "ReportedSettlement",
    "Reserve",
    "Restoration",
    "RestoredFinding",
    "Return",
    "Route",
    "RuleSet",
    "ScreeningRecord",
    "Settlement",
    "SettlementLine",
    "SettlementStep",
    "Shredding",
    "StandingDebit",
    "StandingFollowUp",
    "TermsChange",
    "Unmasking",
    "User",
    "UserSession",
    "WebhookAttempt",
    "WebhookEndpoint",
    "WebhookMessage",
    "WebhookSecret",
    "WorkRun",
]
