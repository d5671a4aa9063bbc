"""Write the broken samples: each has one defect, and its ``.json`` names the checks that must say so.

Run it at the project's root as ``python -m nacha_samples.generate``. What is expected is stated by hand, never read
back.
"""

from nacha_samples.broken import answers, forward
from nacha_samples.broken.edits import EDITS, GOOD
from nacha_samples.broken.forward import broken
from nacha_samples.expecting import Sample


def samples() -> list[Sample]:
    """Return every broken sample."""
    good = GOOD.read_text("ascii").splitlines()
    edited = [
        broken(name, "\n".join(edit(list(good))) + "\n", tuple(errors), tuple(warnings))
        for name, (edit, errors, warnings) in EDITS.items()
    ]
    others = [
        broken("json", '{"file": {"entries": []}}\n', errors=("not-nacha",)),
        broken("empty", "", errors=("not-nacha",)),
    ]
    return [*edited, *forward.samples(), *answers.samples(), *others]
