"""Pages: each says its address, the permission it needs, and whether it asks for a code of the second factor.

The check before a page, its place in the menu and the tests' tables are read from the same declarations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from starlette.responses import Response

from ingather.console.visits import Visit
from ingather.domain.users import Permission

Do: TypeAlias = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, or one act of a page.

    ``screen`` is the word of the menu that it belongs to. With ``proof`` the form holds a code of the person's second
    factor, which is used up by the act. An ``open`` one is for whoever is not known yet; ``upload`` takes a file.
    """

    method: str
    path: str
    screen: str
    needs: Permission | None
    proof: bool
    open: bool
    upload: bool
    do: Do


class Pages:
    """The pages of one screen."""

    def __init__(self, screen: str) -> None:
        """Begin with none; ``screen`` is the English word of the menu, empty for what is in no menu."""
        self.screen = screen
        self.all: list[Page] = []

    def get(self, path: str, *, needs: Permission | None, open: bool = False) -> Callable[[Do], Do]:  # noqa: A002 -- its word
        """Declare a page that only shows; without ``needs`` it is about the person alone."""
        return self._add("GET", path, needs=needs, open=open)

    def post(
        self,
        path: str,
        *,
        needs: Permission | None,
        proof: bool = False,
        open: bool = False,  # noqa: A002 -- the word of the declaration
        upload: bool = False,
    ) -> Callable[[Do], Do]:
        """Declare an act: it is done only from a form of ours, by who may, and answered with another page."""
        return self._add("POST", path, needs=needs, proof=proof, open=open, upload=upload)

    def _add(
        self,
        method: str,
        path: str,
        *,
        needs: Permission | None,
        proof: bool = False,
        open: bool = False,  # noqa: A002 -- as above
        upload: bool = False,
    ) -> Callable[[Do], Do]:
        def declare(do: Do) -> Do:
            page = Page(
                method=method, path=path, screen=self.screen, needs=needs, proof=proof, open=open, upload=upload, do=do
            )
            self.all.append(page)
            return do

        return declare
