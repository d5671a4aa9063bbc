"""Calling the command line as people do, and insisting that it never answers with a traceback."""

import json
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

from ingather.cli import app
from ingather.jobs.rehearsal.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a command ended: its exit code, and what it said to people or to a program."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 -- the JSON value that was printed
        """Return the one JSON value on the standard output."""
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """Return everything that was said, in one line, without the frames that set it off."""
        text = "".join(" " if letter in "│╭╮╰╯─" else letter for letter in self.out + self.err)
        return " ".join(text.split())


def call(*arguments: str, stdin: str | None = None, **environment: str) -> Said:
    """Run the command line with only these variables of ours in the environment."""
    ours = ("INGATHER_BOOK", "INGATHER_KEYS", "INGATHER_ACTOR", "INGATHER_OUR_ACCOUNT", "INGATHER_TOKEN")
    names = (*ours, "XDG_STATE_HOME")
    env: dict[str, str | None] = {name: environment.get(name) for name in names}
    env |= {"INGATHER_PASSWORD_MEMORY_KIB": "8", "INGATHER_PASSWORD_PASSES": "1"}
    result = CliRunner(env=env).invoke(app, list(arguments), input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert "Traceback" not in result.output
    return Said(code=result.exit_code, out=result.stdout, err=result.stderr)


def at_book(stage: Stage, *arguments: str, **environment: str) -> Said:
    """Run the command line on a stage's book."""
    folder = stage.folder
    place = ("--book", str(folder / "book.sqlite"), "--keys", str(folder / "book.keys"))
    return call(*place, *arguments, **environment)
