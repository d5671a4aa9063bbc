"""The page of problem codes: every name that a problem may have, made from the refusals themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from ingather.domain.refusals import Refusal

_HEAD = """# Problems of the API

A call that is not done is answered with `application/problem+json` (RFC 9457). `code` is its name for programs; more
names may be added, so let one that you do not know be what its status says. `next_actions` are what may be done next.
A passing problem may be none a moment later: it is never kept as the answer to an idempotency key, and the same call
may be repeated as it is.

| code | status | passing | meaning | next actions |
|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedProblem:
    """One problem as the page shows it."""

    code: str
    status: int
    passing: bool
    meaning: str
    next_actions: tuple[str, ...] = ()


_OF_THE_SERVER = (
    NamedProblem(code="no_such_route", status=404, passing=True, meaning="There is nothing at this path."),
    NamedProblem(code="method_not_allowed", status=405, passing=True, meaning="This path is not called so."),
    NamedProblem(
        code="fault", status=500, passing=True, meaning="A fault of the server; the log has it under the request's id.",
        next_actions=("retry",),
    ),
    NamedProblem(
        code="book_does_not_answer", status=503, passing=True, meaning="The book does not answer at this moment.",
        next_actions=("retry",),
    ),
)  # fmt: skip


def named_problems() -> list[NamedProblem]:
    """Return every problem by its code; what is raised under two names stands once."""
    found = {each.code: each for each in _OF_THE_SERVER}
    for refusal in _refusals(Refusal):
        meaning = (refusal.__doc__ or "").partition("\n")[0].partition("; ``")[0].strip()
        found[refusal.code()] = NamedProblem(
            code=refusal.code(),
            status=refusal.status,
            passing=refusal.passing,
            meaning=meaning if meaning.endswith(".") else f"{meaning}.",
            next_actions=refusal.next_actions,
        )
    return [found[code] for code in sorted(found)]


def problems_page() -> str:
    """Return the page in Markdown."""
    rows = [
        f"| `{each.code}` | {each.status} | {'yes' if each.passing else 'no'} | {each.meaning} "
        f"| {', '.join(f'`{action}`' for action in each.next_actions)} |\n"
        for each in named_problems()
    ]
    return _HEAD + "".join(rows)


def _refusals(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for each in sorted(kind.__subclasses__(), key=lambda one: one.__name__):
        if each.__module__.startswith("ingather."):
            yield each
        yield from _refusals(each)
