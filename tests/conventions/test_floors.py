"""The floors hold: the package keeps every contract, and each contract breaks when an import is planted against it."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conventions.house import PACKAGE, ROOT

FLOORS = ("cli", "wiring", "jobs", "actions", "store", "vault", "gateway", "simulator", "rules", "reports", "nacha")
PURE = ("base", "nacha", "domain", "reports", "rules")
IMPURE = ("sqlalchemy", "sqlite3", "logging", "random", "secrets", "time", "os", "pathlib", "socket", "subprocess")

PLANTED: dict[str, list[tuple[str, str]]] = {
    "floors": [
        ("base", "ingather.nacha"),
        ("nacha", "ingather.domain"),
        ("domain", "ingather.nacha"),
        ("reports", "ingather.rules"),
        ("rules", "ingather.store"),
        ("store", "ingather.vault"),
        ("vault", "ingather.gateway"),
        ("gateway", "ingather.actions"),
        ("actions", "ingather.wiring"),
        ("jobs", "ingather.cli"),
        ("wiring", "ingather.cli"),
    ],
    "pure": [(floor, module) for floor in PURE for module in ("time", "os")] + [("rules", each) for each in IMPURE],
    "client": [("client", f"ingather.{floor}") for floor in ("base", "domain", "api", "store")] + [("client", "numpy")],
    "simulator": [("simulator", f"ingather.{floor}") for floor in ("domain", "reports", "rules", "store", "vault")],
    "actions": [("actions", "ingather.gateway"), ("actions", "ingather.jobs"), ("actions", "ingather.simulator")],
    "gateway": [("actions", "ingather.gateway"), ("cli", "ingather.gateway"), ("store", "ingather.gateway")],
    "sql": [(floor, "sqlalchemy") for floor in ("cli", "vault", "gateway", "simulator", "rules")],
    "ciphertext": [(floor, "cryptography") for floor in ("cli", "store", "actions", "jobs", "gateway")],
}


def contracts() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [contract["id"] for contract in settings["tool"]["importlinter"]["contracts"]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the package with its contracts, every floor of the design present."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    package = tmp_path / "src" / "ingather"
    shutil.copytree(PACKAGE, package, ignore=lambda _, names: [name for name in names if name == "__pycache__"])
    for floor in (*FLOORS, "domain", "base"):
        if not (package / f"{floor}.py").exists():
            (package / floor).mkdir(exist_ok=True)
            (package / floor / "__init__.py").touch()
    (package / "store" / "sql_is_used.py").write_text("import sqlalchemy\n")
    (package / "vault" / "ciphers_are_used.py").write_text("import cryptography\n")
    return tmp_path


def linted(project: Path, *contract: str) -> tuple[int, str]:
    """Check the copy and return the exit code and what was said, for all contracts or for one."""
    chosen = [word for name in contract for word in ("--contract", name)]
    said = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", *chosen],
        cwd=project, check=False, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": "src"},
    )  # fmt: skip
    return said.returncode, " ".join((said.stdout + said.stderr).split())


def test_the_package_keeps_every_contract(project: Path) -> None:
    code, said = linted(project)
    assert code == 0, said
    assert f"{len(contracts())} kept, 0 broken" in said


def test_every_contract_is_proved_here() -> None:
    assert set(PLANTED) == set(contracts())


@pytest.mark.parametrize("contract", PLANTED)
def test_each_planted_import_breaks_its_contract(project: Path, contract: str) -> None:
    planted = [plant(project, floor, module, number) for number, (floor, module) in enumerate(PLANTED[contract])]
    code, said = linted(project, contract)
    assert code == 1
    assert "0 kept, 1 broken" in said
    for place in planted:
        assert place in said


def plant(project: Path, floor: str, module: str, number: int) -> str:
    """Import ``module`` on ``floor``, in a file of its own or, where the floor is one file, in that; return where."""
    package = project / "src" / "ingather"
    if (package / floor).is_dir():
        (package / floor / f"planted_{number}.py").write_text(f"import {module}\n")
        return f"ingather.{floor}.planted_{number}"
    with (package / f"{floor}.py").open("a") as whole:
        whole.write(f"\nimport {module}\n")
    return f"ingather.{floor}"


def test_a_package_without_a_floor_is_refused(project: Path) -> None:
    (project / "src" / "ingather" / "extra").mkdir()
    (project / "src" / "ingather" / "extra" / "__init__.py").touch()
    code, said = linted(project, "floors")
    assert code == 1
    assert "extra" in said


def test_what_the_linter_cannot_see_is_not_there() -> None:
    """An import by name at run time would pass every contract, so there is none."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            name = (
                called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
            )
            assert name not in {"import_module", "__import__"}, f"{path.name} imports by name"
