"""Books with a sealed value in every place, and reading all of them: whatever becomes of the keys, everything opens."""

from sqlalchemy import select

from ingather.domain.keys import Epoch
from ingather.jobs.desk import Desk
from ingather.store import keys
from ingather.store.keys import EVIDENCE, VALUES
from ingather.store.tables import (
    Account,
    AccountChange,
    FileChunk,
    Merchant,
    MerchantAccount,
    ReportChunk,
    User,
    WebhookEndpoint,
    WebhookSecret,
)
from ingather.vault.sealing import ACCOUNT_WIDTH, Place
from tests.red import red_account

ORDERS = 8
VALUES_IN_ALL = ORDERS + 4
"""Every buyer's account, and one value in each of the other places."""
SECRET = b"12345678901234567890"
PLACES = {Place(each.place) for each in (*VALUES, *EVIDENCE)}


def fill(desk: Desk) -> None:
    """Add a payee's account, a change of an account, a second factor and a webhook's secret."""
    with desk.action() as ctx:
        session, now, one = ctx.session, ctx.now, ctx.ids.one
        account = session.execute(select(Account).order_by(Account.id).limit(1)).scalar_one()
        merchant = session.execute(select(Merchant).order_by(Merchant.id).limit(1)).scalar_one()
        key, number = one(), red_account(900).encode().ljust(ACCOUNT_WIDTH)
        session.add(
            MerchantAccount(
                id=key, originator_id=merchant.originator_id, merchant_id=merchant.id, name="HARBOR GOODS",
                routing=21000021, number=ctx.vault.seal(Place.PAYEE_NUMBER, key, number), number_index=b"i" * 16,
                last4="0000", kind="checking", state="asked", evidence="a call", asked_by="user:maria", asked_at=now,
            ),
        )  # fmt: skip
        key = one()
        session.add(
            AccountChange(
                id=key, account_id=account.id, routing=21000021, last4="0000", kind="checking", because="correction",
                number=ctx.vault.seal(Place.ACCOUNT_NUMBER_BEFORE, key, number), changed_at=now,
            ),
        )  # fmt: skip
        key = one()
        session.add(
            User(
                id=key, name="maria", roles="operator", state="active", created_at=now, created_by="system:host",
                totp_sealed=ctx.vault.seal(Place.SECOND_FACTOR, key, SECRET),
            ),
        )  # fmt: skip
        session.add(
            User(id=one(), name="otto", roles="viewer", state="active", created_at=now, created_by="system:host")
        )
        endpoint = one()
        session.add(
            WebhookEndpoint(
                id=endpoint, originator_id=merchant.originator_id, url="https://example.org/", description="",
                kinds=[], state="enabled", cursor=0, created_at=now, created_by="user:maria",
            ),
        )  # fmt: skip
        session.flush()
        key = one()
        sealed = ctx.vault.seal(Place.WEBHOOK_SECRET, key, SECRET)
        session.add(WebhookSecret(id=key, endpoint_id=endpoint, sealed=sealed, created_at=now))


def opened(desk: Desk) -> dict[str, int]:
    """Open every sealed value of the book; returns how many there are in each place."""
    found: dict[str, int] = {}
    with desk.view() as ctx:
        for column in VALUES:
            page = keys.sealed_page(ctx.session, column, after=-1, limit=1_000_000)
            for key, sealed in page:
                ctx.vault.open(Place(column.place), key, sealed)
            found[column.place] = len(page)
        for chunk in ctx.session.execute(select(FileChunk)).scalars():
            ctx.vault.open(Place.FILE_BYTES, chunk.file_id, chunk.content, part=chunk.part)
            found[Place.FILE_BYTES] = found.get(Place.FILE_BYTES, 0) + 1
        for each in ctx.session.execute(select(ReportChunk)).scalars():
            ctx.vault.open(Place.REPORT_BYTES, each.report_id, each.content, part=each.part)
    return found


def numbers(desk: Desk) -> list[str]:
    """Return the buyers' account numbers."""
    with desk.view() as ctx:
        rows = ctx.session.execute(select(Account.id, Account.number).order_by(Account.id)).all()
        many = ctx.vault.open_many([row.id for row in rows], [row.number for row in rows])
    return [bytes(row).decode().strip() for row in many]


def by_epoch(desk: Desk) -> dict[int, int]:
    """Return how many values each epoch has sealed that are in the book."""
    found: dict[int, int] = {}
    with desk.view() as ctx:
        for column in VALUES:
            for epoch, count in keys.rows_by_epoch(ctx.session, column).items():
                found[epoch] = found.get(epoch, 0) + count
    return found


def epochs(desk: Desk) -> dict[int, Epoch]:
    """Return the book's epochs by their numbers."""
    with desk.view() as ctx:
        return {each.number: each for each in keys.read_epochs(ctx.session).epochs}


def states(desk: Desk) -> dict[int, tuple[str, str]]:
    """Return the purpose and the state of each epoch."""
    return {number: (str(each.purpose), str(each.state)) for number, each in epochs(desk).items()}
