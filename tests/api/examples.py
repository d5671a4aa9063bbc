"""A valid example call of every operation that acts on a copy of the played book: what stands first, and what is sent.

A convention test fails when an operation has none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from ingather.base.ids import Prefix, public_id
from ingather.domain.users import Permission
from ingather.simulator.statement_forms import report_profile
from ingather.simulator.terms import Statement
from tests.api.declared import Callers, declared
from tests.api.office import Front
from tests.journey.stage import EVIDENCE
from tests.red import red_account

Found = Callable[["Scene"], Any]
_ABOUT = "order_id = (SELECT id FROM orders WHERE external_id = '{}')"
_MATCHED = "subject_id IN (SELECT id FROM returns WHERE order_id = (SELECT id FROM orders WHERE external_id = 'b002'))"


@dataclass(slots=True)  # mutable -- it remembers what its steps made
class Scene:
    """One copy of the book with its callers; ``made`` are the answers of the steps that came first, by their name."""

    front: Front
    callers: Callers
    made: dict[str, Any] = field(default_factory=dict)

    def id(self, prefix: Prefix, sql: str) -> str:
        """Return the public id of the first key that a statement finds."""
        with self.front.stage.desk.view() as ctx:
            return public_id(prefix, ctx.session.execute(text(f"{sql} LIMIT 1")).scalar_one())

    def say(self, value: Any) -> Any:  # noqa: ANN401 -- any JSON value with functions of the scene in it
        """Return a body with what stands in this book."""
        match value:
            case dict():
                return {name: self.say(part) for name, part in value.items()}
            case list():
                return [self.say(part) for part in value]
            case _ if callable(value):
                return value(self)
            case _:
                return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One example: path parameters, query and body, and the calls before it, each ``(name, operation, example)``.

    ``raw`` is a body that is no JSON; ``other`` is another body that the operation would take as well.
    """

    path: Mapping[str, Found | str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    raw: bytes | None = None
    media: str = "application/json"
    first: tuple[tuple[str, str, "Example"], ...] = ()
    second_person: bool = False


def _order(name: str) -> Found:
    return lambda scene: scene.id(Prefix.ORDER, f"SELECT id FROM orders WHERE external_id = '{name}'")  # noqa: S608 -- a test's own name


def _of(prefix: Prefix, table: str, where: str = "1 = 1") -> Found:
    return lambda scene: scene.id(prefix, f"SELECT id FROM {table} WHERE {where} ORDER BY id")  # noqa: S608 -- as above


def _made(name: str, *keys: str) -> Found:
    def found(scene: Scene) -> Any:  # noqa: ANN401 -- a part of an answer
        value = scene.made[name]
        for key in keys:
            value = value[int(key)] if isinstance(value, list) else value[key]
        return value

    return found


def _returned(name: str) -> Found:
    return _of(Prefix.RETURN, "returns", _ABOUT.format(name))


def _entry(name: str) -> Found:
    return _of(Prefix.ENTRY, "entries", _ABOUT.format(name))


REASON = {"reason": "as agreed"}
LABELS = {"metadata": {"cart": "17"}}
_OPEN, _DAY = "b018", "2026-11-23"
_SEALED = {"file_id": _of(Prefix.FILE, "files", "state = 'sealed'")}
_LYING = {"file_id": _of(Prefix.FILE, "files", "state = 'transmitted'")}
_FIRST_FILE = {"file_id": _of(Prefix.FILE, "files")}
_AUTH = {"authorization_id": _of(Prefix.AUTHORIZATION, "authorizations", "external_id = 'b010'")}
_MERCHANT = {"merchant_id": _of(Prefix.MERCHANT, "merchants", "external_id = 'harbor'")}
_BUYER = {"buyer_id": _of(Prefix.BUYER, "buyers", "external_id = 'b010'")}
_ACCOUNT = {"account_id": _of(Prefix.ACCOUNT, "accounts", "external_id = 'b010'")}
_FEED = _of(Prefix.FEED, "feeds")
_NEW_ORDER = {"external_id": "new-1", "authorization": "b010", "amount_minor": 1_500, "due_on": "2026-12-01"}
_NEW_AUTHORIZATION = {
    "external_id": "new-a", "merchant": "harbor", "buyer": "b010", "account": "b010", "kind": "standing",
    "channel": "online", "text": "I authorize it.", "given_at": "2026-11-20T12:00:00-05:00",
    "valid_from": "2026-11-20", "evidence": {name: EVIDENCE[name] for name in ("ip", "user_agent", "copy_sent")},
}  # fmt: skip
_DRAFT = {**_NEW_AUTHORIZATION, "external_id": "draft-a", "evidence": {}}
_NEW_MERCHANT = {
    "external_id": "quay", "name": "Quay", "company_name": "QUAY", "company_identification": "1845550177",
    "entry_description": "ORDERS",
}  # fmt: skip
_POLICY = {"toml": 'id = "house"\nversion = 2\n'}
_PROFILE = {"toml": report_profile(Statement.BAI2)}
_REVERSAL = {"reason": "duplicate", "words": "paid twice"}
_FILE_REVERSAL = {**_REVERSAL, "discovered_at": "2026-11-23T10:00:00-05:00"}
_REFUND = {"reason": "one of two was broken", "amount_minor": 500, "after_window": True}


def _ex(body: Any = None, /, **how: Any) -> Example:  # noqa: ANN401 -- any JSON value
    return Example(body=body, **how)


def _path(**path: Any) -> dict[str, Any]:  # noqa: ANN401 -- functions of the scene, or words
    return {"path": path}


_ASK_REVERSAL = ("reversal", "reverse_an_order", _ex(_REVERSAL, **_path(order_id=_order("b009"))))
_ASK_REFUND = ("refund", "refund_an_order", _ex(_REFUND, **_path(order_id=_order("b009"))))
_ASK_FILE_REVERSAL = ("reversals", "reverse_a_file", _ex(_FILE_REVERSAL, path=_FIRST_FILE))
_ENDPOINT = (
    "endpoint", "make_webhook_endpoint",
    _ex({"url": "https://hooks.example.com/hook", "types": [], "description": "test"}),
)  # fmt: skip
_ASK_ACCOUNT = (
    "account", "ask_merchant_account",
    _ex({"merchant": "harbor", "routing": "021000021", "number": red_account(901), "name": "Harbor",
         "evidence": "letter 4"}),
)  # fmt: skip
_APPROVE_ACCOUNT = (
    "approved", "approve_merchant_account",
    _ex(path={"account_id": _made("account", "id")}, second_person=True),
)  # fmt: skip
_SETTLED = ("settled", "settle", _ex())
_DUE = (_ASK_ACCOUNT, _APPROVE_ACCOUNT, _SETTLED)
_FOLLOW_UP = {"follow_up_id": _of(Prefix.FOLLOW_UP, "follow_ups")}
_REQUEST = {"request_id": _of(Prefix.REQUEST, "odfi_requests")}
_PAYOUT = {"payout_id": _of(Prefix.PAYOUT, "payouts")}
_HOOK = {"endpoint_id": _made("endpoint", "endpoint", "id")}
_BY_HAND = ("return", "record_a_return", _ex(
    {"entry": _entry("b010"), "code": "R01", "returned_on": _DAY, "evidence": "mail of the bank"}
))  # fmt: skip
_REQUESTED = ("request", "request_the_return_of_an_order", _ex(REASON, **_path(order_id=_order("b009"))))
_ITEM_MATCH = _of(Prefix.MATCH, "matches", _MATCHED)
_DISPUTED = ("dispute", "dishonour_a_return", _ex(
    {"code": "R69", "reason": "other amount"}, path={"return_id": _returned("b007")}
))  # fmt: skip
_BLOCKED = ("blocked", "block_a_returned_account", _ex(REASON, path={"return_id": _returned("b000")}))
_SENT_SHEETS = (
    *_DUE,
    ("all", "approve_many_payouts", _ex({"all_due": True})),
    ("sheets", "send_payout_sheets", _ex()),
)
_UNDONE = (
    "undone",
    "undo_a_match",
    _ex(REASON, **_path(match_id=_ITEM_MATCH)),
)

EXAMPLES: Mapping[str, Example] = {
    "record_order": _ex(_NEW_ORDER),
    "record_order_batch": Example(
        raw=b'{"external_id": "n-1", "authorization": "b010", "amount_minor": 100, "due_on": "2026-12-01"}\n',
        media="application/x-ndjson",
    ),
    "label_order": _ex(LABELS, **_path(order_id=_order(_OPEN))),
    "cancel_an_order": _ex(REASON, **_path(order_id=_order(_OPEN))),
    "hold_an_order": _ex(REASON, **_path(order_id=_order(_OPEN))),
    "release_an_order": _ex(REASON, **_path(order_id=_order(_OPEN)), first=(
        ("held", "hold_an_order", _ex(REASON, **_path(order_id=_order(_OPEN)))),
    )),
    "confirm_an_order": _ex(REASON, **_path(order_id=_order(_OPEN))),
    "fail_an_order": _ex(REASON, **_path(order_id=_order("b004"))),
    "note_order_paid": _ex(REASON, **_path(order_id=_order(_OPEN))),
    "record_authorization": _ex(_NEW_AUTHORIZATION),
    "label_authorization": _ex(LABELS, path=_AUTH),
    "revoke_an_authorization": _ex(REASON, path=_AUTH),
    "suspend_an_authorization": _ex(REASON, path=_AUTH),
    "resume_an_authorization": _ex(REASON, path=_AUTH, first=(
        ("suspended", "suspend_an_authorization", _ex(REASON, path=_AUTH)),
    )),
    "complete_an_authorization": _ex(
        {"evidence": _NEW_AUTHORIZATION["evidence"]}, path={"authorization_id": _made("draft", "id")},
        first=(("draft", "record_authorization", _ex(_DRAFT)),),
    ),
    "note_proof_request": _ex(
        {"order": _order("b010"), "on": _DAY}, path=_AUTH,
    ),
    "prove_an_authorization": _ex({"order": _order("b010")}, path=_AUTH),
    "note_notice_sent": _ex({"on": _DAY, "proof": "letter 17"}, **_path(order_id=_order(_OPEN))),
    "record_merchant": _ex(_NEW_MERCHANT),
    "label_merchant": _ex(LABELS, path=_MERCHANT),
    "record_buyer": _ex({"external_id": "new-b", "name": "New Buyer"}),
    "label_buyer": _ex(LABELS, path=_BUYER),
    "suspend_a_buyer": _ex(REASON, path=_BUYER),
    "resume_a_buyer": _ex(REASON, path=_BUYER, first=(("suspended", "suspend_a_buyer", _ex(REASON, path=_BUYER)),)),
    "record_account": _ex({
        "external_id": "new-acc", "buyer": "b010", "routing": "021000021", "number": red_account(900),
        "kind": "checking", "holder": "consumer",
    }),
    "label_account": _ex(LABELS, path=_ACCOUNT),
    "unblock_an_account": _ex(
        REASON, path={"account_id": _of(Prefix.ACCOUNT, "accounts", "external_id = 'b000'")}, first=(_BLOCKED,),
    ),
    "approve_a_file": _ex(path=_SEALED),
    "refuse_a_file": _ex(REASON, path=_SEALED),
    "void_a_file": _ex(REASON, path=_SEALED),
    "record_a_return": _BY_HAND[2],
    "take_back_a_return": _ex(REASON, path={"return_id": _returned("b010")}, first=(_BY_HAND,)),
    "retry_a_return": _ex(REASON, path={"return_id": _returned("b004")}),
    "correct_a_returned_order": _ex(REASON, path={"return_id": _returned("b004")}),
    "block_a_returned_account": _ex(REASON, path={"return_id": _returned("b000")}),
    "unblock_a_returned_account": _ex(REASON, path={"return_id": _returned("b000")}, first=(_BLOCKED,)),
    "dishonour_a_return": _DISPUTED[2],
    "let_a_return_stand": _ex(REASON, path={"return_id": _returned("b007")}, first=(_DISPUTED,)),
    "write_off_a_return": _ex(REASON, path={"return_id": _returned("b004")}),
    "ask_for_a_statement": _ex(REASON, path={"return_id": _returned("b001")}),
    "close_a_return": _ex({"outcome": "settled with the buyer"}, path={"return_id": _returned("b004")}),
    "match_a_return": _ex({**REASON, "entry": _entry("b009")}, path={"return_id": _returned("b007")}),
    "undo_a_match": _UNDONE[2],
    "approve_undoing_a_match": _ex(path=_UNDONE[2].path, first=(_UNDONE,)),
    "refuse_undoing_a_match": _ex(REASON, path=_UNDONE[2].path, first=(_UNDONE,)),
    "apply_a_correction": _ex(path={"correction_id": _of(Prefix.CORRECTION, "corrections", "state = 'open'")}),
    "leave_a_correction": _ex(REASON, path={"correction_id": _of(Prefix.CORRECTION, "corrections", "state = 'open'")}),
    "refuse_a_correction": _ex(
        {**REASON, "as_code": "C65"}, path={"correction_id": _of(Prefix.CORRECTION, "corrections", "state = 'open'")},
    ),
    "note_a_case": _ex({"text": "called the bank"}, path={"case_id": _of(Prefix.CASE, "cases", "state = 'open'")}),
    "escalate_a_case": _ex(REASON, path={"case_id": _of(Prefix.CASE, "cases", "state = 'open'")}),
    "close_a_case": _ex({"outcome": "cleared up", "evidence": "mail 3"}, path={
        "case_id": _made("review", "id"),
    }, first=(("review", "open_a_review", _ex({"what": "access"})),)),
    "open_a_review": _ex({"what": "access"}),
    "refund_an_order": _ASK_REFUND[2],
    "reverse_an_order": _ASK_REVERSAL[2],
    "reverse_a_file": _ASK_FILE_REVERSAL[2],
    "approve_a_follow_up": _ex(path=_FOLLOW_UP, first=(_ASK_REVERSAL,)),
    "refuse_a_follow_up": _ex(REASON, path=_FOLLOW_UP, first=(_ASK_REVERSAL,)),
    "withdraw_a_follow_up": _ex(REASON, path=_FOLLOW_UP, first=(_ASK_REFUND,)),
    "note_a_notice": _ex({"proof": "letter 3"}, path=_FOLLOW_UP, first=(_ASK_REVERSAL,)),
    "approve_the_reversals_of_a_file": _ex(path=_FIRST_FILE, first=(_ASK_FILE_REVERSAL,)),
    "refuse_the_reversals_of_a_file": _ex(REASON, path=_FIRST_FILE, first=(_ASK_FILE_REVERSAL,)),
    "withdraw_the_reversals_of_a_file": _ex(REASON, path=_FIRST_FILE, first=(_ASK_FILE_REVERSAL,)),
    "note_the_notices_of_a_file": _ex({"proof": "letter 3"}, path=_FIRST_FILE, first=(_ASK_FILE_REVERSAL,)),
    "answer_a_request": _ex({"outcome": "agreed"}, path=_REQUEST, first=(_REQUESTED,)),
    "withdraw_a_request": _ex(REASON, path=_REQUEST, first=(_REQUESTED,)),
    "request_the_return_of_an_order": _REQUESTED[2],
    "consent_to_the_late_return_of_an_order": _ex(REASON, **_path(order_id=_order("b009"))),
    "send_report": Example(raw=b"not a report", media="application/octet-stream", query={"name": "note.txt"}),
    "retake_report": _ex(path={"report_id": _of(Prefix.REPORT, "reports")}),
    "ask_sign_off": _ex({**REASON, "day": "2026-11-23"}, **_path(feed_id=_FEED)),
    "sign_off_day": _ex(REASON, **_path(feed_id=_FEED, day="2026-11-23"), first=(
        ("asked", "ask_sign_off", _ex({**REASON, "day": "2026-11-23"}, **_path(feed_id=_FEED))),
    )),
    "take_report_profile": _ex(_PROFILE),
    "end_report_profile": _ex({"on": "2026-12-01"}, **_path(profile_id="box-bai2", version="1"), first=(
        ("profile", "take_report_profile", _ex(_PROFILE)),
    )),
    "reconcile_accounts": _ex(),
    "close_banking_day": _ex(**_path(feed_id=_FEED, day="2026-11-18")),
    "sign_banking_day": _ex({"note": "seen"}, **_path(feed_id=_FEED, day="2026-11-18"), first=(
        ("closed", "close_banking_day", _ex(**_path(feed_id=_FEED, day="2026-11-18"))),
    )),
    "match_posting": _ex({**REASON, "note": True}, path={"posting_id": _of(Prefix.POSTING, "bank_postings")}),
    "undo_match_of_posting": _ex(REASON, path={
        "posting_id": _of(Prefix.POSTING, "bank_postings", "matched"),
        "match_id": _of(Prefix.MATCH, "matches", "subject_id = (SELECT min(id) FROM bank_postings WHERE matched)"),
    }),
    "settle": _ex(),
    "set_terms_of_merchant": _ex({**REASON, "hold_days": 2, "reserve_bps": 100}, path=_MERCHANT),
    "invoice_a_merchant": _ex(path=_MERCHANT),
    "note_invoice_payment": _ex({"amount_minor": 100, "reference": "wire 7"}, path=_MERCHANT),
    "ask_write_off": _ex(REASON, path=_MERCHANT),
    "approve_write_off": _ex(path=_MERCHANT),
    "approve_payout": _ex(path=_PAYOUT, first=_DUE),
    "approve_many_payouts": _ex({"all_due": True}, first=_DUE),
    "cancel_a_payout": _ex(REASON, path=_PAYOUT, first=_DUE),
    "change_method_of_payout": _ex({**REASON, "method": "ach"}, path=_PAYOUT, first=_DUE),
    "note_payout_settled": _ex({"evidence": "statement 4"}, path=_PAYOUT, first=_SENT_SHEETS),
    "note_payout_returned": _ex({"evidence": "statement 4"}, path=_PAYOUT, first=_SENT_SHEETS),
    "send_payout_sheets": _ex(first=_SENT_SHEETS[:-1]),
    "ask_merchant_account": _ASK_ACCOUNT[2],
    "approve_merchant_account": _ex(path=_APPROVE_ACCOUNT[2].path, first=(_ASK_ACCOUNT,)),
    "end_merchant_account": _ex(REASON, path={"account_id": _made("account", "id")}, first=(_ASK_ACCOUNT,)),
    "take_a_policy": _ex(_POLICY),
    "change_webhook_endpoint": _ex({"description": "another"}, path=_HOOK, first=(_ENDPOINT,)),
    "delete_webhook_endpoint": _ex(path=_HOOK, first=(_ENDPOINT,)),
    "enable_webhook_endpoint": _ex({"from_now": True}, path=_HOOK, first=(
        _ENDPOINT, ("off", "disable_webhook_endpoint", _ex(REASON, path=_HOOK)),
    )),
    "disable_webhook_endpoint": _ex(REASON, path=_HOOK, first=(_ENDPOINT,)),
    "ping_webhook_endpoint": _ex(path=_HOOK, first=(_ENDPOINT,)),
    "replay_webhooks": _ex({"since": "2026-11-16T00:00:00Z"}, path=_HOOK, first=(_ENDPOINT,)),
    "move_the_clock": _ex({"by_seconds": 900}),
    "settle_an_entry": _ex(**_path(entry_id=_entry("b016"))),
    "return_an_entry": _ex({"code": "R01"}, **_path(entry_id=_entry("b016"))),
    "change_an_entry": _ex({"code": "C01"}, **_path(entry_id=_entry("b016"))),
    "acknowledge_a_file": _ex({"outcome": "rejected"}, path=_LYING),
    "run_a_scenario": _ex({"orders": 1}, **_path(name="nsf_then_paid")),
    "grant_user": _ex({**REASON, "roles": ["viewer"]}, path={"user_id": _of(Prefix.USER, "users")}),
    "disable_a_user": _ex(REASON, path={"user_id": _of(Prefix.USER, "users", "name = 'zoe'")}),
    "enable_a_user": _ex(REASON, path={"user_id": _of(Prefix.USER, "users", "name = 'zoe'")}, first=(
        ("off", "disable_a_user", _ex(REASON, path={"user_id": _of(Prefix.USER, "users", "name = 'zoe'")})),
    )),
    "link_user": _ex({**REASON, "issuer": "https://id.example", "subject": "17"}, path={
        "user_id": _of(Prefix.USER, "users", "name = 'zoe'"),
    }),
    "revoke_api_key": _ex(REASON, path={"key_id": _of(Prefix.API_KEY, "api_keys", "name = 'spare'")}),
}  # fmt: skip
"""What is called, by operation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call ready to be made, any number of times."""

    method: str
    path: str
    query: Mapping[str, str]
    content: Any
    headers: Mapping[str, str]
    permission: Permission | None


def prepare(scene: Scene, operation: str, example: Example) -> Asked:
    """Make what must stand first, and return the call of an example."""
    for name, before, step in example.first:
        asked = prepare(scene, before, step)
        answer = make(scene, asked, key=f"before-{name}", another=step.second_person)
        assert answer.status_code < 300, f"{before}: {answer.text}"
        scene.made[name] = answer.json() if answer.content else None
    known = declared()[operation]
    path = known.path
    for parameter, found in example.path.items():
        path = path.replace(f"{{{parameter}}}", found(scene) if callable(found) else found)
    headers = {}
    if example.raw is not None:
        headers["Content-Type"] = example.media
    if known.guarded:
        headers["If-Match"] = etag(scene, path)
    content = {"content": example.raw} if example.raw is not None else {"json": scene.say(example.body)}
    return Asked(
        method=known.method, path=path, query=dict(example.query), content=content, headers=headers,
        permission=known.permission,
    )  # fmt: skip


def etag(scene: Scene, path: str) -> str:
    """Return the ETag of what a guarded action is about, its path without the last word; any where nothing shows it."""
    about = path.rpartition("/")[0]
    read = [each for each in declared().values() if not each.acts]
    for operation in read:
        parts, asked = operation.path.split("/"), about.split("/")
        if len(parts) == len(asked) and all(
            part == word or part.startswith("{") for part, word in zip(parts, asked, strict=True)
        ):
            found: str = scene.callers.may(operation.permission).get(about).headers["ETag"]
            return found
    return "*"


def make(scene: Scene, asked: Asked, *, key: str, another: bool = False, **other: Any) -> Any:  # noqa: ANN401 -- an answer
    """Make a call under a key of idempotency, as somebody who may."""
    may = scene.callers.another if another else scene.callers.may
    client = may(asked.permission)
    content = {**asked.content, **other}
    headers = {**client.headers(), **asked.headers, "Idempotency-Key": key}
    return client.http.request(asked.method, f"/v1{asked.path}", params=asked.query, headers=headers, **content)
