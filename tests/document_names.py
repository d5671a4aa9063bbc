"""How the names and sentences of the API's document are said in Python."""

import keyword
import re
from textwrap import wrap

_TAKEN = frozenset(
    {"copy", "json", "schema", "dict", "construct", "validate", "self", "etag", "replayed", "request_id"}
)
_WORDS_IN_LINE = 112


def plain(name: str) -> str:
    """Return a name of the document as one of Python: ``due_on[gte]`` is ``due_on_gte``, ``from`` is ``from_``."""
    made = re.sub(r"\W+", "_", name).strip("_")
    return f"{made}_" if keyword.iskeyword(made) else made


def field_of(name: str) -> str:
    """Return a name of the document as that of a shape's field."""
    return f"{name}_" if name in _TAKEN else plain(name)


def camel(name: str) -> str:
    """Return a name as that of a class."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[-_ ]+", name))


def class_of(schema: str) -> str:
    """Return the class of a schema; of two modules' shapes of one name each is named with its module."""
    *_, module, name = ["", *schema.split("__")] if "__" in schema else ["", "", schema]
    return camel(module) + name.replace("-", "")


def docstring(text: str) -> str:
    """Return a docstring of wrapped paragraphs."""
    first, *rest = [" ".join(part.split()) for part in text.strip().split("\n\n")] or [""]
    said = (first if first.endswith((".", "?")) else f"{first}.").replace("\\", "\\\\").replace('"""', "'''")
    lines = wrap(said, _WORDS_IN_LINE - 8)
    if len(lines) == 1 and not rest:
        return f'"""{lines[0]}"""'
    body = ["\n".join(lines), *("\n".join(wrap(part.replace("\\", "\\\\"), _WORDS_IN_LINE - 8)) for part in rest)]
    if len(lines) > 1:
        head, _, tail = said.partition(". ")
        body[0] = "\n".join(wrap(f"{head}.".replace("..", "."), _WORDS_IN_LINE)) if tail else body[0]
        if tail:
            body.insert(1, "\n".join(wrap(tail, _WORDS_IN_LINE - 8)))
    return '"""' + "\n\n".join(body) + '\n"""'
