"""Root keys in AWS KMS: the key never leaves it; each wrapped key is bound by its encryption context.

Region, endpoint and credentials come from the usual AWS variables. KMS is asked when a process starts and when an epoch
is new to it; the data keys are then in the memory of the process alone.
"""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

from ingather.domain.keys import Provider
from ingather.domain.refusals import ExtraMissing, KeysSilent
from ingather.vault.providers import not_unwrapped

_CONNECT_S, _READ_S, _ATTEMPTS = 3, 5, 3
_ARN_REGION = 3
_NOT_OPENED = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KmsKey:
    """One key of a KMS, named by its ARN."""

    name: str

    def wrap(self, plain: bytes, *, instance: str, of: str) -> bytes:
        """Return a key encrypted by the KMS; raises ``KeysSilent`` when it does not answer or refuses."""
        answer = self._ask("encrypt", of, Plaintext=plain, EncryptionContext=_context(instance, of))
        found: bytes = answer["CiphertextBlob"]
        return found

    def unwrap(self, wrapped: bytes, *, instance: str, of: str) -> bytes:
        """Return a key decrypted by the KMS; raises ``KeysSilent``, and ``BrokenInvariant`` when it is not ours."""
        answer = self._ask("decrypt", of, CiphertextBlob=wrapped, EncryptionContext=_context(instance, of))
        found: bytes = answer["Plaintext"]
        return found

    def kept(self) -> dict[str, str]:
        """Return nothing: the name says which key it is."""
        return {}

    def _ask(self, verb: str, of: str, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 -- AWS's own shapes
        key_id = self.name.partition(":")[2]
        return _ask(key_id, verb, of=of, KeyId=key_id, **asked)


def new_kms_key(key_id: str) -> KmsKey:
    """Return the key behind an ARN, id or alias, by its ARN; raises ``KeysSilent`` when the KMS does not give it."""
    answer = _ask(key_id, "describe_key", of="the ring", KeyId=key_id)
    return KmsKey(name=f"{Provider.AWS_KMS}:{answer['KeyMetadata']['Arn']}")


def _context(instance: str, of: str) -> dict[str, str]:
    return {"ingather-instance": instance, "ingather-key": of}


def _ask(key_id: str, verb: str, *, of: str, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 -- AWS's own shapes
    try:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 -- an extra
    except ImportError:
        fact = "this ring's root key is in AWS KMS, and the extra for it is not installed"
        raise ExtraMissing(fact, "Install ingather[kms]") from None
    try:
        found: dict[str, Any] = getattr(_client(_region(key_id)), verb)(**asked)
    except ClientError as refused:
        code = refused.response.get("Error", {}).get("Code", "unknown")
        if code in _NOT_OPENED:
            raise not_unwrapped(of) from None
        # The cause is dropped on purpose: it quotes what was sent.
        fact = f"the KMS refuses {verb.replace('_', ' ')} with this ring's root key ({code})"
        raise KeysSilent(fact, "Check the key's state and policy, and this host's AWS credentials") from None
    except BotoCoreError as fault:
        fact = f"the KMS does not answer ({type(fault).__name__})"
        raise KeysSilent(fact) from None
    return found


def _region(key_id: str) -> str | None:
    parts = key_id.split(":")
    return parts[_ARN_REGION] if parts[0] == "arn" and len(parts) > _ARN_REGION else None


@cache
def _client(region: str | None) -> Any:  # noqa: ANN401 -- made by boto3 at run time
    import boto3  # noqa: PLC0415 -- an extra
    from botocore.config import Config  # noqa: PLC0415 -- an extra

    retries = {"total_max_attempts": _ATTEMPTS, "mode": "standard"}
    return boto3.client(
        "kms",
        region_name=region,
        config=Config(connect_timeout=_CONNECT_S, read_timeout=_READ_S, retries=retries),
    )


# A forked child makes connections of its own.
os.register_at_fork(after_in_child=_client.cache_clear)
