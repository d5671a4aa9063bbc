"""The wire's own faults: lost replies, cut connections, stale listings, hours without an answer, drawn from a seed.

Every call goes to a real channel; a fault only changes how much of it happens and what is heard of it. Which calls are
struck depends on the draw alone, so the same seed has the same weather.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from ingather.gateway.channel import Channel, ChannelUnreachable, Evidence, InboundName, Seen

_TEN_THOUSAND = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How many of ten thousand calls are struck, and how.

    ``reply_lost``: a file gets its final name, or a report is set aside, and no answer comes. ``request_lost``: nothing
    happens, and no answer comes. ``cut``: the connection breaks while a file is written. ``stale``: a listing is
    that of the last look. ``silence``: nothing answers for ``silent_for``; a lost reply begins one half of the time.
    """

    reply_lost: int = 0
    request_lost: int = 0
    cut: int = 0
    stale: int = 0
    silence: int = 0
    silent_for: timedelta = timedelta(hours=4)


CALM = Weather()
FAIR = Weather(reply_lost=250, request_lost=150, cut=300, stale=400, silence=60)
STORM = Weather(reply_lost=1_000, request_lost=700, cut=1_200, stale=1_500, silence=300)


@dataclass(slots=True, kw_only=True)  # mutable -- the weather moves on
class Wire:
    """The wire to one bank: ``open_channel`` makes the channel that really works, ``tell`` hears of each fault."""

    weather: Weather
    draw: Random
    clock: Callable[[], datetime]
    tell: Callable[[str], None]
    silent_until: datetime | None = None
    last_listing: list[InboundName] = field(default_factory=list)

    def over(self, channel: Channel) -> "WeatheredChannel":
        """Return a channel whose calls go over this wire."""
        return WeatheredChannel(channel, self)

    def strikes(self, per_10_000: int) -> bool:
        """Return whether a fault of this share strikes now."""
        return self.draw.randrange(_TEN_THOUSAND) < per_10_000

    def ask(self, name: str, doing: str) -> None:
        """Raise ``ChannelUnreachable`` while nothing answers, which may begin now."""
        now = self.clock()
        if self.silent_until is None and self.strikes(self.weather.silence):
            self.fall_silent()
        if self.silent_until is not None:
            if now < self.silent_until:
                raise ChannelUnreachable(name=name, doing=doing, why="the wire is silent")
            self.silent_until = None

    def fall_silent(self) -> None:
        """Let nothing answer for a while."""
        self.silent_until = self.clock() + self.weather.silent_for
        self.tell("the wire falls silent")

    def lose(self, name: str, doing: str) -> ChannelUnreachable:
        """Return the fault of an answer that does not come; half of the time nothing else answers afterwards."""
        self.tell(f"no answer while it should {doing} {name}")
        if self.draw.random() < 0.5:  # noqa: PLR2004 -- a coin
            self.fall_silent()
        return ChannelUnreachable(name=name, doing=doing, why="the connection broke")


class WeatheredChannel:
    """A channel over a wire with weather; whatever it does or leaves undone, the real channel beneath did or did not.

    Raises what the channel beneath raises, and ``ChannelUnreachable`` for the wire's own faults.
    """

    def __init__(self, channel: Channel, wire: Wire) -> None:
        self._channel = channel
        self._wire = wire

    def put_temporary(self, name: str, data: bytes) -> None:
        """Lay a file, or only its first bytes."""
        doing, wire = "write", self._wire
        wire.ask(name, doing)
        if wire.strikes(wire.weather.cut):
            kept = wire.draw.randrange(len(data))
            self._channel.put_temporary(name, data[:kept])
            raise wire.lose(name, doing)
        self._channel.put_temporary(name, data)

    def publish(self, name: str) -> None:
        """Give a file its final name, and tell of it or not; or do nothing and tell nothing."""
        doing, wire = "publish", self._wire
        wire.ask(name, doing)
        if wire.strikes(wire.weather.request_lost):
            raise wire.lose(name, doing)
        self._channel.publish(name)
        if wire.strikes(wire.weather.reply_lost):
            raise wire.lose(name, doing)

    def read_back(self, name: str) -> Evidence:
        """Return what lies under both names."""
        self._wire.ask(name, "read back")
        return self._channel.read_back(name)

    def withdraw_temporary(self, name: str) -> bool:
        """Remove a temporary file."""
        self._wire.ask(name, "withdraw")
        return self._channel.withdraw_temporary(name)

    def listing(self) -> list[Seen]:
        """Return what the outbound folder lists."""
        self._wire.ask("the outbound folder", "list")
        return self._channel.listing()

    def inbound(self) -> list[InboundName]:
        """Return what the bank has delivered, or what it had delivered at the last look."""
        wire = self._wire
        wire.ask("the inbound folder", "list")
        found = self._channel.inbound()
        if wire.strikes(wire.weather.stale):
            wire.tell("a stale listing")
            return list(wire.last_listing)
        wire.last_listing = found
        return found

    def fetch(self, name: str) -> bytes:
        """Return a report's content."""
        self._wire.ask(name, "fetch")
        return self._channel.fetch(name)

    def set_aside(self, name: str) -> None:
        """Move a report into the archive, and tell of it or not."""
        doing, wire = "set aside", self._wire
        wire.ask(name, doing)
        self._channel.set_aside(name)
        if wire.strikes(wire.weather.reply_lost):
            raise wire.lose(name, doing)
