"""Every page about files: their list, the viewer, and reading any file without taking it in."""

from ingather.console.files import foreign, listing, viewing
from ingather.console.pages import Page

ALL: tuple[Page, ...] = (*listing.pages.all, *viewing.pages.all, *foreign.pages.all)
"""List, viewer, reading."""
