"""What a posting's text names, found by the patterns of a report profile."""

import re

from ingather.nacha.return_reasons import RETURN_REASONS, Family
from ingather.reports.profile import ReportProfile

_TRACE = re.compile(r"[0-9]{1,15}")
_RETURN_CODE = re.compile(r"R[0-9]{2}")
_BATCH = re.compile(r"[0-9]{1,7}")
_FILE_NAME = re.compile(r"[0-9]{10}[0-9A-Z]")
_MOST = 256


class Miner:
    """The patterns of a profile by the column they fill; the first group is what is found, else the whole match."""

    __slots__ = ("_patterns",)

    def __init__(self, profile: ReportProfile) -> None:
        self._patterns = {name: re.compile(pattern) for name, pattern in profile.mined.items()}

    def __bool__(self) -> bool:
        """Return whether anything is looked for."""
        return bool(self._patterns)

    def text(self, column: str, *texts: str) -> str:
        """Return what the column's pattern finds in the first of the texts that has it; empty for none."""
        pattern = self._patterns.get(column)
        if pattern is not None:
            for text in texts:
                if (found := pattern.search(text)) is not None:
                    return (found[1] if pattern.groups and found[1] is not None else found[0])[:_MOST].strip()
        return ""

    def reference(self, *texts: str) -> str:
        """Return our reference that is named, as ``reference`` or as ``identification``; empty for none."""
        return self.text("reference", *texts) or self.text("identification", *texts)

    def trace(self, *texts: str) -> int:
        """Return the trace number that is named, as ``trace`` or as ``original_trace``; 0 for none."""
        found = self.text("trace", *texts) or self.text("original_trace", *texts)
        return int(found) if _TRACE.fullmatch(found) else 0

    def batch_number(self, *texts: str) -> int:
        """Return the number of our batch that is named; 0 for none."""
        found = self.text("batch_number", *texts)
        return int(found) if _BATCH.fullmatch(found) else 0

    def items(self, *texts: str) -> int:
        """Return how many items are named; 0 for none."""
        found = self.text("items", *texts)
        return int(found) if _BATCH.fullmatch(found) else 0

    def reason(self, *texts: str) -> str:
        """Return the return code that is named; empty for anything that is no such code."""
        found = self.text("reason", *texts)
        return found if is_return_code(found) else ""

    def origination_file(self, *texts: str) -> str:
        """Return the file that is named: by the pattern, or where a whole text has the form of a file's own name."""
        return self.text("origination_file", *texts) or next((text for text in texts if _FILE_NAME.fullmatch(text)), "")


def says_dispute(code: str) -> bool:
    """Return whether a code is one of dishonours or contests, whose money moves like a return's and is none."""
    reason = RETURN_REASONS.get(code)
    return reason is not None and reason.family is not Family.RETURN


def is_return_code(text: str) -> bool:
    """Return whether a text has the form of a return code of the Rules; a code of ISO 20022 never has."""
    return _RETURN_CODE.fullmatch(text) is not None
