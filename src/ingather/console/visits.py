"""One visit: who looks or acts, in which language, and how it is answered."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ingather.actions.context import Context
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, decode_key, parse_public_id
from ingather.console.figures import Figures
from ingather.console.front import Front
from ingather.console.rendering import rendered
from ingather.console.words import say
from ingather.domain.refusals import NoSuch, Unreadable
from ingather.domain.users import Caller, Permission
from ingather.jobs.desk import Desk

HTML = "text/html; charset=utf-8"
_MOST_DIGITS = 18


def number_in(text: str | None) -> int | None:
    """Return the number that a text of an address is, None for what is none or too large for the book."""
    small = text is not None and text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if text is not None and small else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of a person; ``form`` holds what they sent, the last value of each name, ``path`` what it is about.

    ``token`` stands in every form of the page; without it nothing is done.
    """

    front: Front
    request: Request = field(repr=False)
    caller: Caller
    language: str
    token: str = field(repr=False)
    theme: str = ""
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def desk(self) -> Desk:
        """Return the desk with the person at it."""
        return self.front.desk.as_actor(self.caller.actor)

    @property
    def now(self) -> datetime:
        """Return the instant of the book's clock, New York time."""
        return self.front.desk.clock().astimezone(NEW_YORK)

    @property
    def today(self) -> date:
        """Return the New York date of the book's clock."""
        return self.now.date()

    @property
    def path(self) -> Mapping[str, str]:
        """Return the parts of the address that the page's declaration names."""
        return self.request.path_params

    @property
    def asked(self) -> Mapping[str, str]:
        """Return the values of the query."""
        return self.request.query_params

    @property
    def figures(self) -> Figures:
        """Return how this page writes figures."""
        return Figures(language=self.language, today=self.today)

    def view(self) -> AbstractContextManager[Context]:
        """Yield a context that only reads."""
        return self.desk.view()

    def may(self, permission: Permission) -> bool:
        """Return whether the person's roles give a permission, proved just now or not."""
        return permission in self.caller.permissions or permission in self.caller.withheld

    def key_of(self, prefix: Prefix, text: str) -> int:
        """Return the key behind a public id; raises ``NoSuch`` for what is none."""
        try:
            return parse_public_id(prefix, text)
        except ValueError:
            fact = f"there is no {prefix.name.lower()} {text[:40]}"
            raise NoSuch(fact, "Look for it in the list") from None

    def after(self, name: str = "after") -> int | None:
        """Return the key after which a page of a list begins, None for its first; raises ``Unreadable`` for no key."""
        text = self.asked.get(name)
        try:
            return decode_key(text) if text else None
        except ValueError:
            fact = "this page of the list does not exist"
            raise Unreadable(fact, "Begin at its first page") from None

    def say(self, text: str, **values: object) -> Markup:
        """Return a text in the language of the page."""
        return say(self.language, text, **values)

    def show(self, template: str, *, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 -- what a page shows
        """Answer with a page, or with a part of one where the template is a part."""
        return Response(rendered(self, template, values), status_code=status, media_type=HTML)

    def go(self, address: str, **query: object) -> Response:
        """Answer what was done with the page that shows it."""
        asked = urlencode({name: value for name, value in query.items() if value is not None})
        return RedirectResponse(f"{address}?{asked}" if asked else address, status_code=303)

    def csv(self, name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
        """Answer with the numbers of a table or chart as CSV; what a spreadsheet would compute is text there."""
        written = io.StringIO()
        sheet = csv.writer(written)
        sheet.writerow(head)
        sheet.writerows([_harmless(cell) for cell in row] for row in rows)
        disposition = f"attachment; filename*=UTF-8''{quote(name)}.csv"
        return Response(
            written.getvalue(), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
        )


def _harmless(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
