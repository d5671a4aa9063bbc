"""Smoke."""
from pathlib import Path
from tests.journey.stage import *

def test_a(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale(holder="business"), Sale(merchant="unlisted")])
    r = night(stage, MONDAY)
    print(r, all_files(stage), [d.name for d in bank_evening(stage, MONDAY)])
    assert 0
