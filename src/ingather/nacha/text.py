# ruff: noqa: RUF001 -- the table lists the very characters that look like others
"""Texts of the world into the format's characters: printable ASCII in capitals, changed by rule or refused."""

import re
import unicodedata

from ingather.nacha.plan import NAME_WIDTH

_REPLACED = str.maketrans(
    {
        "ß": "SS", "ẞ": "SS", "Æ": "AE", "æ": "AE", "Œ": "OE", "œ": "OE", "Ø": "O", "ø": "O", "Ł": "L", "ł": "L",
        "Đ": "D", "đ": "D", "Ð": "D", "ð": "D", "Þ": "TH", "þ": "TH", "ı": "I", "Ħ": "H", "ħ": "H", "ŋ": "N", "Ŋ": "N",
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "ʼ": "'", "´": "'", "`": "'",
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "″": '"',
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
        "·": ".", "•": ".", "×": "X", "÷": "/", "⁄": "/", "¿": "?", "¡": "!", "№": "NO", "©": "(C)", "®": "(R)",
    }
)  # fmt: skip
_BLANKS = re.compile(r"\s+")
# Legal forms that may be left out at the end of a receiver's name; the longer ones first.
_LEGAL = (
    "LIMITED LIABILITY COMPANY", "LIMITED LIABILITY PARTNERSHIP", "LIMITED PARTNERSHIP", "PROFESSIONAL CORPORATION",
    "INCORPORATED", "CORPORATION", "COMPANY", "LIMITED", "PLLC", "CORP", "GMBH", "LLC", "LLP", "LTD", "INC", "PLC",
    "PBC", "LP", "PC", "PA", "CO", "SA", "AG",
)  # fmt: skip
_PUNCTUATION = re.compile(r"[^A-Z0-9 &]")


class NotTransliterable(ValueError):  # noqa: N818 -- named for the business fact, not for its being an error
    """A text holds characters that the format cannot carry; ``characters`` lists them."""

    def __init__(self, characters: tuple[str, ...]) -> None:
        self.characters = characters
        names = ", ".join(unicodedata.name(letter, f"U+{ord(letter):04X}") for letter in characters)
        super().__init__(f"The text holds characters that a NACHA file cannot carry: {names}.")


def transliterate(text: str, /) -> str:
    """Return the text in capitals and printable ASCII: accents dropped, ligatures and typographic signs spelled out.

    Runs of white space become one blank. Raises ``NotTransliterable`` naming every character that has no equivalent.
    """
    replaced = text if text.isascii() else _fold(text)
    plain = _BLANKS.sub(" ", replaced).strip()
    lost = tuple(dict.fromkeys(letter for letter in plain if not (letter.isascii() and letter.isprintable())))
    if lost:
        raise NotTransliterable(lost)
    return plain.upper()


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_REPLACED)).translate(_REPLACED)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def abbreviate_name(text: str, width: int = NAME_WIDTH, /) -> tuple[str, bool]:
    """Return a receiver's name that fits the width, and whether anything but case and accents had to change.

    Transliterates; when that is too long drops the legal form at the end, then punctuation, then cuts: the one cut the
    format allows itself, because a receiving bank posts by account number. Raises ``NotTransliterable``.
    """
    name = transliterate(text)
    if len(name) <= width:
        return name, False
    shorter = _without_legal_form(name)
    if len(shorter) > width:
        shorter = _BLANKS.sub(" ", _PUNCTUATION.sub("", shorter)).strip()
    return shorter[:width].rstrip(), True


def _without_legal_form(name: str) -> str:
    bare = name.rstrip(" .,")
    for form in _LEGAL:
        plain = bare.replace(".", "")
        if plain.endswith(" " + form):
            cut = bare
            # The form may be written with dots (L.L.C.): cut back to the blank before it, word by word.
            for _ in range(form.count(" ") + 1):
                cut = cut.rpartition(" ")[0].rstrip(" ,")
            return cut or name
    return name
