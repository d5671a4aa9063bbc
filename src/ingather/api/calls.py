"""One call: who makes it, what it may see, and how an action is answered once.

An action, its audit record and the answer to it are one transaction: a call repeated after any death finds either all
of them or none. The book keeps what was answered under a key of idempotency for good; faults of ours are never kept.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

from ingather.actions.context import Context
from ingather.actions.labels import labels_of, set_labels
from ingather.api.office import Office
from ingather.api.problems import problem_of
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.refusals import Changed, ConditionMissing, NoSuch, OtherRequest, Refusal
from ingather.domain.users import Caller
from ingather.jobs.desk import Desk
from ingather.store.answered_calls import KeptAnswer, keep_answer, kept_answer
from ingather.store.reading.owners import merchant_may_see
from ingather.store.reading.pages import Listing, Wanted, page_of

_FINGERPRINT = "call"
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered: a model, and the status and headers that go with it."""

    model: BaseModel
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the API, with its caller already known and permitted to make it.

    ``key`` is its key of idempotency, ``if_match`` the ETag it names, ``body`` what was sent.
    """

    office: Office
    caller: Caller
    request: Request = field(repr=False)
    status: int
    key: str | None = None
    if_match: str | None = None
    guarded: bool = False
    body: bytes = field(default=b"", repr=False)

    @property
    def desk(self) -> Desk:
        """Return the desk with the caller at it."""
        return self.office.desk.as_actor(self.caller.actor)

    @property
    def today(self) -> date:
        """Return the banking zone's date of this call."""
        return self.office.desk.clock().astimezone(NEW_YORK).date()

    def view(self) -> AbstractContextManager[Context]:
        """Yield a context that only reads."""
        return self.desk.view()

    def key_of(self, ctx: Context, prefix: Prefix, text: str) -> int:
        """Return the key behind a public id that the caller may see.

        Raises ``NoSuch`` for what is no such id, and for what belongs to another merchant than the caller's: both are
        answered alike.
        """
        try:
            key = parse_public_id(prefix, text)
        except ValueError:
            raise no_such(prefix, text) from None
        if self.caller.merchant_id is not None and not merchant_may_see(
            ctx.session, prefix, key, merchant_id=self.caller.merchant_id
        ):
            raise no_such(prefix, text)
        return key

    def show(self, model: BaseModel) -> Response:
        """Answer with one thing as it stands, and its ETag."""
        body = _json(model)
        return Response(body, media_type=JSON, headers={"ETag": etag_of(body)})

    def page(self, listing: Listing, wanted: Wanted) -> tuple[list[dict[str, Any]], int | None]:
        """Return a page of a list, narrowed to the caller's merchant where there is one."""
        with self.view() as ctx:
            return page_of(ctx.session, listing, wanted)

    def act(
        self,
        do: Callable[[Context], BaseModel | Answer],
        *,
        read: Callable[[Context], BaseModel] | None = None,
    ) -> Response:
        """Do an action once and answer with what it returns; a repeated call is answered as it was the first time.

        ``read`` gives what the caller read before: with ``If-Match`` the action is done only to that. Raises the
        action's refusals, ``OtherRequest``, ``StillAnswering``, ``Changed`` and ``ConditionMissing``.
        """
        return self._answered(lambda: self._once(do, read))

    def run(self, do: Callable[[Desk], BaseModel | Answer]) -> Response:
        """Do a job that makes transactions of its own, and keep its answer afterwards.

        The job must be one that may be run again: after a death in its midst a repeated call runs it again.
        """

        def run() -> tuple[KeptAnswer, bool]:
            with self.desk.view() as ctx:
                if (kept := self._kept(ctx)) is not None:
                    return kept, False
            done = do(self.desk)
            with self.desk.action() as ctx:
                if (kept := self._kept(ctx)) is not None:
                    return kept, False
                new = self.answer_of(ctx, done)
                self._keep(ctx, new)
            return new, True

        return self._answered(run)

    async def join(self, take: Callable[[], Awaitable[tuple[KeptAnswer, bool]]]) -> Response:
        """Answer with what a transaction of many calls made of this one: it is kept there, and remembered."""
        with self._alone():
            return _response(*await take())

    def _alone(self) -> AbstractContextManager[None]:
        return self.office.in_flight.alone(self.caller.actor, self.key) if self.key else nullcontext()

    def _answered(self, once: Callable[[], tuple[KeptAnswer, bool]]) -> Response:
        if self.guarded and self.if_match is None:
            raise ConditionMissing
        with self._alone():
            try:
                kept, new = once()
            except Refusal as refusal:
                if self.key is None or refusal.passing or refusal.status >= 500:  # noqa: PLR2004 -- faults of ours
                    raise
                kept, new = self._refused(refusal), True
            if new:
                self.desk.remember()
        return _response(kept, new)

    def _once(
        self, do: Callable[[Context], BaseModel | Answer], read: Callable[[Context], BaseModel] | None
    ) -> tuple[KeptAnswer, bool]:
        def once(ctx: Context) -> tuple[KeptAnswer, bool]:
            if (kept := self._kept(ctx)) is not None:
                return kept, False
            if self.if_match is not None and read is not None and not _matches(self.if_match, read(ctx)):
                raise Changed
            new = self.answer_of(ctx, do(ctx))
            self._keep(ctx, new)
            return new, True

        return self.desk.decide(once)

    def answer_of(self, ctx: Context, done: BaseModel | Answer) -> KeptAnswer:
        """Return what is answered, and kept where the call has a key."""
        answer = done if isinstance(done, Answer) else Answer(model=done, status=self.status)
        body = _json(answer.model)
        return KeptAnswer(
            fingerprint=self.fingerprint(ctx),
            status=answer.status,
            headers={"ETag": etag_of(body), **answer.headers},
            body=body,
        )

    def _refused(self, refusal: Refusal) -> KeptAnswer:
        """Keep a refusal as the answer to this call; somebody else's answer that came before stands."""
        with self.desk.action() as ctx:
            if (kept := self._kept(ctx)) is not None:
                return kept
            answer = self.refusal_of(ctx, refusal)
            self._keep(ctx, answer)
            return answer

    def refusal_of(self, ctx: Context, refusal: Refusal) -> KeptAnswer:
        """Return a refusal as it is answered, and kept where the call has a key."""
        response = problem_of(self.request, refusal)
        return KeptAnswer(
            fingerprint=self.fingerprint(ctx),
            status=response.status_code,
            headers={"Content-Type": response.media_type or JSON},
            body=bytes(response.body),
        )

    def _kept(self, ctx: Context) -> KeptAnswer | None:
        kept = kept_answer(ctx.session, self.caller.actor, self.key) if self.key else None
        if kept is not None and kept.fingerprint != self.fingerprint(ctx):
            raise OtherRequest
        return kept

    def _keep(self, ctx: Context, answer: KeptAnswer) -> None:
        if self.key:
            keep_answer(ctx.session, self.caller.actor, self.key, answer, route=self.route, at=ctx.now)

    @property
    def route(self) -> str:
        """Return what was called, as it is kept beside the answer."""
        return f"{self.request.method} {self.request.url.path}"[:200]

    def fingerprint(self, ctx: Context) -> bytes:
        """Return the keyed hash of what is asked; JSON that says the same has the same, however it is written."""
        try:
            body = json.dumps(json.loads(self.body), sort_keys=True).encode() if self.body else b""
        except ValueError:
            body = self.body
        asked = "\n".join((self.request.method, self.request.url.path, self.request.url.query, self.if_match or ""))
        return ctx.vault.mac_of(_FINGERPRINT, hashlib.sha256(asked.encode() + b"\n" + body).digest())


def _response(kept: KeptAnswer, new: bool) -> Response:  # noqa: FBT001 -- as it was taken
    headers = dict(kept.headers) | ({} if new else {"Idempotent-Replayed": "true"})
    media = headers.pop("Content-Type", JSON)
    return Response(kept.body, status_code=kept.status, media_type=media, headers=headers)


def etag_of(body: bytes) -> str:
    """Return the ETag of a representation."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def no_such(prefix: Prefix, text: str) -> NoSuch:
    """Return the refusal of an id that names nothing the caller may see."""
    noun = prefix.name.lower().replace("_", " ")
    # What has no letter is no id: it may be an account number, and is not said again.
    named = "" if text.isdigit() else f" {text[:40]!r}"
    return NoSuch(f"there is no {noun}{named} that you may see")


def found(shown: dict[str, Any] | None, prefix: Prefix, key: int) -> dict[str, Any]:
    """Return what was read; raises ``NoSuch`` when there is nothing."""
    if shown is None:
        raise no_such(prefix, public_id(prefix, key))
    return shown


def labelled(ctx: Context, key: int, shown: dict[str, Any]) -> dict[str, Any]:
    """Return what was read with the caller's own ``metadata``."""
    return shown | {"metadata": labels_of(ctx, [key]).get(key, {})}


def relabel(ctx: Context, originator_id: int, key: int, labels: Mapping[str, str] | None) -> None:
    """Keep the caller's metadata beside an object, where they sent any."""
    if labels is not None:
        set_labels(ctx, originator_id, key, labels)


def _matches(if_match: str, model: BaseModel) -> bool:
    etag = etag_of(_json(model))
    return if_match.strip() == "*" or etag in {each.strip() for each in if_match.split(",")}


def _json(model: BaseModel) -> bytes:
    return model.model_dump_json().encode()
