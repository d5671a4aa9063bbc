"""Who keeps a root key: a file of the key folder, the environment, or a KMS. Under it the ring's keys are wrapped.

What is wrapped is bound to the instance and to what it is: wrapped for one thing it unwraps as nothing else.
"""

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, assert_never

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ingather.domain.keys import Provider
from ingather.domain.refusals import BrokenInvariant, KeyMissing

KEY_BYTES = 32
_NONCE = 12
_VARIABLES: Final = ("INGATHER_KEK_NEXT", "INGATHER_KEK")


class KeyProvider(Protocol):
    """Whoever wraps and unwraps with one root key, which need not ever be in this process."""

    @property
    def name(self) -> str:
        """Return the root's name: its provider, a colon, and which key."""

    def wrap(self, plain: bytes, *, instance: str, of: str) -> bytes:
        """Return a key wrapped for an instance and for what it is."""

    def unwrap(self, wrapped: bytes, *, instance: str, of: str) -> bytes:
        """Return the key; raises ``BrokenInvariant`` when it was changed or belongs elsewhere."""

    def kept(self) -> dict[str, str]:
        """Return what the ring keeps of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalKey:
    """A root key that is in this process: from a file of the ring, or from the environment."""

    name: str
    key: bytes = field(repr=False)

    def wrap(self, plain: bytes, *, instance: str, of: str) -> bytes:
        """Return a key wrapped for an instance and for what it is."""
        return wrap_with(self.key, plain, instance=instance, of=of)

    def unwrap(self, wrapped: bytes, *, instance: str, of: str) -> bytes:
        """Return the key; raises ``BrokenInvariant`` when it was changed or belongs elsewhere."""
        return unwrap_with(self.key, wrapped, instance=instance, of=of)

    def kept(self) -> dict[str, str]:
        """Return what the ring keeps of it: the key when it is the ring's own, nothing of the environment's."""
        return {"key": self.key.hex()} if provider_of(self.name) is Provider.FILE else {}


def wrap_with(key: bytes, plain: bytes, *, instance: str, of: str) -> bytes:
    """Return a key wrapped by another: nonce (12), ciphertext and tag."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, f"{instance}|{of}".encode())


def unwrap_with(key: bytes, wrapped: bytes, *, instance: str, of: str) -> bytes:
    """Return a key that was wrapped by another; raises ``BrokenInvariant`` when it does not unwrap."""
    try:
        return AESGCM(key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], f"{instance}|{of}".encode())
    except (InvalidTag, ValueError):
        raise not_unwrapped(of) from None


def not_unwrapped(of: str) -> BrokenInvariant:
    """Return the refusal for a wrapped key that was changed, or is of another ring."""
    fact = f"the wrapped key of {of} does not open: it was changed, or belongs to another ring"
    return BrokenInvariant(fact, "Restore the key folder that belongs to this book")


def provider_of(root: str) -> Provider:
    """Return who keeps a root, by its name."""
    return Provider(root.partition(":")[0])


def new_root(provider: Provider, key_id: str | None = None) -> KeyProvider:
    """Return a root that is new to a ring: made here, taken from the environment, or named in the KMS.

    Raises ``KeyMissing`` when the environment has none or no key is named, and ``KeysSilent`` when the KMS is.
    """
    match provider:
        case Provider.FILE:
            return LocalKey(name=f"{provider}:{secrets.token_hex(4)}", key=secrets.token_bytes(KEY_BYTES))
        case Provider.ENV:
            for variable in _VARIABLES:
                if found := _from_environment().get(variable):
                    return found
            fact = "INGATHER_KEK is not set"
            raise KeyMissing(fact, "Set it to 32 random bytes as base64 or hex, such as from: openssl rand -base64 32")
        case Provider.AWS_KMS:
            from ingather.vault.kms import new_kms_key  # noqa: PLC0415 -- an extra: only who uses it waits for it

            if not key_id:
                fact = "no key of the KMS is named"
                raise KeyMissing(fact, "Name it with --key-id: its ARN, id or alias")
            return new_kms_key(key_id)
        case _:
            assert_never(provider)


def kept_root(name: str, kept: Mapping[str, str]) -> KeyProvider:
    """Return a root that a ring knows; raises ``KeyMissing`` when the environment does not have it."""
    provider = provider_of(name)
    match provider:
        case Provider.FILE:
            return LocalKey(name=name, key=bytes.fromhex(kept["key"]))
        case Provider.ENV:
            for found in _from_environment().values():
                if found.name == name:
                    return found
            fact = f"the key {name} is not in the environment"
            raise KeyMissing(fact, "Set INGATHER_KEK to the key this ring was made with")
        case Provider.AWS_KMS:
            from ingather.vault.kms import KmsKey  # noqa: PLC0415 -- as above

            return KmsKey(name=name)
        case _:
            assert_never(provider)


_TAKEN: dict[str, LocalKey] = {}
"""What was taken out of the environment, for as long as the process lives."""


def _from_environment() -> dict[str, LocalKey]:
    """Take the keys out of the environment, so that no child and no dump of it has them; returns all taken so far."""
    for variable in _VARIABLES:
        said = os.environ.pop(variable, "").strip()
        if said:
            key = _decoded(variable, said)
            _TAKEN[variable] = LocalKey(name=f"{Provider.ENV}:{_fingerprint(key)}", key=key)
    return _TAKEN


def _decoded(variable: str, said: str) -> bytes:
    try:
        key = bytes.fromhex(said) if len(said) == 2 * KEY_BYTES else base64.b64decode(said, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        fact = f"{variable} is not 32 bytes as base64 or hex"
        raise KeyMissing(fact, "Make one with: openssl rand -base64 32")
    return key


def _fingerprint(key: bytes) -> str:
    # Of 32 random bytes eight letters of a hash tell nothing, and tell two keys apart.
    return hashlib.sha256(b"ingather root key|" + key).hexdigest()[:8]
