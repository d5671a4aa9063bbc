"""A call is sent again only where that can do nothing twice, and always with the same key."""

from datetime import date

import httpx2
import pytest

from ingather.client import Client, Conflict, ConnectionLost, NotNow, ServerFault, TooManyCalls

Answers = list[httpx2.Response | type[httpx2.TransportError]]


class Wire:
    """A server that answers as it is told, one answer after the other, and keeps what it was sent."""

    def __init__(self, *answers: httpx2.Response | type[httpx2.TransportError]) -> None:
        self.answers: Answers = list(answers)
        self.sent: list[httpx2.Request] = []
        self.waited: list[float] = []

    def client(self, attempts: int = 5) -> Client:
        http = httpx2.Client(transport=httpx2.MockTransport(self._answer))
        return Client("http://server/", "secret-key", http=http, attempts=attempts, sleep=self.waited.append)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, type):
            message = "gone"
            raise answer(message)
        return answer

    @property
    def keys(self) -> set[str]:
        return {request.headers["Idempotency-Key"] for request in self.sent}


def _problem(status: int, code: str, **headers: str) -> httpx2.Response:
    return httpx2.Response(status, json={"status": status, "code": code, "detail": "No."}, headers=headers)


def _order() -> httpx2.Response:
    return httpx2.Response(200, json={
        "id": "ord_1", "external_id": "a", "instalment": 1, "merchant": "m", "merchant_id": "mer_1", "buyer": "b",
        "buyer_id": "buy_1", "authorization": "x", "authorization_id": "auth_1", "amount_minor": 100, "currency": "USD",
        "due_on": "2026-11-18", "goods": False, "same_day": False, "state": "a_word_of_tomorrow", "reason": None,
        "held": False, "suspected": False, "collect_on": None, "presentations": 0, "last_code": None,
        "last_meaning": None, "late": False, "refunded_minor": 0, "created_at": "2026-11-16T12:00:00Z", "metadata": {},
        "a_field_of_tomorrow": 7,
    }, headers={"ETag": '"7"'})  # fmt: skip


def _create(client: Client) -> object:
    return client.orders.create(external_id="a", authorization="x", amount_minor=100, due_on=date(2026, 11, 18))


@pytest.mark.parametrize(
    "first",
    [
        httpx2.ReadTimeout, httpx2.ConnectError, httpx2.RemoteProtocolError,
        _problem(503, "book_does_not_answer"), _problem(429, "too_many_calls"), _problem(409, "still_answering"),
    ],
)  # fmt: skip
def test_what_may_be_sent_again_is_with_the_same_key_and_body(
    first: httpx2.Response | type[httpx2.TransportError],
) -> None:
    wire = Wire(first, _order())
    _create(wire.client())
    assert len(wire.sent) == 2
    assert len(wire.keys) == 1
    assert wire.sent[0].content == wire.sent[1].content
    assert len(wire.waited) == 1


def test_two_calls_have_two_keys() -> None:
    wire = Wire(_order(), _order())
    client = wire.client()
    _create(client)
    _create(client)
    assert len(wire.keys) == 2


def test_it_waits_as_long_as_it_is_asked_to_and_a_little_more() -> None:
    wire = Wire(_problem(429, "too_many_calls", **{"Retry-After": "7"}), _order())
    _create(wire.client())
    assert 7 <= wire.waited[0] < 8


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (_problem(409, "wrong_state"), Conflict),
        (_problem(500, "fault"), ServerFault),
        (httpx2.Response(502, content=b"<html>"), ServerFault),
    ],
)
def test_what_is_refused_is_not_sent_again(answer: httpx2.Response, kind: type[Exception]) -> None:
    wire = Wire(answer)
    with pytest.raises(kind):
        _create(wire.client())
    assert len(wire.sent) == 1


def test_it_gives_up_in_the_end_and_says_under_which_key_to_go_on() -> None:
    wire = Wire(*[httpx2.ReadTimeout] * 3)
    with pytest.raises(ConnectionLost) as lost:
        _create(wire.client(attempts=3))
    assert lost.value.key in wire.keys
    assert lost.value.key in str(lost.value)
    wire = Wire(*[_problem(503, "book_does_not_answer")] * 2)
    with pytest.raises(NotNow):
        _create(wire.client(attempts=2))
    wire = Wire(*[_problem(429, "too_many_calls")] * 2)
    with pytest.raises(TooManyCalls):
        _create(wire.client(attempts=2))


def test_what_has_no_key_is_sent_again_only_when_it_never_left() -> None:
    def make(client: Client) -> object:
        return client.webhook_endpoints.rotate("whk_1", overlap_hours=1)

    for answer, times in ((httpx2.ReadTimeout, 1), (_problem(503, "book_does_not_answer"), 1)):
        wire = Wire(answer)
        with pytest.raises((ConnectionLost, NotNow)):
            make(wire.client())
        assert len(wire.sent) == times
        assert "Idempotency-Key" not in wire.sent[0].headers
    wire = Wire(httpx2.ConnectError, _problem(429, "too_many_calls"), _problem(409, "wrong_state"))
    with pytest.raises(Conflict):
        make(wire.client())
    assert len(wire.sent) == 3


def test_fields_and_words_of_tomorrow_are_let_be() -> None:
    order = Wire(_order()).client().orders.get("ord_1")
    assert (order.state, order.etag) == ("a_word_of_tomorrow", '"7"')
    assert order.model_extra == {"a_field_of_tomorrow": 7}


def test_an_id_is_one_segment_whatever_it_holds() -> None:
    wire = Wire(_problem(404, "no_such"))
    with pytest.raises(Exception, match="no_such"):
        wire.client().orders.get("../files?x=1#")
    assert wire.sent[0].url.raw_path == b"/v1/orders/..%2Ffiles%3Fx%3D1%23"


def test_filters_are_sent_as_the_document_names_them() -> None:
    wire = Wire(httpx2.Response(200, json={"data": [], "meta": {"next_cursor": None, "has_more": False}}))
    assert list(wire.client().orders.list(due_on_gte=date(2026, 11, 16), held=True, expand=["buyer", "merchant"])) == []
    asked = wire.sent[0].url.params
    assert asked.multi_items() == [
        ("due_on[gte]", "2026-11-16"), ("held", "true"), ("expand[]", "buyer"), ("expand[]", "merchant"),
    ]  # fmt: skip


def test_the_key_is_in_no_message() -> None:
    wire = Wire(httpx2.ReadTimeout)
    client = wire.client(attempts=1)
    with pytest.raises(ConnectionLost) as lost:
        _create(client)
    assert "secret-key" not in str(lost.value) + repr(client) + repr(lost.value)
    assert wire.sent[0].headers["Authorization"] == "Bearer secret-key"
