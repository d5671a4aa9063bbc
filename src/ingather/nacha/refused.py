"""What the writer says instead of writing: every reason at once, as problems."""

from collections.abc import Iterable

from ingather.base.problems import Problem


class FormatRefused(Exception):  # noqa: N818 -- named for the business fact, not for its being an error
    """The bytes were not written, because they would not say what the plan says; ``problems`` holds why."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        first = self.problems[0].message if self.problems else "nothing to write"
        others = len(self.problems) - 1
        super().__init__(f"The file was not written: {first}" + (f" ({others} more.)" if others > 0 else ""))
