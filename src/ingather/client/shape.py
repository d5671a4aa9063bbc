"""What every shape shares: answers let unknown fields be and keep them, what is given says no to mistyped names."""

from pydantic import BaseModel, ConfigDict, PrivateAttr


class Answered(BaseModel):
    """Something the server has shown. Fields and words may be added at any time: unknown ones are kept as they come."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)

    _etag: str | None = PrivateAttr(default=None)
    _request_id: str = PrivateAttr(default="")
    _replayed: bool = PrivateAttr(default=False)

    @property
    def etag(self) -> str | None:
        """The version that was shown, to be sent as ``if_match``; None where it has none."""
        return self._etag

    @property
    def request_id(self) -> str:
        """The id under which the server's log has the call."""
        return self._request_id

    @property
    def replayed(self) -> bool:
        """Whether the server gave the answer of an earlier call with the same key."""
        return self._replayed

    def told_by(self, *, etag: str | None, request_id: str, replayed: bool) -> None:
        """Keep what the headers of the answer said."""
        self._etag, self._request_id, self._replayed = etag, request_id, replayed


class Part(BaseModel):
    """A part of what is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
