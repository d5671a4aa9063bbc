"""Signing in over HTTP: password, second factor, proofs before approving, and what slows a guesser down."""

from base64 import b32decode
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from ingather.domain.users import PEOPLE_ONLY, Permission, Role
from tests.api.office import Client, Front, open_front

pytestmark = pytest.mark.xdist_group("api-sessions")  # its book is made once

PASSWORD = "correct horse battery"  # noqa: S105 -- of nobody
OTHER = "staple of another kind"
IDLE, TOTAL, PROOF = timedelta(minutes=15), timedelta(hours=8), timedelta(minutes=15)
TERMS = {"session_idle_s": 900, "session_total_s": 28_800, "proof_s": 900, "failures_per_minute": 10_000}


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    return open_front(tmp_path_factory.mktemp("sessions"), server=TERMS)


def wait(front: Front, time: timedelta) -> None:
    """Let time pass."""
    front.stage.clock.move(front.stage.clock.now + time)


def code_of(front: Front, secret: str) -> str:
    """Return what a person's app shows now, by another reading of the same secret."""
    totp = TOTP(b32decode(secret), 6, SHA1(), 30)  # noqa: S303 -- what every app computes
    return totp.generate(int(front.stage.clock.now.timestamp())).decode()


def post(front: Front, path: str, **body: Any) -> Any:  # noqa: ANN401 -- an httpx response
    """Call without any key."""
    return front.http.post(f"/v1{path}", json=body)


def added(front: Front, name: str, *roles: Role) -> str:
    """Have an administrator record a person; returns the one-time token."""
    ada = Client(http=front.http, token=front.token("ada", Role.ADMINISTRATOR))
    answer = ada.post("/users", {"name": name, "roles": list(roles)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def member(front: Front, name: str, *roles: Role) -> None:
    """Have a person recorded who has chosen a password."""
    chosen = post(front, "/passwords", name=name, token=added(front, name, *roles), password=PASSWORD)
    assert chosen.status_code == 200, chosen.text


def signed_in(front: Front, name: str, **more: str) -> Client:
    """Sign a person in."""
    answer = post(front, "/sessions", name=name, password=PASSWORD, **more)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return Client(http=front.http, token=answer.json()["token"])


def enrolled(front: Front, name: str, *roles: Role) -> tuple[Client, str]:
    """Return a person who has signed in and has a second factor, with its secret."""
    member(front, name, *roles)
    client = signed_in(front, name)
    factor = client.post("/sessions/current/second-factor", {"password": PASSWORD}).json()
    confirmed = client.post("/sessions/current/second-factor/confirm", {"code": code_of(front, factor["secret"])})
    assert confirmed.json()["second_factor"] is True
    return client, factor["secret"]


def test_a_person_signs_in_looks_and_signs_out(front: Front) -> None:
    member(front, "olga", Role.OPERATOR)
    client = signed_in(front, "olga")
    me = client.get("/whoami").json()
    assert (me["actor"], me["book"], me["merchant"]) == ("user:olga", "test", None)
    assert Permission.ORDERS_WRITE in me["permissions"]
    assert client.get("/sessions/current").json()["roles"] == ["operator"]
    assert client.post("/sessions/current", method="DELETE").json() == {"done": True}
    assert client.get("/whoami").status_code == 401


def test_without_a_second_factor_nobody_approves_or_grants(front: Front) -> None:
    member(front, "pia", Role.APPROVER)
    me = signed_in(front, "pia").get("/whoami").json()
    assert not PEOPLE_ONLY.intersection(me["permissions"])
    assert set(me["withheld"]) == {"files:approve", "returns:approve", "settlements:approve"}
    member(front, "ann", Role.ADMINISTRATOR)
    refused = signed_in(front, "ann").post("/users", {"name": "nobody", "roles": []})
    assert (refused.status_code, refused.json()["code"]) == (403, "proof_missing")
    assert refused.json()["next_actions"] == ["prove_again"]


def test_a_second_factor_counts_from_its_first_code_and_a_code_is_used_once(front: Front) -> None:
    client, secret = enrolled(front, "paul", Role.APPROVER)
    assert client.get("/whoami").json()["withheld"] == []
    code = code_of(front, secret)
    assert post(front, "/sessions", name="paul", password=PASSWORD, code=code).status_code == 401, "it is used up"
    assert post(front, "/sessions", name="paul", password=PASSWORD).status_code == 401, "it is asked for"
    wait(front, timedelta(seconds=30))
    again = signed_in(front, "paul", code=code_of(front, secret))
    assert again.get("/sessions/current").json()["second_factor"] is True
    assert client.post("/sessions/current/second-factor", {"password": PASSWORD, "code": "1"}).status_code == 401


def test_a_code_may_drift_by_one_step_and_not_by_two(front: Front) -> None:
    _, secret = enrolled(front, "dora", Role.VIEWER)
    for late, status in ((90, 401), (30, 201)):
        wait(front, timedelta(minutes=2))
        code = code_of(front, secret)
        wait(front, timedelta(seconds=late))
        assert post(front, "/sessions", name="dora", password=PASSWORD, code=code).status_code == status


def test_approving_asks_for_a_proof_that_is_not_old(front: Front) -> None:
    client, secret = enrolled(front, "petra", Role.APPROVER)
    for _ in range(2):
        wait(front, IDLE * 0.6)
        assert client.get("/whoami").status_code == 200
    assert client.get("/whoami").json()["withheld"] == ["files:approve", "returns:approve", "settlements:approve"]
    wrong = client.post("/sessions/current/prove", {"password": OTHER, "code": code_of(front, secret)})
    assert wrong.status_code == 401
    proven = client.post("/sessions/current/prove", {"password": PASSWORD, "code": code_of(front, secret)})
    assert proven.status_code == 200
    assert client.get("/whoami").json()["withheld"] == []


def test_a_sign_in_ends_when_nothing_is_done_and_at_the_latest_after_its_time(front: Front) -> None:
    member(front, "ines", Role.VIEWER)
    left = signed_in(front, "ines")
    wait(front, IDLE)
    assert left.get("/whoami").status_code == 401
    busy, begun = signed_in(front, "ines"), front.stage.clock.now
    while front.stage.clock.now + IDLE * 0.9 < begun + TOTAL:
        wait(front, IDLE * 0.9)
        assert busy.get("/whoami").status_code == 200
    wait(front, IDLE * 0.9)
    assert busy.get("/whoami").status_code == 401


def test_a_new_password_ends_the_other_sign_ins(front: Front) -> None:
    member(front, "nora", Role.VIEWER)
    here, there = signed_in(front, "nora"), signed_in(front, "nora")
    body = {"password": PASSWORD, "new_password": OTHER}
    assert here.post("/sessions/current/password", body | {"password": OTHER}).status_code == 401
    assert here.post("/sessions/current/password", body | {"new_password": "short"}).status_code == 422
    assert here.post("/sessions/current/password", body | {"new_password": "all about Nora here"}).status_code == 422
    assert here.post("/sessions/current/password", body).status_code == 200
    assert (here.get("/whoami").status_code, there.get("/whoami").status_code) == (200, 401)
    assert post(front, "/sessions", name="nora", password=PASSWORD).status_code == 401
    assert post(front, "/sessions", name="nora", password=OTHER).status_code == 201


def test_a_one_time_token_works_once_for_its_person_and_for_two_days(front: Front) -> None:
    first, second = added(front, "tina", Role.VIEWER), added(front, "tom", Role.VIEWER)
    assert post(front, "/passwords", name="tom", token=first, password=PASSWORD).status_code == 401
    assert post(front, "/passwords", name="tina", token=first, password=PASSWORD).status_code == 200
    assert post(front, "/passwords", name="tina", token=first, password=OTHER).status_code == 401
    wait(front, timedelta(days=2))
    assert post(front, "/passwords", name="tom", token=second, password=PASSWORD).status_code == 401


@pytest.mark.parametrize("name", ["gina", "nobody-has-this-name"])
def test_who_guesses_waits_longer_each_time_whether_there_is_such_a_person_or_not(front: Front, name: str) -> None:
    if name == "gina":
        member(front, name, Role.VIEWER)
    answers = [post(front, "/sessions", name=name, password=f"guess number {number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[-1].json()["code"] == "too_many_attempts"
    waits = []
    for _ in range(3):
        waits.append(int(post(front, "/sessions", name=name, password=PASSWORD).headers["Retry-After"]))
        wait(front, timedelta(seconds=waits[-1]))
        assert post(front, "/sessions", name=name, password=OTHER).status_code == 401
    assert waits == [31, 61, 121]
    assert post(front, "/sessions", name=name, password=PASSWORD).status_code == 429, "the right one waits as well"
    if name == "gina":
        wait(front, timedelta(minutes=20))
        signed_in(front, name)
        assert post(front, "/sessions", name=name, password=OTHER).status_code == 401, "it is counted from the start"


def test_wrong_names_passwords_and_codes_are_answered_alike(front: Front) -> None:
    enrolled(front, "mona", Role.VIEWER)
    said = [
        post(front, "/sessions", name="mona", password=PASSWORD, code="000000").json(),
        post(front, "/sessions", name="mona", password=OTHER).json(),
        post(front, "/sessions", name="monna", password=PASSWORD).json(),
    ]
    assert len({(each["status"], each["code"], each["detail"]) for each in said}) == 1


def test_what_was_shown_is_in_no_answer_and_in_no_row(tmp_path: Path) -> None:
    front = open_front(tmp_path, server=TERMS)
    client, secret = enrolled(front, "vera", Role.VIEWER)
    bad = post(front, "/sessions", name="vera", password=[PASSWORD])
    assert bad.status_code == 422
    assert PASSWORD not in bad.text
    front.stage.desk.engine.dispose()
    kept = b"".join(each.read_bytes() for each in tmp_path.rglob("book.sqlite*"))
    for shown in (PASSWORD.encode(), client.token.encode()[-40:], secret.encode(), b32decode(secret)):
        assert shown not in kept


def test_either_engine_knows_who_signed_in_and_who_guesses(book_url: str, tmp_path: Path) -> None:
    front = open_front(tmp_path, server=TERMS, book=book_url)
    client, secret = enrolled(front, "petra", Role.APPROVER)
    assert client.get("/whoami").json()["withheld"] == []
    wait(front, timedelta(minutes=2))
    assert client.get("/sessions/current").status_code == 200
    again = client.post("/sessions/current/prove", {"password": PASSWORD, "code": code_of(front, secret)})
    assert again.status_code == 200
    guesses = [post(front, "/sessions", name="petra", password=OTHER).status_code for _ in range(6)]
    assert guesses == [401] * 5 + [429]
    client.post("/sessions/current", method="DELETE")
    assert client.get("/whoami").status_code == 401
