"""Every text of the console has its Chinese twin, and every figure in a text stands in both."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from ingather.console import rendering
from ingather.console.menu import SCREENS
from ingather.console.words import LANGUAGES, catalogue, language_of, say
from ingather.domain.users import Role

_PLACE = re.compile(r"\{[a-z0-9_]*\}")


def _of_templates() -> Iterator[str]:
    """Yield the texts of all templates: what is said as a literal, in a template or a macro."""
    for path in (rendering.HERE / "templates").rglob("*.html"):
        tree = Environment(autoescape=True).parse(path.read_text("utf-8"))
        for call in tree.find_all(nodes.Call):
            name = call.node.name if isinstance(call.node, nodes.Name) else getattr(call.node, "attr", "")
            if name in {"t", "say"} and call.args:
                yield from _literals(call.args[0])


def _literals(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Dict):
        for pair in node.node.items:
            yield from _literals(pair.value)
    elif isinstance(node, nodes.CondExpr):
        yield from _literals(node.expr1)
        if node.expr2 is not None:
            yield from _literals(node.expr2)


def _of_modules() -> Iterator[str]:
    """Yield the texts that Python says: the first argument of ``say``."""
    for path in rendering.HERE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "say":
                first = call.args[0] if call.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def _texts() -> set[str]:
    roles = {role.replace("_", " ") for role in Role}
    return {*_of_templates(), *_of_modules(), *(screen.name for screen in SCREENS), *roles}


def test_every_text_has_its_chinese_twin() -> None:
    assert sorted(_texts() - catalogue("zh").keys() - {"Ingather"}) == []


def test_the_places_of_a_text_stand_in_its_twin() -> None:
    wrong = {
        text: said
        for text, said in catalogue("zh").items()
        if sorted(_PLACE.findall(text)) != sorted(_PLACE.findall(said))
    }
    assert wrong == {}


def test_a_catalogue_that_says_two_things_for_one_text_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "zh"
    folder.mkdir()
    (folder / "a.toml").write_text('"Return" = "退回"\n', "utf-8")
    (folder / "b.toml").write_text('"Return" = "返回"\n', "utf-8")
    monkeypatch.setattr("ingather.console.words._FOLDER", tmp_path)
    catalogue.cache_clear()
    try:
        with pytest.raises(ValueError, match="another thing"):
            catalogue("zh")
    finally:
        catalogue.cache_clear()


def test_values_are_escaped_unless_they_are_markup() -> None:
    assert say("en", "Order {name}", name="<script>") == "Order &lt;script&gt;"


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        ("zh", "en", "zh"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "fr,en;q=0.5", "en"),
        ("xx", None, "en"),
        (None, None, "en"),
    ],
)
def test_the_language_is_the_chosen_one_else_what_the_browser_accepts(
    chosen: str | None, accepted: str | None, language: str
) -> None:
    assert language_of(chosen, accepted) == language
    assert language in LANGUAGES
