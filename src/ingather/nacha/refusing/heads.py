"""What speaks against a file's head and the dialect it is to be written in."""

import re

from ingather.nacha.records import LAYOUTS
from ingather.nacha.refusing.scope import Scope
from ingather.nacha.routing import is_routing_number
from ingather.nacha.writing.frames import head_texts
from ingather.nacha.writing.parties import party_columns

_HEAD = LAYOUTS["1"]
_MODIFIERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
YEARS = range(2000, 2100)
# Nacha's convention: SD and a time of day (SD1300).
SAME_DAY_MARK = re.compile(r"SD([01][0-9]|2[0-3])[0-5][0-9]")


def printable(text: str) -> bool:
    """Return whether a text is printable ASCII."""
    return text.isascii() and text.isprintable()


def encodable(text: str) -> bool:
    """Return whether a text is one printable byte a character, as a bank's own texts may be."""
    try:
        return all(byte >= ord(" ") for byte in text.encode("cp1252"))
    except UnicodeEncodeError:
        return False


def check_head(scope: Scope) -> None:
    """Tell what speaks against record 1, and against the same-day mark of the dialect."""
    head, dialect = scope.plan.head, scope.dialect
    for name, text in head_texts(head, dialect, scope.purpose).items():
        field, words = _HEAD.field(name), name.replace("_", " ")
        if len(text) > field.width:
            sentence = f"The {words} has {len(text)} characters; {field.width} fit, and none are cut."
            scope.tell("field-fits", sentence, layout="1", name=name)
        if not printable(text):
            scope.tell("characters", f"The {words} holds other than printable ASCII.", layout="1", name=name)
    _check_parties(scope)
    if len(head.id_modifier) != 1 or not printable(head.id_modifier):
        sentence = "The file id modifier is not one character."
        scope.tell("field-fits", sentence, layout="1", name="file_id_modifier")
    elif head.id_modifier not in _MODIFIERS:
        sentence = "The file id modifier is not one of A to Z and 0 to 9."
        scope.tell("id-modifier", sentence, layout="1", name="file_id_modifier")
    if head.created_on.year not in YEARS:
        scope.tell("date-real", "The creation date does not fit six digits.", layout="1", name="file_creation_date")
    if dialect.same_day_mark and not SAME_DAY_MARK.fullmatch(dialect.same_day_mark):
        sentence = "The dialect's same-day mark is not SD and a time of day."
        scope.tell("same-day-mark", sentence, layout="5", name="company_descriptive_date")


def _check_parties(scope: Scope) -> None:
    head, dialect = scope.plan.head, scope.dialect
    for name, text, style in (
        ("immediate_destination", head.destination, dialect.destination_style),
        ("immediate_origin", head.origin, dialect.origin_style),
    ):
        ten = party_columns(text, style)
        if not printable(ten) or not ten.strip(" 0"):
            sentence = f"The {name.replace('_', ' ')} does not fit ten columns in the style {style}."
            scope.tell("party", sentence, layout="1", name=name)
        elif name == "immediate_destination" and ten[0] in " 0" and not is_routing_number(ten[1:]):
            scope.tell(
                "destination-routing", "The immediate destination is not a routing number.", layout="1", name=name
            )
