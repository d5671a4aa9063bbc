"""A house's identity provider, by OpenID Connect: the code flow with PKCE, state and nonce (RFC 7636, OIDC Core §3.1).

Only this file needs the extra ``oidc``; the libraries check the signature and the claims, the house's own rules of
whom to let in are in ``api/oidc.py``.
"""

import secrets
import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ingather.domain.refusals import NotSignedIn, ProviderSilent, Unreadable

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures that only the provider can make; none, and those by a shared secret, are not among them."""
_SCOPE = "openid"
_TIMEOUT_S = 5
_LARGEST = 1 << 18
_LEEWAY_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What the house agreed with its identity provider."""

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A sign-in under way; nobody but who began it knows ``verifier`` and ``nonce``."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """Whom the provider proved; ``second_factor`` is whether it says that more than one was shown (RFC 8176)."""

    issuer: str
    subject: str
    second_factor: bool


def load_provider(path: Path) -> Provider:
    """Return the provider of a TOML file with ``issuer``, ``client_id`` and perhaps ``client_secret``.

    Raises ``Unreadable`` for anything else.
    """
    fact = "the file of the identity provider does not hold issuer, client_id and perhaps client_secret"
    try:
        said = tomllib.loads(path.read_text("utf-8"))
        found = Provider(**said)
    except (OSError, ValueError, TypeError):
        raise Unreadable(fact, "See docs/settings.md") from None
    if not all(isinstance(value, str) and value for value in said.values()):
        raise Unreadable(fact, "See docs/settings.md")
    _refuse_open(found.issuer)
    return found


def begin(provider: Provider, *, redirect_uri: str) -> tuple[str, Begun]:
    """Return where the person goes, and what is remembered until they come back; raises ``ProviderSilent``."""
    begun = Begun(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(64),
        redirect_uri=redirect_uri,
    )
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": _SCOPE,
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": create_s256_code_challenge(begun.verifier),
        "code_challenge_method": "S256",
    }
    with _client() as client:
        address = str(_described(client, provider)["authorization_endpoint"])
    joint = "&" if urlsplit(address).query else "?"
    return f"{address}{joint}{urlencode(asked)}", begun


def finish(provider: Provider, begun: Begun, code: str, *, now: datetime) -> Proved:
    """Return whom the provider proved; raises ``NotSignedIn`` when it proves nobody, and ``ProviderSilent``."""
    with _client() as client:
        described = _described(client, provider)
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": begun.redirect_uri,
            "code_verifier": begun.verifier,
            "client_id": provider.client_id,
        }
        by = (provider.client_id, provider.client_secret) if provider.client_secret else None
        answer = _answer(client, "POST", str(described["token_endpoint"]), data=asked, auth=by)
        keys = _answer(client, "GET", str(described["jwks_uri"]))
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise _nobody()
    try:
        read = jwt.decode(token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS))  # type: ignore[arg-type]  # the provider's own JSON
        claims = CodeIDToken(
            read.claims,
            read.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
                "sub": {"essential": True},
                "nonce": {"essential": True, "value": begun.nonce},
            },
            params={"nonce": begun.nonce, "client_id": provider.client_id},
        )
        claims.validate(now=int(now.timestamp()), leeway=_LEEWAY_S)
        methods = claims.get("amr") or []
    except (JoseError, ValueError, KeyError, TypeError):
        raise _nobody() from None
    return Proved(issuer=provider.issuer, subject=str(claims["sub"]), second_factor="mfa" in methods)


def _described(client: httpx2.Client, provider: Provider) -> dict[str, Any]:
    """Return what the provider says of itself; it must be the one that was agreed (OIDC Discovery §4.3)."""
    found = _answer(client, "GET", f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    addresses = [found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if found.get("issuer") != provider.issuer or not all(isinstance(each, str) for each in addresses):
        raise ProviderSilent
    for address in addresses:
        _refuse_open(str(address))
    return found


def _refuse_open(address: str) -> None:
    """Refuse an address over which anybody could listen: only this machine's own needs no TLS."""
    parts = urlsplit(address)
    try:
        own = ip_address(parts.hostname or "").is_loopback
    except ValueError:
        own = parts.hostname == "localhost"
    if parts.scheme != "https" and not (parts.scheme == "http" and own):
        fact = "an address of the identity provider does not begin with https"
        raise Unreadable(fact, "See docs/settings.md")


def _client() -> httpx2.Client:
    return httpx2.Client(timeout=_TIMEOUT_S, follow_redirects=False)


def _answer(client: httpx2.Client, method: str, address: str, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 -- parts of a request
    try:
        answer = client.request(method, address, **{name: value for name, value in asked.items() if value is not None})
        found = answer.json() if len(answer.content) <= _LARGEST else None
    except (httpx2.HTTPError, ValueError):
        raise ProviderSilent from None
    if answer.status_code in {400, 401, 403}:
        raise _nobody()
    if answer.status_code != httpx2.codes.OK or not isinstance(found, dict):
        raise ProviderSilent
    return found


def _nobody() -> NotSignedIn:
    fact = "the identity provider proved nobody"
    return NotSignedIn(fact, "Begin the sign-in again")
