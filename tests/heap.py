"""The garbage collector leaves what is there for good alone: programs, tables and eight thousand collected tests.

A full collection walks every object that lives, and most of a test process's were made before its first test. They are
set apart once; what tests leave behind is looked for less often, in larger heaps, and all the same regularly, since an
engine that nobody holds keeps its files open until it is found.
"""

import gc

_YOUNG, _MIDDLE, _OLD = 50_000, 10, 10
"""Objects made until the young are looked through, and how many times that until the older are."""


def pytest_collection_finish() -> None:
    """Set apart what was there before the first test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
