"""Operators: they approve files or forget to, and ask the bank about files in doubt."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from ingather.actions.files.approval import approve_file, refuse_file, void_file
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.files import FileState
from ingather.domain.refusals import Refusal
from ingather.jobs.rehearsal.people.acting import ANA, BEN, Acting
from ingather.jobs.transmit import resolve
from ingather.store.tables import File

_FORGETS, _REFUSES, _ASKS = 0.12, 0.05, 0.85


@dataclass(frozen=True, slots=True)
class Operators:
    """Who approves what the night has sealed."""

    acting: Acting

    def approve(self, waiting: Sequence[str]) -> int:
        """Approve or refuse the files that wait for a person, unless they are forgotten; returns how many to send."""
        approved = 0
        for name in waiting:
            file_id = parse_public_id(Prefix.FILE, name)
            if self.acting.happens(_FORGETS):
                self.acting.tell(f"{BEN}: forgets {name}")
            elif self.acting.happens(_REFUSES):
                self.acting.act(BEN, "refuse file", name, refuse_file, file_id, reason="looks wrong")
                self.acting.act(ANA, "void", name, void_file, file_id, reason="was refused")
            else:
                approved += self.acting.act(BEN, "approve", name, approve_file, file_id)
        return approved

    def resolve_doubts(self) -> None:
        """Ask the bank what became of files in doubt, and record its word by two persons."""
        with self.acting.stage.desk.view() as ctx:
            doubtful = ctx.session.execute(
                select(File.id, File.name).where(File.state == FileState.IN_DOUBT).order_by(File.id)
            ).all()
        for file_id, name in doubtful:
            if not self.acting.happens(_ASKS):
                continue
            delivered = self.acting.stage.lies_at_bank(name)
            word = "delivered" if delivered else "not delivered"
            about = public_id(Prefix.FILE, file_id)
            desk = self.acting.stage.desk.as_actor(ANA)
            try:
                resolve(desk, file_id, delivered=delivered, second=BEN, word=f"phone: {word}")
            except Refusal as no:
                self.acting.tell(f"{ANA}: resolve {about}: refused, {no.fact}")
                continue
            self.acting.tell(f"{ANA}, {BEN}: {about} was {word}")
            self.acting.counted[f"doubts: {word}"] += 1
