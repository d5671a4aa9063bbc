"""The page about report profiles: its example can be used as it stands, and it names every key there is."""

import re
from datetime import date
from pathlib import Path

from ingather.reports.fields import TRANSFORMS, TYPES
from ingather.reports.profile_language import read_profile
from ingather.reports.profile_schema import DeliveryTerms, FieldTerms, ProfileTerms, RecordTerms, SelectorTerms
from ingather.reports.profile_tolerances import TOLERANCES
from ingather.reports.recognise import read_reports

PAGE = (Path(__file__).parents[3] / "docs" / "report-profiles.md").read_text(encoding="utf-8")
ROWS = (
    "Return Code,Amount,Original Trace,Settled,Company ID,Individual ID,Account\n"
    'R01,"1,330.50",121042880000002,11/20/2026,1234567890,ORD1002,XXXXX7310\n'
)


def test_the_example_reads_such_a_file() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (report,) = read_reports(ROWS.encode(), near=date(2026, 11, 20), profiles=[read_profile(example)])
    assert (report.profile, report.complete) == ("example-returns/1", True)
    assert (report.returns.amount_cents, report.returns.account_last4) == ([133_050], ["7310"])


def test_every_key_type_and_word_is_named() -> None:
    tables = (ProfileTerms, DeliveryTerms, SelectorTerms, RecordTerms, FieldTerms)
    words = {key for table in tables for key in table.model_fields} | set(TYPES) | set(TRANSFORMS) | set(TOLERANCES)
    missing = {word for word in words if not re.search(rf"`(\[+)?{re.escape(word)}(\]+)?`", PAGE)}
    assert missing == set()
