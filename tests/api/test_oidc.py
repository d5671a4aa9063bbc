"""Signing in with an identity provider: whoever it proves and an administrator linked, and nobody else."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from ingather.domain.users import Role
from tests.api.identity_provider import CLIENT, SECRET, IdentityProvider, running_provider
from tests.api.office import Client, Front, front_of, open_front

pytestmark = pytest.mark.xdist_group("api-oidc")  # its book is made once

BACK = "http://127.0.0.1:8400/back"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Front, IdentityProvider]]:
    folder = tmp_path_factory.mktemp("oidc")
    stage = open_front(folder).stage
    with running_provider(lambda: stage.clock.now) as provider:
        file = folder / "provider.toml"
        file.write_text(
            f'issuer = "{provider.issuer}"\nclient_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n', encoding="utf-8"
        )
        front = front_of(stage, oidc_file=file, failures_per_minute=10_000)
        front.token("paula", Role.APPROVER)
        ada = front.person("ada", Role.ADMINISTRATOR)
        user = ada.get("/users", name="paula").json()["data"][0]
        link = {"issuer": provider.issuer, "subject": provider.subject, "reason": "as the list says"}
        assert ada.post(f"/users/{user['id']}/link", link).status_code == 200
        yield front, provider


@pytest.fixture
def front(made: tuple[Front, IdentityProvider]) -> Front:
    return made[0]


@pytest.fixture
def provider(made: tuple[Front, IdentityProvider]) -> Iterator[IdentityProvider]:
    """Yield a provider that tells the truth until a test says otherwise."""
    yield made[1]
    fresh = IdentityProvider(clock=made[1].clock)
    made[1].subject, made[1].methods, made[1].lie = fresh.subject, fresh.methods, {}
    made[1].forge, made[1].described_as = fresh.forge, None


def post(front: Front, path: str, **body: Any) -> Any:  # noqa: ANN401 -- an httpx response
    """Call without any key."""
    return front.http.post(f"/v1{path}", json=body)


def come_back(front: Front) -> dict[str, str]:
    """Begin a sign-in and show the provider who one is; returns what finishes it."""
    begun = post(front, "/sign-ins", redirect_uri=BACK)
    assert begun.status_code == 201, begun.text
    sent = httpx2.get(begun.json()["url"], follow_redirects=False)
    came = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()}
    assert came["state"] == begun.json()["state"]
    return {"sign_in": begun.json()["sign_in"], **came}


def test_whom_the_provider_proves_is_signed_in_as_who_they_are_linked_to(
    front: Front, provider: IdentityProvider
) -> None:
    finished = post(front, "/sign-ins/finish", **come_back(front))
    assert (finished.status_code, finished.json()["user"]) == (201, "paula")
    me = Client(http=front.http, token=finished.json()["token"]).get("/whoami").json()
    assert (me["actor"], me["withheld"]) == ("user:paula", [])
    provider.methods = ("pwd",)
    weak = post(front, "/sign-ins/finish", **come_back(front)).json()
    assert weak["second_factor"] is False, "what the provider does not say is not so"


def test_a_code_is_used_once_and_a_state_is_that_of_its_sign_in(front: Front) -> None:
    one, other = come_back(front), come_back(front)
    assert post(front, "/sign-ins/finish", **one | {"state": other["state"]}).status_code == 401
    assert post(front, "/sign-ins/finish", **one | {"code": other["code"]}).status_code == 401, (
        "the verifier is another"
    )
    assert post(front, "/sign-ins/finish", **one | {"sign_in": "c3R1ZmY="}).status_code == 401
    assert post(front, "/sign-ins/finish", **one).status_code == 201
    assert post(front, "/sign-ins/finish", **one).status_code == 401


def test_a_sign_in_is_finished_within_ten_minutes(front: Front) -> None:
    late = come_back(front)
    front.stage.clock.move(front.stage.clock.now + timedelta(minutes=10))
    assert post(front, "/sign-ins/finish", **late).status_code == 401


LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://other.example.com"},
    "another client": {"aud": "other"},
    "several clients, none of them the one who asked": {"aud": ["ingather-here", "other"], "azp": "other"},
    "another nonce": {"nonce": "other"},
    "no nonce": {"nonce": None},
    "over": {"exp": 1},
    "nobody": {"sub": ""},
    "not linked": {"sub": "another person"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_is_not_for_this_sign_in_proves_nobody(front: Front, provider: IdentityProvider, lie: str) -> None:
    provider.lie = LIES[lie]
    answer = post(front, "/sign-ins/finish", **come_back(front))
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def _unsigned(token: str) -> str:
    return f"eyJhbGciOiJub25lIn0.{token.split('.')[1]}."


def _changed(token: str) -> str:
    head, claims, signature = token.split(".")
    return f"{head}.{claims}.{signature[::-1]}"


@pytest.mark.parametrize("forge", [_unsigned, _changed, lambda _: "", lambda _: "a.b.c"])
def test_a_token_that_the_provider_did_not_sign_proves_nobody(
    front: Front,
    provider: IdentityProvider,
    forge: Any,  # noqa: ANN401 -- a function of a token
) -> None:
    provider.forge = forge
    assert post(front, "/sign-ins/finish", **come_back(front)).status_code == 401


def test_a_provider_that_is_another_or_away_is_said_to_be(front: Front, provider: IdentityProvider) -> None:
    provider.described_as = "https://other.example.com"
    silent = post(front, "/sign-ins", redirect_uri=BACK)
    assert (silent.status_code, silent.json()["code"]) == (503, "provider_silent")


def test_a_house_without_a_provider_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    bare = open_front(tmp_path_factory.mktemp("bare"), ())
    assert post(bare, "/sign-ins", redirect_uri=BACK).status_code == 409
