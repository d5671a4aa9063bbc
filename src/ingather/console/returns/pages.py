"""Every page of the returns desk, the more particular addresses first."""

from ingather.console.pages import Page
from ingather.console.returns import deciding, matching, one, three_sides, worklist

ALL: tuple[Page, ...] = (
    *worklist.pages.all,
    *three_sides.pages.all,
    *one.pages.all,
    *deciding.pages.all,
    *matching.pages.all,
)
"""Every page."""
