"""Figures for whoever watches, at ``/metrics``: what is asked of this process, and how the book stands.

The book's figures are read when somebody looks and kept for a while: for the time of the settings, and at least twenty
times as long as reading them took, so that a large book is not read all day for being watched.
"""

import hmac
import math
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from ipaddress import ip_address
from threading import Lock

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ingather.api.office import Office
from ingather.api.problems import problem_of
from ingather.base.dates import NEW_YORK
from ingather.domain.files import FileState
from ingather.domain.orders import OrderState
from ingather.domain.refusals import NotPermitted, NotSignedIn
from ingather.rules.calendar import banking_days_between, previous_banking_day
from ingather.store.reading.metrics import BookFigures, read_figures

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_RESTS = 20
"""How many times as long as reading took the figures are kept at least."""
_BPS = 10_000


class RequestFigures:
    """What is asked of this process, in a registry of its own."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "ingather_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "ingather_request_seconds", "Time from a request to the end of its answer.", ("method", "route"),
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip

    def count(self, method: str, route: str, status: int, took_s: float) -> None:
        """Count a request by the template of its route, never by its address."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(took_s)


class BookCollector(Collector):
    """The book's figures, kept for a while."""

    def __init__(self, office: Office, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without any; ``clock`` counts seconds and never goes back."""
        self._office = office
        self._clock = clock
        self._lock = Lock()
        self._kept: BookFigures | None = None
        self._good_until = -math.inf
        self._took_s = 0.0

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield every figure."""
        with self._lock:
            if self._clock() >= self._good_until:
                begun = time.perf_counter()
                self._kept = self._read()
                self._took_s = time.perf_counter() - begun
                keep_s = max(self._office.settings.figures_every_s, _RESTS * self._took_s)
                self._good_until = self._clock() + keep_s
            kept, took_s = self._kept, self._took_s
        if kept is not None:
            yield from _families(kept, now=self._office.desk.clock())
        yield GaugeMetricFamily("ingather_figures_read_seconds", "How long reading these figures took.", took_s)

    def _read(self) -> BookFigures:
        desk = self._office.desk
        originator_id, policy = desk.originator_id(), desk.policy()
        with desk.view() as ctx:
            return read_figures(ctx.session, originator_id, today=ctx.today, rates=policy.rates)


def metrics_route(office: Office, requests: RequestFigures) -> Callable[[Request], Response]:
    """Return the answer to ``/metrics``, which is for who has the token, or without one for this machine alone."""
    requests.registry.register(_Described(BookCollector(office)))

    def metrics(request: Request) -> Response:
        """Answer with every figure, as Prometheus reads them."""
        refusal = _refused(office, request)
        if refusal is not None:
            return problem_of(request, refusal)
        return Response(generate_latest(requests.registry), media_type=CONTENT_TYPE_LATEST)

    return metrics


class _Described(Collector):
    """A collector that is not read for being registered."""

    def __init__(self, figures: BookCollector) -> None:
        self._figures = figures

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        return self._figures.collect()


def _refused(office: Office, request: Request) -> NotSignedIn | NotPermitted | None:
    path = office.settings.metrics_token_file
    if path is not None:
        said = request.headers.get("authorization", "")
        token = path.read_text(encoding="utf-8").strip()
        same = hmac.compare_digest(said.encode(), f"Bearer {token}".encode()) and bool(token)
        return None if same else NotSignedIn("the figures need the token of this server", "Send it as a Bearer")
    if _is_this_machine(request):
        return None
    fact = "the figures are for this machine alone"
    return NotPermitted(fact, "Give the server a token with --metrics-token-file, and send it")


def _is_this_machine(request: Request) -> bool:
    # A proxy beside us, believed or not, speaks for somebody else.
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for")) or request.client is None:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _families(figures: BookFigures, *, now: datetime) -> Iterator[GaugeMetricFamily]:
    today = now.astimezone(NEW_YORK).date()
    yield _one("book_restored", "Whether the book is marked as a restored copy.", int(figures.restored))
    yield _many("orders", "Orders by state.", "state", dict.fromkeys(OrderState, 0) | figures.orders)
    yield _many("files", "Files by state.", "state", dict.fromkeys(FileState, 0) | figures.files)
    yield _one("files_in_doubt", "Files of which nobody knows whether the bank has them.",
               figures.files.get(FileState.IN_DOUBT, 0))  # fmt: skip
    unsent_s = (now - figures.oldest_unsent_at).total_seconds() if figures.oldest_unsent_at else 0
    yield _one("oldest_unsent_file_seconds", "Age of the oldest sealed file that is not sent; 0 without one.", unsent_s)
    yield _one("cases_open", "Open cases.", figures.open_cases)
    yield _one("cases_overdue", "Open cases past their last day.", figures.overdue_cases)
    yield _many(
        "feed_lag_banking_days", "Banking days before today that the reports of a feed do not cover.", "feed",
        {each.feed: len(_missing(each.complete_on, today)) for each in figures.feeds if each.complete_on},
    )  # fmt: skip
    if figures.last_night_on is not None:
        yield _one("last_night_days", "Calendar days since the last night.", (today - figures.last_night_on).days)
    if figures.night_ended_at is not None:
        aged = (now - figures.night_ended_at).total_seconds()
        yield _one("last_night_ended_seconds", "Seconds since the worker's last night ended.", aged)
    yield from _rates(figures)
    queued = {each.endpoint: each.due for each in figures.queues}
    yield _many("webhook_messages_due", "Messages still to be delivered to an endpoint.", "endpoint", queued)
    behind = {each.endpoint: each.behind for each in figures.queues}
    yield _many("webhook_events_behind", "Events of which no message was made yet.", "endpoint", behind)


def _rates(figures: BookFigures) -> Iterator[GaugeMetricFamily]:
    rates = GaugeMetricFamily("ingather_return_rate", "Returns by debits of all merchants.", labels=("rate", "method"))
    limits = GaugeMetricFamily("ingather_return_rate_limit", "What the rate must not exceed.", labels=("rate",))
    for each in figures.rates:
        if each.permitted and each.debits:
            rates.add_metric((str(each.rate), str(each.method)), each.returns / each.debits)
    for rate, limit in {str(each.rate): each.limit_bps for each in figures.rates}.items():
        limits.add_metric((rate,), limit / _BPS)
    yield rates
    yield limits


def _missing(complete_on: date, today: date) -> list[date]:
    last = previous_banking_day(today)
    return banking_days_between(complete_on + timedelta(days=1), last) if complete_on < last else []


def _one(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"ingather_{name}", about, value)


def _many(name: str, about: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"ingather_{name}", about, labels=(label,))
    for key, value in values.items():
        family.add_metric((str(key),), value)
    return family
