"""Countries and currencies that international batches name, and the states that terminals stand in.

``countries.csv`` holds ISO 3166-1 alpha-2 as officially assigned, ``currencies.csv`` ISO 4217 with the codes withdrawn
in the last ten years, ``states.csv`` the Postal Service's abbreviations of states, the District and the territories.
"""

from ingather.nacha.tables import rows_of


def _codes(name: str) -> frozenset[str]:
    return frozenset(row["code"] for row in rows_of(name))


COUNTRIES: frozenset[str] = _codes("countries.csv")
CURRENCIES: frozenset[str] = _codes("currencies.csv")
STATES: frozenset[str] = _codes("states.csv")
