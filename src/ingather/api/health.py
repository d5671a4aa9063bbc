"""Whether the server lives, at ``/healthz``, and whether it can do its work, at ``/readyz``; both are open to all."""

import json
import math
import time
from collections.abc import Callable
from threading import Lock

from fastapi import Request, Response

from ingather.api.office import Office
from ingather.domain.refusals import Refusal
from ingather.jobs.restored import is_restored
from ingather.store.engine import BookFault, ping
from ingather.store.migrate import check_current

_GOOD_S = 5.0
"""How long an answer holds: looking costs several questions and a file of the host."""
_OK = "ok"


def healthz(request: Request) -> Response:
    """Answer that the process lives and takes requests."""
    _ = request
    return _answer(200, {"status": "alive"})


class Readiness:
    """Whether the book answers and has this program's schema, the keys are its own, and it is no restored copy."""

    def __init__(self, office: Office, clock: Callable[[], float] = time.monotonic) -> None:
        """Look at an office; ``clock`` counts seconds and never goes back."""
        self._office = office
        self._clock = clock
        self._lock = Lock()
        self._kept: dict[str, str] = {}
        self._good_until = -math.inf

    def readyz(self, request: Request) -> Response:
        """Answer 200 with each check, or 503 when one fails; a restored book still reads, and is not ready."""
        _ = request
        with self._lock:
            if self._clock() >= self._good_until:
                self._kept = self.checks()
                self._good_until = self._clock() + _GOOD_S
            kept = self._kept
        ready = all(each == _OK for each in kept.values())
        return _answer(200 if ready else 503, {"status": "ready" if ready else "not_ready", "checks": kept})

    def checks(self) -> dict[str, str]:
        """Return what each check says now: ``ok``, or a sentence; the checks after one that fails are not made."""
        desk = self._office.desk
        made: dict[str, str] = {}
        looks: dict[str, Callable[[], None]] = {
            "book": lambda: ping(desk.engine),
            "schema": lambda: check_current(desk.engine),
            "keys": lambda: _known_head(self._office),
            "not_restored": lambda: _refuse_restored(self._office),
        }
        for name, check in looks.items():
            try:
                check()
            except Refusal as refusal:
                made[name] = refusal.fact
            except BookFault:
                made[name] = "the book does not answer"
            except OSError:
                made[name] = "the key folder cannot be read"
            if made.setdefault(name, _OK) != _OK:
                break
        return made


def _known_head(office: Office) -> None:
    with office.desk.view():
        office.desk.host.head()


def _refuse_restored(office: Office) -> None:
    if is_restored(office.desk):
        fact = "the book is a restored copy, or the key folder another book's: it reads, and neither seals nor sends"
        raise Refusal(fact)


def _answer(status: int, content: dict[str, object]) -> Response:
    return Response(json.dumps(content), status_code=status, media_type="application/json",
                    headers={"Cache-Control": "no-store"})  # fmt: skip
