"""Signatures of webhooks: the published example, and one of ours by every secret that holds."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone

from standardwebhooks import Webhook

from ingather.vault.signatures import new_secret, secret_text, signature_of

AT = datetime(2021, 2, 25, 14, 23, 30, tzinfo=UTC)


def test_the_example_of_the_standard_is_signed_as_it_says() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    found = signature_of([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_secret_that_holds_signs_and_the_moment_is_one_whatever_its_zone() -> None:
    held = [new_secret(), new_secret()]
    told = AT.astimezone(timezone(timedelta(hours=-5)))
    said = f"msg_1.{int(AT.timestamp())}.{{}}".encode()
    expected = [base64.b64encode(hmac.new(each, said, hashlib.sha256).digest()).decode() for each in held]
    assert signature_of(held, "msg_1", told, "{}") == " ".join(f"v1,{each}" for each in expected)


def test_a_secret_reads_as_the_library_expects_it_and_is_never_the_same() -> None:
    first, second = new_secret(), new_secret()
    assert first != second
    assert len(first) == 32
    text = secret_text(first)
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature_of([first], "msg_1", now, "{}"),
    }
    assert Webhook(text).verify("{}", headers) == {}
