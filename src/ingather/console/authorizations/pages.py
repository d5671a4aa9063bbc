"""Every page about authorizations; those with a word of their own before those of one authorization."""

from ingather.console.authorizations import asked, deciding, kept, listing, proving, showing
from ingather.console.pages import Page

ALL: tuple[Page, ...] = (
    *listing.pages.all,
    *asked.pages.all,
    *kept.pages.all,
    *showing.pages.all,
    *deciding.pages.all,
    *proving.pages.all,
)
"""Listing, what is asked of us, what is kept, showing, deciding, proving."""
