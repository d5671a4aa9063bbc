"""The project keeps the rules of its house."""

import re
import shutil
import statistics
import subprocess
import tomllib
from collections.abc import Callable, Iterator

import pytest

from tests.conventions import house
from tests.conventions.house import PACKAGE, ROOT, Source, sources

EVERYWHERE = (house.too_long, house.unreasoned, house.naive_instants, house.unfinished, house.avoided_names)
IN_THE_PACKAGE = (house.undocumented, house.floats, house.impure_calls, house.loose_dataclasses)


def planted(path: str) -> bool:
    """Return whether the file holds breaches on purpose: the rules of the house and their own tests."""
    return path in {"tests/conventions/house.py", "tests/conventions/test_house_sees.py"}


def told(rule: Callable[[Source], Iterator[str]], among: list[Source]) -> str:
    return "\n".join(sorted(found for source in among for found in rule(source)))


@pytest.mark.parametrize("rule", EVERYWHERE)
def test_every_file_keeps(rule: Callable[[Source], Iterator[str]]) -> None:
    assert not (
        found := told(rule, [source for source in sources("src", "tests", "nacha_samples") if not planted(source.path)])
    ), found


@pytest.mark.parametrize("rule", IN_THE_PACKAGE)
def test_the_package_keeps(rule: Callable[[Source], Iterator[str]]) -> None:
    assert not (found := told(rule, sources("src"))), found


def test_no_test_is_skipped_or_mocked() -> None:
    assert not (found := told(house.evasive, [source for source in sources("tests") if not planted(source.path)])), (
        found
    )


def test_the_median_file_is_short() -> None:
    lengths = [source.text.count("\n") for source in sources("src")]
    assert statistics.median(lengths) <= house.MEDIAN_FILE


def test_files_that_share_a_name_over_floors_are_columns_of_the_design() -> None:
    assert not (found := list(house.stray_columns([source.path for source in sources("src")]))), found


def test_every_dependency_has_a_reason_and_there_are_few() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert not list(house.unexplained_dependencies(text))
    assert len(tomllib.loads(text)["project"]["dependencies"]) <= house.MOST_DEPENDENCIES


def test_the_lock_names_every_dependency_with_a_hash_and_no_address() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    wanted = [*settings["project"]["dependencies"], *settings["dependency-groups"]["dev"]]
    locked = set(re.findall(r"^([a-z0-9.-]+)==\S+(?: ;.*)? \\\n +--hash=sha256:", lock, re.MULTILINE))
    assert {re.split(r"[\[><=~!]", each)[0].lower() for each in wanted} <= locked
    assert "://" not in lock
    assert not re.search(r"^\s*-", re.sub(r"^ +--hash=\S+( \\)?$", "", lock, flags=re.MULTILINE), re.MULTILINE)


def test_no_file_names_one_machine_or_an_index() -> None:
    found: list[str] = []
    for path in tracked():
        if planted(path):
            continue
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += house.elsewhere(path, text)
    assert not found, "\n".join(found)


def tracked() -> list[str]:
    """Return the project's files: what git tracks or would, and without git everything outside set-up folders."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        listed = subprocess.run(
            [git, "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    roots = [path for path in ROOT.iterdir() if path.name == ".ci" or not path.name.startswith(".")]
    files = [each for path in roots for each in ([path] if path.is_file() else path.rglob("*"))]
    return [each.relative_to(ROOT).as_posix() for each in files if each.is_file() and "__pycache__" not in each.parts]


def test_the_packages_of_the_design_are_the_only_ones() -> None:
    floors = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    known = "cli wiring api console jobs actions store vault gateway simulator rules reports nacha domain client base"
    assert floors <= set(known.split())
