"""Addenda of terminals (02): where and when a card was used; moov-io/ach refuses what lacks it."""

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Mask, parse_digits
from ingather.nacha.addenda import TERMINAL, cut, of_type, only
from ingather.nacha.countries import STATES
from ingather.nacha.findings import Findings
from ingather.nacha.reading import AddendaColumns
from ingather.nacha.records import LAYOUTS

_LAYOUT = LAYOUTS["702"]
_FILLED = ("transaction_serial_number", "terminal_location", "terminal_city")
# The longest each month gets.
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] + [0] * 87)
_STATES = np.array(sorted(state.encode() for state in STATES), "S2")


def check_terminals(addenda: AddendaColumns, findings: Findings) -> None:
    """Tell terminal addenda without a serial number, a day, a place or a state."""
    at = of_type(addenda, TERMINAL)
    if not len(at):
        return
    fields = cut(addenda, at, _LAYOUT)
    faults = {name: (only(fields.octets(name), BLANK), "is blank") for name in _FILLED}
    faults["transaction_date"] = (_no_day(fields.octets("transaction_date")), "names no day, MMDD")
    faults["terminal_state"] = (_no_state(fields.octets("terminal_state")), "is no state or territory")
    for name, (bad, what) in faults.items():
        sentence = f"The {name.replace('_', ' ')} of the terminal addenda {what}."
        findings.rows("terminal", addenda.line[at[bad]], sentence, field=_LAYOUT.field(name))


def _no_day(column: Bytes2D) -> Mask:
    number, real = parse_digits(column)
    day = number % 100
    wrong: Mask = ~real | (day < 1) | (day > _DAYS[number // 100])
    return wrong


def _no_state(column: Bytes2D) -> Mask:
    states = np.ascontiguousarray(column).view("S2")[:, 0]
    wrong: Mask = ~np.isin(states, _STATES)
    return wrong
