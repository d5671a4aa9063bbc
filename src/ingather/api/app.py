"""The application: every route, the door before them, and how what they raise becomes an answer."""

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException

from ingather import __version__
from ingather.api import (
    accounts,
    api_keys,
    audit,
    buyers,
    cases,
    corrections,
    disputes,
    events,
    exports,
    feeds,
    files,
    follow_ups,
    matches,
    merchant_accounts,
    merchants,
    oidc,
    owing,
    payouts,
    rates,
    reconciliation,
    rehearsal,
    report_profiles,
    reports,
    requests,
    return_decisions,
    returns,
    rules,
    sessions,
    settlements,
    users,
    webhooks,
    work,
)
from ingather.api.authorizations import routes as authorization_routes
from ingather.api.document import explain_document
from ingather.api.door import Door
from ingather.api.health import Readiness, healthz
from ingather.api.limits import Bounds, Gate, takings
from ingather.api.metrics import RequestFigures, metrics_route
from ingather.api.office import Office
from ingather.api.orders import routes as order_routes
from ingather.api.porch import Porch
from ingather.api.problems import (
    Fault,
    Problem,
    problem_of,
    problem_of_book,
    problem_of_fault,
    problem_of_format,
    problem_of_http,
    problem_of_validation,
    problem_of_value,
)
from ingather.api.routes import Routes
from ingather.domain.refusals import Refusal
from ingather.nacha.refused import FormatRefused
from ingather.rules.banks import ProfileRefused
from ingather.store.engine import BookFault, PoolFault, ValueFault

ROUTES: tuple[Routes, ...] = (
    *order_routes.ALL,
    *authorization_routes.ALL,
    merchants.routes,
    buyers.routes,
    accounts.routes,
    files.routes,
    returns.routes,
    return_decisions.routes,
    matches.routes,
    corrections.routes,
    cases.routes,
    follow_ups.routes,
    disputes.routes,
    requests.routes,
    reports.routes,
    feeds.routes,
    report_profiles.routes,
    reconciliation.routes,
    settlements.routes,
    owing.routes,
    payouts.routes,
    merchant_accounts.routes,
    rates.routes,
    exports.routes,
    rules.routes,
    work.routes,
    events.routes,
    webhooks.routes,
    rehearsal.routes,
    sessions.routes,
    oidc.routes,
    users.routes,
    api_keys.routes,
    audit.routes,
)
"""Every route of the API, in the order in which the document shows them."""
_ABOUT = (
    "Collect what US buyers owe by ACH direct debit. Amounts are whole minor units with a currency, dates are banking "
    "dates, instants are RFC 3339 in UTC. Fields and words of lists of words may be added at any time: let be what you "
    "do not know. A call that moves money needs an Idempotency-Key and is done once, however often it is sent."
)


def make_app(office: Office) -> FastAPI:
    """Return the application of one office."""
    app = FastAPI(
        title="Ingather", version=__version__, description=_ABOUT,
        openapi_url="/v1/openapi.json", docs_url=None, redoc_url=None, redirect_slashes=False,
    )  # fmt: skip
    app.state.office = office
    # As they were made when the program began: to include them would make each of them again for every application.
    app.router.routes.extend(each for routes in ROUTES for each in routes.router.routes)
    figures = RequestFigures()
    app.add_route("/healthz", healthz, include_in_schema=False)
    app.add_route("/readyz", Readiness(office).readyz, include_in_schema=False)
    app.add_route("/metrics", metrics_route(office, figures), include_in_schema=False)
    # The last one added is the outermost.
    app.add_middleware(Bounds, office=office, takings=takings(each for one in ROUTES for each in one.router.routes))
    app.add_middleware(Door, office=office)
    app.add_middleware(Gate, office=office)
    app.add_middleware(Porch, office=office, figures=figures)
    app.add_exception_handler(Refusal, problem_of)  # type: ignore[arg-type]  # Starlette's type knows no subclass
    app.add_exception_handler(RequestValidationError, problem_of_validation)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(HTTPException, problem_of_http)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(FormatRefused, problem_of_format)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(ProfileRefused, problem_of_format)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(BookFault, problem_of_book)
    app.add_exception_handler(PoolFault, problem_of_book)
    app.add_exception_handler(ValueFault, problem_of_value)
    app.add_exception_handler(OverflowError, problem_of_value)
    app.add_exception_handler(Exception, problem_of_fault)

    def document() -> dict[str, Any]:
        """Return the OpenAPI document, with the shape of every problem."""
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes,
                openapi_version="3.1.0",
            )  # fmt: skip
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            for model in (Problem, Fault):
                shape = model.model_json_schema(ref_template="#/components/schemas/{model}")
                shape.pop("$defs", None)
                schemas[model.__name__] = shape
            explain_document(made)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way to say so
    return app
