"""What comes between a file and its publishing: a far end that refuses the name, a person who voids it meanwhile."""

import errno
from pathlib import Path

from ingather.actions.files.approval import approve_file, void_file
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.refusals import ExitCode
from ingather.gateway.folder import FolderChannel
from ingather.jobs.transmit import send_files
from tests.journey.stage import MONDAY, Sale, at_the_bank, changed_terms, night, staged, states


class NoPublishing(FolderChannel):
    """A far end that lets files be written and not be renamed."""

    def _rename(self, folder: int, temporary: str, name: str) -> None:
        raise PermissionError(errno.EACCES, "denied", f"{folder}: {temporary} to {name}")


def test_a_file_that_the_bank_does_not_let_be_published_is_told(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    far_end = NoPublishing(outbound=stage.outbound, inbound=stage.inbound, mark="test")
    object.__setattr__(stage.desk, "open_channel", lambda *_: far_end)
    report = night(stage, MONDAY)
    assert (report.exit_code, len(report.waiting), report.sent) == (ExitCode.REFUSED_BY_BANK, 1, [])
    assert states(stage) == {"b000": "sealed"}


def test_a_file_that_is_voided_while_it_is_laid_is_not_published(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200)], profile=changed_terms(auto_approve_under_cents=0))
    (name,) = night(stage, MONDAY).needs_approval
    file_id = parse_public_id(Prefix.FILE, name)
    with stage.desk.as_actor("user:maria").action() as ctx:
        approve_file(ctx, file_id)

    def void(step: str, **_: object) -> None:
        if step == "laid":
            with stage.desk.as_actor("user:maria").action() as ctx:
                void_file(ctx, file_id, reason="it is wrong")

    object.__setattr__(stage.desk, "tell", void)
    assert send_files(stage.desk).sent == []
    assert at_the_bank(stage) == {}
    assert set(states(stage).values()) == {"open"}


def test_where_the_bank_takes_temporary_names_too_the_intent_is_recorded_before_a_byte_is_laid(tmp_path: Path) -> None:
    order: list[str] = []
    for only_final, folder in ((True, tmp_path / "final"), (False, tmp_path / "any")):
        stage = staged(folder, [Sale()], profile=changed_terms(collects_only_final_names=only_final))
        told: list[str] = []
        object.__setattr__(stage.desk, "tell", lambda step, told=told, **_: told.append(step))
        assert len(night(stage, MONDAY).sent) == 1
        order += [step for step in told if step in {"laid", "intent"}]
    assert order == ["laid", "intent", "intent", "laid"]
