"""Every page of the console."""

from ingather.console import signing, tonight
from ingather.console.pages import Page

PAGES: tuple[Page, ...] = (
    *tonight.pages.all,
    *signing.pages.all,
)
"""Every page."""
