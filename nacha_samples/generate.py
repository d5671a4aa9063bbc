"""Write every sample that this project makes: ``python -m nacha_samples.generate [FOLDER]``, beside itself by default.

The same input gives the same bytes. What is expected is said by the generators, never read back from a reader.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from nacha_samples.broken import generate as broken
from nacha_samples.corrections import generate as corrections
from nacha_samples.deviations import generate as deviations
from nacha_samples.expecting import Sample
from nacha_samples.forward import generate as forward
from nacha_samples.returns import generate as returns

HERE = Path(__file__).parent
FOLDERS: dict[str, Callable[[], list[Sample]]] = {
    "forward": forward.samples,
    "returns": returns.samples,
    "corrections": corrections.samples,
    "deviations": deviations.samples,
    "broken": broken.samples,
}


def write(root: Path = HERE) -> list[Path]:
    """Write every sample into its folder under ``root``, and return where the files are."""
    paths: list[Path] = []
    for name, samples in FOLDERS.items():
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        for each in samples():
            paths += each.write(folder)
    return paths


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
