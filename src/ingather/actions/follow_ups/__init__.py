"""What follows a debit: reversals, refunds and return fees, from the asking to the end.

A follow-up is one row (``FollowUp``) and one entry made of it. Who decides and who sends share only that row:

- *Asked* by a person (``asking``, ``refunding``), or wanted by the inbound run (``fees``). A reversal, a refund while
  the debit can still come back, and a large refund wait for a second person (``deciding``).
- *Wanted* is what a night may seal. It does when the row allows it that night: ``store.follow_up_terms.sealable`` is
  the condition (``not_before`` is the first night, ``last_day`` the last effective date, ``send_by`` the last instant
  of the hand-over; refunds and fees need an active account and buyer, and the order in the state that the follow-up
  rests on). Whoever seals claims the row by ``version``, and asks ``sealable`` again right before the file is sent.
- *Withdrawn* is what can go out no more: ``ending.withdraw_moot`` when the debit came back or its file was rejected,
  ``deciding.expire_follow_ups`` when the last day is out of reach (a night asks it first), and when a person says so.
  A sealed follow-up is first put back to wanted, then withdrawn.
- At the end ``ending.end_follow_ups`` sets done, returned or withdrawn, closes the case of the follow-up, and gives an
  order back what a refund reserved of it: ``Order.refunded_minor`` is raised when a refund is asked for.

A case about the order is open from the asking to the end: kind reversal or refund, ``once`` is the follow-up's public
id. A fee has no case. The Receiver is told of a reversal by the day it settles (``notified``); until that is on record
the case of a reversal that is done stays open.
"""
