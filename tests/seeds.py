"""Which draws a test makes: the same ones each time, or others in each round of a soak."""

import os


def seed() -> int:
    """Return the seed of this run, 1 unless ``INGATHER_TEST_SEED`` says otherwise."""
    return int(os.environ.get("INGATHER_TEST_SEED", "1"))
