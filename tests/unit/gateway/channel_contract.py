"""What every channel must do, whatever is behind it: subclass ``ChannelContract`` and give it a ``far_end``.

``FarEnd`` is the bank's side of the wire as a test holds it: it shows what really lies there, delivers reports, and
can be told to fail in each way a real one has been seen to fail. A fault holds for the ``with`` block.
"""

import hashlib
from contextlib import AbstractContextManager
from typing import Protocol

import pytest

from ingather.gateway.channel import (
    Channel,
    ChannelFault,
    ChannelRefused,
    ChannelUnreachable,
    Evidence,
    InboundName,
    NameTaken,
    Refusal,
)

NAME = "INGATHER.20261116.A.ach"
OTHER = "INGATHER.20261116.B.ach"
PART = NAME + ".part"
DATA = b"".join(b"%094d\n" % line for line in range(400))
DIGEST = hashlib.sha256(DATA).digest()


class FarEnd(Protocol):
    """The bank's side, and the faults it can be told to have."""

    @property
    def channel(self) -> Channel: ...

    def at_bank(self) -> dict[str, bytes]: ...
    def lay(self, name: str, data: bytes) -> None: ...
    def collect(self, name: str) -> None: ...
    def deliver(self, name: str, data: bytes) -> None: ...
    def archived(self) -> dict[str, bytes]: ...

    def denied(self) -> AbstractContextManager[None]: ...
    def full(self) -> AbstractContextManager[None]: ...
    def gone(self) -> AbstractContextManager[None]: ...
    def cut_at(self, byte: int) -> AbstractContextManager[None]: ...
    def loses_the_file(self) -> AbstractContextManager[None]: ...
    def shortens_the_file(self) -> AbstractContextManager[None]: ...
    def loses_the_reply(self) -> AbstractContextManager[None]: ...
    def refuses_to_rename(self) -> AbstractContextManager[None]: ...
    def lists_nothing_new(self) -> AbstractContextManager[None]: ...


def proven(evidence: Evidence) -> bool:
    return evidence.delivered(size=len(DATA), sha256=DIGEST)


def waiting(evidence: Evidence) -> bool:
    return evidence.waits(size=len(DATA), sha256=DIGEST)


class ChannelContract:
    """The contract; every test starts with an empty, working far end."""

    def test_a_file_goes_out_whole_and_under_one_name(self, far_end: FarEnd) -> None:
        channel = far_end.channel
        assert channel.read_back(NAME) == Evidence(final=None, temporary=None)
        channel.put_temporary(NAME, DATA)
        assert far_end.at_bank() == {PART: DATA}
        assert waiting(channel.read_back(NAME))
        assert not proven(channel.read_back(NAME))
        channel.publish(NAME)
        assert far_end.at_bank() == {NAME: DATA}
        assert proven(channel.read_back(NAME))
        assert [(seen.name, seen.size) for seen in channel.listing()] == [(NAME, len(DATA))]

    def test_each_step_said_twice_does_no_more_than_once(self, far_end: FarEnd) -> None:
        channel = far_end.channel
        for step in (channel.put_temporary, channel.put_temporary):
            step(NAME, DATA)
        channel.publish(NAME)
        channel.publish(NAME)
        channel.put_temporary(NAME, DATA)
        assert far_end.at_bank() == {NAME: DATA}

    def test_nothing_to_publish_is_refused(self, far_end: FarEnd) -> None:
        with pytest.raises(ChannelRefused) as refused:
            far_end.channel.publish(NAME)
        assert refused.value.reason is Refusal.MISSING
        assert not refused.value.transient

    def test_denied_is_refused_and_leaves_nothing(self, far_end: FarEnd) -> None:
        with far_end.denied(), pytest.raises(ChannelRefused) as refused:
            far_end.channel.put_temporary(NAME, DATA)
        assert refused.value.reason is Refusal.DENIED
        assert not refused.value.transient
        assert far_end.at_bank() == {}

    def test_a_full_far_end_is_refused_and_completed_when_there_is_room(self, far_end: FarEnd) -> None:
        with far_end.full(), pytest.raises(ChannelRefused) as refused:
            far_end.channel.put_temporary(NAME, DATA)
        assert refused.value.reason is Refusal.FULL
        assert refused.value.transient
        assert NAME not in far_end.at_bank()
        assert not waiting(far_end.channel.read_back(NAME))
        far_end.channel.put_temporary(NAME, DATA)
        assert far_end.at_bank() == {PART: DATA}

    def test_a_far_end_that_is_gone_is_never_taken_for_an_absent_file(self, far_end: FarEnd) -> None:
        far_end.channel.put_temporary(NAME, DATA)
        far_end.channel.publish(NAME)
        with far_end.gone():
            for ask in (far_end.channel.read_back, far_end.channel.publish, far_end.channel.withdraw_temporary):
                with pytest.raises(ChannelUnreachable) as unreachable:
                    ask(NAME)
                assert unreachable.value.transient
            with pytest.raises(ChannelUnreachable):
                far_end.channel.listing()
        assert proven(far_end.channel.read_back(NAME))

    @pytest.mark.parametrize("byte", [0, 1, 94, 95, len(DATA) // 2, len(DATA) - 1])
    def test_a_connection_cut_at_any_byte_is_resumed_under_the_same_name(self, far_end: FarEnd, byte: int) -> None:
        with far_end.cut_at(byte), pytest.raises(ChannelUnreachable):
            far_end.channel.put_temporary(NAME, DATA)
        assert NAME not in far_end.at_bank()
        evidence = far_end.channel.read_back(NAME)
        assert evidence.final is None
        assert not waiting(evidence)
        far_end.channel.put_temporary(NAME, DATA)
        assert waiting(far_end.channel.read_back(NAME))
        far_end.channel.publish(NAME)
        assert far_end.at_bank() == {NAME: DATA}

    def test_success_reported_without_a_file_is_no_delivery(self, far_end: FarEnd) -> None:
        far_end.channel.put_temporary(NAME, DATA)
        with far_end.loses_the_file():
            far_end.channel.publish(NAME)
        assert far_end.channel.read_back(NAME) == Evidence(final=None, temporary=None)

    def test_a_file_of_another_size_is_no_delivery(self, far_end: FarEnd) -> None:
        far_end.channel.put_temporary(NAME, DATA)
        with far_end.shortens_the_file():
            far_end.channel.publish(NAME)
        evidence = far_end.channel.read_back(NAME)
        assert evidence.final is not None
        assert evidence.final.size != len(DATA)
        assert not proven(evidence)

    def test_a_file_of_the_same_size_and_other_bytes_is_no_delivery(self, far_end: FarEnd) -> None:
        far_end.lay(NAME, DATA[:-2] + b"x\n")
        evidence = far_end.channel.read_back(NAME)
        assert evidence.final is not None
        assert evidence.final.size == len(DATA)
        assert not proven(evidence)

    def test_a_reply_lost_after_the_effect_is_settled_by_reading_back(self, far_end: FarEnd) -> None:
        far_end.channel.put_temporary(NAME, DATA)
        with far_end.loses_the_reply(), pytest.raises(ChannelUnreachable):
            far_end.channel.publish(NAME)
        assert proven(far_end.channel.read_back(NAME))
        far_end.channel.publish(NAME)
        assert far_end.at_bank() == {NAME: DATA}

    def test_a_refused_rename_leaves_the_temporary_file_to_resume_from(self, far_end: FarEnd) -> None:
        far_end.channel.put_temporary(NAME, DATA)
        with far_end.refuses_to_rename(), pytest.raises(ChannelFault):
            far_end.channel.publish(NAME)
        assert waiting(far_end.channel.read_back(NAME))
        far_end.channel.publish(NAME)
        assert far_end.at_bank() == {NAME: DATA}

    def test_a_name_that_exists_is_never_written_over(self, far_end: FarEnd) -> None:
        far_end.lay(NAME, b"another night's bytes\n")
        with pytest.raises(NameTaken):
            far_end.channel.put_temporary(NAME, DATA)
        assert far_end.at_bank() == {NAME: b"another night's bytes\n"}

    def test_a_name_that_appears_before_the_rename_is_never_replaced(self, far_end: FarEnd) -> None:
        far_end.channel.put_temporary(NAME, DATA)
        far_end.lay(NAME, b"another night's bytes\n")
        with pytest.raises(NameTaken):
            far_end.channel.publish(NAME)
        assert far_end.at_bank() == {NAME: b"another night's bytes\n", PART: DATA}

    def test_a_foreign_temporary_file_is_left_alone(self, far_end: FarEnd) -> None:
        far_end.lay(PART, b"another writer's bytes\n")
        with pytest.raises(NameTaken):
            far_end.channel.put_temporary(NAME, DATA)
        assert far_end.at_bank() == {PART: b"another writer's bytes\n"}

    def test_a_stale_listing_does_not_change_what_reading_back_shows(self, far_end: FarEnd) -> None:
        with far_end.lists_nothing_new():
            far_end.channel.put_temporary(NAME, DATA)
            far_end.channel.publish(NAME)
            assert far_end.channel.listing() == []
            assert proven(far_end.channel.read_back(NAME))
            far_end.channel.put_temporary(NAME, DATA)
        assert far_end.at_bank() == {NAME: DATA}

    def test_a_collected_file_is_seen_under_neither_name(self, far_end: FarEnd) -> None:
        far_end.channel.put_temporary(NAME, DATA)
        far_end.channel.publish(NAME)
        far_end.collect(NAME)
        assert far_end.channel.read_back(NAME) == Evidence(final=None, temporary=None)

    def test_withdrawing_takes_the_temporary_file_and_never_the_final_one(self, far_end: FarEnd) -> None:
        channel = far_end.channel
        channel.withdraw_temporary(NAME)
        channel.put_temporary(NAME, DATA)
        channel.withdraw_temporary(NAME)
        assert far_end.at_bank() == {}
        channel.put_temporary(NAME, DATA)
        channel.publish(NAME)
        channel.withdraw_temporary(NAME)
        assert far_end.at_bank() == {NAME: DATA}

    @pytest.mark.parametrize(
        "name", ["", ".", "..", "../up", "a/b", "a\\b", ".hidden", "é.ach", "a b", PART, "x" * 121]
    )
    def test_a_name_that_is_not_one_plain_name_is_refused(self, far_end: FarEnd, name: str) -> None:
        for ask in (far_end.channel.publish, far_end.channel.read_back, far_end.channel.withdraw_temporary):
            with pytest.raises(ChannelRefused) as refused:
                ask(name)
            assert refused.value.reason is Refusal.BAD_NAME
        with pytest.raises(ChannelRefused):
            far_end.channel.put_temporary(name, DATA)
        assert far_end.at_bank() == {}

    def test_reports_come_in_and_are_set_aside_once_taken(self, far_end: FarEnd) -> None:
        channel = far_end.channel
        far_end.deliver("returns 16.txt", b"first")
        far_end.deliver("ack.txt", b"second")
        far_end.deliver("half.txt.part", b"unfinished")
        far_end.deliver(".hidden", b"not for us")
        assert channel.inbound() == [InboundName(name="ack.txt", size=6), InboundName(name="returns 16.txt", size=5)]
        assert channel.fetch("returns 16.txt") == b"first"
        channel.set_aside("returns 16.txt")
        assert channel.inbound() == [InboundName(name="ack.txt", size=6)]
        assert far_end.archived() == {"returns 16.txt": b"first"}

    def test_the_same_name_delivered_again_is_kept_beside_the_first(self, far_end: FarEnd) -> None:
        for content in (b"first", b"second", b"third"):
            far_end.deliver("ack.txt", content)
            far_end.channel.set_aside("ack.txt")
        assert far_end.archived() == {"ack.txt": b"first", "ack.txt.1": b"second", "ack.txt.2": b"third"}

    def test_a_report_that_is_not_there_is_refused(self, far_end: FarEnd) -> None:
        for ask in (far_end.channel.fetch, far_end.channel.set_aside):
            with pytest.raises(ChannelRefused) as refused:
                ask("ack.txt")
            assert refused.value.reason is Refusal.MISSING
            with pytest.raises(ChannelRefused) as bad:
                ask("../ack.txt")
            assert bad.value.reason is Refusal.BAD_NAME

    def test_inbound_of_a_far_end_that_is_gone_is_never_an_empty_list(self, far_end: FarEnd) -> None:
        far_end.deliver("ack.txt", b"content")
        with far_end.gone():
            with pytest.raises(ChannelUnreachable):
                far_end.channel.inbound()
            with pytest.raises(ChannelUnreachable):
                far_end.channel.fetch("ack.txt")
        assert far_end.channel.fetch("ack.txt") == b"content"

    def test_a_fault_says_what_was_asked_and_never_what_the_file_holds(self, far_end: FarEnd) -> None:
        far_end.lay(NAME, b"another night's bytes\n")
        with pytest.raises(NameTaken) as taken:
            far_end.channel.put_temporary(NAME, DATA)
        with far_end.denied(), pytest.raises(ChannelRefused) as refused:
            far_end.channel.put_temporary(OTHER, DATA)
        assert NAME in str(taken.value)
        assert OTHER in str(refused.value)
        assert "0000" not in f"{taken.value!r}{refused.value!r}"
