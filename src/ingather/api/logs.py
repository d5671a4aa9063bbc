"""Logs: events with keys as lines of JSON on stderr, and what of a fault may be told.

Ids, words, counts and durations only: never what a call asked or was answered, a header, a value of a query, the text
of an exception or what it was raised with.
"""

import logging
import sys
import traceback
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.typing import FilteringBoundLogger

PACKAGE = Path(__file__).parents[1]
_DEEPEST_CAUSE = 5


class _Stderr:
    """Standard error as it is at the moment."""

    def write(self, text: str) -> None:
        sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def open_log(stream: TextIO | None = None, *, form: str = "json") -> FilteringBoundLogger:
    """Return a log that writes an event a line to a stream, else to stderr; ``form`` is ``json`` or ``plain``."""
    rendered = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(file=stream or _Stderr()),  # type: ignore[arg-type]  # it needs write and flush
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    return log


def told_of(error: BaseException) -> dict[str, Any]:
    """Return what may be told of a fault: its kind, those of its causes, and where in our code it came by."""
    kinds: list[str] = []
    each: BaseException | None = error
    while each is not None and len(kinds) < _DEEPEST_CAUSE:
        kinds.append(type(each).__name__)
        each = each.__cause__ or each.__context__
    return {"fault": kinds, "frames": frames_of(error)}


def frames_of(error: BaseException) -> list[str]:
    """Return our own frames of a fault, the innermost last: file, line and function, without the line's text."""
    found = traceback.extract_tb(error.__traceback__)
    return [
        f"{Path(frame.filename).relative_to(PACKAGE)}:{frame.lineno} {frame.name}"
        for frame in found
        if Path(frame.filename).is_relative_to(PACKAGE)
    ]


class Bridge(logging.Handler):
    """Takes what libraries log into our log: who says it and the kind of a fault, not what they fill in."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        """Lead to a log."""
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of a record: its template, whose places hold no values."""
        error = record.exc_info[1] if record.exc_info else None
        self._log.log(
            record.levelno,
            "library",
            logger=record.name,
            said=str(record.msg)[:200],
            **(told_of(error) if error else {}),
        )


def bridge_logging(log: FilteringBoundLogger) -> None:
    """Have everything that libraries log, from warnings on, go into our log and nowhere else."""
    root = logging.getLogger()
    root.handlers[:] = [Bridge(log)]
    root.setLevel(logging.WARNING)
