"""What is given and shown about authorizations.

Written from the document of the API, never by hand.
"""

from datetime import date

from ingather.client.shape import Answered, Part


class Given(Part):
    """How an authorization was given; which of these it needs depends on its channel and who holds the
    account.
    """

    ip: str | None = None
    user_agent: str | None = None
    signature: str | None = None
    authentication: str | None = None
    recording: str | None = None
    notice: str | None = None
    copy_sent: str | None = None


class Proof(Answered):
    """The file for the bank: one page of HTML, with every account number masked."""

    sha256: str
    media_type: str | None = None
    content: str


class ProofAsked(Answered):
    """By when the bank has the proof; a case stands open until then."""

    authorization_id: str
    order_id: str
    due_on: date
