"""Where a thing is shown that a record of the audit trail names: its page by its public id."""

_PAGES = {
    "ord": "/orders/{}",
    "fil": "/files/{}",
    "acc": "/accounts/{}",
    "auth": "/authorizations/{}",
    "case": "/cases/{}",
    "ret": "/returns/{}",
    "cor": "/changes/{}",
    "usr": "/rules/people/{}",
    "rul": "/rules/sets/{}",
}


def address_of(subject: str) -> str | None:
    """Return the address of the page about a subject; None where it has none of its own."""
    prefix, _, rest = subject.partition("_")
    form = _PAGES.get(prefix)
    return form.format(subject) if form and rest.isalnum() else None
