"""What a command says of a book that does not answer: the fact, the way out, and never the statement or its values."""

import errno
import sqlite3

import pytest

from ingather.cli.faults import sentence_of_book, sentence_of_system
from ingather.store.engine import BookFault


@pytest.mark.parametrize(
    ("said", "begins", "way_out"),
    [
        ("database or disk is full", "The book's disk is full", "Make room"),
        ("disk I/O error", "The book's disk does not do its work", "Look at the disk"),
        ("server closed the connection unexpectedly\nmore", "The book's server went away", "See that it runs"),
        ("file is not a database", "The book cannot be used", "Check --book"),
    ],
)
def test_a_fault_of_the_book_has_a_sentence_and_a_way_out(said: str, begins: str, way_out: str) -> None:
    sentence = sentence_of_book(BookFault("INSERT INTO orders", (1,), sqlite3.OperationalError(said)))
    assert sentence.startswith(begins)
    assert way_out in sentence
    assert "INSERT" not in sentence
    assert len(sentence.splitlines()) == 1


def test_a_full_disk_is_told_apart_from_another_error_of_the_system() -> None:
    full = sentence_of_system(OSError(errno.ENOSPC, "No space left on device", "keys/sent.register"))
    assert full.startswith("keys/sent.register: No space left on device. Make room")
    assert sentence_of_system(OSError(errno.EACCES, "Permission denied", "keys")) == "keys: Permission denied."
