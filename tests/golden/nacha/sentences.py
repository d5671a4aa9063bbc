"""Every sentence that reading the samples gives, one a line: what people are told, to be read as they read it.

``python -m tests.golden.nacha.sentences`` writes ``sentences.txt`` anew; look at the difference before keeping it.
"""

from pathlib import Path

from ingather.nacha.reader import read

SAMPLES = Path(__file__).parents[3] / "nacha_samples"
KEPT = Path(__file__).with_suffix(".txt")


def sentences() -> list[str]:
    """Return for each problem of each sample its file, severity, line, columns, field, check and sentence."""
    told: list[str] = []
    for path in sorted(SAMPLES.rglob("*.ach")):
        for problem in read(path.read_bytes()).problems:
            place = f"{path.relative_to(SAMPLES).as_posix()}:{problem.line}:{problem.start}-{problem.end}"
            told.append(f"{place} {problem.severity} {problem.check} {problem.field or '-'}: {problem.message}")
    return told


def main() -> None:
    """Write the sentences to their file."""
    KEPT.write_text("".join(f"{line}\n" for line in sentences()), "utf-8")


if __name__ == "__main__":
    main()
