"""Bringing a book to the current schema with Alembic; the migrations travel inside the wheel."""

from importlib.resources import files
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from ingather.domain.refusals import WrongState

HEAD = "0016"
"""The newest revision; a test holds it against the migrations."""


def scripts_folder() -> Path:
    """Return the folder of the migrations: inside the installed package, or at the top of a checkout."""
    packaged = Path(str(files("ingather"))) / "migrations"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "migrations"


def upgrade(engine: Engine) -> None:
    """Bring the book to the newest schema."""
    # Alembic is only needed here, and every command would wait for it.
    from alembic import command  # noqa: PLC0415 -- see above
    from alembic.config import Config  # noqa: PLC0415 -- see above

    config = Config()
    config.set_main_option("script_location", str(scripts_folder()))
    config.attributes["engine"] = engine
    command.upgrade(config, "head")


def check_current(engine: Engine) -> None:
    """Raise ``WrongState`` when the book's schema is not the one this program was made for."""
    with engine.connect() as connection:
        versioned = inspect(connection).has_table("alembic_version")
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if versioned else None
    if found != HEAD:
        fact = f"the book has schema {found or 'none'}, this program needs {HEAD}"
        raise WrongState(fact, "Bring it up to date with: ingather db upgrade")
