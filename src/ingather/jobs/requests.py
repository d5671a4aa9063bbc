"""Sending requests to the ODFI, each exactly once: a text and a sheet of one name, by the channel that files go by.

Both are laid under temporary names; the intent, which gives the requests their document, is committed; then both get
their final names and are read back. Found on its way after a crash, a document goes on from there: under its temporary
name it is published, and where neither name is there the bank has collected it, for it lay there before the intent.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from ingather.actions.odfi_requests import next_document, note_documented, note_requests_sent
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import LostClaim
from ingather.gateway.channel import TEMPORARY, Channel, ChannelFault
from ingather.jobs.desk import BankRoute, Desk
from ingather.jobs.request_papers import Paper, sheet_of, text_of
from ingather.jobs.restored import refuse_restored
from ingather.store.locks import night_lock
from ingather.store.reading.requests import Asked, documents, to_send
from ingather.store.tables import Originator

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """A document on its way: its name, its requests, and what its files hold."""

    name: str
    requests: Sequence[int]
    files: Sequence[tuple[str, bytes]]


def send_requests(desk: Desk) -> list[str]:
    """Send what is asked by itself, without a night; raises ``NightRunning`` or ``BookRestored``."""
    with night_lock(desk.engine):
        refuse_restored(desk)
        return send_asked(desk)


def send_asked(desk: Desk) -> list[str]:
    """Send what the ODFI is asked, one document for each bank, and return the documents that are there now.

    The caller holds the night's lock. A bank that cannot be reached stops nothing: its requests go with the next run.
    """
    asked, sent = _read(desk), list[str]()
    routes = desk.routes() if asked else []
    for name in sorted({row.request.document for row in asked if row.request.document}):
        mine = [row for row in asked if row.request.document == name]
        route = _route_of(routes, mine[0])
        if _deliver(desk, desk.channel(route), _written(desk, route, name, mine), route):
            sent.append(name)
    fresh = [row for row in asked if row.request.document is None]
    for route_id in dict.fromkeys(_route_of(routes, row).row.id for row in fresh):
        for _ in range(_ATTEMPTS):
            try:
                sent += _send(desk, routes, route_id)
                break
            except LostClaim:
                # Somebody took a request back meanwhile: the document is written again without it.
                continue
    return sent


def _read(desk: Desk) -> list[Asked]:
    with desk.view() as ctx:
        found = to_send(ctx.session)
        ctx.session.expunge_all()
        return found


def _route_of(routes: Sequence[BankRoute], row: Asked) -> BankRoute:
    """Return the way to the bank that an entry went to; without an entry, the first."""
    return next((route for route in routes if route.row.id == row.route_id), routes[0])


def _send(desk: Desk, routes: Sequence[BankRoute], route_id: int) -> list[str]:
    """Write one document of what one bank is asked, and send it; raises ``LostClaim`` when that changed meanwhile."""
    mine = [row for row in _read(desk) if row.request.document is None and _route_of(routes, row).row.id == route_id]
    if not mine:
        return []
    route = _route_of(routes, mine[0])
    channel = desk.channel(route)
    with desk.action() as ctx:
        name = next_document(ctx, stem=route.profile.requests.name)
    document = _written(desk, route, name, mine)
    only_final = route.profile.collects_only_final_names
    try:
        _sweep(desk, channel, route)
        if only_final:
            _lay(channel, document)
            desk.tell("request_laid", document=name)
    except ChannelFault as fault:
        desk.tell("request_waiting", document=name, why=str(fault))
        return []
    try:
        with desk.action() as ctx:
            note_documented(ctx, document.requests, name=name)
    except LostClaim:
        for file, _ in document.files:
            with suppress(ChannelFault):
                channel.withdraw_temporary(file)
        raise
    desk.tell("request_intent", document=name)
    return [name] if _deliver(desk, channel, document, route) else []


def _written(desk: Desk, route: BankRoute, name: str, rows: Sequence[Asked]) -> _Document:
    """Return a document as it is written, now and after a crash alike; its name tells its day."""
    with desk.view() as ctx:
        originator = ctx.session.execute(select(Originator.name)).scalar_one()
    paper = Paper(name=name, originator=originator, profile=route.profile, on=_day_of(name))
    return _Document(
        name=name,
        requests=[row.request.id for row in rows],
        files=[(f"{name}.txt", text_of(paper, rows)), (f"{name}.csv", sheet_of(rows))],
    )


def _day_of(name: str) -> date:
    return datetime.strptime(name.split("-")[-2], "%Y%m%d").replace(tzinfo=NEW_YORK).date()


def _lay(channel: Channel, document: _Document) -> None:
    for name, data in document.files:
        channel.put_temporary(name, data)


def _sweep(desk: Desk, channel: Channel, route: BankRoute) -> None:
    """Remove what an earlier run laid under temporary names and died before it meant to send it."""
    with desk.view() as ctx:
        known = documents(ctx.session)
    for seen in channel.listing():
        name = seen.name.removesuffix(TEMPORARY)
        if (
            name != seen.name
            and name.startswith(f"{route.profile.requests.name}-")
            and name.endswith((".txt", ".csv"))
            and name.rpartition(".")[0] not in known
        ):
            channel.withdraw_temporary(name)


def _deliver(desk: Desk, channel: Channel, document: _Document, route: BankRoute) -> bool:
    """Give a document its final names, look at what lies there, and note that it is sent; returns whether it is."""
    only_final = route.profile.collects_only_final_names
    try:
        collected = False
        for name, data in document.files:
            evidence = channel.read_back(name)
            if evidence.final is None and not only_final:
                channel.put_temporary(name, data)
                channel.publish(name)
            elif evidence.final is None and evidence.temporary is not None:
                channel.publish(name)
            elif evidence.final is None:
                collected = True
            desk.tell("request_published", name=name)
    except ChannelFault as fault:
        desk.tell("request_waiting", document=document.name, why=str(fault))
        return False
    proof = "the bank has collected it" if collected else "it lies at the bank under its name"
    with desk.action() as ctx:
        note_requests_sent(ctx, document.requests, name=document.name, evidence=proof)
    desk.tell(
        "request_sent", document=document.name, requests=[public_id(Prefix.REQUEST, key) for key in document.requests]
    )
    return True
