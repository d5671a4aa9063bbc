"""Due runs of the worker: what it does on a clock, and how each run ended."""

from enum import StrEnum


class WorkKind(StrEnum):
    """What is run."""

    POLL = "poll"
    NIGHT = "night"
    SEND = "send"
    RELEASE = "release"
    RECONCILE = "reconcile"
    SETTLE = "settle"
    WATCH = "watch"
    DELIVER = "deliver"


class RunState(StrEnum):
    """How a run stands; a run whose holder died is found abandoned by the next."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    ABANDONED = "abandoned"
