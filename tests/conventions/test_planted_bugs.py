"""Thirty system bugs planted and thirty caught: the table names a test for each that is there and is run with all."""

import ast

from tests.planted import planted_bugs

THIRTY = 30


def test_every_planted_bug_has_its_test() -> None:
    lost = []
    for bug in planted_bugs():
        source = bug.path.read_text("utf-8") if bug.path.exists() else ""
        names = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
        if bug.test not in names or bug.parameter not in source:
            lost.append(bug.caught_by)
    assert lost == []


def test_there_are_thirty_and_each_is_another_one() -> None:
    bugs = planted_bugs()
    assert len(bugs) >= THIRTY
    assert len({bug.caught_by for bug in bugs}) == len(bugs) == len({bug.bug for bug in bugs})
    assert {bug.area for bug in bugs} >= {
        "sending",
        "sealing",
        "returns",
        "money",
        "keys",
        "audit",
        "copies",
        "the past",
    }
