"""One whole journey on either engine, with everything that knows an account number: for tests of where they may lie.

Two weeks: orders, a failed validation, returns, a retry, changes, a reversal, a refund, payouts, statements, exports,
webhooks, reports of five kinds, calls of the API with answers kept, and faults on purpose. Whatever is said on the way
lies in ``said``, whatever is laid aside for a moment in ``scratch``.
"""

import base64
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from starlette.testclient import TestClient

from ingather.actions.payouts.deciding import approve_all_due
from ingather.actions.payouts.making import make_payouts
from ingather.api.app import make_app
from ingather.api.logs import open_log
from ingather.api.office import Office
from ingather.api.settings import Settings
from ingather.jobs.deliver import deliver as deliver_webhooks
from ingather.jobs.exports import write_export
from ingather.jobs.reconcile import run_reconcile
from ingather.jobs.rehearsal.stage import OUR_ACCOUNT, Stage, banking_days
from ingather.jobs.settle import run_settle
from ingather.simulator.behaviour import Fate
from ingather.store.reading.exports import Cut, ExportKind
from ingather.store.tables import Account, Route, Settlement, User
from ingather.vault.sealing import Place
from ingather.vault.second_factor import new_factor
from tests.api.office import Client, Front
from tests.journey.carriers import bai2, camt_return, mt94x
from tests.journey.checked import MICRO, credited, told, wanted
from tests.journey.desk.follow_ups import approve, refund, reverse
from tests.journey.payouts.merchants import OMAR, account, by, terms
from tests.journey.stage import EVIDENCE, MONDAY, TUESDAY, Sale, Script, at, deliver, play, record, staged
from tests.journey.webhooks.telling import desk_of, endpoint
from tests.leaks import Needles, needles
from tests.receiver import receiving
from tests.red import STEM, red_account
from tests.unit.cli.shell import Said, call

FIRST = 7_300_000
STEM_HERE = f"{STEM}073000"
"""With what every account number of this journey starts, from ``FIRST`` on, and none of any other test."""
FATES = {
    (f"B {FIRST}", 1): Fate(return_code="R01"),
    (f"B {FIRST + 1}", 1): Fate(return_code="R02"),
    (f"B {FIRST + 2}", 1): Fate(change_code="C01"),
    (f"B {FIRST + 3}", 1): Fate(change_code="C03"),
    (f"B {FIRST + 4}", 1): Fate(return_code="R07"),
    (f"B {FIRST + 5}", 1): Fate(change_code="C07"),
}
_PAYEE, _BY_API = FIRST + 50, FIRST + 60
_PAYDAY = date(2026, 11, 24)


@dataclass(slots=True, kw_only=True)  # mutable -- it goes on
class Whole:
    """A journey that has ended; ``numbers`` are the account numbers that banks invented on the way, and our own."""

    stage: Stage
    book: str | None
    numbers: list[str] = field(default_factory=list, repr=False)
    secrets: list[bytes] = field(default_factory=list, repr=False)
    """What was shown once: a key of the API, a webhook's secret, a second factor's."""
    wal_from: str = ""
    """The first file of PostgreSQL's log that this journey wrote to."""

    @property
    def said(self) -> Path:
        """Return the folder of what was said."""
        return self.stage.folder / "said"

    @property
    def sought(self) -> Needles:
        """Return what finds any account number of the journey."""
        return needles(stem=STEM_HERE, others=self.numbers)

    @property
    def channel_folders(self) -> list[Path]:
        """Return the folders that are shared with the bank, as the book's routes name them."""
        with self.stage.desk.view() as ctx:
            channels = ctx.session.scalars(select(Route.channel)).all()
        return [Path(channel[way]) for channel in channels for way in ("outbound", "inbound")]

    def say(self, *words: str) -> Said:
        """Run the command line on the journey's book."""
        place = ("--book", self.book or str(self.stage.folder / "book.sqlite"))
        return call(*place, "--keys", str(self.stage.folder / "book.keys"), *words)

    def keep(self, name: str, text: str) -> None:
        """Keep what was said."""
        (self.said / name).write_text(text, "utf-8")


@contextmanager
def scratch_in(folder: Path) -> Iterator[None]:
    """Have temporary files made in a folder of the journey, so that what is left of them is found."""
    folder.mkdir(parents=True)
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def whole_journey(folder: Path, *, book: str | None = None) -> Whole:
    """Play the journey in a folder that is not there yet; ``book`` names a book of another engine."""
    sales = [Sale(amount=100 + number, holder="business" if number > 8 else "consumer") for number in range(12)]
    with scratch_in(folder / "scratch"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("INGATHER_WEBHOOK_NETWORKS", "127.0.0.0/8")
        stage = staged(folder, behaviour=Script(fates=FATES), profile=terms(), book=book)
        whole = Whole(stage=stage, book=book, wal_from=_wal_file(stage) if book else "")
        whole.said.mkdir()
        by(stage, "ach")
        record(stage, sales, first=FIRST)
        record(stage, [Sale(amount=900, validated=False, holder="business")], first=FIRST + 12)
        _call_api(whole)
        _two_weeks(whole)
        _tell(whole)
        whole.numbers = [OUR_ACCOUNT, *_invented(stage)]
        stage.desk.remember()
    return whole


def _wal_file(stage: Stage) -> str:
    with stage.desk.view() as ctx:
        return str(ctx.session.execute(text("SELECT pg_walfile_name(pg_current_wal_lsn())")).scalar_one())


def _two_weeks(whole: Whole) -> None:
    stage = whole.stage
    account(stage, "harbor", number=_PAYEE)
    wanted(stage, f"b{FIRST + 12}", MICRO)
    play(stage, MONDAY, TUESDAY)
    right = credited(stage, f"b{FIRST + 12}")
    for _ in range(3):
        told(stage, f"b{FIRST + 12}", [1 + right[0] % 98, 1 + (right[1] + 7) % 98])
    approve(stage, reverse(stage, f"b{FIRST + 6}").follow_up_id)
    with receiving() as receiver:
        whole.secrets.append(endpoint(stage, receiver.url).text.removeprefix("whsec_").encode())
        play(stage, *banking_days(date(2026, 11, 18), 3))
        deliver_webhooks(desk_of(stage))
        whole.keep("webhooks.txt", "\n".join(came.body.decode() for came in receiver.came))
    _other_carriers(stage)
    approve(stage, refund(stage, f"b{FIRST + 7}", 50).follow_up_id)
    play(stage, date(2026, 11, 23))
    at(stage, _PAYDAY)
    run_settle(stage.desk, as_of=_PAYDAY, folder=stage.folder / "statements")
    with stage.desk.action() as ctx:
        make_payouts(ctx, ctx.session.scalars(select(Settlement)).all())
    with stage.desk.as_actor(OMAR).action() as ctx:
        approve_all_due(ctx, stage.desk.originator_id())
    play(stage, _PAYDAY)
    run_reconcile(stage.desk)


def _other_carriers(stage: Stage) -> None:
    day = date(2026, 11, 20)
    row = "3,00NTRFNONREF//NONREF"
    deliver(
        stage,
        ("day.bai2", bai2(day, opening=5_000_000, rows=["195,300,Z,R1,,WIRE"], other=True)),
        ("day.mt942", mt94x(day, rows=[row, row], intraday=True, number=1)),
        ("day.camt", camt_return(day, reference="NOBODYS", cents=100, reason="AC04")),
        ("day.broken", b"101 this is no file of any bank\n"),
    )


def _call_api(whole: Whole) -> None:
    """Record parties over HTTP, refused and taken, with every log on; faults that quote a number are on purpose."""
    stage, number = whole.stage, red_account(_BY_API)
    with (whole.said / "api.log").open("w", encoding="utf-8") as log:
        office = Office(
            desk=stage.desk.as_actor("system:api"), settings=Settings(callers_known_ms=0), log=open_log(log)
        )
        app = make_app(office)

        def broken() -> None:
            message = f"account {number} of nobody"
            raise RuntimeError(message)

        app.add_api_route("/v1/broken", broken, methods=["GET"])
        http = TestClient(app, raise_server_exceptions=False)
        client = Client(http=http, token=Front(stage=stage, office=office, http=http).key())
        whole.secrets.append(client.token.encode())
        answers = [client.post(path, body) for path, body in _asked(number)]
        answers += [
            client.get("/accounts", last4=number[-4:]),
            client.get("/broken"),
            client.get(f"/accounts/{number}"),
        ]
        assert {answer.status_code for answer in answers} >= {200, 201, 404, 409, 422, 500}
        whole.keep("answers.txt", "\n".join(answer.text for answer in answers))


def _asked(number: str) -> Sequence[tuple[str, dict[str, Any]]]:
    taken = {
        "external_id": "ann-1", "buyer": "ann", "routing": "021000021", "number": number, "kind": "checking",
        "holder": "consumer", "validation_method": "external", "validated_on": "2026-11-10",
    }  # fmt: skip
    allowed = {
        "external_id": "ann-a", "buyer": "ann", "account": "ann-1", "merchant": "harbor", "kind": "standing",
        "channel": "online", "text": "I agree.", "given_at": "2026-11-10T10:00:00-05:00", "evidence": EVIDENCE,
        "valid_from": "2026-11-10",
    }  # fmt: skip
    return [
        ("/buyers", {"external_id": "ann", "name": "Ann Lee"}),
        ("/accounts", taken),
        ("/accounts", taken),
        ("/accounts", taken | {"number": red_account(_BY_API + 1)}),
        ("/accounts", taken | {"external_id": "ann-2", "number": f"{number}!"}),
        ("/accounts", taken | {"external_id": "ann-3", "routing": "123456789"}),
        ("/accounts", taken | {"external_id": number[:3], "holder": number}),
        ("/authorizations", allowed),
    ]


def _tell(whole: Whole) -> None:
    """Write every export and page that people take away, and seal what people prove themselves with."""
    stage = whole.stage
    (stage.folder / "exports").mkdir()
    for kind in ExportKind:
        for ending in ("csv", "parquet"):
            write_export(stage.desk, kind, stage.folder / "exports" / f"{kind}.{ending}", cut=Cut())
    for words in (
        ("order", "list"),
        ("account", "list"),
        ("file", "list"),
        ("report", "list"),
        ("change", "list"),
        ("payout", "list"),
        ("case", "list", "--all"),
        ("db", "check"),
        ("retention", "status"),
        ("account", "show", red_account(_BY_API)),
        ("order", "show", "ord_0000000000000", "--json"),
    ):
        heard = whole.say(*words)
        whole.keep(f"cli-{words[0]}-{words[1]}.txt", heard.out + heard.err)
    with stage.desk.action() as ctx:
        user = User(id=ctx.ids.one(), name="rosa", roles="", state="active", created_at=ctx.now, created_by=OMAR)
        factor = new_factor(ctx.vault, user.id, user.name)
        user.totp_sealed = factor.sealed
        whole.secrets += [factor.secret.encode(), base64.b32decode(factor.secret)]
        ctx.session.add(user)


def _invented(stage: Stage) -> list[str]:
    """Return the account numbers that banks gave instead of those they had been told."""
    with stage.desk.view() as ctx:
        rows = ctx.session.execute(select(Account.id, Account.number)).all()
        now = [ctx.vault.open(Place.ACCOUNT_NUMBER, row.id, row.number).decode().strip() for row in rows]
    given = [number for number in now if not number.startswith(STEM)]
    assert len(given) == 3
    return given
