"""Who means ill, or is only unlucky: bodies that keep a reader busy, guesses, a sign-in that has grown old."""

import re
import time
from dataclasses import replace
from datetime import timedelta

from ingather.console import gate
from tests.console.front import HOST, Console

_OURS = {"Sec-Fetch-Site": "same-origin", "Origin": HOST}
_PARTS = "multipart/form-data; boundary=x"
_LONG = timedelta(minutes=10)


def test_nobody_has_a_body_read_before_it_is_known_who_they_are(shown: Console) -> None:
    nobody = shown.browser()
    body = b"--x\r\nA:\r\n\r\n" * 20_000
    begun = time.process_time()
    answer = nobody.http.post("/read", content=body, headers={**_OURS, "Content-Type": _PARTS})
    assert answer.status_code == 303
    assert time.process_time() - begun < 1


def test_a_form_of_thousands_of_parts_is_not_read(shown: Console) -> None:
    vera = shown.browser("vera")
    body = b"--x\r\nA:\r\n\r\n" * 20_000
    begun = time.process_time()
    answer = vera.http.post("/read", content=body, headers={**_OURS, "Content-Type": _PARTS})
    assert answer.status_code == 422
    assert time.process_time() - begun < 1


def test_a_file_of_nothing_but_headers_is_read_in_the_time_of_its_lines(shown: Console) -> None:
    vera = shown.browser("vera")
    begun = time.process_time()
    file = {"file": ("a.ach", b"1\n5\n" * 8_000)}
    answer = vera.http.post("/read", data={gate.TOKEN: vera.token()}, files=file, headers=_OURS)
    assert answer.status_code in {200, 422}
    assert time.process_time() - begun < 10


def test_an_address_that_guesses_waits_and_is_told_how_long(shown: Console) -> None:
    guesses: list[str] = []
    front = replace(
        shown.front, wait_for=lambda address: 7 if guesses.count(address) > 2 else 0, note_guess=guesses.append
    )
    nobody = replace(shown, front=front).browser()
    statuses = [nobody.post("/sign-in", name=f"somebody{turn}", password="wrong").status_code for turn in range(4)]  # noqa: S106 -- a guess
    assert statuses == [401, 401, 401, 429]
    refused = nobody.post("/passwords", name="somebody", once="x", new="four words of nobody")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "7"


def test_strangers_who_guess_a_password_do_not_keep_its_person_from_approving(console: Console) -> None:
    nadia, stranger = console.browser("nadia"), console.browser()
    for _ in range(7):
        stranger.post("/sign-in", name="nadia", password="wrong")  # noqa: S106 -- a guess
    [file] = set(re.findall(r"/approvals/(fil_[0-9A-Z]+)\"[^>]*data-next", nadia.get("/approvals").text))
    page = nadia.get(f"/approvals/{file}").text
    [digits] = re.findall(r'name="sha256" value="([0-9a-f]{64})"', page)
    answer = nadia.post(f"/approvals/{file}/approve", sha256=digits, reason="read", code=nadia.code())
    assert answer.status_code == 303, answer.text


def test_a_form_asks_for_a_code_once_the_sign_in_is_old(console: Console) -> None:
    nadia = console.browser("nadia")
    [file] = set(re.findall(r"/approvals/(fil_[0-9A-Z]+)\"[^>]*data-next", nadia.get("/approvals").text))
    refusing = re.compile(r'action="/approvals/\w+/refuse".*?</form>', re.DOTALL)
    [form] = refusing.findall(nadia.get(f"/approvals/{file}").text)
    assert 'name="code"' not in form
    console.clock.ahead += _LONG
    nadia.get(f"/approvals/{file}")
    console.clock.ahead += _LONG
    [form] = refusing.findall(nadia.get(f"/approvals/{file}").text)
    assert 'name="code"' in form
    assert nadia.post(f"/approvals/{file}/refuse", reason="looked wrong").status_code == 403
    assert nadia.post(f"/approvals/{file}/refuse", reason="looked wrong", code=nadia.code()).status_code == 303
