"""Each rule of the house sees a planted breach, and only that."""

from collections.abc import Callable, Iterator

import pytest

from tests.conventions import house
from tests.conventions.house import Source

Rule = Callable[[Source], Iterator[str]]
DOCUMENTED = '"""What it is for."""\n\n'
LONG_FUNCTION = "def f() -> None:\n" + "    g()\n" * 60

BREACHES: list[tuple[Rule, str, str]] = [
    (house.too_long, "src/ingather/jobs/a.py", "x = 1\n" * 401),
    (house.too_long, "src/ingather/jobs/a.py", LONG_FUNCTION),
    (house.undocumented, "src/ingather/jobs/a.py", "x = 1\n"),
    (house.undocumented, "src/ingather/jobs/a.py", f"{DOCUMENTED}def seal() -> None: ...\n"),
    (house.undocumented, "src/ingather/jobs/a.py", f'{DOCUMENTED}class A:\n    """A."""\n    def seal(self): ...\n'),
    (house.floats, "src/ingather/rules/a.py", "def f(amount: float) -> None: ...\n"),
    (house.floats, "src/ingather/store/a.py", "amount = float('1.5')\n"),
    (house.floats, "src/ingather/actions/a.py", "amount = 1.5\n"),
    (house.floats, "src/ingather/nacha/a.py", "amount = cents / 100\n"),
    (house.floats, "src/ingather/nacha/a.py", "amount = numpy.zeros(3, numpy.float64)\n"),
    (house.naive_instants, "src/ingather/wiring/a.py", "at = datetime.now()\n"),
    (house.naive_instants, "src/ingather/jobs/a.py", "at = datetime.now(UTC)\n"),
    (house.naive_instants, "src/ingather/wiring/a.py", "at = datetime.datetime.utcnow()\n"),
    (house.naive_instants, "src/ingather/jobs/a.py", "at = datetime(2026, 11, 16)\n"),
    (house.naive_instants, "src/ingather/jobs/a.py", "day = date.today()\n"),
    (house.impure_calls, "src/ingather/rules/a.py", "text = open('x').read()\n"),
    (house.impure_calls, "src/ingather/nacha/a.py", "print(1)\n"),
    (house.impure_calls, "src/ingather/rules/a.py", "from importlib.resources import files\n"),
    (house.unreasoned, "src/ingather/jobs/a.py", "x = 1  # noqa\n"),
    (house.unreasoned, "src/ingather/jobs/a.py", "x = 1  # noqa: S101\n"),
    (house.unreasoned, "src/ingather/jobs/a.py", "x = 1  # type: ignore[arg-type]\n"),
    (house.unreasoned, "src/ingather/jobs/a.py", "x = 1  # pragma: no cover\n"),
    (house.loose_dataclasses, "src/ingather/domain/a.py", "@dataclass\nclass A: ...\n"),
    (house.loose_dataclasses, "src/ingather/domain/a.py", "@dataclass(frozen=True)\nclass A: ...\n"),
    (house.avoided_names, "src/ingather/jobs/util.py", "x = 1\n"),
    (house.avoided_names, "src/ingather/jobs/a.py", "class OrderManager: ...\n"),
    (house.avoided_names, "src/ingather/jobs/a.py", "def process_returns(): ...\n"),
    (house.unfinished, "src/ingather/jobs/a.py", "# TODO: later\n"),
    (house.evasive, "tests/unit/test_a.py", "@pytest.mark.skip\ndef test_a(): ...\n"),
    (house.evasive, "tests/unit/test_a.py", "from unittest.mock import Mock\n"),
]

KEPT: list[tuple[Rule, str, str]] = [
    (house.too_long, "src/ingather/jobs/a.py", "def f() -> None:\n" + "    g()\n" * 59),
    (house.undocumented, "src/ingather/jobs/a.py", f"{DOCUMENTED}def _seal() -> None: ...\n"),
    (house.floats, "src/ingather/jobs/a.py", "seconds = 1.5\n"),
    (house.floats, "src/ingather/rules/tables.py", "path = folder / 'codes.csv'\n"),
    (house.naive_instants, "src/ingather/wiring/a.py", "at = datetime.now(UTC)\n"),
    (house.naive_instants, "src/ingather/jobs/a.py", "at = datetime(2026, 11, 16, tzinfo=UTC)\n"),
    (house.impure_calls, "src/ingather/rules/tables.py", "from importlib.resources import files\n"),
    (house.unreasoned, "src/ingather/jobs/a.py", "x = 1  # noqa: S101 -- the reason stands here\n"),
    (house.unreasoned, "src/ingather/jobs/a.py", "x = 1  # type: ignore[arg-type]  # the reason stands here\n"),
    (house.loose_dataclasses, "src/ingather/domain/a.py", "@dataclass(frozen=True, slots=True)\nclass A: ...\n"),
    (house.loose_dataclasses, "src/ingather/a.py", "@dataclass(slots=True)  # mutable -- it counts\nclass A: ...\n"),
    (house.avoided_names, "src/ingather/jobs/night.py", "def seal_file(): ...\n"),
]


@pytest.mark.parametrize(("rule", "path", "text"), BREACHES)
def test_a_breach_is_seen(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path=path, text=text)))


@pytest.mark.parametrize(("rule", "path", "text"), KEPT)
def test_what_keeps_the_rule_is_left_alone(rule: Rule, path: str, text: str) -> None:
    assert not list(rule(Source(path=path, text=text)))


def _place(*parts: str) -> str:
    """Return a place joined, so that none stands in the tree even as an example."""
    return "/".join(parts)


def test_a_machine_and_an_index_are_seen() -> None:
    for text in (_place("cd ", "root", "x"), _place("see ", "home", "me"), _place("https:", "", "pypi.org", "simple")):
        assert list(house.elsewhere("README.md", text))
    assert list(house.elsewhere("README.md", "--find-links wheels"))
    for text in ("src/ingather/rules", _place("network", "work", "x"), _place("https:", "", "host", "home", "x")):
        assert not list(house.elsewhere("README.md", text))


def test_a_name_on_two_floors_is_seen_unless_it_is_a_column() -> None:
    assert list(house.stray_columns(["src/ingather/jobs/stuff.py", "src/ingather/store/stuff.py"]))
    assert not list(house.stray_columns(["src/ingather/jobs/returns.py", "src/ingather/store/returns.py"]))


def test_a_dependency_without_a_reason_is_seen() -> None:
    assert list(house.unexplained_dependencies('  "numpy>=2",\n'))
    assert not list(house.unexplained_dependencies('  "numpy>=2",  # the codec works on columns\n'))
