"""What callers name, and what stands under a name already: the same content again is the same thing.

In a body other things are named by their public id or by the caller's own name for them (``external_id``); what reads
like an id and is none of anything the caller may see is taken for an own name.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from fastapi import Response
from pydantic import BaseModel

from ingather.actions.banks import originator_of
from ingather.actions.context import Context
from ingather.actions.intake import Intake
from ingather.actions.labels import change_labels, set_labels
from ingather.api.calls import Answer, Call
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import SameKeyOtherContent, Unreadable
from ingather.store.reading import names


class _Named(Protocol):
    """A body that names what it brings."""

    @property
    def external_id(self) -> str: ...

    @property
    def metadata(self) -> Mapping[str, str] | None: ...


def of_book(ctx: Context) -> int:
    """Return the key of the book's originator."""
    return originator_of(ctx).id


def named(call: Call, ctx: Context, prefix: Prefix, said: str) -> str:
    """Return the own name behind a name in a body."""
    return named_all(call, ctx, prefix, [said])[said]


def named_all(call: Call, ctx: Context, prefix: Prefix, said: Iterable[str]) -> dict[str, str]:
    """Return the own name behind each name in a body, in one statement."""
    return names.own_names(ctx.session, prefix, said, merchant_id=call.caller.merchant_id)


def own_merchant(call: Call, ctx: Context) -> str | None:
    """Return the own name of the merchant that the caller is bound to, None when it is bound to none."""
    bound = call.caller.merchant_id
    return None if bound is None else names.name_of(ctx.session, Prefix.MERCHANT, bound)


def unknown(prefix: Prefix) -> Unreadable:
    """Return the refusal of a name in a body that names nothing the caller may see; it is not quoted."""
    noun = prefix.name.lower()
    sentence = f"there is no such {noun}; record the {noun} first"
    return Unreadable(sentence, faults=((f"/{noun}", "unknown", sentence),))


def recorded(
    call: Call,
    ctx: Context,
    prefix: Prefix,
    body: _Named,
    *,
    record: Callable[[], Intake],
    show: Callable[[Context, int], BaseModel],
    fields: Mapping[str, str] | None = None,
) -> Answer:
    """Record one thing and answer with it: 201 when the call brought it, 200 when it was there with this content.

    Raises ``SameKeyOtherContent`` for other content under its name, and ``Unreadable`` with what is at fault. That a
    name is taken by what a caller may not see is said, and nothing else of it. ``fields`` are the names in the body of
    what the action names otherwise.
    """
    before = names.key_of(ctx.session, prefix, body.external_id)
    bound = call.caller.merchant_id
    seen = names.key_of(ctx.session, prefix, body.external_id, merchant_id=bound) if bound is not None else before
    if before is not None and seen is None:
        fact = "this external_id is taken by what this key may not see"
        raise SameKeyOtherContent(fact, "Choose another one, such as one with the merchant's name in front")
    intake = record()
    for verdict in intake.refused:
        if verdict.field == "external_id" and before is not None:
            raise SameKeyOtherContent(verdict.message, existing=public_id(prefix, before))
        raise refused(field=(fields or {}).get(verdict.field, verdict.field), sentence=verdict.message)
    key = before or names.key_of(ctx.session, prefix, body.external_id)
    if key is None:
        message = f"the {prefix} that was recorded is not found"
        raise LookupError(message)
    if before is None and body.metadata:
        set_labels(ctx, of_book(ctx), key, body.metadata)
        ctx.session.flush()
    return Answer(model=show(ctx, key), status=201 if before is None else 200)


def refused(*, field: str, sentence: str) -> Unreadable:
    """Return the refusal of a body by an action, with the pointer to the field at fault."""
    return Unreadable(sentence, faults=((f"/{field}", "refused", sentence),))


def relabelled(
    call: Call, prefix: Prefix, text: str, labels: Mapping[str, str], *, show: Callable[[Context, int], BaseModel]
) -> Response:
    """Replace the metadata of one thing and answer with it."""

    def do(ctx: Context) -> BaseModel:
        key = call.key_of(ctx, prefix, text)
        shown = show(ctx, key)  # raises for what is not there
        change_labels(ctx, of_book(ctx), public_id(prefix, key), key, labels)
        ctx.session.flush()
        return shown.model_copy(update={"metadata": dict(labels)})

    return call.act(do, read=lambda ctx: show(ctx, call.key_of(ctx, prefix, text)))


def columns_of(body: BaseModel, of: type[Any], **instead: Any) -> dict[str, list[Any]]:  # noqa: ANN401 -- any cells
    """Return one row as the columns of an intake; ``instead`` are the cells that are not those of the body."""
    fields: Mapping[str, Any] = of.__dataclass_fields__
    return {name: [instead[name] if name in instead else getattr(body, name)] for name in fields}
