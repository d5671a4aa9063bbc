"""The load generator: an open loop counts from the moment a request was due, so that waiting in line is seen."""

import asyncio
from dataclasses import replace

from tests.bench.load import NUMBER, Outcome, Plan, play


class _Slow:
    """A server that answers at once, except that one request takes so many seconds; it keeps what was asked."""

    def __init__(self, *, slow_at: int = -1, slow_s: float = 0.0) -> None:
        self.asked: list[bytes] = []
        self._slow_at, self._slow_s = slow_at, slow_s

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                self.asked.append(head.split(b" ")[1] + b" " + await reader.readexactly(length))
                if len(self.asked) - 1 == self._slow_at:
                    await asyncio.sleep(self._slow_s)
                writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
        except asyncio.IncompleteReadError:
            writer.close()
            await writer.wait_closed()


PLAN = Plan(host="127.0.0.1", port=0, method="POST", path=f"/x/{NUMBER}", body=f'{{"n": {NUMBER}}}', rate=50, seconds=1,
            connections=1)  # fmt: skip


def _played(server: _Slow, plan: Plan) -> Outcome:
    async def both() -> Outcome:
        listening = await asyncio.start_server(server.answer, "127.0.0.1", 0)
        async with listening:
            outcome = await play(replace(plan, port=listening.sockets[0].getsockname()[1]))
            await asyncio.sleep(0.1)
        return outcome

    return asyncio.run(both())


def test_every_request_is_sent_once_at_its_rate() -> None:
    server = _Slow()
    found = _played(server, PLAN)
    assert (found.sent, found.statuses) == (50, {"201": 50})
    # Never faster than its rate; how much slower is the machine's affair.
    assert 10 < found.reached <= 55
    assert sorted(server.asked) == sorted(f'/x/{number} {{"n": {number}}}'.encode() for number in range(50))


def test_a_server_that_stands_still_is_seen_in_every_request_that_was_due_meanwhile() -> None:
    found = _played(_Slow(slow_at=10, slow_s=0.5), PLAN)
    assert found.sent == 50
    assert found.most_ms > 480
    # Twenty-five were due while it stood still, and each of them waited.
    assert found.p90_ms > 300


def test_a_closed_loop_sends_as_fast_as_it_is_answered() -> None:
    server = _Slow()
    found = _played(server, replace(PLAN, rate=0, seconds=30, most=200, connections=3))
    assert found.sent == 200
    assert len(set(server.asked)) == 200
