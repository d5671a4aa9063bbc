"""What is wrong with a bank profile, key by key, in sentences that never repeat a value that could be secret."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from ingather.base.problems import Problem, Severity

_WRITE = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "string_type": "a text in quotes",
    "tuple_type": "a list in brackets",
}
_SHAPES = {
    "id": "at most 40 small letters, digits and hyphens, a hyphen not first",
    "odfi_routing": "nine digits",
    "immediate_destination": "nine digits, a blank and nine digits, or ten digits",
    "immediate_origin": "nine or ten capital letters, digits or blanks",
    "file_name": "letters, digits, dots, hyphens, underscores and words in braces, and no folder",
    "refunds.description": "at most 10 capital letters, digits and blanks, a blank not first",
    "same_day.cutoffs": 'times of day in quotes such as ["10:00", "14:00"]',
    "payouts.company_identification": "ten capital letters, digits and blanks",
    "payouts.name": "at most 20 letters, digits and underscores, an underscore not first",
    "requests.name": "at most 20 letters, digits and underscores, an underscore not first",
    "writing.same_day_mark": 'SD and a time of day such as "SD1300", or nothing',
}


class ProfileRefused(ValueError):  # noqa: N818 -- named for the business fact, as all our errors are
    """A bank profile, or a house policy, that cannot be used; ``problems`` names every key that is wrong."""

    def __init__(self, problems: tuple[Problem, ...], *, what: str = "bank profile") -> None:
        self.problems = problems
        super().__init__(f"The {what} cannot be used. " + " ".join(problem.message for problem in problems))


def fault(key: str, check: str, message: str, *, line: int = 0) -> Problem:
    """Return one problem of a profile; ``key`` is dotted, ``line`` is 0 where TOML does not tell it."""
    return Problem(line=line, start=0, end=0, field=key, check=check, severity=Severity.ERROR, message=message)


def explain(detail: ErrorDetails, model: type[BaseModel], written: Mapping[str, str]) -> Problem:
    """Return a key's error in a sentence; ``written`` has the names under which older profiles say some keys."""
    dotted = ".".join(str(part) for part in detail["loc"])
    key = written.get(dotted, dotted)
    match detail["type"]:
        case "missing":
            return fault(key, "profile-missing", f"The key {key} is missing.")
        case "extra_forbidden":
            return fault(key, "profile-unknown", f"The key {key} is not known; {_nearest(detail['loc'], model)}.")
        case "model_type":
            return fault(key, "profile-value", f"The key {key} is a table: write [{key}] and its keys below.")
        case _:
            return fault(key, "profile-value", f"The key {key}: {_said(detail, dotted)}.")


def _said(detail: ErrorDetails, dotted: str) -> str:
    """Return what is wrong with a value, or what to write instead."""
    kind, message = detail["type"], detail["msg"]
    if kind == "string_pattern_mismatch":
        return f"write {_SHAPES.get(dotted, 'printable ASCII characters')}"
    if kind in _WRITE:
        return f"write {_WRITE[kind]}"
    said = message.removeprefix("Value error, ")
    return said if kind == "value_error" else said[:1].lower() + said[1:]


def _nearest(path: tuple[int | str, ...], model: type[BaseModel]) -> str:
    """Return which key is meant, if one is close: of the same table, or the same word in another."""
    *tables, word = (str(part) for part in path)
    known = _keys(model)
    here = [name.rpartition(".")[2] for name in known if name.rpartition(".")[0] == ".".join(tables)]
    if close := get_close_matches(word, here, n=1):
        return f"perhaps {'.'.join((*tables, close[0]))} is meant"
    if elsewhere := [name for name in known if name.rpartition(".")[2] == word]:
        return f"it may be meant to stand as {' or '.join(elsewhere)}"
    return "check its spelling"


def _keys(model: type[BaseModel]) -> list[str]:
    """Return every key of a model, dotted, with those of its tables."""
    keys: list[str] = []
    for name, field in model.model_fields.items():
        keys.append(name)
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                keys += [f"{name}.{key}" for key in kind.model_fields]
    return keys
