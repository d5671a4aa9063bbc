"""Routes: each says which permission it needs, whether it moves money, and every status it may answer with.

The document that is published, the check at the door and the tests' tables are read from the same declarations.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ingather.api.calls import Call
from ingather.api.problems import MEDIA_TYPE
from ingather.domain.refusals import NotPermitted, ProofMissing, Refusal
from ingather.domain.users import BOUND, Caller, Permission

PREFIX = "/v1"
Endpoint: TypeAlias = Callable[..., Any]
_KEY = Header(
    alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$",
    description="New for each request; the same key with the same request is answered as it was the first time.",
)  # fmt: skip
_IF_MATCH = Header(
    alias="If-Match", max_length=1000, description="The ETag of what was read; the change is made only to that."
)
IdempotencyKey: TypeAlias = Annotated[str, _KEY]
MaybeKey: TypeAlias = Annotated[str | None, _KEY]
IfMatch: TypeAlias = Annotated[str | None, _IF_MATCH]
bearer = HTTPBearer(auto_error=False, scheme_name="key", description="A key of the API, or the token of a sign-in.")
Bearer: TypeAlias = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
_NOBODY = Caller(actor="system:api", permissions=frozenset())

_ALWAYS = (400, 401, 403, 429, 500, 503)
_SAYS = {
    400: "The request cannot be read.",
    401: "No key, or one that opens nothing here.",
    403: "The key or the person may not do this.",
    404: "There is no such thing that the caller may see.",
    409: "What stands in the book does not allow it, or the same call is being answered.",
    410: "Its bytes were destroyed when they need not be kept any longer; the certificate says so.",
    412: "It changed since it was read.",
    413: "The body is larger than the server takes.",
    415: "This kind of content is not taken.",
    422: "The content cannot be taken as it is, or the idempotency key was used for another request.",
    428: "If-Match is missing.",
    429: "More calls than agreed; Retry-After says how long to wait.",
    500: "A fault of the server.",
    503: "The book does not answer at this moment.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What a route asks of its caller.

    ``bound`` is whether a caller bound to one merchant may come; ``once``: ``required`` where money moves, ``taken``
    where a key of idempotency is welcome, ``no`` for reading, and where the answer holds a secret that must not be
    kept; ``guarded`` where If-Match must be sent. Without ``permission`` it is about the caller alone, and an ``open``
    one is for whoever is not known yet.
    """

    permission: Permission | None
    bound: bool
    once: str
    guarded: bool = False
    open: bool = False


class Routes:
    """The routes about one thing; ``router`` is what the application includes."""

    def __init__(self, tag: str) -> None:
        """Begin with none; ``tag`` is the plural of what they are about."""
        self.router = APIRouter(prefix=PREFIX, tags=[tag])
        self._known: set[tuple[str, str]] = set()
        self._takes: dict[tuple[str, str], dict[str, Any]] = {}

    def get(
        self,
        path: str,
        *,
        needs: Permission,
        returns: Any,  # noqa: ANN401 -- a model, or a generic alias of one
        bound: bool | None = None,
        may: Sequence[int] = (404, 422),
        content: dict[str, Any] | None = None,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a route that reads. ``may`` are the statuses it answers with beside 200 and those of every route.

        ``content`` are other media types than JSON, as OpenAPI describes them.
        """
        requirement = Requirement(permission=needs, bound=_bound(needs, bound), once="no")
        return self._add("GET", path, requirement, returns, 200, may, content)

    def post(  # noqa: PLR0913 -- a route has as many properties
        self,
        path: str,
        *,
        needs: Permission,
        returns: Any,  # noqa: ANN401 -- a model, or a generic alias of one
        status: int = 200,
        money: bool = True,
        guarded: bool = False,
        bound: bool | None = None,
        may: Sequence[int] = (404, 409, 422),
        method: str = "POST",
        content: dict[str, Any] | None = None,
        takes: dict[str, Any] | None = None,
        known: bool = False,
        keeps: bool = True,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a route that acts. With ``money`` a key of idempotency must be sent; otherwise it may be.

        ``guarded`` demands If-Match; every route that acts honours it where its action is given what to read.
        ``takes`` are the media types of a body that is no JSON, as OpenAPI describes them; ``known`` is whether it
        answers 200 for what was there already. A route whose answer shows a secret once does not keep it
        (``keeps=False``): it takes no key of idempotency.
        """
        once = ("required" if money else "taken") if keeps else "no"
        requirement = Requirement(permission=needs, bound=_bound(needs, bound), once=once, guarded=guarded)
        also = (409, 412, 413, 415, 422, *((428,) if guarded else ()))
        if known:
            self._known.add((method, path))
        if takes is not None:
            self._takes[method, path] = takes
        return self._add(method, path, requirement, returns, status, (*may, *also), content)

    def own(
        self,
        path: str,
        *,
        returns: Any,  # noqa: ANN401 -- a model, or a generic alias of one
        method: str = "GET",
        status: int = 200,
        open: bool = False,  # noqa: A002 -- the word of the document
        may: Sequence[int] = (),
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a route about the caller themselves, which needs no permission and keeps no answer.

        An ``open`` one is for whoever is not known yet; the door must know its path too.
        """
        requirement = Requirement(permission=None, bound=True, once="no", open=open)
        also = () if method == "GET" else (409, 413, 415, 422)
        return self._add(method, path, requirement, returns, status, (*may, *also), None)

    def _add(
        self,
        method: str,
        path: str,
        requirement: Requirement,
        returns: Any,  # noqa: ANN401 -- a model, or a generic alias of one
        status: int,
        may: Sequence[int],
        content: dict[str, Any] | None,
    ) -> Callable[[Endpoint], Endpoint]:
        def declare(endpoint: Endpoint) -> Endpoint:
            endpoint.__annotations__["call"] = Annotated[Call, Depends(_caller(requirement, status))]
            responses: dict[int | str, dict[str, Any]] = {each: _problem(each) for each in sorted({*_ALWAYS, *may})}
            if content is not None:
                responses[status] = {"content": content}
            if (method, path) in self._known:
                responses[200] = {"model": returns, "description": "It was there already."}
            takes = self._takes.get((method, path))
            body = {} if takes is None else {"requestBody": {"required": True, "content": takes}}
            self.router.add_api_route(
                path,
                endpoint,
                methods=[method],
                response_model=returns,
                status_code=status,
                operation_id=endpoint.__name__,
                responses=responses,
                openapi_extra={
                    **body,
                    "x-permission": requirement.permission,
                    "x-open": requirement.open,
                    "x-bound": requirement.bound,
                    "x-once": requirement.once,
                    "x-guarded": requirement.guarded,
                },
            )
            return endpoint

        return declare


def _bound(needs: Permission, said: bool | None) -> bool:  # noqa: FBT001 -- what the route said, if anything
    return needs in BOUND if said is None else said


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _SAYS[status], "content": {MEDIA_TYPE: {"schema": schema}}}


def refusal_of(requirement: Requirement, caller: Caller) -> Refusal | None:
    """Return why a caller may not come to a route, None when they may."""
    if requirement.permission in caller.withheld:
        return ProofMissing()
    if requirement.permission not in {None, *caller.permissions}:
        return NotPermitted(f"this needs the permission {requirement.permission}, which {caller.actor} does not have")
    if caller.merchant_id is not None and not requirement.bound:
        return NotPermitted("this is about all merchants, and the key is bound to one")
    return None


def _caller(requirement: Requirement, status: int) -> Callable[..., Any]:
    """Return the dependency that makes the call of a route, and takes the headers that the route asks for."""

    async def known(request: Request) -> Caller:
        # A dependency of its own is asked first: who may not come is told nothing of what is wrong with the request.
        caller = _NOBODY if requirement.open else request.state.caller
        if (refusal := refusal_of(requirement, caller)) is not None:
            raise refusal
        return caller

    async def make(request: Request, caller: Caller, key: str | None, if_match: str | None) -> Call:
        return Call(
            office=request.app.state.office,
            caller=caller,
            request=request,
            status=status,
            key=key,
            if_match=if_match,
            guarded=requirement.guarded,
            body=await request.body(),
        )

    known_caller = Depends(known)

    async def anybody(request: Request, caller: Caller = known_caller) -> Call:
        return await make(request, caller, None, None)

    async def reading(request: Request, _: Bearer, caller: Caller = known_caller) -> Call:
        return await make(request, caller, None, None)

    async def acting(
        request: Request,
        _: Bearer,
        key: MaybeKey = None,
        if_match: IfMatch = None,
        caller: Caller = known_caller,
    ) -> Call:
        return await make(request, caller, key, if_match)

    async def moving_money(
        request: Request, _: Bearer, key: IdempotencyKey, if_match: IfMatch = None, caller: Caller = known_caller
    ) -> Call:
        return await make(request, caller, key, if_match)

    makers: dict[str, Callable[..., Any]] = {"no": reading, "taken": acting, "required": moving_money}
    return anybody if requirement.open else makers[requirement.once]
