"""The table of checks: what each id means, how much it weighs, who rejects for it, and where the rule stands.

Sources: RB13 = Nacha Operating Rules 2013, Corporate Edition (Appendix Two: operator edits, Three: record formats,
Four: returns); R19 and so on are the return reasons an operator or bank answers with; "house" = this project's own.
"""

from dataclasses import dataclass

from ingather.base.problems import Severity


@dataclass(frozen=True, slots=True)
class Check:
    """One check: ``id`` is stable, ``rejects`` names what the fault costs (file, batch, entry or nothing)."""

    id: str
    severity: Severity
    rejects: str
    source: str
    meaning: str


_ROWS = """
not-nacha                  error   file  house           | The bytes are not a NACHA file.
too-large                  error   file  house           | More bytes, lines or characters in a line than are read.
record-type                error   file  RB13-App.3      | A record starts with 1, 5, 6, 7, 8 or 9.
record-size                error   file  RB13-App.3      | A record has 94 characters.
blank-line                 warning none  house           | There are no empty lines between records.
characters                 error   file  RB13-App.3      | Characters are printable ones, one byte each.
characters-high            warning none  RB13-App.3      | Characters over 0x7E pass the rule, and break many readers.
order-of-records           error   file  RB13-App.2      | The order is 1, then 5 6 7 8 per batch, then 9, then fill.
several-files              warning none  house           | The bytes hold one file.
file-header-missing        error   file  RB13-App.2      | A file starts with a record 1.
file-control-missing       error   file  RB13-App.2      | A file ends with a record 9.
batch-control-missing      error   file  RB13-App.2      | A batch ends with a record 8.
batch-empty                error   batch RB13-App.2      | A batch has at least one entry.
file-empty                 warning none  house           | A file has at least one batch.
blocking                   error   file  RB13-App.3      | The number of records is a multiple of ten.
fill                       error   file  RB13-App.3      | After record 9 there are only records of nines.
header-constant            error   file  RB13-App.2      | Record size 094, blocking factor 10 and format code 1.
priority-code              warning none  RB13-App.3      | The priority code is 01.
id-modifier                error   file  RB13-App.2      | The file id modifier is a capital letter or a digit.
party                      error   file  RB13-App.2      | Destination and origin are filled.
date-real                  error   file  RB13-App.2      | A date is six digits that name a day.
time-real                  warning none  RB13-App.3      | The creation time is four digits that name a minute.
effective-date-blank       warning none  RB13-App.2      | Without an effective date the entries settle the same day.
service-class              error   batch RB13-App.2      | Service class 200, 220 or 225 fits the batch's entries.
company-name-blank         error   batch RB13-App.2      | The company name is neither blank nor zeros.
company-id-blank           error   batch RB13-App.2      | The company identification is filled.
description-blank          error   batch RB13-App.2      | The company entry description is filled.
sec-code                   error   batch RB13-App.2      | The SEC code is one the Rules know.
originator-status          warning none  RB13-App.3      | The originator status code is 0, 1 or 2.
originating-dfi            error   batch RB13-App.2      | The ODFI's identification is eight digits.
batch-number               error   batch RB13-App.2      | Batch numbers are digits and ascend in a file.
batch-limit                error   file  RB13-App.3      | Counts and totals fit their columns.
batch-control-match        error   batch RB13-App.2      | Service class, ODFI and number in 8 equal those in 5.
batch-control-company      warning none  RB13-App.3      | The company identification in 8 equals that in 5.
batch-count                error   batch RB13-App.2      | The count of a batch control equals its records 6 and 7.
batch-hash                 error   batch RB13-App.2      | The hash of a batch control is its entries' hash.
batch-debit-total          error   batch RB13-App.2      | The debits of a batch control are its entries' debits.
batch-credit-total         error   batch RB13-App.2      | The credits of a batch control are its entries' credits.
file-batch-count           error   file  RB13-App.2      | The batch count of the file control is right.
file-block-count           error   file  RB13-App.2      | The block count is the records divided by ten, rounded up.
file-count                 error   file  RB13-App.2      | The file's count is the sum of its batch controls.
file-hash                  error   file  RB13-App.2      | The file's hash is the sum of its batch controls.
file-debit-total           error   file  RB13-App.2      | The file's debits are the sum of its batch controls.
file-credit-total          error   file  RB13-App.2      | The file's credits are the sum of its batch controls.
transaction-code           error   entry RB13-App.3,R27  | The transaction code is one the Rules know.
routing-digits             error   file  RB13-App.2      | The receiving bank is eight digits.
check-digit                error   entry RB13-App.2,R13  | The ninth digit fits the eight before it.
account-blank              warning entry RB13-App.3,R04  | The account number is filled.
account-justified          warning entry RB13-App.3      | The account number starts in column 13.
account-length             error   entry RB13-App.3      | An account number has at most 17 characters.
amount-digits              error   file  RB13-App.2      | The amount is ten digits.
amount-use                 error   entry RB13-App.2,R19  | Live entries have an amount, prenotes and zero-dollar none.
amount-limit               error   entry RB13-App.3      | An amount is at most 99,999,999.99.
name-blank                 error   entry RB13-App.2,R26  | WEB and TEL entries name the receiver.
addenda-indicator          error   file  RB13-App.2,R26  | The indicator is 1 when addenda follow, otherwise 0.
addenda-limit              error   entry RB13-App.2      | An entry has no more addenda than its SEC code allows.
addenda-type               error   file  RB13-App.2      | The addenda type is one the Rules know.
addenda-sequence           error   file  RB13-App.2      | Addenda count from 1 and repeat the entry's seven digits.
addenda-trace              warning none  RB13-App.4      | A return or change repeats the trace number of its entry.
trace-digits               error   file  RB13-App.2      | The trace number is fifteen digits.
trace-order                error   batch RB13-App.2      | Trace numbers ascend in a batch.
trace-prefix               error   batch RB13-App.2      | Trace numbers start with the batch's ODFI.
original-trace             error   entry RB13-App.4      | A return or change names the entry it is about.
unknown-return-code        error   none  RB13-App.4      | The return reason is one the Rules know.
unknown-change-code        error   none  RB13-App.5      | The change code is one the Rules know.
field-fits                 error   none  house           | A value fits its field: nothing is cut.
"""


def _read_rows(rows: str) -> dict[str, Check]:
    found: dict[str, Check] = {}
    for row in rows.strip().splitlines():
        columns, _, meaning = row.partition(" | ")
        name, severity, rejects, source = columns.split()
        found[name] = Check(name, Severity(severity), rejects, source, meaning)
    return found


CHECKS: dict[str, Check] = _read_rows(_ROWS)
