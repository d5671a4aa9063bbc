"""What a file is written for: to a bank, as a bank, or once more as it was read."""

from enum import StrEnum


class Purpose(StrEnum):
    """Why bytes are made, which decides what is refused.

    ``ORIGINATION``: ours to the bank; everything a bank would reject, or settle otherwise than meant, is refused.
    ``ANSWER``: the bank's to us, for a bank in a box and for tests: returns, dishonours, contests and changes.
    ``COPY``: once more what was read; only what the columns cannot say is refused.
    """

    ORIGINATION = "origination"
    ANSWER = "answer"
    COPY = "copy"
