"""The ten columns that name the file's destination and origin, in the style a bank wants."""

from typing import assert_never

from ingather.nacha.dialect import PartyStyle

NINE, TEN = 9, 10


def party_columns(party: str, style: PartyStyle, /) -> str:
    """Return the ten characters of a party, or nothing when it does not fit the style: nothing is cut or guessed."""
    match style:
        case PartyStyle.AS_GIVEN:
            return party.rjust(TEN) if len(party) in {NINE, TEN} else ""
        case PartyStyle.BLANK_NINE | PartyStyle.ZERO_NINE:
            nine = party[1:] if len(party) == TEN and party[0] in " 0" else party
            first = " " if style is PartyStyle.BLANK_NINE else "0"
            return first + nine if len(nine) == NINE else ""
        case _:
            assert_never(style)
