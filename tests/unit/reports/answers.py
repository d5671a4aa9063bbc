"""Small bank answers for the tests: NACHA return files composed record by record, and STR texts with true trailers."""

from ingather.nacha.records import LAYOUTS, compose

ODFI = "12104288"
RDFI = "23138010"


def nacha_file(*batches: bytes, created_on: str = "261124") -> bytes:
    """Return a NACHA file of whole batches, with header and control; ``created_on`` is YYMMDD."""
    head = compose(
        LAYOUTS["1"],
        immediate_destination=" 1234567890"[-10:],
        immediate_origin=" 231380104",
        file_creation_date=created_on,
        file_creation_time="0630",
        file_id_modifier="A",
    )
    body = [batch[start : start + 94] for batch in batches for start in range(0, len(batch), 94)]
    entries = [record for record in body if record[:1] in b"67"]
    controls = [record for record in body if record[:1] == b"8"]
    records = len(body) + 2
    control = compose(
        LAYOUTS["9"],
        batch_count=len(batches),
        block_count=-(-records // 10),
        entry_addenda_count=len(entries),
        entry_hash=sum(int(record[10:20]) for record in controls) % 10**10,
        total_debit=sum(int(record[20:32]) for record in controls),
        total_credit=sum(int(record[32:44]) for record in controls),
    )
    fill = [b"9" * 94] * (-records % 10)
    return b"".join(record + b"\n" for record in (head, *body, control, *fill))


def nacha_batch(
    *answers: tuple[bytes, bytes], sec: str = "CCD", description: str = "ORDERPMT", settled: str = "328"
) -> bytes:
    """Return one batch of (entry, addenda) pairs; ``settled`` is the day of the year of the return."""
    same: dict[str, str | int] = {"company_identification": "1234567890", "originating_dfi": RDFI, "batch_number": 1}
    head = compose(
        LAYOUTS["5"],
        service_class="225",
        company_name="HARBOR GOODS",
        standard_entry_class=sec,
        company_entry_description=description,
        effective_entry_date="261123",
        settlement_date=settled,
        **same,
    )
    control = compose(
        LAYOUTS["8"],
        service_class="225",
        entry_addenda_count=2 * len(answers),
        entry_hash=len(answers) * int(ODFI) % 10**10,
        total_debit=sum(int(entry[29:39]) for entry, _ in answers),
        total_credit=0,
        **same,
    )
    return b"".join((head, *(record for pair in answers for record in pair), control))


def nacha_answer(
    code: str,
    number: int,
    *,
    account: str,
    amount: int = 0,
    transaction_code: str = "26",
    corrected: str = "",
    information: str = "",
    died: str = "",
) -> tuple[bytes, bytes]:
    """Return an entry with its return (R) or change (C) addenda; ``number`` makes the traces."""
    entry = compose(
        LAYOUTS["6"],
        transaction_code=transaction_code,
        receiving_dfi=ODFI,
        check_digit="2",
        account_number=account,
        amount=amount,
        identification_number=f"ORD{number}",
        receiver_name=f"BUYER {number}",
        addenda_indicator="1",
        trace_number=int(RDFI) * 10**7 + number,
    )
    same: dict[str, str | int] = {
        "original_trace": int(ODFI) * 10**7 + number,
        "original_rdfi": RDFI,
        "trace_number": int(RDFI) * 10**7 + number,
    }
    if code.startswith("C"):
        return entry, compose(LAYOUTS["798"], change_code=code, corrected_data=corrected, **same)
    return entry, compose(
        LAYOUTS["799"], return_reason=code, addenda_information=information, date_of_death=died, **same
    )


HEADER = (
    "H|1|EXAMUS33|000012345678|USD|EOD|DELTA|20261120|180000|-0500|43|20261120|STR-20261120-0043"
    "|STR-20261119-0042|UPDATE|"
)
RETURN = (
    "R|RETURN|R01|121042880000002|231380100000017|26|231380104|33050|ORD1002|BUYER TWO INC|7310|1234567890|CCD"
    "|0000001|20261119|20261120|||2611200000772"
)


def str_text(*records: str, end: str = "\n", claims: dict[str, int] | None = None) -> bytes:
    """Return a delimited STR report of records between the header and a trailer that counts them.

    ``claims`` replace the trailer's values by name: records, r_count, r_amount, trace_hash.
    """
    returned = [record.split("|") for record in records if record.startswith("R|")]
    values = {
        "records": len(records) + 2,
        "r_count": len(returned),
        "r_amount": sum(int(fields[7]) for fields in returned if fields[7].isdigit()),
        "trace_hash": sum(int(fields[3][-10:]) for fields in returned if fields[3].isdigit()) % 10**10,
    } | (claims or {})
    trailer = f"T|{values['records']}|0|0|{values['r_count']}|{values['r_amount']}|0|0|0|0|0|0|0|{values['trace_hash']}"
    return "".join(f"{record}{end}" for record in (HEADER, *records, trailer)).encode()
