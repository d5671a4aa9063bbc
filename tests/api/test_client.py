"""The client is what the document says, and against a server it does what its calls promise."""

import inspect
import re
from datetime import UTC, date, datetime
from pathlib import Path

import httpx2
import pytest

from ingather.client import Changed, Client, Conflict, NoSuch, NotPermitted, NotSignedIn, Problem, Unreadable
from ingather.client.calls import Calls
from ingather.domain.users import Permission
from tests import client_of_document
from tests.api.document import document
from tests.api.office import Front, open_front
from tests.journey.stage import Sale

pytestmark = pytest.mark.xdist_group("api-client")  # its book is made once

DUE = date(2026, 11, 18)


def test_every_call_and_every_shape_is_written_as_the_document_says(tmp_path: Path) -> None:
    client_of_document.write(tmp_path, client_of_document.written(document()))
    written, kept = (
        {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}
        for folder in (tmp_path, client_of_document.CLIENT)
    )
    kept = {name: text for name, text in kept.items() if name.startswith(client_of_document.PACKAGES)}
    stale = sorted(name for name in written | kept if written.get(name) != kept.get(name))
    assert not stale, f"write them anew with python -m tests.client_of_document: {', '.join(stale)}"


def test_every_operation_has_a_call_of_its_own_and_the_call_goes_there() -> None:
    """Each method is called with a word for every parameter; what it sends is where the document puts the operation."""
    went: list[tuple[str, str, set[str]]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        went.append((request.method, request.url.path, set(request.url.params)))
        return httpx2.Response(418)

    client = Client("http://nowhere", "key", http=httpx2.Client(transport=httpx2.MockTransport(answer)))
    writer = client_of_document.Writer(document())
    for operation in writer.operations:
        call = getattr(getattr(client, operation.resource), writer.names[id(operation)])
        places = re.findall(r"{(\w+)}", operation.path)
        named = {word: [] if word == "content" else "x" for word in inspect.signature(call).parameters}
        with pytest.raises(Problem, match="418"):
            list(call(*places, **{word: value for word, value in named.items() if word not in places}))
        query = {each["name"] for each in operation.parameters if each["in"] == "query"}
        assert went.pop() == (operation.method, re.sub(r"[{}]", "", operation.path), query)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    return open_front(tmp_path_factory.mktemp("client"), [Sale(), Sale(merchant="summit")])


@pytest.fixture
def client(front: Front) -> Client:
    return Client("http://testserver", front.key(), http=front.http)


def test_an_order_is_recorded_shown_held_and_listed(client: Client) -> None:
    order = client.orders.create(external_id="a-1", authorization="b000", amount_minor=777, due_on=DUE)
    assert (order.state, order.amount_minor, order.due_on, order.currency) == ("open", 777, DUE, "USD")
    shown = client.orders.get(order.id, expand=["buyer"])
    assert shown.expanded is not None
    assert shown.expanded.buyer is not None
    assert client.orders.hold(order.id, reason="asked for").held
    assert client.orders.release(order.id, reason="asked for").held is False
    assert [each.id for each in client.orders.list(external_id="a-1", due_on_gte=DUE, held=False)] == [order.id]


def test_a_list_is_read_page_after_page(client: Client) -> None:
    rows = [{"external_id": f"p-{number}", "authorization": "b000", "amount_minor": 100 + number, "due_on": DUE}
            for number in range(7)]  # fmt: skip
    assert client.orders.batch(content=rows).created == 7
    found = [each.external_id for each in client.orders.list(limit=3, order="oldest") if each.external_id[:2] == "p-"]
    assert found == [f"p-{number}" for number in range(7)]
    pages = list(client.orders.list(limit=3).by_page())
    assert [cursor is None for _, cursor in pages] == [False] * (len(pages) - 1) + [True]


def test_the_same_key_is_answered_as_the_first_time(client: Client) -> None:
    terms = {"external_id": "k-1", "authorization": "b000", "amount_minor": 555, "due_on": DUE}
    first, again = (client.orders.create(**terms, idempotency_key="only-once") for _ in range(2))  # type: ignore[arg-type]  # words of several types
    assert (first.id, first.replayed, again.replayed) == (again.id, False, True)
    with pytest.raises(Unreadable) as other:
        client.orders.create(**{**terms, "amount_minor": 556}, idempotency_key="only-once")  # type: ignore[arg-type]  # as above
    assert other.value.code == "other_request"
    assert other.value.request_id


def test_what_changed_since_it_was_read_is_not_changed(client: Client) -> None:
    order = client.orders.get(client.orders.create(
        external_id="c-1", authorization="b000", amount_minor=321, due_on=DUE).id)  # fmt: skip
    assert order.etag
    client.orders.hold(order.id, reason="first", if_match=order.etag)
    with pytest.raises(Changed):
        client.orders.release(order.id, reason="second", if_match=order.etag)


def test_a_refusal_is_an_exception_with_its_particulars(front: Front, client: Client) -> None:
    with pytest.raises(NoSuch):
        client.orders.get("ord_0000000000000")
    with pytest.raises(Unreadable) as unreadable:
        client.orders.create(external_id="x", authorization="b000", amount_minor=0, due_on=DUE)
    assert [each.pointer for each in unreadable.value.errors] == ["/amount_minor"]
    done = client.orders.create(external_id="d-1", authorization="b000", amount_minor=400, due_on=DUE)
    with pytest.raises(Conflict, match="request "):
        client.orders.refund(done.id, amount_minor=400, reason="nothing was taken yet")
    with pytest.raises(NotSignedIn):
        Client("http://testserver", "ing_test_nothing", http=front.http).orders.list().first()
    reader = Client("http://testserver", front.key({Permission.ORDERS_READ}), http=front.http)
    with pytest.raises(NotPermitted):
        reader.orders.cancel(done.id, reason="not mine")


def test_events_are_followed_from_where_the_reader_was(client: Client) -> None:
    earlier = client.orders.create(external_id="e-0", authorization="b000", amount_minor=902, due_on=DUE)
    client.orders.hold(earlier.id, reason="asked for")
    before = list(client.events.after())
    order = client.orders.create(external_id="e-1", authorization="b000", amount_minor=901, due_on=DUE)
    client.orders.hold(order.id, reason="asked for")
    news = list(client.events.after(before[-1]))
    assert [each.type for each in news if each.object.id == order.id][-1] == "order.held"
    assert [each.sequence for each in before + news] == sorted({each.sequence for each in before + news})
    assert list(client.events.after(news[-1].id)) == []
    assert before[0].created_at <= datetime.now(UTC)


def test_each_resource_is_an_attribute(client: Client) -> None:
    assert isinstance(client, Calls)
    assert {"orders", "returns", "settlements", "webhook_endpoints"} <= set(vars(client))
