"""Bringing a book to the current schema with Alembic; the migrations travel inside the wheel."""

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from ingather.domain.refusals import WrongState


def scripts_folder() -> Path:
    """Return the folder of the migrations: inside the installed package, or at the top of a checkout."""
    packaged = Path(str(files("ingather"))) / "migrations"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "migrations"


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts_folder()))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Bring the book to the newest schema."""
    command.upgrade(_config(engine), "head")


def check_current(engine: Engine) -> None:
    """Raise ``WrongState`` when the book's schema is not the one this program was made for."""
    wanted = ScriptDirectory.from_config(_config(engine)).get_current_head()
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != wanted:
        fact = f"the book has schema {found or 'none'}, this program needs {wanted}"
        raise WrongState(fact, "Bring it up to date with: ingather db upgrade")
