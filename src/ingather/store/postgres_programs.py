"""PostgreSQL's own programs for whole copies: found, of a version that fits, and run without a password to be seen."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL

from ingather.domain.refusals import ExtraMissing, WrongState

_SYSTEM: Final = Path("/usr/lib/postgresql")
_NEEDED: Final = ("pg_dump", "pg_restore", "psql")
_VERSION: Final = re.compile(r"\b(\d+)(?:\.\d+|beta|rc|devel|$)")
_ENOUGH: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """A folder with ``pg_dump``, ``pg_restore`` and ``psql`` of one version."""

    folder: Path
    version: int

    def dump(self, url: URL, target: Path, *, snapshot: str) -> None:
        """Dump a database as an exported snapshot has it; raises ``WrongState`` with what ``pg_dump`` says."""
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"]
        self._run("pg_dump", [*options, f"--dbname={_conninfo(url)}"], url)

    def load(self, url: URL, dump: Path, *, last: str) -> None:
        """Load a dump into a database in one transaction that ends with a statement of ours; raises ``WrongState``."""
        environment = _environment(url)
        unpack: list[str | Path] = [self.folder / "pg_restore", "--no-owner", "--no-privileges", "--file=-", dump]
        take: list[str | Path] = [
            self.folder / "psql",
            *("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"),
            f"--dbname={_conninfo(url)}",
        ]
        with (
            subprocess.Popen(unpack, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as script,  # noqa: S603 -- a program of PostgreSQL's, and arguments of our own making
            subprocess.Popen(take, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as taker,  # noqa: S603 -- as above
        ):
            if script.stdout is None or script.stderr is None or taker.stdin is None or taker.stderr is None:
                raise AssertionError  # pragma: no cover -- both were asked for pipes
            try:
                shutil.copyfileobj(script.stdout, taker.stdin)
                unpacked = script.stderr.read()
                # A dump that could not be unpacked whole is never committed.
                whole = script.wait() == 0
                taker.stdin.write(f"\n{last};\n".encode() if whole else b"\nROLLBACK; \\quit\n")
                taker.stdin.close()
            except BrokenPipeError:
                script.kill()
                unpacked, whole = b"", True
            said = taker.stderr.read()
            if not whole or taker.wait() != 0:
                _refuse("pg_restore" if not whole else "psql", said or unpacked)

    def contents(self, dump: Path) -> None:
        """Read a dump's own table of contents; raises ``WrongState`` when it has none."""
        self._run("pg_restore", ["--list", str(dump)], None)

    def _run(self, name: str, arguments: list[str], url: URL | None) -> None:
        done = subprocess.run(  # noqa: S603 -- a program of PostgreSQL's, and arguments of our own making
            [self.folder / name, *arguments],
            check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=_environment(url),
        )  # fmt: skip
        if done.returncode:
            _refuse(name, done.stderr)


def find_programs(server: int, *, folder: Path | None = None) -> Programs:
    """Return programs that can copy a server of this major version: in the folder named, on the path, or the system's.

    Raises ``ExtraMissing`` when there are none, naming what is missing.
    """
    seen: list[str] = []
    for place in [folder] if folder else _places():
        if not all((place / name).exists() for name in _NEEDED):
            continue
        version = _version(place / "pg_dump")
        if version >= server:
            return Programs(folder=place, version=version)
        seen.append(str(version))
    older = f"; those of version {', '.join(seen)} are too old" if seen else ""
    fact = f"pg_dump, pg_restore and psql of PostgreSQL {server or 'any version'} are not to be found here{older}"
    raise ExtraMissing(fact, "Install the server's client programs, or name their folder: INGATHER_PG_BIN")


def _places() -> Iterator[Path]:
    on_path = shutil.which("pg_dump")
    if on_path:
        # Debian's is a wrapper that chooses a version by itself: the real ones are asked first.
        real = Path(on_path).resolve().parent
        if all((real / name).exists() for name in _NEEDED):
            yield real
    numbered = [path for path in _SYSTEM.glob("*/bin") if path.parent.name.isdecimal()]
    yield from sorted(numbered, key=lambda path: int(path.parent.name), reverse=True)


def _version(program: Path) -> int:
    said = subprocess.run([program, "--version"], check=False, capture_output=True, text=True).stdout  # noqa: S603 -- as above
    found = _VERSION.search(said)
    return int(found[1]) if found else 0


def _conninfo(url: URL) -> str:
    """Return libpq's URI of a database without its password, which other users of the machine could see."""
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _environment(url: URL | None) -> dict[str, str]:
    secret: dict[str, Any] = {"PGPASSWORD": str(url.password)} if url is not None and url.password else {}
    return {**os.environ, "LC_ALL": "C", **secret}


def _refuse(name: str, said: bytes) -> None:
    """Raise what a program says: its first error only, since the lines after it may show a row."""
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
    first = next(
        (line for line in lines if "error" in line.lower() or "fatal" in line.lower()), lines[0] if lines else ""
    )
    fact = f"{name} failed: {first[:_ENOUGH].rstrip('.') or 'it said nothing'}"
    raise WrongState(fact, "Nothing of it is kept; see that the database answers and the disk has room")
