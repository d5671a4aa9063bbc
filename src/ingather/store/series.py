"""Series of numbers go on after what was taken without this book."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.store.tables import NumberAllocation


def go_on_from(session: Session, series: str, number: int) -> None:
    """Have a series give no number before this one."""
    row = session.scalar(select(NumberAllocation).where(NumberAllocation.series == series).with_for_update())
    if row is None:
        session.add(NumberAllocation(series=series, next_number=number))
    elif row.next_number < number:
        row.next_number = number
    session.flush()
