"""A key bound to one merchant, at every route it may call: nothing of another merchant is told, and nothing moved."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from ingather.base.ids import Prefix, public_id
from ingather.domain.users import BOUND
from tests.api.asking import Ask, ask_all
from tests.api.declared import Callers
from tests.api.document import document
from tests.api.examples import EXAMPLES, Scene
from tests.api.office import Front
from tests.api.operations import Operation, operations_of
from tests.api.played import played_front
from tests.seeds import seed

pytestmark = pytest.mark.xdist_group("api-one-merchant")  # its book is made once

_OF_ORDERS = "SELECT x.id FROM {table} x JOIN orders o ON o.id = x.order_id WHERE o.merchant_id = :merchant"
_OWN = "SELECT id FROM {table} WHERE merchant_id = :merchant"
_AUTHORIZED = "SELECT DISTINCT {column} FROM authorizations WHERE merchant_id = :merchant"
WHERE: Mapping[Prefix, str] = {
    Prefix.ORDER: _OWN.format(table="orders"),
    Prefix.AUTHORIZATION: _OWN.format(table="authorizations"),
    Prefix.BUYER: _AUTHORIZED.format(column="buyer_id"),
    Prefix.ACCOUNT: _AUTHORIZED.format(column="account_id"),
    Prefix.RETURN: _OF_ORDERS.format(table="returns"),
    Prefix.ENTRY: _OF_ORDERS.format(table="entries"),
    Prefix.CASE: _OF_ORDERS.format(table="cases"),
    Prefix.FOLLOW_UP: _OF_ORDERS.format(table="follow_ups"),
    Prefix.DISPUTE: _OF_ORDERS.format(table="disputes"),
    Prefix.REQUEST: _OF_ORDERS.format(table="odfi_requests"),
    Prefix.CORRECTION: "SELECT id FROM corrections WHERE account_id IN (SELECT account_id FROM authorizations "
    "WHERE merchant_id = :merchant)",
    Prefix.SETTLEMENT: _OWN.format(table="settlements"),
    Prefix.PAYOUT: _OWN.format(table="payouts"),
    Prefix.MERCHANT_ACCOUNT: _OWN.format(table="merchant_accounts"),
    Prefix.WEBHOOK: _OWN.format(table="webhook_endpoints"),
    Prefix.MERCHANT: "SELECT id FROM merchants WHERE id = :merchant",
    Prefix.EVENT: "SELECT seq FROM facts WHERE scope = 'order' AND subject_id IN (SELECT id FROM orders "
    "WHERE merchant_id = :merchant)",
}
"""The keys of a merchant's things, by what they are."""
NAMES = (
    "SELECT external_id FROM orders WHERE merchant_id = :merchant UNION "
    "SELECT external_id FROM authorizations WHERE merchant_id = :merchant UNION "
    "SELECT external_id FROM merchants WHERE id = :merchant"
)
_ASKED_BY = (Prefix.ORDER, Prefix.MERCHANT, Prefix.AUTHORIZATION, Prefix.BUYER, Prefix.ACCOUNT)
"""What lists are filtered by."""
_KEYS = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """What is a merchant's: public ids by what they name, and names of its own."""

    ids: Mapping[Prefix, list[str]] = field(repr=False)
    names: frozenset[str] = field(repr=False)

    @property
    def words(self) -> frozenset[str]:
        """Return everything that tells of the merchant."""
        return self.names.union(*self.ids.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Two:
    """A book of two merchants, with a key that is bound to the first."""

    front: Front = field(repr=False)
    token: str = field(repr=False)
    ours: Theirs
    theirs: Theirs
    operations: list[Operation] = field(repr=False)

    def ask(self, operation: Operation, path: str, query: str = "", body: Any = None) -> tuple[int, str]:  # noqa: ANN401 -- any JSON value
        """Call as the first merchant's."""
        headers = {"idempotency-key": f"bound-{next(_KEYS)}", "content-type": operation.media, "if-match": "*"}
        sent = b"" if body is None else json.dumps(body).encode()
        ask = Ask(name=operation.name, method=operation.method, path=path, token=self.token, query=query,
                  body=sent, headers=headers)  # fmt: skip
        [told] = ask_all(self.front.http.app, [ask])  # type: ignore[arg-type]  # any ASGI application to a test client
        return told.status, told.body.decode("utf-8", "replace")


def things_of(front: Front, merchant: str) -> Theirs:
    """Return what is a merchant's."""
    with front.stage.desk.view() as ctx:
        key = ctx.session.execute(
            text("SELECT id FROM merchants WHERE external_id = :name"), {"name": merchant}
        ).scalar()
        asked = {"merchant": key}
        ids = {
            prefix: [public_id(prefix, each) for each in ctx.session.execute(text(sql), asked).scalars()]
            for prefix, sql in WHERE.items()
        }
        return Theirs(ids=ids, names=frozenset(ctx.session.execute(text(NAMES), asked).scalars()))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Two:
    front = played_front(tmp_path_factory.mktemp("two") / "book")
    for merchant in ("harbor", "summit"):
        hooked = front.client(BOUND, merchant=merchant)
        made = hooked.post("/webhook-endpoints", {"url": f"https://{merchant}.example.com/hook"})
        assert made.status_code == 201, made.text
    token = front.key(BOUND, merchant="harbor")
    operations = list(operations_of(document()))
    ours, theirs = things_of(front, "harbor"), things_of(front, "summit")
    assert min(len(theirs.ids[each]) for each in (Prefix.ORDER, Prefix.RETURN, Prefix.ENTRY, Prefix.SETTLEMENT)) > 0
    assert not ours.words & theirs.words
    return Two(front=front, token=token, ours=ours, theirs=theirs,
               operations=[each for each in operations if each.bound and each.permission is not None])  # fmt: skip


def told_of(answer: str, theirs: Theirs, *, but: str = "") -> list[str]:
    """Return what an answer tells of a merchant, except for what was asked; names count where they stand alone."""
    words = set(re.findall(r"[A-Za-z0-9_.:@-]+", answer)) - {but}
    return sorted(words & theirs.words)


def _prefix_of(operation: Operation, place: str) -> Prefix | None:
    example = operation.at().split("/")[operation.path.split("/").index(f"{{{place}}}")]
    word = example.partition("_")[0]
    return Prefix(word) if word in set(Prefix) and "_" in example else None


def _queries(operation: Operation, theirs: Theirs) -> Iterator[tuple[str, str]]:
    """Yield queries to try, with what of the other merchant each one names."""
    yield "limit=500", ""
    for place, each in enumerate(operation.parameters):
        if each["in"] != "query":
            continue
        name, schema = each["name"], each["schema"]
        options = [schema, *schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]
        words = [word for option in options for word in option.get("enum", option.get("items", {}).get("enum", []))]
        if "expand" in name:
            yield "limit=500&" + "&".join(f"expand={word}" for word in words), ""
            continue
        if words or not any(option.get("type") == "string" and "format" not in option for option in options):
            continue
        named = [*(theirs.ids[each][0] for each in _ASKED_BY), min(theirs.names), "summit"]
        for number, theirs_own in enumerate(named):
            if _fits(name, theirs_own) or (place + number + seed()) % 4 == 0:
                yield f"{name}={theirs_own}", theirs_own


def _fits(name: str, word: str) -> bool:
    """Return whether a filter may be for such a word: a name, or an id of the kind that the filter is called after.

    Of the other ids a fourth is tried as well, others with another seed.
    """
    kind = next((each for each in _ASKED_BY if word.startswith(f"{each}_")), None)
    return kind is None or kind.name.lower() in name


def test_a_list_tells_nothing_of_another_merchant_however_it_is_filtered(two: Two) -> None:
    leaks, listed = [], 0
    for operation in two.operations:
        if operation.acts or operation.places:
            continue
        for query, named in _queries(operation, two.theirs):
            status, answer = two.ask(operation, operation.path, query)
            assert status in {200, 404, 422}, (operation.name, query, status, answer)
            listed += status == 200
            leaks += [(operation.name, query, each) for each in told_of(answer, two.theirs, but=named)]
            if status == 200 and named:
                leaks += [(operation.name, query, "rows") for _ in _rows(answer) if named in answer]
    assert leaks == []
    assert listed > 30


def _rows(answer: str) -> list[Any]:
    found = json.loads(answer)
    rows: list[Any] = found.get("data", []) if isinstance(found, dict) else []
    return rows


def test_what_is_another_merchants_is_not_there(two: Two) -> None:
    wrong, asked = [], 0
    for operation in two.operations:
        for place in operation.places:
            prefix = _prefix_of(operation, place)
            for theirs in two.theirs.ids.get(prefix, [])[:3] if prefix else []:
                body = _body(two, operation)
                status, answer = two.ask(operation, operation.at(**{place: theirs}), "", body)
                asked += 1
                if status != 404 or told_of(answer, two.theirs, but=theirs):
                    wrong.append((operation.name, place, status, answer[:300]))
    assert wrong == []
    assert asked > 60


def test_what_is_ones_own_is_shown_without_the_others(two: Two) -> None:
    leaks, shown = [], 0
    for operation in two.operations:
        if operation.acts or len(operation.places) != 1:
            continue
        prefix = _prefix_of(operation, operation.places[0])
        for mine in two.ours.ids.get(prefix, []) if prefix else []:
            for query, named in ((query, named) for query, named in _queries(operation, two.theirs) if not named):
                wanted = "" if query == "limit=500" else query.removeprefix("limit=500&")
                status, answer = two.ask(operation, operation.at(**{operation.places[0]: mine}), wanted)
                assert status in {200, 404, 422}, (operation.name, status, answer)
                shown += status == 200
                leaks += [(operation.name, wanted, each) for each in told_of(answer, two.theirs, but=named)]
    assert leaks == []
    assert shown > 60


def test_an_action_that_names_what_is_anothers_in_its_body_does_nothing(two: Two) -> None:
    before, done, named = _state(two), [], 0
    swaps = {mine: theirs for prefix, all_of_mine in two.ours.ids.items()
             for mine, theirs in zip(all_of_mine, two.theirs.ids[prefix], strict=False)}  # fmt: skip
    swaps |= dict(zip(sorted(two.ours.names - {"harbor"}), sorted(two.theirs.names - {"summit"}), strict=False))
    swaps["harbor"] = "summit"
    for operation in two.operations:
        body = _body(two, operation) if operation.acts and not operation.places else None
        for theirs, other in _swapped(body, swaps, two.theirs):
            status, answer = two.ask(operation, operation.path, "", other)
            named += 1
            if status < 400 or status >= 500 or told_of(answer, two.theirs, but=theirs):
                done.append((operation.name, status, theirs, answer[:300]))
    assert done == []
    assert named > 3
    assert _state(two) == before


def _body(two: Two, operation: Operation) -> Any:  # noqa: ANN401 -- any JSON value
    """Return a body that the operation would take, None where it takes none or one that is no JSON."""
    example = EXAMPLES.get(operation.name)
    if example is None or example.raw is not None or example.body is None:
        return {} if operation.media == "application/json" and operation.body else None
    scene = Scene(front=two.front, callers=Callers(front=two.front))
    return scene.say(example.body)


def _swapped(body: Any, swaps: Mapping[str, str], theirs: Theirs) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 -- as above
    """Yield the body once for each name in it, with that one being another merchant's."""
    for name, value in body.items() if isinstance(body, dict) else ():
        if isinstance(value, str) and (value in swaps or value in theirs.words):
            other = swaps.get(value, value)
            if name != "external_id":
                yield other, {**body, name: other}


def _state(two: Two) -> dict[str, list[Any]]:
    """Return every row of the other merchant's."""
    with two.front.stage.desk.view() as ctx:
        key = ctx.session.execute(text("SELECT id FROM merchants WHERE external_id = 'summit'")).scalar()
        tables = ("orders", "authorizations", "settlements", "payouts", "merchant_accounts", "webhook_endpoints")
        return {
            table: [tuple(row) for row in ctx.session.execute(
                text(f"SELECT * FROM {table} WHERE merchant_id = :merchant ORDER BY id"), {"merchant": key}  # noqa: S608 -- the names above
            )]
            for table in tables
        }  # fmt: skip
