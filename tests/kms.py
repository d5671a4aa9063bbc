"""An AWS KMS of somebody else's making, over HTTP on this machine, for the tests of rings whose root is in one."""

from collections.abc import Iterator

import pytest

from ingather.vault import kms


@pytest.fixture(scope="session")
def kms_url() -> Iterator[str]:
    """Yield the address of a KMS."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 -- a large library, and few tests need it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def key_id(kms_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield a new key of that KMS, to which the usual variables lead."""
    import boto3  # noqa: PLC0415 -- as above

    for name, value in {
        "AWS_ENDPOINT_URL_KMS": kms_url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    kms._client.cache_clear()  # noqa: SLF001 -- the address has changed
    yield boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    kms._client.cache_clear()  # noqa: SLF001 -- as above
