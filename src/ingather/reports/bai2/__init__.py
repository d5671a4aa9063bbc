"""BAI2: a bank's account of balances and postings, comma-delimited records 01, 02, 03, 16, 49, 88, 98 and 99.

Read after BAI's Cash Management Balance Reporting Specifications, version 2 (10/2005), and after what banks send.
"""
