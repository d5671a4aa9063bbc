"""``ingather db reconcile|release``: what was sent without a restored book, and letting it seal again."""

from pathlib import Path
from typing import Annotated

import typer

from ingather.cli.options import As, AsJson, Reason, console, desk_of, end, print_json
from ingather.cli.signing import second_person
from ingather.domain.refusals import ExitCode, WrongState
from ingather.domain.restored import BLOCKING, FindingKind
from ingather.jobs.recovery.comparing import Compared, reconcile_restored
from ingather.jobs.recovery.releasing import release_restored

_WORDS = {
    FindingKind.ADOPTED: "taken in",
    FindingKind.PROVEN: "was sent",
    FindingKind.VOIDED: "never left",
    FindingKind.IN_DOUBT: "in doubt",
    FindingKind.BYTES_MISSING: "bytes missing",
    FindingKind.OTHER_BYTES: "other bytes",
    FindingKind.NOT_TAKEN: "not in the book",
    FindingKind.FOREIGN: "not ours",
    FindingKind.HOST_MEMORY: "no memory",
}


def reconcile(
    ctx: typer.Context,
    *,
    evidence: Annotated[
        list[Path] | None, typer.Option("--evidence", help="A file that was sent, as the bank has it; may be repeated.")
    ] = None,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Compare a restored book with the host's register, the bank's folder and its reports, and take in what was sent.

    Exit 30 while anything is open. It may be repeated with more evidence.
    """
    desk = desk_of(ctx, actor=actor)
    given = {path.name: path.read_bytes() for path in evidence or ()}
    compared = reconcile_restored(desk, evidence=given)
    if as_json:
        print_json(_as_dict(compared))
    else:
        _show(compared)
    end(ExitCode.IN_DOUBT if compared.open else ExitCode.DONE)


def _as_dict(compared: Compared) -> dict[str, object]:
    return {
        "did": "something",
        "known": compared.known,
        "reports": compared.reports,
        "held": compared.held,
        "found": [
            {"kind": str(kind), "subject": subject, "sentence": sentence, "blocks": kind in BLOCKING}
            for kind, subject, sentence in compared.found
        ],
        "open": compared.open,
    }


def _show(compared: Compared) -> None:
    console.print(f"{compared.known} files are as the book has them; {compared.reports} reports were taken anew.")
    for kind, subject, sentence in compared.found:
        console.print(f"{_WORDS[kind]:<16}{subject}: {sentence}.", soft_wrap=True, markup=False)
    if compared.open:
        console.print(
            f"{len(compared.open)} findings are open and {compared.held} orders held. Give evidence and compare again, "
            "or answer for each by its name: ingather db release --wave NAME",
            soft_wrap=True, markup=False,
        )  # fmt: skip
    else:
        console.print("Nothing is open. Two persons release it: ingather db release --as ONE --second ANOTHER")


def release(
    ctx: typer.Context,
    *,
    second: Annotated[str, typer.Option(help="The second person, who looked at the findings too.")],
    reason: Reason,
    wave: Annotated[
        list[str] | None,
        typer.Option("--wave", help="An open finding that both answer for, by its name; may be repeated."),
    ] = None,
    let_held_go: Annotated[
        bool,
        typer.Option("--let-held-go", help="Both say that every file the bank has was compared: held orders go on."),
    ] = False,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Let a reconciled book seal and send again, by two persons; its host remembers it from then on."""
    desk = desk_of(ctx, actor=actor)
    if not reason.strip():
        fact = "--reason is empty"
        raise WrongState(fact, "Say why the book may seal again; it is kept")
    other = second_person(desk, second)
    release_restored(desk, second=other, reason=reason, waved=wave or [], let_held_go=let_held_go)
    if as_json:
        print_json({"did": "something", "state": "ready", "waved": wave or []})
    else:
        console.print("The book is released: it seals and sends again, and the host remembers it.")
