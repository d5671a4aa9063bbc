"""Payouts: money that a statement pays, from the making to the merchant's account, or back.

A payout is one row (``Payout``) of one statement. It is *due* when the statement is made, *approved* by a second
person, and then goes one of two ways:

- *ach*: a night *seals* it as a CCD credit into a file of its own kind; it is *sent* with its file and *settled* with
  its batch. A void or a refusal of the bank makes it approved again.
- *sheet*: it is sealed when it is written on a sheet, sent when the sheet is at the bank, and settled by the bank's
  posting or by a person's word.

One that came back (*returned*) or was called off (*canceled*) is owed again by the next statement and never goes out
as it is: the journal ``payable_again`` moves the money back to what is available, once.
"""
