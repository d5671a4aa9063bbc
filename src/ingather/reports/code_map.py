"""What a bank's posting codes mean: rules of the standard tables, and of a profile before them.

One code means different things at different banks, and one thing has different codes: so the profile's own rules are
asked first, then the packaged table. A code that neither knows is ``unknown``, never a guess.
"""

import re
from dataclasses import dataclass, field

from ingather.reports.items import PostingEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRule:
    """One rule: postings of this code type and code mean ``event``.

    ``sign`` narrows it to credits (C) or debits (D), ``text`` to postings whose text the pattern finds; empty is any.
    A posting of nothing is on neither side and fits both. ``level`` is status, summary or detail where the table says.
    """

    code_type: str
    code: str
    event: PostingEvent
    sign: str = ""
    text: str = ""
    label: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMap:
    """Rules in the order they are asked: the first that fits says what a posting means."""

    rules: tuple[CodeRule, ...] = ()
    _by_code: dict[tuple[str, str], list[tuple[CodeRule, re.Pattern[str] | None]]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Sort the rules by what they are asked for."""
        for rule in self.rules:
            pattern = re.compile(rule.text) if rule.text else None
            self._by_code.setdefault((rule.code_type, rule.code), []).append((rule, pattern))

    def event(self, code_type: str, code: str, *, amount_minor: int = 0, text: str = "") -> PostingEvent:
        """Return what a posting means; ``unknown`` when no rule fits."""
        sign = "D" if amount_minor < 0 else "C"
        for rule, pattern in self._by_code.get((code_type, code), ()):
            if (rule.sign in {"", sign} or not amount_minor) and (pattern is None or pattern.search(text) is not None):
                return rule.event
        return PostingEvent.UNKNOWN

    def rules_of(self, code_type: str, code: str) -> tuple[CodeRule, ...]:
        """Return the rules about a code in the order they are asked."""
        return tuple(rule for rule, _ in self._by_code.get((code_type, code), ()))

    def asks_text(self, code_type: str, code: str) -> bool:
        """Return whether what a code means may depend on the posting's text."""
        return any(rule.text for rule, _ in self._by_code.get((code_type, code), ()))

    def then(self, after: "CodeMap") -> "CodeMap":
        """Return these rules with those of another map asked after them."""
        return CodeMap(rules=(*self.rules, *after.rules)) if self.rules else after

    def knows(self, code_type: str, code: str) -> bool:
        """Return whether any rule is about a code."""
        return (code_type, code) in self._by_code
