"""``ingather serve``: the API over HTTP, until SIGTERM, which lets what is being answered end."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ingather.api.settings import Settings
from ingather.cli.options import console, settings_of
from ingather.wiring import DEFAULT_BOOK

_D = Settings()
DEMO_BOOK = Path("demo") / "book.sqlite"
"""Where ``ingather demo`` writes its book."""


Host = Annotated[str, typer.Option(envvar="INGATHER_HOST", help="The address to listen on.")]
Port = Annotated[int, typer.Option(envvar="INGATHER_PORT", min=0, max=65_535, help="0 takes a free one.")]
Workers = Annotated[int, typer.Option(envvar="INGATHER_WORKERS", min=1, max=64, help="Processes.")]
BehindProxy = Annotated[
    str, typer.Option(envvar="INGATHER_BEHIND_PROXY", help="Addresses of proxies whose X-Forwarded headers are true.")
]
Connections = Annotated[
    int,
    typer.Option(
        envvar="INGATHER_CONNECTIONS", min=1, max=200, help="Connections to the book, and threads, a process."
    ),
]
MaxBodyBytes = Annotated[
    int, typer.Option(envvar="INGATHER_MAX_BODY_BYTES", min=1_024, help="The largest upload and batch.")
]
MaxJsonBytes = Annotated[
    int, typer.Option(envvar="INGATHER_MAX_JSON_BYTES", min=1_024, help="The largest body of JSON.")
]
TimeoutS = Annotated[int, typer.Option(envvar="INGATHER_TIMEOUT_S", min=1, help="Seconds until an answer must begin.")]
StopS = Annotated[
    int, typer.Option(envvar="INGATHER_STOP_S", min=1, help="Seconds for the last answers once told to stop.")
]
CallsPerMinute = Annotated[int, typer.Option(envvar="INGATHER_CALLS_PER_MINUTE", min=1, help="Calls of one caller.")]
BulkPerMinute = Annotated[
    int, typer.Option(envvar="INGATHER_BULK_PER_MINUTE", min=1, help="Batches and uploads of one caller.")
]
FailuresPerMinute = Annotated[
    int, typer.Option(envvar="INGATHER_FAILURES_PER_MINUTE", min=1, help="Wrong keys from one address.")
]
MetricsTokenFile = Annotated[
    Path | None,
    typer.Option(envvar="INGATHER_METRICS_TOKEN_FILE", help="The token for /metrics; else this machine alone."),
]
FiguresEveryS = Annotated[
    int, typer.Option(envvar="INGATHER_FIGURES_EVERY_S", min=1, help="Seconds that the book's figures are kept.")
]
CallersKnownMs = Annotated[
    int, typer.Option(envvar="INGATHER_CALLERS_KNOWN_MS", min=0, max=60_000, help="How long a key is not asked again.")
]
SessionIdleS = Annotated[
    int, typer.Option(envvar="INGATHER_SESSION_IDLE_S", min=60, help="Seconds until an idle sign-in ends.")
]
SessionTotalS = Annotated[
    int, typer.Option(envvar="INGATHER_SESSION_TOTAL_S", min=60, help="Seconds until any sign-in ends.")
]
ProofS = Annotated[
    int, typer.Option(envvar="INGATHER_PROOF_S", min=30, help="Seconds that a proof is enough for approving.")
]
PasswordMemoryKib = Annotated[
    int, typer.Option(envvar="INGATHER_PASSWORD_MEMORY_KIB", min=8, help="Memory of hashing a password.")
]
PasswordPasses = Annotated[
    int, typer.Option(envvar="INGATHER_PASSWORD_PASSES", min=1, help="Passes of hashing a password.")
]
OidcFile = Annotated[
    Path | None, typer.Option(envvar="INGATHER_OIDC_FILE", help="The house's identity provider, as TOML.")
]
Log = Annotated[Literal["json", "plain"], typer.Option(envvar="INGATHER_LOG", help="How the log is written.")]


def serve(
    ctx: typer.Context,
    *,
    host: Host = _D.host,
    port: Port = _D.port,
    workers: Workers = _D.workers,
    behind_proxy: BehindProxy = _D.behind_proxy,
    connections: Connections = _D.connections,
    max_body_bytes: MaxBodyBytes = _D.max_body_bytes,
    max_json_bytes: MaxJsonBytes = _D.max_json_bytes,
    timeout_s: TimeoutS = _D.timeout_s,
    stop_s: StopS = _D.stop_s,
    calls_per_minute: CallsPerMinute = _D.calls_per_minute,
    bulk_per_minute: BulkPerMinute = _D.bulk_per_minute,
    failures_per_minute: FailuresPerMinute = _D.failures_per_minute,
    metrics_token_file: MetricsTokenFile = _D.metrics_token_file,
    figures_every_s: FiguresEveryS = _D.figures_every_s,
    callers_known_ms: CallersKnownMs = _D.callers_known_ms,
    session_idle_s: SessionIdleS = _D.session_idle_s,
    session_total_s: SessionTotalS = _D.session_total_s,
    proof_s: ProofS = _D.proof_s,
    password_memory_kib: PasswordMemoryKib = _D.password_memory_kib,
    password_passes: PasswordPasses = _D.password_passes,
    oidc_file: OidcFile = _D.oidc_file,
    log: Log = "json",
    demo: Annotated[
        bool, typer.Option("--demo", help="Serve the demo's book, with its people ready to sign in.")
    ] = False,
) -> None:
    """Serve API and console over HTTP until SIGTERM; over a network they belong behind a proxy that ends TLS."""
    settings = Settings(
        host=host, port=port, workers=workers, behind_proxy=behind_proxy, connections=connections,
        max_body_bytes=max_body_bytes, max_json_bytes=max_json_bytes, timeout_s=timeout_s, stop_s=stop_s,
        calls_per_minute=calls_per_minute, bulk_per_minute=bulk_per_minute, failures_per_minute=failures_per_minute,
        metrics_token_file=metrics_token_file, figures_every_s=figures_every_s,
        callers_known_ms=callers_known_ms, session_idle_s=session_idle_s,
        session_total_s=session_total_s, proof_s=proof_s, password_memory_kib=password_memory_kib,
        password_passes=password_passes, oidc_file=oidc_file, log=log,
    )  # fmt: skip
    # Every other command would wait for what only a server needs.
    from ingather.cli.serving import run_server  # noqa: PLC0415 -- see above

    if metrics_token_file is not None and not metrics_token_file.read_text(encoding="utf-8").strip():
        message = f"{metrics_token_file} is empty: anybody could read the figures"
        raise typer.BadParameter(message)
    book = settings_of(ctx)
    if demo:
        console.print(f"Open http://{host}:{port}/ and choose whose desk to sit at. Stop with Ctrl+C.")
        named = book.book if book.book != DEFAULT_BOOK else str(DEMO_BOOK)
        raise typer.Exit(run_server(named, book.keys, settings, demo=True))
    raise typer.Exit(run_server(book.book, book.keys, settings))
