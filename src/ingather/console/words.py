"""The words of the console in each language: English is what the pages say, and the key under which others say it.

A catalogue is a TOML file of pairs, one for each screen. Where a language has no words for a text the English stands:
nothing is ever missing on a page, and a test finds what is missing in a catalogue.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

LANGUAGES = {"en": "English", "zh": "中文"}
"""The languages of the console, by the code that a browser asks for, in their own words."""
_FOLDER = Path(__file__).parent / "words"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the words of a language by their English; raises ``ValueError`` for one text with two meanings."""
    found: dict[str, str] = {}
    for path in sorted((_FOLDER / language).glob("*.toml")):
        for english, said in tomllib.loads(path.read_text("utf-8")).items():
            if found.setdefault(english, said) != said:
                message = f"{path.name} says another thing than an earlier catalogue for {english!r}"
                raise ValueError(message)
    return found


def language_of(chosen: str | None, accepted: str | None) -> str:
    """Return the language of a page: the one chosen, else the first that the browser accepts, else English."""
    if chosen in LANGUAGES:
        return str(chosen)
    for part in (accepted or "").split(","):
        code = part.split(";")[0].strip().split("-")[0].lower()
        if code in LANGUAGES:
            return code
    return "en"


def say(language: str, text: str, **values: object) -> Markup:
    """Return a text in a language, with its values escaped unless they are markup themselves."""
    said = text if language == "en" else catalogue(language).get(text, text)
    return escape(said).format(**values) if values else escape(said)
