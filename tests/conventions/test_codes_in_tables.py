"""Return codes stand in tables, never in code: what a code means is a dated row."""

import ast
import re
from collections.abc import Iterator

from tests.conventions.house import Source, sources

_CODE = re.compile(r"\bR\d\d\b")
_MAY = {
    "nacha": "the format names codes in what it says of its own fields",
    "simulator": "the bank in a box chooses the codes it plays",
    "cli": "help gives examples",
    "api": "the document gives examples",
}
_OF_THE_FORMAT = {"src/ingather/reports/nacha_returns.py": "a corrected return has a record form of its own"}


def codes_in_code(source: Source) -> Iterator[str]:
    """Yield where a literal that is no docstring holds a return code."""
    documented = {
        id(node.body[0].value)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield from (f"{source.path}:{node.lineno}: {found}" for found in _CODE.findall(node.value))


def test_no_return_code_stands_in_code() -> None:
    judged = [each for each in sources("src") if each.floor not in _MAY and each.path not in _OF_THE_FORMAT]
    assert not (found := [line for source in judged for line in codes_in_code(source)]), "\n".join(found)


def test_a_code_in_code_is_seen() -> None:
    planted = Source(path="src/ingather/rules/x.py", text='"""Says R01."""\n\nDOUBTED = code == "R17"\n')
    assert list(codes_in_code(planted)) == ["src/ingather/rules/x.py:3: R17"]
