"""A load generator: requests at an offered rate over so many connections, in a process of its own.

It is an open loop: each request has its moment, whether or not those before it were answered, and its latency counts
from that moment, so that a server that falls behind is seen to. With the rate 0 it is a closed loop: every connection
sends its next request as soon as the last one is answered.

    echo '{"host": "127.0.0.1", "port": 8080, ...}' | python -m tests.bench.load
"""

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field

NUMBER = "@N@"
"""Stands in path, headers and body for the number of the request."""
_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to send: ``rate`` a second, or 0 for a closed loop, for ``seconds`` or until ``most`` requests are sent."""

    host: str
    port: int
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    rate: float
    seconds: float
    connections: int
    most: int = 0
    first: int = 0

    def request(self, number: int) -> bytes:
        """Return the bytes of one request."""
        body = self.body.replace(NUMBER, str(number)).encode()
        head = [f"{self.method} {self.path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        if body:
            head.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*head, "", ""]).replace(NUMBER, str(number)).encode() + body


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a plan: answers by status, what was reached a second, and latencies in milliseconds.

    ``slowest_start_ms`` is how late the generator itself was at most: beyond a few, the figures are its own.
    """

    offered: float
    reached: float
    sent: int
    statuses: dict[str, int]
    p50_ms: float
    p90_ms: float
    p95_ms: float
    p99_ms: float
    most_ms: float
    slowest_start_ms: float


class _Load:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.latencies: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.late = 0.0
        self.next = plan.first

    async def run(self) -> Outcome:
        plan = self.plan
        free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        opened = [await asyncio.open_connection(plan.host, plan.port) for _ in range(plan.connections)]
        for each in opened:
            free.put_nowait(each)
        begun = time.perf_counter()
        if plan.rate:
            await self._open(free, begun)
        else:
            await asyncio.gather(*(self._closed(free.get_nowait(), begun) for _ in range(plan.connections)))
        took = time.perf_counter() - begun
        for _, writer in opened:
            writer.close()
            await writer.wait_closed()
        ordered = sorted(self.latencies)

        def at(share: float) -> float:
            return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2) if ordered else 0.0

        return Outcome(
            offered=plan.rate,
            reached=round(len(ordered) / took, 1),
            sent=len(ordered),
            statuses=dict(self.statuses),
            p50_ms=at(0.5),
            p90_ms=at(0.9),
            p95_ms=at(0.95),
            p99_ms=at(0.99),
            most_ms=at(1.0),
            slowest_start_ms=round(self.late * 1000, 2),
        )

    async def _open(
        self, free: "asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]", begun: float
    ) -> None:
        count = self.plan.most or int(self.plan.rate * self.plan.seconds)
        tasks = []
        for index in range(count):
            due = begun + index / self.plan.rate
            if (ahead := due - time.perf_counter()) > 0:
                await asyncio.sleep(ahead)
            self.late = max(self.late, time.perf_counter() - due)
            tasks.append(asyncio.create_task(self._one(free, self.plan.first + index, due)))
        await asyncio.gather(*tasks)

    async def _one(
        self, free: "asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]", number: int, due: float
    ) -> None:
        connection = await free.get()
        try:
            await self._ask(connection, number, due)
        finally:
            free.put_nowait(connection)

    async def _closed(self, connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], begun: float) -> None:
        plan = self.plan
        while time.perf_counter() - begun < plan.seconds and (not plan.most or self.next - plan.first < plan.most):
            number, self.next = self.next, self.next + 1
            await self._ask(connection, number, time.perf_counter())

    async def _ask(
        self, connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], number: int, due: float
    ) -> None:
        reader, writer = connection
        writer.write(self.plan.request(number))
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _PATIENCE_S)
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        await reader.readexactly(length)
        self.latencies.append(time.perf_counter() - due)
        self.statuses[head[9:12].decode()] += 1


async def play(plan: Plan) -> Outcome:
    """Send what a plan says and return what came of it."""
    return await _Load(plan).run()


def main() -> int:
    """Read a plan from standard input and write its outcome as a line of JSON."""
    sys.stdout.write(json.dumps(asdict(asyncio.run(play(Plan(**json.load(sys.stdin)))))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
