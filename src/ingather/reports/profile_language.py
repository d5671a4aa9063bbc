"""Report profiles as TOML: from the text a person wrote to a profile, or to what is wrong with it, key by key.

A profile is data: where records and fields stand, what codes mean, what is let pass. What cannot work is refused before
any report is read with it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ingather.base.problems import Problem, Severity
from ingather.domain.refusals import Unreadable
from ingather.reports.code_map import CodeMap, CodeRule
from ingather.reports.items import Carrier, PostingEvent
from ingather.reports.layout import FieldLayout, Place, RecordLayout, ReportLayout, Selector
from ingather.reports.profile import MINED, ReportProfile, Semantics
from ingather.reports.profile_layouts import layout_faults
from ingather.reports.profile_lines import KeyLines, Path
from ingather.reports.profile_schema import FieldTerms, ProfileTerms, RecordTerms
from ingather.reports.profile_tolerances import TOLERANCES

LAID_OUT = frozenset({Carrier.STR_DELIMITED, Carrier.STR_FIXED, Carrier.ACKNOWLEDGEMENT})
_ALIKE = (
    LAID_OUT & {Carrier.STR_DELIMITED, Carrier.STR_FIXED},
    frozenset({Carrier.CAMT_052, Carrier.CAMT_053, Carrier.CAMT_054}),
    frozenset({Carrier.MT940, Carrier.MT942}),
)
"""The carriers that one reader reads."""
MAX_BYTES = 1 << 20

_WRITE = {
    "bool_type": "write true or false",
    "int_type": "write a whole number",
    "string_type": "write a text in quotes",
    "tuple_type": "write a list in brackets",
    "dict_type": "write a table in braces",
    "date_type": "write a day such as 2026-11-15, without quotes",
    "date_from_datetime_parsing": "write a day such as 2026-11-15, without quotes",
}


class ReportProfileRefused(Unreadable):
    """A report profile that cannot be used; ``problems`` names every key that is wrong, with its line."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems; the sentence is made of theirs."""
        self.problems = problems
        super().__init__(
            "the report profile cannot be used",
            " ".join(problem.message for problem in problems),
            faults=tuple(("/toml", problem.check, problem.message) for problem in problems),
        )


def read_profile(content: bytes | str) -> ReportProfile:
    """Return the profile of a TOML text; raises ``ReportProfileRefused`` naming every key that is wrong."""
    text = _text_of(content)
    lines = KeyLines(text)
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"line ([0-9]+)", str(error))
        raise ReportProfileRefused(
            (_fault((), f"This is not TOML: {error}.", line=int(line[1]) if line else 0),)
        ) from None
    try:
        terms = ProfileTerms.model_validate(values)
    except ValidationError as error:
        told = dict.fromkeys(_explained(detail, values, lines) for detail in error.errors())
        raise ReportProfileRefused(tuple(told)) from None
    problems = [
        _fault(path, f"The key {key_name(path, values)}{message}", line=lines.line(path))
        for path, message in _contradictions(terms)
    ]
    if problems:
        raise ReportProfileRefused(tuple(problems))
    return _profile(terms)


def key_name(path: Path, values: Mapping[str, Any]) -> str:
    """Return a key as a person finds it: a record by its selector or title, a field by its label."""
    name = ""
    found: Any = values
    for part in path:
        try:
            found = found[part]
        except (KeyError, IndexError, TypeError):
            found = None
        if isinstance(part, int):
            called = (
                next((found[key] for key in ("label", "selector", "title", "code") if key in found), None)
                if isinstance(found, dict)
                else None
            )
            name += f"[{called if isinstance(called, str) else part + 1}]"
        else:
            name += f".{part}" if name else part
    return name


def _text_of(content: bytes | str) -> str:
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    if len(content) > MAX_BYTES:
        raise ReportProfileRefused((_fault((), "The text is larger than 1 MiB, so it is no report profile."),))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ReportProfileRefused((_fault((), "The text is not UTF-8, so it is no report profile."),)) from None


def _fault(path: Path, message: str, *, line: int = 0) -> Problem:
    key = ".".join(str(part) for part in path)
    said = f"Line {line}: {message[:1].lower()}{message[1:]}" if line and path else message
    return Problem(line=line, start=0, end=0, field=key, check="profile", severity=Severity.ERROR, message=said)


def _explained(detail: ErrorDetails, values: Mapping[str, Any], lines: KeyLines) -> Problem:
    path: Path = tuple(part for part in detail["loc"] if part not in {"str", "tuple[str, ...]"})
    key, line = key_name(path, values), lines.line(path)
    match detail["type"]:
        case "missing":
            said = "is missing"
        case "extra_forbidden":
            said = "is not known; check its spelling"
        case "model_type":
            said = "is a table with keys of its own"
        case "literal_error" | "enum":
            said = f"has none of the words for it: write {detail['ctx']['expected']}"
        case "string_pattern_mismatch":
            said = f"is not written as it should be: {detail['ctx']['pattern']}"
        case kind:
            said = f"cannot stand so: {_WRITE.get(kind, detail['msg'][:1].lower() + detail['msg'][1:])}"
    return _fault(path, f"The key {key} {said}.", line=line)


def _contradictions(terms: ProfileTerms) -> Iterator[tuple[Path, str]]:
    carriers = {str(carrier) for carrier in Carrier if carrier is not Carrier.UNKNOWN}
    for path, word in ((("carrier",), terms.carrier), *((("also", at), word) for at, word in enumerate(terms.also))):
        if word not in carriers:
            yield path, f": there is no carrier {word!r}; one of {', '.join(sorted(carriers))}."
    for at, word in enumerate(terms.also):
        if word in carriers and terms.carrier in carriers and word not in _read_alike(terms.carrier):
            yield ("also", at), f": what is written in {word} is not read as {terms.carrier} is."
    if terms.effective_from and terms.effective_to and terms.effective_to < terms.effective_from:
        yield ("effective_to",), " lies before effective_from."
    try:
        ZoneInfo(terms.semantics.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield ("semantics", "zone"), f": there is no time zone {terms.semantics.zone!r}."
    yield from _unknown_words(terms)
    if terms.carrier in {str(carrier) for carrier in LAID_OUT}:
        yield from layout_faults(terms)
    elif terms.records or terms.delivery.delimiter or terms.delivery.record_length:
        yield ("records" if terms.records else "delivery",), f" is not for {terms.carrier}, which lays out itself."


def _read_alike(carrier: str) -> frozenset[str]:
    return next((frozenset(map(str, family)) for family in _ALIKE if carrier in family), frozenset({carrier}))


def _unknown_words(terms: ProfileTerms) -> Iterator[tuple[Path, str]]:
    """Yield the tolerances, mined columns and events that do not exist, and the patterns that are none."""
    for at, word in enumerate(terms.tolerances):
        if word not in TOLERANCES:
            yield ("tolerances", at), f": there is no tolerance {word!r}; one of {', '.join(sorted(TOLERANCES))}."
    for name, pattern in terms.mined.items():
        if name not in MINED:
            yield ("mined", name), f": nothing is mined under that name; one of {', '.join(sorted(MINED))}."
        elif not compiles(pattern):
            yield ("mined", name), " is no regular expression."
    words = [str(event) for event in PostingEvent]
    for at, rule in enumerate(terms.codes):
        if rule.event not in words:
            yield ("codes", at, "event"), f": there is no event {rule.event!r}; one of {', '.join(words)}."
        if not compiles(rule.text):
            yield ("codes", at, "text"), " is no regular expression."


def compiles(pattern: str) -> bool:
    """Return whether a text is a regular expression."""
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def _profile(terms: ProfileTerms) -> ReportProfile:
    carrier = Carrier(terms.carrier)
    return ReportProfile(
        id=terms.id,
        version=terms.version,
        carrier=carrier,
        also=frozenset(Carrier(word) for word in terms.also),
        bank=terms.bank,
        effective_from=terms.effective_from,
        effective_to=terms.effective_to,
        semantics=Semantics(**terms.semantics.model_dump()),
        codes=CodeMap(
            rules=tuple(
                CodeRule(
                    code_type=rule.code_type,
                    code=rule.code,
                    event=PostingEvent(rule.event),
                    sign=rule.sign,
                    text=rule.text,
                    label=rule.label,
                )
                for rule in terms.codes
            )
        ),
        tolerances=frozenset(terms.tolerances),
        mined=MappingProxyType(dict(terms.mined)),
        layout=_layout(terms) if carrier in LAID_OUT else None,
    )


def _layout(terms: ProfileTerms) -> ReportLayout:
    delivery, selector, about = terms.delivery, terms.selector, terms.report
    constants = {"bank": about.bank, "account": about.account, "currency": about.currency}
    return ReportLayout(
        name=f"{terms.id}/{terms.version}",
        delimiter=delivery.delimiter,
        width=delivery.record_length,
        records=tuple(_record(record) for record in terms.records),
        selector=Selector(
            at=selector.at,
            start=selector.start,
            end=selector.end,
            source=selector.source,
            unknown_is_error=selector.unknown == "refuse",
        ),
        quote=delivery.quote,
        header_row=delivery.header_row,
        further_columns=delivery.allow_extra_trailing_columns,
        record_ends=delivery.record_ends,
        constants=MappingProxyType({name: value for name, value in constants.items() if value}),
        day_from=about.day_from,
    )


def _record(terms: RecordTerms) -> RecordLayout:
    return RecordLayout(
        selectors=(terms.selector,) if isinstance(terms.selector, str) else terms.selector,
        title=terms.title,
        place=terms.place,
        items=terms.items,
        first=terms.place is Place.HEADER if terms.first is None else terms.first,
        fields=tuple(_field(field) for field in terms.fields),
    )


def _field(terms: FieldTerms) -> FieldLayout:
    return FieldLayout(
        label=terms.label,
        column=terms.label if terms.name is None else terms.name,
        type=terms.type,
        required=terms.required,
        at=terms.at or 0,
        start=terms.start or 0,
        end=terms.end or 0,
        source=terms.source,
        constant=terms.constant,
        values=frozenset(terms.values),
        pattern=terms.pattern,
        signs=terms.signs,
        total=terms.total,
        format=terms.format,
        decimals=terms.decimals,
        mark=terms.mark,
        pivot=terms.pivot,
        transforms=terms.transforms,
        map=tuple(terms.map.items()),
    )
