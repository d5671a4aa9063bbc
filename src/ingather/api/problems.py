"""Problems as RFC 9457 has them, made of refusals: the one place where a fault becomes an answer."""

import re
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from ingather.domain.refusals import BadRequest, Refusal, SameKeyOtherContent, TooManyCalls, Unreadable
from ingather.nacha.refused import FormatRefused
from ingather.rules.banks import ProfileRefused

MEDIA_TYPE = "application/problem+json"
DOCUMENTATION = "https://ingather.invalid/problems/"
"""The root of the types' names: names, not addresses to be fetched."""
_NUMBER = re.compile(r"(?<=/)[0-9]{4,17}(?=/|$)")
"""What stands in a path where an id belongs, and may be an account number: it is not said again."""
_TITLES = {
    400: "The request cannot be read",
    401: "Nobody proved who they are",
    403: "Not permitted",
    404: "There is no such thing",
    405: "This cannot be done here",
    409: "What stands in the book does not allow it",
    410: "It was destroyed",
    412: "It changed since it was read",
    413: "The request is too large",
    415: "This kind of content is not taken",
    422: "The content cannot be taken as it is",
    428: "A condition is missing",
    429: "Too many calls",
    500: "A fault of the server",
    503: "The book does not answer",
}


class Fault(BaseModel):
    """One fault of a request: where it is, its name for programs, and a sentence."""

    pointer: str = Field(description="A JSON pointer into the request's body, or the name of a parameter.")
    code: str
    message: str


class Problem(BaseModel):
    """Why a call was not done, by RFC 9457, and what may be done next."""

    model_config = ConfigDict(title="Problem")

    type: str
    title: str
    status: int
    detail: str = Field(description="The fact and the way out, in a sentence or two.")
    instance: str
    code: str = Field(description="The name of the problem for programs; more names may be added.")
    request_id: str
    errors: list[Fault] = Field(default_factory=list)
    rule: str | None = Field(default=None, description="The row of a rule that says so, where one does.")
    next_actions: list[str] = Field(default_factory=list)
    existing: str | None = Field(default=None, description="The id of what the book has under that name already.")


def problem_of(request: Request, refusal: Refusal) -> Response:
    """Return the answer of a refusal."""
    faults = refusal.faults if isinstance(refusal, Unreadable) else ()
    headers = {"Retry-After": "1"} if refusal.passing and refusal.status in {409, 429, 503} else {}
    if isinstance(refusal, TooManyCalls):
        headers["Retry-After"] = str(refusal.wait_s)
    if refusal.status == 401:  # noqa: PLR2004 -- the status that carries a challenge
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(
        request,
        status=refusal.status,
        code=type(refusal).code(),
        detail=str(refusal),
        errors=[Fault(pointer=pointer, code=code, message=message) for pointer, code, message in faults],
        next_actions=list(refusal.next_actions),
        existing=refusal.existing if isinstance(refusal, SameKeyOtherContent) else None,
        headers=headers,
    )


def problem_of_validation(request: Request, error: RequestValidationError) -> Response:
    """Return the answer to a request that its schema refuses; what was sent is never repeated: it may be red."""
    found = error.errors()
    missing = [each for each in found if each["loc"] == ("header", "Idempotency-Key") and each["type"] == "missing"]
    if missing:
        return problem_of(
            request,
            BadRequest("this call needs an Idempotency-Key", "Send one of 1 to 255 characters, new for each request"),
        )
    errors = [Fault(pointer=pointer_of(each["loc"]), code=each["type"], message=_plain(each)) for each in found]
    return _answer(
        request,
        status=422,
        code="unreadable",
        detail=f"{len(errors)} fault(s) in the request; nothing was done. Mend what `errors` points at.",
        errors=errors,
        next_actions=["mend_the_request"],
    )


def problem_of_http(request: Request, error: HTTPException) -> Response:
    """Return the answer to a call of what is not there, or not by this method."""
    code = {404: "no_such_route", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
    title = _TITLES.get(error.status_code, "The request cannot be read")
    return _answer(
        request,
        status=error.status_code,
        code=code,
        detail=f"{title}. See /v1/openapi.json for what is there.",
        headers=dict(error.headers or {}),
    )


def problem_of_format(request: Request, error: FormatRefused | ProfileRefused) -> Response:
    """Return the answer to content that the format or a profile's schema refuses."""
    return problem_of(request, Unreadable(str(error).rstrip(".")))


def problem_of_fault(request: Request, error: Exception) -> Response:
    """Return the answer to a fault of ours: its kind and nothing of its text, which may hold red data."""
    return _answer(
        request,
        status=500,
        code="fault",
        detail=f"A fault of the server ({type(error).__name__}). The log has it under the request's id.",
        next_actions=["retry"],
    )


def problem_of_book(request: Request, error: Exception) -> Response:
    """Return the answer while the book does not answer."""
    request.scope["state"]["fault"] = error  # for the log
    return _answer(
        request,
        status=503,
        code="book_does_not_answer",
        detail="The book does not answer at this moment. Repeat the call, with the same Idempotency-Key.",
        headers={"Retry-After": "2"},
        next_actions=["retry"],
    )


def problem_of_value(request: Request, error: Exception) -> Response:
    """Return the answer to a value that fits no column of the book, or a date beyond the calendar's years."""
    request.scope["state"]["fault"] = error  # for the log: a schema should have said so first
    fact = "a number, a date or a text of the request is larger than the book can keep"
    return problem_of(request, Unreadable(fact, "Nothing was done; send a smaller one"))


def pointer_of(where: tuple[int | str, ...]) -> str:
    """Return where a schema found a fault: a JSON pointer into the body, or the name of a parameter."""
    if where and where[0] == "body":
        return "/" + "/".join(str(each).replace("~", "~0").replace("/", "~1") for each in where[1:])
    return str(where[-1]) if where else ""


def _plain(fault: dict[str, Any]) -> str:
    """Return the sentence of a schema's fault without the input."""
    return str(fault["msg"])


def _answer(
    request: Request,
    *,
    status: int,
    code: str,
    detail: str,
    errors: list[Fault] | None = None,
    next_actions: list[str] | None = None,
    existing: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    problem = Problem(
        type=DOCUMENTATION + code.replace("_", "-"),
        title=_TITLES.get(status, "The request was refused"),
        status=status,
        detail=detail,
        instance=_NUMBER.sub("...", request.url.path),
        code=code,
        request_id=request.scope.get("state", {}).get("request_id", ""),
        errors=errors or [],
        next_actions=next_actions or [],
        existing=existing,
    )
    return Response(
        problem.model_dump_json(exclude_none=True), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )
