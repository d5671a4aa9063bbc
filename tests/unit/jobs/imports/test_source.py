"""Files are refused whole by name, and rows one by one."""

import tracemalloc
from pathlib import Path

import pytest

from ingather.jobs.imports.faults import LineFault
from ingather.jobs.imports.source import Limits, Rows, look_through, rows_of

HEADER = "external_id,name,holder\n"


def refused(folder: Path, content: bytes, limits: Limits | None = None) -> tuple[str, str]:
    """Return the check and the sentence that refuse a file of this content; empty texts when it is taken."""
    path = folder / "file.csv"
    path.write_bytes(content)
    fault = look_through(path, limits or Limits())
    return (fault.check, fault.message) if fault else ("", "")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (HEADER.encode("utf-16"), "UTF-16, little-endian"),
        (b"\xfe\xff" + HEADER.encode("utf-16-be"), "UTF-16, big-endian"),
        (HEADER.encode("utf-16-le"), "UTF-16, little-endian"),
        (HEADER.encode("utf-16-be"), "UTF-16, big-endian"),
        (HEADER.encode("utf-32"), "UTF-32"),
        (HEADER.encode() + "B1,Zoë “Zo” Day,consumer\n".encode("cp1252"), "line 2 looks like windows-1252."),
        (HEADER.encode() + "B1,Zoë,consumer\n".encode("latin-1"), "windows-1252 or ISO-8859-1"),
        (b"PK\x03\x04 and more", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0 and more", "Excel workbook of the old kind"),
        (HEADER.encode() + b"B1,\0\0\0\0\0,consumer\n", "line 2 holds zero bytes"),
    ],
)
def test_any_other_encoding_is_refused_by_name(tmp_path: Path, content: bytes, name: str) -> None:
    check, message = refused(tmp_path, content)
    assert check == "import-encoding"
    assert name in message


def test_the_caps_are_told_once_each(tmp_path: Path) -> None:
    small = Limits(file_bytes=100, lines=3, line_bytes=40)
    assert refused(tmp_path, b"x" * 101, small)[0] == "import-file-size"
    assert refused(tmp_path, b"x\n" * 3, small)[0] == ""
    assert refused(tmp_path, b"x\n" * 4, small)[0] == "import-lines"
    assert refused(tmp_path, b"x" * 40, small)[0] == ""
    assert refused(tmp_path, b"x" * 41, small)[0] == "import-line-length"
    assert refused(tmp_path, b"", small)[0] == "import-empty-file"


def test_a_huge_line_is_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(900 << 20)
        file.write(b"a" * (70 << 10))
    tracemalloc.start()
    fault = look_through(path, Limits())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert fault is not None
    assert fault.check == "import-line-length"
    assert peak < 1 << 20


def test_lines_that_end_in_a_carriage_return_alone_are_explained(tmp_path: Path) -> None:
    assert refused(tmp_path, b"external_id,name,holder\rB1,Ann,consumer\r")[0] == "import-line-ends"


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    missing = look_through(tmp_path / "missing.csv", Limits())
    folder = look_through(tmp_path, Limits())
    assert missing is not None
    assert "no such file" in missing.message
    assert folder is not None
    assert folder.check == "import-unreadable"


def read(folder: Path, text: str, limits: Limits | None = None) -> list[tuple[int, list[str]] | LineFault]:
    """Return the rows of a text with their lines, and its faults, as they come."""
    path = folder / "file.csv"
    path.write_bytes(text.encode())
    found: list[tuple[int, list[str]] | LineFault] = []
    for piece in rows_of(path, limits or Limits()):
        if isinstance(piece, Rows):
            found += zip(piece.lines, piece.cells, strict=True)
        else:
            found.append(piece)
    return found


def test_lines_are_physical_also_after_cells_of_several_lines(tmp_path: Path) -> None:
    assert read(tmp_path, '\ufeffa,b\r\n1,"x\r\ny"\r\n\r\n,\r\n2,z') == [
        (1, ["a", "b"]), (2, ["1", "x\r\ny"]), (6, ["2", "z"]),
    ]  # fmt: skip


@pytest.mark.parametrize("limits", [Limits(), Limits(line_bytes=30)])
def test_a_quote_that_is_never_closed_costs_its_own_line_alone(tmp_path: Path, limits: Limits) -> None:
    found = read(tmp_path, 'a,b\n1,"open\n' + "".join(f"{number},row\n" for number in range(2, 12)), limits)
    faults = [each for each in found if isinstance(each, LineFault)]
    assert [(fault.line, fault.check) for fault in faults] == [(2, "import-quotes")]
    assert sorted(each[0] for each in found if not isinstance(each, LineFault)) == [1, *range(3, 13)]


def test_a_quote_left_open_on_the_last_line_is_told_as_one(tmp_path: Path) -> None:
    (fault,) = [each for each in read(tmp_path, 'a,b\n1,"open') if isinstance(each, LineFault)]
    assert (fault.line, "never closed" in fault.message) == (2, True)


def test_a_stray_quote_refuses_its_row_and_changes_no_other(tmp_path: Path) -> None:
    found = read(tmp_path, 'a,b\n1,"x"y\n2,z\n')
    assert [each.line for each in found if isinstance(each, LineFault)] == [2]
    assert (3, ["2", "z"]) in found


def test_rows_come_in_chunks(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("a\n" * 7)
    sizes = [len(piece.lines) for piece in rows_of(path, Limits(chunk_rows=3)) if isinstance(piece, Rows)]
    assert sizes == [3, 3, 1]
