"""The settings of a server: each has a name, an environment variable, a default, and a line in the documentation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a server behaves; ``docs/settings.md`` says what each is for."""

    host: str = "127.0.0.1"
    port: int = 8080
    connections: int = 12
    max_body_bytes: int = 16 << 20
    timeout_s: int = 60
    calls_per_minute: int = 6_000
