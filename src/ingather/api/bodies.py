"""What a body may not hold before anybody reads it: text that no book keeps, and nesting without end.

JSON can escape half of a surrogate pair or a NUL; neither is text that a database takes. Both are found in the bytes,
since what reads them afterwards would find them each in its own place, or not at all.
"""

import re

DEEPEST = 32
"""How deep arrays and objects may be nested."""
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_ESCAPES = re.compile(rb"(?:\\(?:u[0-9a-fA-F]{4}|.))+", re.DOTALL)
_ONE = re.compile(rb"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_HIGH, _LOW, _END = 0xD800, 0xDC00, 0xE000


def fault_of(body: bytes, *, lines: bool = False) -> tuple[str, str] | None:
    """Return what makes a body of JSON none that can be read, as a name and a sentence.

    ``lines`` is whether each line is a text of its own.
    """
    if b"\0" in body:
        return "nul_character", "The body holds a NUL character, which no text may"
    if _SUSPECT.search(body) and (found := _fault_of_escapes(body)):
        return found
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return "not_utf8", f"The body is not UTF-8 at byte {error.start}"
    if any(_is_too_deep(text) for text in (body.split(b"\n") if lines else (body,))):
        return "too_deep", f"The body nests arrays and objects deeper than {DEEPEST}"
    return None


def _is_too_deep(text: bytes) -> bool:
    # Counting is far cheaper than following, and few texts have so many.
    return text.count(b"[") + text.count(b"{") > DEEPEST and _depth(text) > DEEPEST


def _depth(text: bytes) -> int:
    depth = deepest = 0
    for token in _TOKENS.finditer(text):
        match token.group()[:1]:
            case b"[" | b"{":
                depth += 1
                deepest = max(deepest, depth)
            case b"]" | b"}":
                depth -= 1
            case _:
                continue
    return deepest


def _fault_of_escapes(body: bytes) -> tuple[str, str] | None:
    for several in _ESCAPES.finditer(body):
        high = False
        for each in _ONE.finditer(several.group()):
            code = int(each.group(1)[1:], 16) if each.group(1)[:1] == b"u" and len(each.group(1)) > 1 else -1
            if code == 0:
                return "nul_character", "The body holds an escaped NUL character, which no text may"
            if high != (_LOW <= code < _END):
                return "half_a_character", "The body escapes half of a surrogate pair, which is no text"
            high = _HIGH <= code < _LOW
        if high:
            return "half_a_character", "The body escapes half of a surrogate pair, which is no text"
    return None
