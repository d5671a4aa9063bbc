"""A book from before there were epochs: its one key opens everything, and a rotation takes it to the ladder."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from ingather.domain.refusals import WrongState
from ingather.jobs import key_rotation
from ingather.jobs.desk import Desk
from ingather.jobs.keys import renew, standing
from ingather.jobs.night.run import run_night
from ingather.store.engine import open_engine
from ingather.store.migrate import scripts_folder, upgrade
from ingather.vault.keys import SEALING, load_ring
from ingather.vault.sealing import Place
from tests.crash.stories import Story, begin, evening
from tests.postgres import empty_database
from tests.store.key_books import by_epoch, fill, numbers, opened, states

ORDERS = 4
_OPEN = "UPDATE key_epochs SET number = 1, purpose = 'both', kek = 'sealing-1', wrapped = NULL WHERE number = 1"


@pytest.fixture
def older(request: pytest.FixtureRequest, book_url: str, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    raise NotImplementedError
