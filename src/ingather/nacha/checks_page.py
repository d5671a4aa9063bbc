"""The table of checks as a page of documentation; ``CHECKS.md`` beside this file is what it makes."""

from ingather.nacha.checks import CHECKS, Rejecter

REJECTERS: dict[Rejecter, str] = {
    Rejecter.OPERATOR_FILE: "the operator, the whole file",
    Rejecter.OPERATOR_BATCH: "the operator, the batch",
    Rejecter.OPERATOR_ENTRY: "the operator, the entry",
    Rejecter.RDFI: "the receiving bank",
    Rejecter.US: "nobody but us",
}
_INTRODUCTION = """\
# What is checked

Every id is stable: scripts, bank profiles and acknowledgements may rely on it. An *error* makes `ingather nacha check`
end with 1 and stops what is written; a *warning* is only told. A bank profile, or `--lenient`, turns errors into
warnings by their ids. Sources: RB13 is the Nacha Operating Rules of 2013 (App. 2 operator edits, 3 record formats,
4 returns, 5 changes), Nacha and Fed are later notices, MOOV is the open-source peer where the Rules could not be had,
R19 and the like are the return reasons with which an operator or bank answers, *house* is this project's own.

This page is made by `ingather nacha checks --markdown`.

| check | weight | who rejects | what is right | source |
|---|---|---|---|---|
"""


def checks_markdown() -> str:
    """Return all checks in the order of their table as one Markdown page."""
    rows = (
        f"| `{check.id}` | {check.severity} | {REJECTERS[check.rejects]} | {_cell(check.meaning)} "
        f"| {_cell(check.source.replace(',', ', '))} |\n"
        for check in CHECKS.values()
    )
    return _INTRODUCTION + "".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
