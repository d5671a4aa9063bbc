"""How somebody acts in a simulated world: one verb of the desk, by a named person, refused or done, and told."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from ingather.actions.context import Context
from ingather.domain.refusals import Refusal
from ingather.jobs.rehearsal.stage import Stage

ANA, BEN, CARL = "ana", "ben", "carl"
_DOUBLE_CLICKS = 0.05
_Chosen = TypeVar("_Chosen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """The hands of one kind of people: the stage, where they tell what they did, and their own generator."""

    stage: Stage
    tell: Callable[[str], None]
    counted: Counter[str]
    draw: Random

    def act(self, who: str, verb: str, about: str, deed: Callable[..., object], /, *given: Any, **named: Any) -> bool:  # noqa: ANN401 -- the verb's own arguments
        """Do something in one action and return whether it was done; now and then the button is pressed twice.

        A refusal of the business is an answer; anything else that is raised is a fault and goes on.
        """
        done = self._once(who, verb, about, lambda ctx: deed(ctx, *given, **named))
        if self.draw.random() < _DOUBLE_CLICKS:
            self._once(who, f"{verb} (again)", about, lambda ctx: deed(ctx, *given, **named))
        return done

    def _once(self, who: str, verb: str, about: str, deed: Callable[[Context], object]) -> bool:
        try:
            with self.stage.desk.as_actor(who).action() as ctx:
                deed(ctx)
        except Refusal as no:
            self.tell(f"{who}: {verb} {about}: refused, {no.fact}")
            self.counted[f"{verb}: refused"] += 1
            return False
        self.tell(f"{who}: {verb} {about}")
        self.counted[verb] += 1
        return True

    def happens(self, share: float) -> bool:
        """Return whether something with this share comes true."""
        return self.draw.random() < share

    def one_of(self, choices: Sequence[_Chosen]) -> _Chosen | None:
        """Return one of some things, None of no things."""
        return self.draw.choice(choices) if choices else None
