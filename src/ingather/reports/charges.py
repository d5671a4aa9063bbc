"""What the bank charges, from the postings of a carrier that tells of charges by postings alone."""

from ingather.reports.code_map import CodeMap
from ingather.reports.item_rows import Rows
from ingather.reports.items import Adjustments, PostingEvent, Postings

RETURN_FEE = "RETURN_FEE"
ANALYSIS = "ANALYSIS"

_OF_RETURNS = "RETURN"


def charge_kind(codes: CodeMap, code_type: str, code: str, text: str) -> str:
    """Return what kind of charge a posting is: one for a return where its code's label or its text says so."""
    labels = (rule.label for rule in codes.rules_of(code_type, code)[:1])
    return RETURN_FEE if any(_OF_RETURNS in words.upper() for words in (text, *labels)) else ANALYSIS


def charges_of(postings: Postings, codes: CodeMap) -> Adjustments:
    """Return the fees among some postings; what is provisional is charged when it is final."""
    if PostingEvent.FEE not in postings.event:
        return Adjustments.empty()
    rows = Rows(Adjustments)
    for place, event in enumerate(postings.event):
        if event == PostingEvent.FEE and not postings.provisional[place]:
            kind = charge_kind(codes, postings.code_type[place], postings.code[place], postings.text[place])
            rows.add(
                line=postings.line[place],
                kind=kind,
                amount_minor=postings.amount_minor[place],
                bank_ref=postings.bank_ref[place],
                related_ref=postings.customer_ref[place],
                text=postings.text[place],
            )
    return rows.items()
