"""Every page about orders, and the one in which anything is found."""

from ingather.console import finding
from ingather.console.orders import deciding, following, listing, showing
from ingather.console.pages import Page

ALL: tuple[Page, ...] = (
    *finding.pages.all,
    *listing.pages.all,
    *showing.pages.all,
    *deciding.pages.all,
    *following.pages.all,
)
"""Finding, listing, showing, deciding, and what follows a debit."""
