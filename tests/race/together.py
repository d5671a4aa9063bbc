"""Jobs in processes of their own that all set out at the same instant."""

import os
from collections.abc import Callable
from typing import Any

from tests.crash.killing import Job, Plant, Ran, Steps, finish, start


def together(jobs: list[Callable[[Callable[[], None]], Any]], *, plant: Plant | None = None) -> list[Ran]:
    """Run jobs in one process each; each calls what it is given when it is ready, and all go on at once."""
    ready, go = os.pipe(), os.pipe()

    def wait() -> None:
        os.write(ready[1], b".")
        os.read(go[0], 1)

    def waiting(job: Callable[[Callable[[], None]], Any]) -> Job:
        def begun(_: Steps) -> Any:  # noqa: ANN401 -- whatever the job returns
            return job(wait)

        return begun

    started = [start(waiting(job), plant=plant) for job in jobs]
    os.close(ready[1])  # so that a child that dies before it is ready is not waited for
    for _ in jobs:
        os.read(ready[0], 1)
    os.write(go[1], b"." * len(jobs))
    ran = [finish(each) for each in started]
    for end in (ready[0], *go):
        os.close(end)
    return ran
