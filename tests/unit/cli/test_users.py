"""People at the command line: recorded, signed in, and, where a book demands it, the only ones who act."""

import stat
from base64 import b32decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import typer
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import select

from ingather.actions.users.people import add_user
from ingather.actions.users.sessions import begin_session
from ingather.cli import app
from ingather.cli.permitted import needed
from ingather.cli.signing import HOST
from ingather.domain.refusals import ExitCode
from ingather.domain.users import Role, SessionTerms
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.signing_in import choose_password
from ingather.store.tables import User
from ingather.vault.passwords import PasswordCost
from ingather.wiring import system_clock
from tests.journey.stage import MONDAY, Sale, all_files, changed_terms, night, staged
from tests.unit.cli.shell import Said, at_book

PASSWORD = "correct horse battery"  # noqa: S105 -- of nobody
TYPED = f"{PASSWORD}\n\n"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return staged(tmp_path, [Sale()], profile=changed_terms(auto_approve_under_cents=0))


def do(stage: Stage, who: str, *arguments: str, stdin: str = "", **environment: str) -> Said:
    """Run a verb as one user of the machine, who keeps tokens in a folder of their own."""
    return at_book(stage, *arguments, stdin=stdin or "", XDG_STATE_HOME=str(stage.folder / who), **environment)


def member(stage: Stage, name: str, role: Role, *, by: str = HOST) -> None:
    """Record a person who has chosen a password, without the command line."""
    desk = replace(stage.desk.as_actor(by), clock=system_clock)
    with desk.action() as ctx:
        token = add_user(ctx, name, [role]).token
    choose_password(desk, name, token, new=PASSWORD, cost=PasswordCost(memory_kib=8, passes=1))


def there(stage: Stage, name: str) -> None:
    """Sign somebody in with a second factor, without the command line."""
    desk = replace(stage.desk, clock=system_clock)
    with desk.action() as ctx:
        user = ctx.session.execute(select(User).where(User.name == name)).scalar_one()
        user.totp_step = user.totp_step or 0
        token = begin_session(ctx, user, second_factor=True, terms=SessionTerms()).token
    file = stage.folder / name / "ingather" / f"{desk.vault.instance}.token"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(token, "ascii")


def code_of(uri: str, steps: int = 0) -> str:
    """Return what an app shows for an address, by its own reading, so many steps ahead."""
    secret = b32decode(parse_qs(urlsplit(uri).query)["secret"][0])
    now = int(datetime.now(UTC).timestamp())
    return TOTP(secret, 6, SHA1(), 30).generate(now + 30 * steps).decode()  # noqa: S303 -- what every app computes


def enrol(stage: Stage, name: str) -> str:
    """Sign somebody in and give them a second factor; returns its address."""
    assert do(stage, name, "login", name, stdin=TYPED).code == 0
    first = do(stage, name, "user", "factor", stdin=f"{TYPED}000000\n")
    assert first.code == ExitCode.HAS_ERRORS, "the code does not fit"
    uri = next(line.strip() for line in first.err.splitlines() if "otpauth" in line)
    assert do(stage, name, "user", "factor", "--code", code_of(uri)).code == 0
    return uri


def test_the_first_administrator_is_made_on_the_host_and_makes_all_others(stage: Stage) -> None:
    token = do(stage, "host", "user", "add", "ada", "--role", "administrator").out.strip()
    assert do(stage, "ada", "user", "password", "ada", "--token", token, "--password", PASSWORD).code == 0
    refused = do(stage, "host", "user", "add", "paula", "--role", "approver")
    assert (refused.code, "no administrator" in refused.words) == (ExitCode.USAGE, True)
    assert do(stage, "host", "user", "add", "paula", "--role", "approver", "--as", "maria").code == ExitCode.USAGE
    member(stage, "paula", Role.APPROVER, by="user:ada")
    listed = do(stage, "ada", "user", "list", "--json").json
    assert [(row["name"], row["roles"], row["has_password"]) for row in listed] == [
        ("ada", ["administrator"], True), ("paula", ["approver"], True),
    ]  # fmt: skip
    himself = do(stage, "ada", "user", "grant", "ada", "--role", "operator", "--reason", "why not", "--as", "ada")
    assert (himself.code, "himself" in himself.words) == (ExitCode.USAGE, True)


def test_a_token_is_kept_where_only_its_user_reads_it_and_forgotten(stage: Stage) -> None:
    member(stage, "ada", Role.ADMINISTRATOR)
    assert do(stage, "ada", "login", "ada", stdin="wrong password\n\n").code == ExitCode.USAGE
    signed = do(stage, "ada", "login", "ada", "--json", stdin=TYPED)
    assert (signed.code, PASSWORD in signed.out + signed.err) == (0, False)
    kept = list((stage.folder / "ada").rglob("*.token"))
    assert [stat.S_IMODE(path.stat().st_mode) for path in kept] == [0o600]
    assert stat.S_IMODE(kept[0].parent.stat().st_mode) == 0o700
    assert kept[0].read_text("ascii").strip() not in signed.out
    added = do(stage, "ada", "user", "add", "olga", "--json")
    assert added.code == 0, "who is signed in need not say who acts"
    assert do(stage, "ada", "logout").code == 0
    assert not kept[0].exists()
    assert do(stage, "ada", "logout").code == ExitCode.USAGE


@pytest.fixture(scope="module")
def demanding(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a book that takes an actor only from who proved it; ada and paula are there, olga has a password."""
    folder = tmp_path_factory.mktemp("demanding")
    stage = staged(folder, [Sale()], profile=changed_terms(auto_approve_under_cents=0))
    night(stage, MONDAY)
    member(stage, "ada", Role.ADMINISTRATOR)
    refused = do(stage, "ada", "user", "demand", "--reason", "two persons", "--as", "ada")
    assert (refused.code, "nobody could grant" in refused.words) == (ExitCode.HAS_ERRORS, True)
    member(stage, "paula", Role.APPROVER, by="user:ada")
    member(stage, "olga", Role.OPERATOR, by="user:ada")
    there(stage, "ada")
    there(stage, "paula")
    assert do(stage, "ada", "user", "demand", "--reason", "two persons").code == 0
    return stage


def test_a_book_that_demands_it_takes_an_actor_only_from_who_proved_it(demanding: Stage) -> None:
    file = all_files(demanding)[0]["id"]
    refused = [
        do(demanding, "mallory", "file", "approve", file, "--as", "paula"),
        do(demanding, "mallory", "file", "approve", file, INGATHER_ACTOR="paula"),
        do(demanding, "mallory", "file", "approve", file),
        do(demanding, "mallory", "file", "approve", file, "--as", "system:night"),
        do(demanding, "mallory", "file", "approve", file, "--as", "key:abc"),
        do(demanding, "mallory", "file", "approve", file, INGATHER_TOKEN="ing_ses_0_0"),  # noqa: S106 -- no token
        do(demanding, "ada", "file", "approve", file, "--as", "paula"),
        do(demanding, "ada", "file", "approve", file),
        do(demanding, "mallory", "user", "add", "mallory", "--role", "approver"),
        do(demanding, "mallory", "user", "demand", "--off", "--reason", "easier"),
        do(demanding, "mallory", "api-key", "make", "x", "--permission", "orders:read", "--as", "ada"),
    ]
    assert [each.code for each in refused] == [ExitCode.USAGE] * len(refused), [each.words for each in refused]
    approved = do(demanding, "paula", "file", "approve", file, "--as", "paula")
    assert approved.code == 0, approved.words
    assert all_files(demanding)[0]["approvals"][0]["checker"] == "user:paula"


def test_what_runs_on_a_clock_needs_the_key_folder_and_nobody_else(demanding: Stage) -> None:
    assert do(demanding, "cron", "night", "--as-of", "2026-11-17", "--dry-run").code == 0
    assert do(demanding, "cron", "inbound", "--as", "system:inbound").code == 0
    assert do(demanding, "cron", "order", "list", INGATHER_ACTOR="paula").code == 0
    assert do(demanding, "cron", "night", "--as", "paula").code == ExitCode.USAGE


def test_a_sign_in_without_a_second_factor_acts_and_does_not_approve(demanding: Stage) -> None:
    assert do(demanding, "olga", "login", "olga", stdin=TYPED).code == 0
    order = do(demanding, "olga", "order", "list", "--json").json[0]["id"]
    held = do(demanding, "olga", "order", "hold", order, "--reason", "asked")
    assert "permission" not in held.words, held.words
    file = all_files(demanding)[0]["id"]
    denied = do(demanding, "olga", "file", "approve", file)
    assert "files:approve" in denied.words
    member(demanding, "pia", Role.APPROVER, by="user:ada")
    assert do(demanding, "pia", "login", "pia", stdin=TYPED).code == 0
    proof = do(demanding, "pia", "file", "approve", file)
    assert (proof.code, "second factor" in proof.words) == (ExitCode.USAGE, True)
    enrol(demanding, "pia")
    decided = do(demanding, "pia", "file", "approve", file)
    assert "second factor" not in decided.words


def test_who_holds_the_host_helps_an_administrator_who_lost_everything(demanding: Stage) -> None:
    member(demanding, "ben", Role.ADMINISTRATOR, by="user:ada")
    there(demanding, "ben")
    asked = ("user", "reset", "ben", "--second-factor", "--reason", "phone and password are lost")
    assert do(demanding, "ben", *asked).code == ExitCode.USAGE
    token = do(demanding, "host", *asked, "--as", "system:host").out.strip()
    assert do(demanding, "ben", "user", "password", "ben", "--token", token, "--password", PASSWORD).code == 0
    assert do(demanding, "ben", "login", "ben", stdin=TYPED).code == 0


def test_every_verb_that_acts_says_what_it_needs() -> None:
    acting = list(_acting(typer.main.get_command(app), []))
    assert len(acting) > 80
    for path in acting:
        assert path[0] in _FREE or needed(path, acts=True), path


_FREE = frozenset({"init", "simulate", "demo", "login", "logout", "serve"})


def _acting(command: object, path: list[str]) -> Iterator[list[str]]:
    """Yield the verbs that take ``--as``."""
    if hasattr(command, "commands"):
        for name, each in command.commands.items():
            yield from _acting(each, [*path, name])
    elif any("--as" in each.opts for each in getattr(command, "params", [])):
        yield path
