"""Schemathesis over the document, in process: made-up calls of every operation, right and wrong, and chains of them.

Half of the ids are those of things that stand in the book, so that calls come further than to a 404.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import GenerationConfig, SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.python import asgi

from tests.api.declared import Callers, Declared, declared
from tests.api.office import Front
from tests.seeds import seed as own_seed

load_all_checks()
CHECKED = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
    ]
)
QUIET = list(HealthCheck)
ANYTHING = frozenset({"record_order_batch"})
"""What takes any lines at all and answers for each of them: nothing that can be sent is wrong as a whole."""
SLOW = frozenset({"move_the_clock", "run_a_scenario"})
"""What takes seconds each time: days are played."""
_ID = re.compile(r"\b([a-z]{2,5})_[0-9A-HJKMNP-TV-Z]{13}\b")
_NDJSON = "application/x-ndjson"


def examples() -> int:
    """Return how many calls of each kind are made up for each operation: few here, the full number in the soak."""
    return int(os.environ.get("INGATHER_TEST_EXAMPLES", "2"))


def chains() -> int:
    """Return how many chains of calls are made up."""
    return int(os.environ.get("INGATHER_TEST_CHAINS", "4"))


@schemathesis.serializer(_NDJSON)
def _lines(ctx: Any, value: Any) -> Any:  # noqa: ANN401 -- schemathesis's own signature
    _ = ctx
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@dataclass(slots=True)  # mutable -- it learns ids, and counts
class Fuzz:
    """A round of made-up calls against one front; ``ids`` are those seen in answers, by prefix."""

    front: Front
    schema: Any
    session: Any
    callers: Callers
    draw: Random
    ids: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    counted: Counter[str] = field(default_factory=Counter)

    def learn(self, text: str) -> None:
        """Keep the ids that an answer names."""
        for found in _ID.finditer(text):
            known = self.ids[found.group(1)]
            if found.group(0) not in known and len(known) < 500:
                known.append(found.group(0))

    def learn_all(self) -> None:
        """Read every list once."""
        for operation in declared().values():
            if not operation.acts and "{" not in operation.path:
                self.learn(self.callers.may(operation.permission).get(operation.path).text)

    def known(self, value: Any) -> Any:  # noqa: ANN401 -- any JSON value
        """Return the value with half of its ids replaced by known ones of their kind."""
        match value:
            case str() if (found := _ID.fullmatch(value)) and self.ids[found.group(1)] and self.draw.random() < 0.5:
                return self.draw.choice(self.ids[found.group(1)])
            case dict():
                return {name: self.known(part) for name, part in value.items()}
            case list():
                return [self.known(part) for part in value]
            case _:
                return value

    def call(self, case: Any, operation: Declared) -> Any:  # noqa: ANN401 -- schemathesis's case and answer
        """Make a call as somebody who may, and check its answer."""
        case.headers["Authorization"] = f"Bearer {self.callers.may(operation.permission).token}"
        answer = case.call(session=self.session)
        self.counted["calls"] += 1
        self.counted[f"{answer.status_code // 100}xx"] += 1
        case.validate_response(answer, checks=CHECKED)
        self.learn(answer.text)
        return answer

    def make_up(self, operation: Declared, mode: GenerationMode, count: int) -> None:
        """Make up calls of one operation; raises what a check finds."""
        strategy = self.schema.find_operation_by_id(operation.id).as_strategy(generation_mode=mode)

        @seed(own_seed())
        @settings(max_examples=count, deadline=None, database=None, suppress_health_check=QUIET,
                  phases=[Phase.explicit, Phase.generate], print_blob=False)  # fmt: skip
        @given(case=strategy)
        def calls(case: Any) -> None:  # noqa: ANN401 -- schemathesis's case
            if mode is GenerationMode.POSITIVE:
                case.path_parameters = self.known(dict(case.path_parameters))
                if isinstance(case.body, dict | list):
                    case.body = self.known(case.body)
            self.call(case, operation)

        try:
            calls()
        except Unsatisfiable:
            self.counted["nothing wrong can be said"] += 1  # no part of the call can be wrong

    def chain(self, count: int) -> None:
        """Make up chains of calls, each going on from an answer of another; raises what a check finds."""
        fuzz = self
        machine = self.schema.as_state_machine()

        class Chain(machine):  # type: ignore[misc, valid-type]  # made by schemathesis of the document
            def call(self, case: Any, **_: Any) -> Any:  # noqa: ANN401 -- as above
                operation = declared()[case.operation.definition.raw["operationId"]]
                case.headers["Authorization"] = f"Bearer {fuzz.callers.may(operation.permission).token}"
                fuzz.counted["calls in chains"] += 1
                return case.call(session=fuzz.session)

            def validate_response(self, response: Any, case: Any, **_: Any) -> None:  # noqa: ANN401 -- as above
                case.validate_response(response, checks=CHECKED)

        seed(own_seed())(Chain)
        Chain.run(
            settings=settings(max_examples=count, stateful_step_count=8, deadline=None, database=None,
                              suppress_health_check=QUIET, phases=[Phase.generate], print_blob=False)
        )  # fmt: skip
        self.counted["chains"] += count


@contextmanager
def fuzzing(front: Front) -> Iterator[Fuzz]:
    """Yield a round against a front whose clock is not moved far."""
    config = SchemathesisConfig()
    config.projects.default.generation = GenerationConfig(with_security_parameters=False)
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", front.http.app, config=config)
    draw = Random(own_seed())  # noqa: S311 -- a test wants repeatable draws
    app: Any = front.http.app
    with asgi.get_client(app) as session:
        fuzz = Fuzz(front=front, schema=schema, session=session, callers=Callers(front), draw=draw)
        fuzz.learn_all()
        yield fuzz
