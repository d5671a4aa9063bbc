"""The wire of webhooks: what is never called, whatever a name leads to, and what an answer may not do to us."""

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ingather.domain.addresses import address_of, is_public, parse_networks
from ingather.domain.webhooks import Told, Verdict
from ingather.gateway.webhooks import Post
from tests.receiver import LOOPBACK, Receiver, Says, receiving

ALLOWED = parse_networks(LOOPBACK)
NOT_CALLED = (
    "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0",  # noqa: S104 -- nothing is bound to it
    "100.100.100.200", "192.0.0.192", "168.63.129.16", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "fec0::1", "2001:db8::1",
)  # fmt: skip
"""Addresses of the machine, its neighbours, its cloud, of nobody and of many, in every way to write them."""
OTHER_FORMS = (
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "0x7f.1",
    "0",
    "localhost",
    "[::ffff:7f00:1]",
    "[::1]",
)
"""Other ways to write loopback, which a resolver understands."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def send(url: str, *, allowed: bool = False, timeout_s: float = 2.0) -> Told:
    with Post(ALLOWED if allowed else (), timeout_s=timeout_s) as post:
        return post.send(url, {"webhook-id": "msg_1"}, b"{}")


@pytest.mark.parametrize("address", NOT_CALLED)
def test_a_name_that_leads_where_only_we_can_go_is_not_called(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = address_of(address)
    assert found is not None
    assert not is_public(found)
    family = socket.AF_INET if found.version == 4 else socket.AF_INET6

    def leads(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        assert host == "hooks.example.com"
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(*_: object, **__: object) -> None:
        pytest.fail("it was called")

    monkeypatch.setattr(socket, "getaddrinfo", leads)
    monkeypatch.setattr(socket, "create_connection", connect)
    told = send("https://hooks.example.com/")
    assert (told.verdict, told.status) == (Verdict.NO_ANSWER, None)
    assert told.said.endswith("an address that this house does not call")


@pytest.mark.parametrize("host", OTHER_FORMS)
def test_loopback_written_otherwise_is_known_for_what_it_is(host: str, receiver: Receiver) -> None:
    told = send(f"http://{host}:{receiver.port}/")
    assert told.said.startswith("not sent")
    assert receiver.came == []


def test_one_private_address_among_public_ones_is_enough_to_call_none(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("it was called"))
    assert send("https://hooks.example.com/").said.startswith("not sent")


def test_the_address_that_was_looked_at_is_the_one_that_is_called(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    answers = iter(["127.0.0.1", "10.0.0.1", "10.0.0.2"])
    real = socket.getaddrinfo
    asked: list[str] = []

    def rebinding(host: str, port: int, *rest: int, **more: int) -> object:
        if host != "hooks.example.com":
            return real(host, port, *rest, **more)
        asked.append(host)
        return real(next(answers), port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert send(f"http://hooks.example.com:{receiver.port}/", allowed=True).verdict is Verdict.TAKEN
    assert asked == ["hooks.example.com"]
    assert receiver.came[0].headers["host"] == f"hooks.example.com:{receiver.port}"


def test_plain_http_goes_nowhere_but_to_networks_that_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: public)
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("it was called"))
    assert send("http://hooks.example.com/", allowed=True).said.startswith("not sent")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_never_followed(status: int, receiver: Receiver) -> None:
    receiver.answer = lambda _: Says(status=status, headers={"location": receiver.url + "/elsewhere"})
    told = send(receiver.url, allowed=True)
    assert (told.verdict, told.status) == (Verdict.NOT_TAKEN, status)
    assert len(receiver.came) == 1


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert send(receiver.url, allowed=True).verdict is Verdict.TAKEN


@pytest.mark.parametrize("says", [Says(after_s=5), Says(drip_s=0.1)])
def test_an_answer_that_is_slow_or_drips_ends_at_the_deadline(says: Says, receiver: Receiver) -> None:
    receiver.answer = lambda _: says
    begun = time.perf_counter()
    told = send(receiver.url, allowed=True, timeout_s=0.6)
    assert time.perf_counter() - begun < 2
    assert (told.verdict, told.said) == (Verdict.NO_ANSWER, "no answer within 0.6 s")


def test_who_cannot_be_reached_or_has_no_name_is_said(receiver: Receiver) -> None:
    assert send("http://127.0.0.1:9/", allowed=True).said == "it cannot be reached"
    assert send("https://no-such-name.invalid/").said == "not sent: its name leads nowhere"
    assert receiver.came == []


def _certificate(folder: Path, name: str) -> Path:
    """Return a file with a key and a certificate of its own for a name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.parametrize(
    ("name", "said"), [("hooks.example.com", "answered 200"), ("other.example.com", "its certificate is not valid")]
)
def test_the_certificate_must_be_of_the_name_that_was_asked_for(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = _certificate(tmp_path, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]

    def serve() -> None:
        connection, _ = listening.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as secure, secure.makefile("rb") as told:
                # Who closes while some of the request is still under way breaks the connection off.
                lines = iter(told.readline, b"\r\n")
                lengths = [int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length")]
                told.read(sum(lengths))
                secure.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        except OSError:
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *rest, **more: real("127.0.0.1", *rest, **more))
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    with listening:
        assert send(f"https://hooks.example.com:{port}/", allowed=True).said == said
        thread.join(5)
