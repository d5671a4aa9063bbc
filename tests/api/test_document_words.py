"""The document says what everything in it is, and its pages in docs/ are current."""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ingather.api.problem_pages import named_problems, problems_page
from tests.api.office import Front, open_front

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    return open_front(tmp_path_factory.mktemp("words"), ())


@pytest.fixture(scope="module")
def document(front: Front) -> dict[str, Any]:
    found: dict[str, Any] = front.http.get("/v1/openapi.json").json()
    return found


def _operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["operationId"]: each for methods in document["paths"].values() for each in methods.values()}


def test_every_operation_says_what_it_does_and_needs(document: dict[str, Any]) -> None:
    for name, operation in _operations(document).items():
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        assert {"x-once", "x-bound", "x-open"} <= operation.keys(), name
        assert len(operation["summary"]) <= 120, name


def test_every_field_and_parameter_says_what_it_is(document: dict[str, Any]) -> None:
    silent = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, shape in schema.get("properties", {}).items()
        if not shape.get("description")
    ]
    silent += [
        f"{name}: {parameter['name']}"
        for name, operation in _operations(document).items()
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    ]
    assert silent == []


def test_every_request_has_an_example_that_its_schema_takes(document: dict[str, Any]) -> None:
    wrong = {}
    for name, operation in _operations(document).items():
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            if media == "application/json":
                schema = {**content["schema"], "components": document["components"]}
                faults = list(jsonschema_rs.validator_for(schema).iter_errors(content["example"]))
                if faults:
                    wrong[name] = [fault.message for fault in faults]
    assert wrong == {}


def test_the_document_is_one_of_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    for schema in document["components"]["schemas"].values():
        assert jsonschema_rs.meta.is_valid(schema)
    names = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("page", ["api-problems.md", "openapi.json"])
def test_the_pages_in_docs_are_current(document: dict[str, Any], page: str) -> None:
    text = problems_page() if page.endswith("md") else f"{json.dumps(document, indent=1, sort_keys=True)}\n"
    kept = ROOT / "docs" / page
    if os.environ.get("INGATHER_WRITE_DOCS"):
        kept.write_text(text, "utf-8")
    assert kept.read_text("utf-8") == text, (
        "write it anew: INGATHER_WRITE_DOCS=1 pytest tests/api/test_document_words.py"
    )


def test_every_problem_says_what_it_means() -> None:
    assert [each.code for each in named_problems() if len(each.meaning) < len("A sentence.")] == []
