"""The twelve screens of the menu, in the order in which they stand there."""

from dataclasses import dataclass

from ingather.domain.users import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A screen of the menu: its English word, its address, what it needs, and the key that follows ``g``."""

    name: str
    address: str
    needs: Permission
    key: str


SCREENS = (
    Screen(name="Tonight", address="/", needs=Permission.FILES_READ, key="t"),
    Screen(name="Files", address="/files", needs=Permission.FILES_READ, key="f"),
    Screen(name="Approvals", address="/approvals", needs=Permission.FILES_READ, key="p"),
    Screen(name="Orders", address="/orders", needs=Permission.ORDERS_READ, key="o"),
    Screen(name="Returns", address="/returns", needs=Permission.RETURNS_READ, key="r"),
    Screen(name="Changes", address="/changes", needs=Permission.RETURNS_READ, key="n"),
    Screen(name="Authorizations", address="/authorizations", needs=Permission.AUTHORIZATIONS_READ, key="a"),
    Screen(name="Rates", address="/rates", needs=Permission.RETURNS_READ, key="e"),
    Screen(name="Settlements", address="/settlements", needs=Permission.SETTLEMENTS_READ, key="s"),
    Screen(name="Cases", address="/cases", needs=Permission.RETURNS_READ, key="c"),
    Screen(name="Audit", address="/audit", needs=Permission.AUDIT_READ, key="u"),
    Screen(name="Rules", address="/rules", needs=Permission.RULES_READ, key="l"),
)
"""The menu; who lacks what a screen needs still sees its word, and is told there who can give the right."""
