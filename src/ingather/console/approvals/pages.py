"""The pages of the screen."""

from ingather.console.approvals import comparing, deciding, queue, reading
from ingather.console.pages import Page

ALL: tuple[Page, ...] = (*queue.pages.all, *reading.pages.all, *comparing.pages.all, *deciding.pages.all)
