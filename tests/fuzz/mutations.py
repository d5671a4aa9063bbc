"""Ways to damage a file: what disks, editors, transfers, programs and people do to bytes and records.

Every mutation takes the bytes and a seeded source of chance; the same seed gives the same damage.
"""

from collections.abc import Callable
from random import Random

Mutation = Callable[[bytes, Random], bytes]

WIDTH = 94
LARGEST = 12_000
ODD_BYTES = b"\x00\x07\t\x0b\x0c\x1a\x1f\x7f\x80\x81\x85\xa0\xc3\xe9\xff\xfe"
ODD_TEXTS = ("É".encode("cp1252"), "É".encode(), "€".encode(), b"\xef\xbb\xbf", b"\x1a", b"\xc2\xa0", b"\xff\xfe")
LINE_ENDS = (b"\n", b"\r\n", b"\r", b"", b"\n\n", b"\n\r", b" \n", b"\x0c\n", b"\n\x1a")
CODES = (
    b"R01 R02 R05 R07 R10 R14 R15 R23 R29 R31 R33 R40 R48 R50 R61 R67 R69 R70 R71 R73 R74 R80 R85 R98 r01 C01 C02 C03 "
    b"C04 C05 C06 C07 C08 C09 C10 C13 C14 C61 C62 C69 C99 c01"
).split()
SEC = b"ACK ADV ARC ATX BOC CCD CIE COR CTX DNE ENR IAT MTE POP POS PPD RCK SHR TEL TRC TRX WEB XCK XYZ ppd".split()
CLASSES = b"200 220 225 280 000 2 0 999".split()
TRANSACTIONS = (
    b"21 22 23 24 26 27 28 29 31 32 33 34 36 37 38 39 42 47 49 51 52 53 54 55 56 57 81 82 85 88 00 99 2X".split()
)
TYPES = b"02 05 10 11 12 13 14 15 16 17 18 98 99 00 44 5 XX".split()
DESCRIPTIONS = (
    b"REVERSAL  ",
    b"Reversal  ",
    b"ACCTVERIFY",
    b"RETRY PYMT",
    b"PAYROLLabc",
    b"payroll   ",
    b"0000000000",
    b"          ",
    b"RETURN FEE",
)
# Fields worth changing as wholes: (record type, first column, last column, what to put there).
FIELDS: tuple[tuple[bytes, int, int, tuple[bytes, ...]], ...] = (
    (b"1", 4, 13, (b" 091000019", b"0091000019", b"1234567890", b" 091000018", b"          ", b" 500000005")),
    (b"1", 24, 29, (b"261123", b"261332", b"      ", b"260229", b"240229", b"000000", b"991231")),
    (b"1", 30, 33, (b"1200", b"2400", b"    ", b"0060", b"12 0", b"0000")),
    (b"1", 34, 34, (b"A", b"a", b"9", b" ", b"\xc1")),
    (b"1", 35, 40, (b"094101", b"095101", b"094121", b"      ")),
    (b"5", 2, 4, tuple(CLASSES)),
    (b"5", 5, 20, (b" " * 16, b"0" * 16, b"IATCOR          ", b"00000           ")),
    (b"5", 41, 50, (b" " * 10, b"0" * 10, b"9876543210")),
    (b"5", 51, 53, tuple(SEC)),
    (b"5", 54, 63, DESCRIPTIONS),
    (b"5", 64, 69, (b"SD1300", b"SD2500", b"SD1   ", b"USDCAD", b"NOV 23", b"usdcad")),
    (b"5", 70, 75, (b"261124", b"261122", b"261332", b"      ", b"000000", b"12/25 ", b"991332")),
    (b"5", 76, 78, (b"   ", b"000", b"001", b"366", b"367", b"3 6", b"XYZ")),
    (b"5", 79, 79, (b"0", b"1", b"2", b"3", b" ")),
    (b"5", 80, 87, (b"09100001", b"09100002", b"0910000X", b"        ")),
    (b"5", 88, 94, (b"0000001", b"0000000", b"0000002", b"      1", b"9999999")),
    (b"6", 2, 3, tuple(TRANSACTIONS)),
    (b"6", 4, 12, (b"091000019", b"000000000", b"999999992", b"500000005", b"0910 0019", b"03310000X", b"091000018")),
    (b"6", 13, 29, (b" " * 17, b"0" * 17, b" 12345678        ", b"1234 5678        ", b"0                ")),
    (
        b"6",
        30,
        39,
        (b"0000000000", b"0100000001", b"9999999999", b"        12", b"00000000.1", b"0000000100", b"0002500001"),
    ),
    (b"6", 40, 54, (b" " * 15, b"REF            ", b"0" * 15)),
    (b"6", 55, 58, (b"0000", b"0001", b"0002", b"   1", b"XXXX")),
    (b"6", 55, 76, (b" " * 22, b"OFFSET                ")),
    (b"6", 77, 78, (b"R ", b"S ", b"  ", b" R", b"RS", b"r ", b"01")),
    (b"6", 79, 79, (b"0", b"1", b" ", b"2")),
    (
        b"6",
        80,
        94,
        (b"091000010000001", b"0" * 15, b"091000010000003", b"999999990000001", b" " * 15, b"09100001000000X"),
    ),
    (b"7", 2, 3, tuple(TYPES)),
    (b"7", 4, 6, tuple(CODES)),
    (b"7", 7, 21, (b"0" * 15, b" " * 15, b"091000010000001", b"0910000100000 1")),
    (b"7", 22, 27, (b"261001", b"      ", b"000000", b"261332", b"000001")),
    (b"7", 28, 35, (b"        ", b"0910000X", b"00000000")),
    (b"7", 36, 44, (b"091000019", b"091000018", b"         ", b"27       ")),
    (b"7", 39, 58, (b"09100001000000132702", b"0" * 20, b" " * 20, b"09100001000000140048")),
    (b"7", 84, 87, (b"0001", b"0002", b"   1", b"    ", b"9999")),
    (b"7", 80, 94, (b"091000010000001", b" " * 15, b"0" * 15)),
    (b"8", 2, 4, tuple(CLASSES)),
    (b"8", 5, 10, (b"000000", b"      ", b"00000X", b"000002")),
    (b"8", 21, 32, (b"000000000000", b"            ", b"00000000000X")),
    (b"8", 33, 44, (b"000000000000", b"            ", b"00000000000X")),
    (b"8", 45, 54, (b" " * 10, b"9876543210")),
    (b"8", 74, 79, (b"      ", b"000000", b"     X")),
    (b"9", 2, 7, (b"000000", b"000001", b"      ", b"999999")),
    (b"9", 8, 13, (b"000000", b"000001", b"      ", b"999999")),
    (b"9", 44, 55, (b"000000000000", b"            ", b"00000000000X")),
    (b"9", 56, 94, (b" " * 39, b"0" * 39, b" " * 38 + b"X")),
)


def mutate(source: bytes, chance: Random, others: list[bytes]) -> bytes:
    """Return the bytes with one to four things wrong with them; ``others`` are files to join with."""
    data = source
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        if chance.random() < 0.03:
            data = concatenate(data, chance.choice(others), chance)
        else:
            data = chance.choice(MUTATIONS)(data, chance)
    return data[:LARGEST]


def concatenate(source: bytes, other: bytes, chance: Random) -> bytes:
    """Return two files in one, perhaps with something between them."""
    return source + chance.choice((b"", b"", b"\n", b"\x1a", b"9" * WIDTH + b"\n")) + other


def replace_byte(source: bytes, chance: Random) -> bytes:
    """Return the bytes with one of them replaced by a printable one."""
    return _at(source, chance, bytes([chance.randrange(0x20, 0x7F)]), 1)


def replace_by_odd_byte(source: bytes, chance: Random) -> bytes:
    """Return the bytes with one of them replaced by one that records do not hold."""
    return _at(source, chance, bytes([chance.choice(ODD_BYTES)]), 1)


def flip_bit(source: bytes, chance: Random) -> bytes:
    """Return the bytes with one bit flipped."""
    if not source:
        return source
    place = chance.randrange(len(source))
    return source[:place] + bytes([source[place] ^ 1 << chance.randrange(8)]) + source[place + 1 :]


def insert_text(source: bytes, chance: Random) -> bytes:
    """Return the bytes with something odd put between them."""
    return _at(source, chance, chance.choice((*ODD_TEXTS, b"X", b" ", b"0")), 0)


def put_odd_text(source: bytes, chance: Random) -> bytes:
    """Return the bytes with an accented character in the place of one or more."""
    text = chance.choice(ODD_TEXTS)
    return _at(source, chance, text, chance.choice((1, len(text))))


def drop_byte(source: bytes, chance: Random) -> bytes:
    """Return the bytes without one of them."""
    return _at(source, chance, b"", 1)


def change_digit(source: bytes, chance: Random) -> bytes:
    """Return the bytes with one digit changed into another."""
    places = [place for place, byte in enumerate(source) if 0x30 <= byte <= 0x39]
    if not places:
        return source
    place = chance.choice(places)
    return source[:place] + b"%d" % chance.randrange(10) + source[place + 1 :]


def change_field(source: bytes, chance: Random) -> bytes:
    """Return the bytes with one field of one record replaced by another value, right or wrong."""
    kind, start, end, values = chance.choice(FIELDS)
    lines = source.split(b"\n")
    places = [place for place, line in enumerate(lines) if line[:1] == kind and not line.startswith(b"99999999")]
    if not places:
        return source
    place = chance.choice(places)
    line = lines[place]
    lines[place] = line[: start - 1] + chance.choice(values)[: end - start + 1] + line[end:]
    return b"\n".join(lines)


def change_control(source: bytes, chance: Random) -> bytes:
    """Return the bytes with one digit of a control record changed."""
    lines = source.split(b"\n")
    places = [place for place, line in enumerate(lines) if line[:1] in b"89" and len(line) > 60]
    if not places:
        return source
    place = chance.choice(places)
    lines[place] = _at_column(lines[place], chance.randrange(1, 55), b"%d" % chance.randrange(10))
    return b"\n".join(lines)


def swap_columns(source: bytes, chance: Random) -> bytes:
    """Return the bytes with two columns of one line exchanged."""
    lines = source.split(b"\n")
    place = chance.randrange(len(lines))
    line = bytearray(lines[place])
    if len(line) < 2:
        return source
    one, other = chance.randrange(len(line)), chance.randrange(len(line))
    line[one], line[other] = line[other], line[one]
    lines[place] = bytes(line)
    return b"\n".join(lines)


def copy_field(source: bytes, chance: Random) -> bytes:
    """Return the bytes with some columns of one line copied into another line."""
    lines = source.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    start = chance.randrange(WIDTH)
    end = min(WIDTH, start + chance.choice((1, 3, 8, 15)))
    lines[other] = lines[other][:start] + lines[one][start:end] + lines[other][end:]
    return b"\n".join(lines)


def swap_lines(source: bytes, chance: Random) -> bytes:
    """Return the bytes with two lines exchanged."""
    lines = source.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def repeat_line(source: bytes, chance: Random) -> bytes:
    """Return the bytes with one line again, after itself or elsewhere."""
    lines = source.split(b"\n")
    place = chance.randrange(len(lines))
    lines.insert(chance.choice((place, chance.randrange(len(lines) + 1))), lines[place])
    return b"\n".join(lines)


def drop_line(source: bytes, chance: Random) -> bytes:
    """Return the bytes without one line."""
    lines = source.split(b"\n")
    del lines[chance.randrange(len(lines))]
    return b"\n".join(lines)


def insert_line(source: bytes, chance: Random) -> bytes:
    """Return the bytes with a line that does not belong."""
    lines = source.split(b"\n")
    strange = (b"", b"   ", b" " * WIDTH, b"9" * WIDTH, b"9" + b"0" * 93, b"X" * WIDTH, b"799R01", b"6", b"\x1a", b"4")
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(strange))
    return b"\n".join(lines)


def cut_line(source: bytes, chance: Random) -> bytes:
    """Return the bytes with the end of one line gone: its blanks, or some columns."""
    lines = source.split(b"\n")
    place = chance.randrange(len(lines))
    line = lines[place]
    lines[place] = line.rstrip() if chance.random() < 0.5 else line[: chance.randrange(len(line) + 1)]
    return b"\n".join(lines)


def lengthen_line(source: bytes, chance: Random) -> bytes:
    """Return the bytes with something behind one line."""
    lines = source.split(b"\n")
    place = chance.randrange(len(lines))
    lines[place] += chance.choice((b" ", b"   ", b"X", b" " * WIDTH, b"9" * WIDTH, b"X" * WIDTH, b"\r"))
    return b"\n".join(lines)


def join_lines(source: bytes, chance: Random) -> bytes:
    """Return the bytes with the end of one line, or of all, taken away."""
    lines = source.split(b"\n")
    if chance.random() < 0.2:
        return b"".join(lines)
    place = chance.randrange(len(lines))
    return b"\n".join([*lines[:place], b"".join(lines[place : place + 2]), *lines[place + 2 :]])


def change_line_ends(source: bytes, chance: Random) -> bytes:
    """Return the bytes with other line ends: all of them, or one."""
    lines = source.split(b"\n")
    if chance.random() < 0.6:
        return chance.choice(LINE_ENDS).join(lines)
    place = chance.randrange(len(lines))
    return b"\n".join(lines[:place]) + chance.choice(LINE_ENDS) + b"\n".join(lines[place:])


def lower_case(source: bytes, chance: Random) -> bytes:
    """Return the bytes in small letters: all of them, or one line."""
    if chance.random() < 0.2:
        return source.lower()
    lines = source.split(b"\n")
    place = chance.randrange(len(lines))
    lines[place] = lines[place].lower()
    return b"\n".join(lines)


def cut_file(source: bytes, chance: Random) -> bytes:
    """Return the first part of the bytes, or the last."""
    place = chance.randrange(len(source) + 1)
    return source[:place] if chance.random() < 0.7 else source[place:]


def _at(source: bytes, chance: Random, text: bytes, over: int) -> bytes:
    if not source:
        return source
    place = chance.randrange(len(source))
    return source[:place] + text + source[place + over :]


def _at_column(line: bytes, place: int, text: bytes) -> bytes:
    return line[:place] + text + line[place + len(text) :]


MUTATIONS: tuple[Mutation, ...] = (
    replace_byte,
    replace_by_odd_byte,
    flip_bit,
    insert_text,
    put_odd_text,
    drop_byte,
    change_digit,
    change_digit,
    change_digit,
    change_field,
    change_field,
    change_field,
    change_field,
    change_field,
    change_field,
    change_field,
    change_control,
    change_control,
    swap_columns,
    copy_field,
    swap_lines,
    repeat_line,
    repeat_line,
    drop_line,
    insert_line,
    cut_line,
    lengthen_line,
    join_lines,
    change_line_ends,
    lower_case,
    cut_file,
)
