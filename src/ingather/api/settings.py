"""The settings of a server: each is an option of ``ingather serve`` and a variable ``INGATHER_…`` of the same name."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a server behaves; ``docs/settings.md`` says what each is for and has the same defaults.

    ``behind_proxy`` are the addresses whose forwarded headers are believed, empty for none. What is counted a minute
    is counted by each process for itself.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    behind_proxy: str = ""
    connections: int = 12
    max_body_bytes: int = 16 << 20
    max_json_bytes: int = 1 << 20
    timeout_s: int = 60
    stop_s: int = 20
    calls_per_minute: int = 6_000
    bulk_per_minute: int = 120
    failures_per_minute: int = 20
    callers_known_ms: int = 1_000
    session_idle_s: int = 900
    session_total_s: int = 28_800
    proof_s: int = 900
    password_memory_kib: int = 65_536
    password_passes: int = 3
    oidc_file: Path | None = None
    metrics_token_file: Path | None = None
    figures_every_s: int = 30
    log: str = "json"


def variable_of(setting: str) -> str:
    """Return the environment variable of a setting, such as ``INGATHER_CALLS_PER_MINUTE``."""
    return f"INGATHER_{setting.upper()}"
