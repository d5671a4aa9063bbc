"""``ingather webhook``: endpoints that are told what happens, their secrets, and what was delivered."""

from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.banks import originator_of
from ingather.actions.webhooks.endpoints import (
    LONGEST_OVERLAP_H,
    change_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    make_endpoint,
    rotate_secret,
)
from ingather.actions.webhooks.messages import ping_endpoint, replay_events, replay_message
from ingather.base.ids import Prefix, public_id
from ingather.cli.options import (
    As,
    AsJson,
    AsOf,
    Reason,
    Verbs,
    acting,
    console,
    desk_of,
    done,
    instant_of,
    key_of,
    print_json,
)
from ingather.cli.payouts import merchant_key
from ingather.domain.refusals import NoSuch
from ingather.domain.webhooks import MessageState
from ingather.jobs.deliver import DELIVER, deliver
from ingather.store.reading import webhooks
from ingather.store.reading.pages import Wanted, page_of

app = typer.Typer(cls=Verbs, help="Tell other systems what happens: endpoints and deliveries.", no_args_is_help=True)

EndpointId = Annotated[str, typer.Argument(metavar="ENDPOINT", help="An endpoint's id, whk_...")]
Types = Annotated[
    list[str] | None, typer.Option("--type", help="A type such as entry.returned or 'order.*'; again for another.")
]
_MOST = 500
_READER = "system:read"


@app.command("list")
def list_endpoints(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the endpoints, the oldest first."""
    with desk_of(ctx, default_actor=_READER).view() as view:
        found, _ = page_of(view.session, webhooks.LISTING, Wanted(limit=_MOST, newest_first=False))
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("There is no endpoint: ingather webhook add URL --as NAME")
        return
    table = Table("endpoint", "state", "to", "merchant", "types", "waiting", box=None, header_style="dim")
    for row in found:
        types = ", ".join(row["types"]) or "all"
        table.add_row(row["id"], row["state"], row["url"], row["merchant"] or "", types, str(row["waiting"]))
    console.print(table)


@app.command("show")
def show_endpoint(ctx: typer.Context, endpoint: EndpointId, *, as_json: AsJson = False) -> None:
    """Show an endpoint: how it stands, what waits for it, and until when each of its secrets holds."""
    with desk_of(ctx, default_actor=_READER).view() as view:
        row = webhooks.shown(view.session, key_of(Prefix.WEBHOOK, endpoint))
    if row is None:
        fact = f"there is no endpoint {endpoint}"
        raise NoSuch(fact)
    if as_json:
        print_json(row)
        return
    for name, value in row.items():
        console.print(f"{name.replace('_', ' '):<14} {_words(value)}", soft_wrap=True, markup=False)


def _words(value: object) -> str:
    match value:
        case None | []:
            return ""
        case list():
            return "; ".join(_words(each) for each in value)
        case dict():
            return ", ".join(f"{key.replace('_', ' ')} {each}" for key, each in value.items() if each is not None)
        case _:
            return str(value)


@app.command("add")
def add_endpoint(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(help="Where events are sent: https://host/path.")],
    *,
    types: Types = None,
    merchant: Annotated[str | None, typer.Option(help="The one merchant whose events it is told.")] = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Make an endpoint that is told what happens from now on; its secret is shown this once."""
    networks = desk_of(ctx, default_actor=_READER).networks
    with acting(ctx, actor, as_of) as action:
        made = make_endpoint(
            action,
            originator_of(action).id,
            url=url,
            networks=networks,
            types=types or (),
            description=description,
            merchant_id=merchant_key(action, merchant) if merchant else None,
        )
    _say_secret(as_json, made.endpoint_id, made.text)


def _say_secret(as_json: bool, endpoint_id: int, text: str) -> None:
    name = public_id(Prefix.WEBHOOK, endpoint_id)
    if as_json:
        print_json({"did": "something", "id": name, "secret": text})
        return
    console.print(f"{name} signs with this secret, which is not shown again:", soft_wrap=True, markup=False)
    console.print(text, soft_wrap=True, markup=False)


@app.command("change")
def change(
    ctx: typer.Context,
    endpoint: EndpointId,
    *,
    url: Annotated[str | None, typer.Option(help="Where events are sent from now on.")] = None,
    types: Types = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Change where events are sent, or which."""
    networks = desk_of(ctx, default_actor=_READER).networks
    with acting(ctx, actor, as_of) as action:
        key = key_of(Prefix.WEBHOOK, endpoint)
        change_endpoint(action, key, networks=networks, url=url, types=types or None, description=description)
    done(as_json, endpoint, "is changed")


@app.command("enable")
def enable(
    ctx: typer.Context,
    endpoint: EndpointId,
    *,
    from_now: Annotated[bool, typer.Option("--from-now", help="Leave out what happened meanwhile.")] = False,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Send to an endpoint again, and also what happened meanwhile."""
    with acting(ctx, actor, as_of) as action:
        enable_endpoint(action, key_of(Prefix.WEBHOOK, endpoint), from_now=from_now)
    done(as_json, endpoint, "is enabled")


@app.command("disable")
def disable(
    ctx: typer.Context,
    endpoint: EndpointId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Send nothing more until the endpoint is enabled again."""
    with acting(ctx, actor, as_of) as action:
        disable_endpoint(action, key_of(Prefix.WEBHOOK, endpoint), reason=reason)
    done(as_json, endpoint, "is disabled")


@app.command("delete")
def delete(
    ctx: typer.Context, endpoint: EndpointId, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Disable an endpoint for good, forget its secrets and give up what waits; its log stays."""
    with acting(ctx, actor, as_of) as action:
        delete_endpoint(action, key_of(Prefix.WEBHOOK, endpoint))
    done(as_json, endpoint, "is disabled, and its secrets are forgotten")


@app.command("rotate")
def rotate(
    ctx: typer.Context,
    endpoint: EndpointId,
    *,
    overlap: Annotated[
        int, typer.Option(min=0, max=LONGEST_OVERLAP_H, help="For how many hours the secrets before sign as well.")
    ] = 24,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Give an endpoint a new secret, shown this once."""
    with acting(ctx, actor, as_of) as action:
        made = rotate_secret(action, key_of(Prefix.WEBHOOK, endpoint), overlap_hours=overlap)
    _say_secret(as_json, made.endpoint_id, made.text)


@app.command("ping")
def ping(
    ctx: typer.Context, endpoint: EndpointId, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Have a message sent that tells of nothing."""
    with acting(ctx, actor, as_of) as action:
        message = ping_endpoint(action, key_of(Prefix.WEBHOOK, endpoint))
    done(as_json, public_id(Prefix.MESSAGE, message), "will be sent: ingather webhook deliver", endpoint=endpoint)


@app.command("replay")
def replay(
    ctx: typer.Context,
    endpoint: EndpointId,
    *,
    delivery: Annotated[str | None, typer.Option(help="One delivery, msg_...")] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first event, evt_...")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last event, evt_...")] = None,
    since: Annotated[str | None, typer.Option(help="Events recorded from this day or instant on.")] = None,
    types: Types = None,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Have events sent again: those of one delivery, or of a range."""
    with acting(ctx, actor, as_of) as action:
        key = key_of(Prefix.WEBHOOK, endpoint)
        if delivery is not None:
            count = replay_message(action, key, key_of(Prefix.MESSAGE, delivery))
        else:
            count = replay_events(
                action,
                key,
                first=key_of(Prefix.EVENT, first) if first else None,
                last=key_of(Prefix.EVENT, last) if last else None,
                since=instant_of(since) if since else None,
                types=types or (),
            )
    done(as_json, endpoint, f"is sent {count} event(s) again: ingather webhook deliver", did=bool(count), events=count)


@app.command("deliveries")
def list_deliveries(
    ctx: typer.Context,
    endpoint: EndpointId,
    *,
    state: Annotated[MessageState | None, typer.Option(help="Only deliveries in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="How many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what was and will be sent to an endpoint, with the last attempt at each."""
    filters: dict[str, Any] = {"endpoint": key_of(Prefix.WEBHOOK, endpoint), "state": [state] if state else None}
    with desk_of(ctx, default_actor=_READER).view() as view:
        found, _ = page_of(view.session, webhooks.DELIVERIES, Wanted(limit=limit, filters=filters))
    if as_json:
        print_json(found)
        return
    table = Table("delivery", "event", "state", "attempts", "the last one", "next", box=None, header_style="dim")
    for row in found:
        last = row["attempts"][-1]["said"] if row["attempts"] else ""
        following = row["next_at"].isoformat()[:16].replace("T", " ") if row["next_at"] else ""
        table.add_row(
            row["id"], row["event"] or "ping", row["state"], str(len(row["attempts"])), last, following
        )  # fmt: skip
    console.print(table)


@app.command("deliver")
def deliver_now(
    ctx: typer.Context,
    *,
    seconds: Annotated[int, typer.Option("--for", min=1, max=86_400, help="For how many seconds at most.")] = 600,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Deliver once what is due; a worker does this by itself."""
    report = deliver(desk_of(ctx, default_actor=DELIVER, as_of=as_of), for_s=seconds)
    if as_json:
        figures = {"taken": report.taken, "failed": report.failed, "endpoints": report.endpoints}
        print_json({"did": report.did} | figures)
        return
    if report.did == "nothing":
        console.print("Nothing is due.")
        return
    console.print(f"{report.taken} message(s) were taken, {report.failed} attempt(s) failed.")
