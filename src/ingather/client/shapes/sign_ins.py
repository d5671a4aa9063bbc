"""What is given and shown about sign ins.

Written from the document of the API, never by hand.
"""

from ingather.client.shape import Answered


class SignInBegun(Answered):
    """A sign-in under way."""

    url: str
    state: str
    sign_in: str
