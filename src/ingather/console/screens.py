"""Every page of the console."""

from ingather.console import (
    accounts,
    api_keys,
    audit,
    banks,
    case_feed,
    cases,
    corrections,
    keys,
    policy_register,
    rates,
    reconciliation,
    retention,
    rules,
    signing,
    tonight,
    unmasking,
    users,
)
from ingather.console.approvals import pages as approvals
from ingather.console.authorizations import pages as authorizations
from ingather.console.files import pages as files
from ingather.console.orders import pages as orders
from ingather.console.pages import Page
from ingather.console.returns import pages as returns
from ingather.console.settlements import ALL as SETTLEMENTS

PAGES: tuple[Page, ...] = (
    *tonight.pages.all,
    *files.ALL,
    *approvals.ALL,
    *rates.pages.all,
    *SETTLEMENTS,
    *reconciliation.pages.all,
    *orders.ALL,
    *authorizations.ALL,
    *audit.pages.all,
    *accounts.pages.all,
    *unmasking.pages.all,
    *rules.pages.all,
    *users.pages.all,
    *policy_register.pages.all,
    *banks.pages.all,
    *api_keys.pages.all,
    *keys.pages.all,
    *retention.pages.all,
    *returns.ALL,
    *corrections.pages.all,
    *case_feed.pages.all,
    *cases.pages.all,
    *signing.pages.all,
)
"""Every page."""
