"""Write the deviations: what banks send although the Rules know it otherwise, each to be read in full.

Run it at the project's root as ``python -m nacha_samples.generate``. Beside the errors and warnings of the strict
reading, ``lenient_errors`` says what is still an error when the usual deviations are tolerated.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from nacha_samples.building import Batch, Lines, records_of
from nacha_samples.expecting import Sample, bytes_of, expectation
from nacha_samples.returns.generate import batch, each

HERE = Path(__file__).parent
NAME = "BUYER NUMBER 0"
SPANISH = "JOSÉ NÚÑEZ"

BACK = batch("WEB", each("R01", "R03", "R10", first=0, mark="R"))
OTHER = batch("TEL", each("R01", "R08", first=3, mark="S"))


def _lines(*batches: Batch) -> Lines:
    return records_of(batches)


def _source(edit: Callable[[Lines], Lines] = list, *, ending: str = "\n") -> bytes:
    return bytes_of(edit(_lines(BACK)), ending=ending)


def _deviation(
    name: str,
    source: bytes,
    *,
    errors: Sequence[str] = (),
    warnings: Sequence[str] = (),
    lenient: Sequence[str] = (),
    batches: Sequence[Batch] = (BACK,),
) -> Sample:
    expected = expectation(batches, errors, warnings)
    return Sample(name=name, source=source, expected=expected | {"lenient_errors": sorted(lenient)})


def samples() -> list[Sample]:
    """Return every deviation."""
    return [*_ends_and_widths(), *_missing(), *_characters()]


def _ends_and_widths() -> list[Sample]:
    filled = _lines(BACK, OTHER)
    return [
        _deviation("carriage_returns_only", _source(ending="\r")),
        _deviation("one_line_end", _source(ending="") + b"\r\n"),
        _deviation("blanks_cut", _source(lambda x: [line.rstrip() for line in x]), errors=["record-size"]),
        _deviation("blanks_after", _source(lambda x: [line + "  " for line in x]), errors=["record-size"]),
        _deviation("short_last_line", _source(lambda x: [*x[:-1], x[-1].rstrip()]), errors=["record-size"]),
        _deviation("lines_between", _source(lambda x: [*x[:4], "", *x[4:]]), warnings=["blank-line"]),
        _deviation("lines_after", _source() + b"\n\n\n"),
        _deviation("fill_cut", bytes_of(filled[:-2]), errors=["blocking"], batches=[BACK, OTHER]),
        _deviation(
            "short_fill",
            bytes_of([*filled[:-1], filled[-1][:60]]),
            errors=["record-size", "fill"],
            batches=[BACK, OTHER],
        ),
        _deviation(
            "two_files",
            _source() + bytes_of(_lines(OTHER)),
            errors=["several-files"],
            batches=[BACK, OTHER],
        ),
    ]


def _missing() -> list[Sample]:
    return [
        _deviation("no_file_header", _source(lambda x: x[1:]), errors=["file-header-missing", "blocking"]),
        _deviation(
            "no_file_control",
            _source(lambda x: [line for line in x if line[0] != "9"]),
            errors=["file-control-missing"],
        ),
        _deviation(
            "no_controls",
            _source(lambda x: [line for line in x if line[0] not in "89"]),
            errors=["batch-control-missing", "file-control-missing"],
        ),
        _deviation(
            "batch_only",
            _source(lambda x: [line for line in x if line[0] in "5678"]),
            errors=["file-header-missing", "file-control-missing"],
        ),
    ]


def _characters() -> list[Sample]:
    spanish = f"{SPANISH:<{len(NAME)}}".encode("cp1252")
    return [
        _deviation("windows_1252", _source().replace(NAME.encode("ascii"), spanish), warnings=["characters-high"]),
        _deviation(
            "utf_8",
            _source().replace(NAME.encode("ascii"), f"{SPANISH:<{len(NAME)}}".encode()),
            errors=["characters"],
            warnings=["characters-high"],
        ),
        _deviation("byte_order_mark", b"\xef\xbb\xbf" + _source(), errors=["characters"]),
        _deviation("end_of_file_mark", _source() + b"\x1a", errors=["end-mark"]),
    ]
