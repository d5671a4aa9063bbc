-- What the migrations come to at 0018.
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE originators (
	id INTEGER NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	role VARCHAR(40) NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_originators PRIMARY KEY (id), 
	CONSTRAINT ck_originators_role_known CHECK (role IN ('originator', 'third_party_sender')), 
	CONSTRAINT uq_originators_name UNIQUE (name)
);
CREATE TABLE bank_profiles (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	profile_id VARCHAR(40) NOT NULL, 
	version INTEGER NOT NULL, 
	toml TEXT NOT NULL, 
	sha256 BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_bank_profiles PRIMARY KEY (id), 
	CONSTRAINT fk_bank_profiles_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT uq_bank_profiles_originator_id_profile_id_version UNIQUE (originator_id, profile_id, version)
);
CREATE TABLE feeds (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	bank VARCHAR(40) NOT NULL, 
	account_index BLOB NOT NULL, 
	account_last4 VARCHAR(4) NOT NULL, 
	watermark_on DATE, 
	closing_balance_minor INTEGER, closing_on DATE, opening_minor INTEGER, opened_on DATE, 
	CONSTRAINT pk_feeds PRIMARY KEY (id), 
	CONSTRAINT fk_feeds_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT uq_feeds_originator_id_bank_account_index UNIQUE (originator_id, bank, account_index)
);
CREATE TABLE routes (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	bank_profile_id INTEGER NOT NULL, 
	feed_id INTEGER NOT NULL, 
	entry_classes JSON NOT NULL, 
	min_cents INTEGER NOT NULL, 
	max_cents INTEGER NOT NULL, 
	service_window VARCHAR(40) NOT NULL, 
	priority INTEGER NOT NULL, 
	valid_from DATE NOT NULL, 
	valid_to DATE, 
	channel JSON NOT NULL, 
	CONSTRAINT pk_routes PRIMARY KEY (id), 
	CONSTRAINT fk_routes_bank_profile_id FOREIGN KEY(bank_profile_id) REFERENCES bank_profiles (id), 
	CONSTRAINT fk_routes_feed_id FOREIGN KEY(feed_id) REFERENCES feeds (id), 
	CONSTRAINT fk_routes_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT uq_routes_originator_id_name UNIQUE (originator_id, name)
);
CREATE TABLE number_allocations (
	series VARCHAR(120) NOT NULL, 
	next_number INTEGER NOT NULL, 
	CONSTRAINT pk_number_allocations PRIMARY KEY (series)
);
CREATE TABLE merchants (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	external_id VARCHAR(200) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	company_name VARCHAR(16) NOT NULL, 
	company_identification VARCHAR(10) NOT NULL, 
	entry_description VARCHAR(10) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	created_at BIGINT NOT NULL, screening VARCHAR(40), screened_until DATE, paid_abroad BOOLEAN DEFAULT 0 NOT NULL, iat_view VARCHAR(200), iat_view_on DATE, night_limit_entries INTEGER, night_limit_minor INTEGER, return_fee_minor INTEGER, return_fee_notice TEXT, return_fee_from DATE, tier VARCHAR(40), hold_days INTEGER, reserve_bps INTEGER, payout_method VARCHAR(40), 
	CONSTRAINT pk_merchants PRIMARY KEY (id), 
	CONSTRAINT ck_merchants_state_known CHECK (state IN ('active', 'suspended')), 
	CONSTRAINT ck_merchants_company_name_fits CHECK (length(company_name) BETWEEN 1 AND 16), 
	CONSTRAINT fk_merchants_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT uq_merchants_originator_id_external_id UNIQUE (originator_id, external_id)
);
CREATE TABLE buyers (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	external_id VARCHAR(200) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	receiver_name VARCHAR(22) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	bucket SMALLINT NOT NULL, 
	created_at BIGINT NOT NULL, screening VARCHAR(40), screened_until DATE, merchant_id INTEGER, 
	CONSTRAINT pk_buyers PRIMARY KEY (id), 
	CONSTRAINT ck_buyers_state_known CHECK (state IN ('active', 'suspended')), 
	CONSTRAINT ck_buyers_bucket_range CHECK (bucket BETWEEN 0 AND 255), 
	CONSTRAINT fk_buyers_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT uq_buyers_originator_id_external_id UNIQUE (originator_id, external_id)
);
CREATE TABLE accounts (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	external_id VARCHAR(200) NOT NULL, 
	buyer_id INTEGER NOT NULL, 
	routing INTEGER NOT NULL, 
	number BLOB NOT NULL, 
	number_index BLOB NOT NULL, 
	last4 VARCHAR(4) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	holder VARCHAR(40) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	blocked_by VARCHAR(40), 
	validated BOOLEAN NOT NULL, 
	bucket SMALLINT NOT NULL, 
	version INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, change_due_on DATE, merchant_id INTEGER, 
	CONSTRAINT pk_accounts PRIMARY KEY (id), 
	CONSTRAINT ck_accounts_holder_known CHECK (holder IN ('business', 'consumer')), 
	CONSTRAINT ck_accounts_kind_known CHECK (kind IN ('checking', 'savings')), 
	CONSTRAINT ck_accounts_state_known CHECK (state IN ('active', 'blocked')), 
	CONSTRAINT fk_accounts_buyer_id FOREIGN KEY(buyer_id) REFERENCES buyers (id), 
	CONSTRAINT fk_accounts_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT uq_accounts_originator_id_external_id UNIQUE (originator_id, external_id)
);
CREATE INDEX ix_accounts_originator_id_number_index ON accounts (originator_id, number_index);
CREATE TABLE account_validations (
	id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	method VARCHAR(40) NOT NULL, 
	validated_on DATE NOT NULL, 
	evidence TEXT NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	CONSTRAINT pk_account_validations PRIMARY KEY (id), 
	CONSTRAINT ck_account_validations_method_known CHECK (method IN ('prenote', 'micro_entries', 'external', 'earlier_debit')), 
	CONSTRAINT fk_account_validations_account_id FOREIGN KEY(account_id) REFERENCES accounts (id), 
	CONSTRAINT uq_account_validations_account_id_method_validated_on UNIQUE (account_id, method, validated_on)
);
CREATE TABLE account_changes (
	id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	routing INTEGER NOT NULL, 
	number BLOB NOT NULL, 
	last4 VARCHAR(4) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	because VARCHAR(40) NOT NULL, 
	correction_id INTEGER, 
	changed_at BIGINT NOT NULL, holder VARCHAR(40), 
	CONSTRAINT pk_account_changes PRIMARY KEY (id), 
	CONSTRAINT fk_account_changes_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);
CREATE TABLE authorizations (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	external_id VARCHAR(200) NOT NULL, 
	buyer_id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	merchant_id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	channel VARCHAR(40) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	text TEXT NOT NULL, 
	text_sha256 BLOB NOT NULL, 
	given_at BIGINT NOT NULL, 
	evidence JSON NOT NULL, 
	max_amount_minor INTEGER, 
	valid_from DATE NOT NULL, 
	valid_to DATE, 
	revoked_at BIGINT, 
	bucket SMALLINT NOT NULL, 
	version INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, text_version VARCHAR(40), locale VARCHAR(16), amount_terms VARCHAR(40) DEFAULT 'range' NOT NULL, min_amount_minor INTEGER, every VARCHAR(40), debits INTEGER, statements JSON, lacks JSON, superseded_by INTEGER, ended_on DATE, ended_because VARCHAR(40), legal_hold BOOLEAN DEFAULT 0 NOT NULL, purged_at BIGINT, 
	CONSTRAINT pk_authorizations PRIMARY KEY (id), 
	CONSTRAINT ck_authorizations_channel_known CHECK (channel IN ('online', 'phone', 'paper')), 
	CONSTRAINT ck_authorizations_kind_known CHECK (kind IN ('single', 'recurring', 'standing')), 
	CONSTRAINT ck_authorizations_state_known CHECK (state IN ('draft', 'active', 'suspended', 'revoked', 'expired', 'consumed', 'superseded')), 
	CONSTRAINT ck_authorizations_max_amount_positive CHECK (max_amount_minor IS NULL OR max_amount_minor > 0), 
	CONSTRAINT fk_authorizations_account_id FOREIGN KEY(account_id) REFERENCES accounts (id), 
	CONSTRAINT fk_authorizations_buyer_id FOREIGN KEY(buyer_id) REFERENCES buyers (id), 
	CONSTRAINT fk_authorizations_merchant_id FOREIGN KEY(merchant_id) REFERENCES merchants (id), 
	CONSTRAINT fk_authorizations_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT uq_authorizations_originator_id_external_id UNIQUE (originator_id, external_id)
);
CREATE TABLE orders (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	merchant_id INTEGER NOT NULL, 
	buyer_id INTEGER NOT NULL, 
	authorization_id INTEGER NOT NULL, 
	external_id VARCHAR(200) NOT NULL, 
	instalment SMALLINT NOT NULL, 
	rail VARCHAR(40) NOT NULL, 
	amount_minor INTEGER NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	due_on DATE NOT NULL, 
	collect_on DATE, 
	goods BOOLEAN NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	reason VARCHAR(40), 
	held BOOLEAN NOT NULL, 
	presentations SMALLINT NOT NULL, 
	first_settled_on DATE, 
	route_id INTEGER, 
	last_code VARCHAR(3), 
	late BOOLEAN NOT NULL, 
	bucket SMALLINT NOT NULL, 
	version INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, notice VARCHAR(40), noticed_on DATE, suspected BOOLEAN DEFAULT 0 NOT NULL, same_day BOOLEAN DEFAULT 0 NOT NULL, act_channel VARCHAR(40), act_at BIGINT, corrected BOOLEAN DEFAULT 0 NOT NULL, refunded_minor INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_orders PRIMARY KEY (id), 
	CONSTRAINT ck_orders_state_known CHECK (state IN ('open', 'sealed', 'submitted', 'settled', 'collected', 'returned', 'reversed', 'canceled', 'failed')), 
	CONSTRAINT ck_orders_amount_positive CHECK (amount_minor > 0), 
	CONSTRAINT ck_orders_presentations_range CHECK (presentations BETWEEN 0 AND 9), 
	CONSTRAINT uq_orders_originator_id_merchant_id_external_id_instalment UNIQUE (originator_id, merchant_id, external_id, instalment)
);
CREATE INDEX ix_orders_collect_on ON orders (originator_id, collect_on) WHERE collect_on IS NOT NULL;
CREATE TABLE files (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	route_id INTEGER NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	sha256 BLOB NOT NULL, 
	size INTEGER NOT NULL, 
	destination VARCHAR(10) NOT NULL, 
	origin VARCHAR(10) NOT NULL, 
	created_on DATE NOT NULL, 
	created_hhmm VARCHAR(4) NOT NULL, 
	id_modifier VARCHAR(1) NOT NULL, 
	effective_on DATE NOT NULL, 
	batches INTEGER NOT NULL, 
	entries INTEGER NOT NULL, 
	debit_cents INTEGER NOT NULL, 
	credit_cents INTEGER NOT NULL, 
	first_entry_id INTEGER NOT NULL, 
	last_entry_id INTEGER NOT NULL, 
	maker VARCHAR(80) NOT NULL, 
	night_on DATE NOT NULL, 
	second_reader VARCHAR(40) NOT NULL, 
	void_reason TEXT, 
	sealed_at BIGINT NOT NULL, 
	transmitted_at BIGINT, rule_set_id INTEGER, 
	CONSTRAINT pk_files PRIMARY KEY (id), 
	CONSTRAINT ck_files_state_known CHECK (state IN ('sealed', 'approved', 'sending', 'transmitted', 'pended', 'accepted', 'accepted_with_rejects', 'rejected', 'in_doubt', 'voided')), 
	CONSTRAINT fk_files_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT fk_files_route_id FOREIGN KEY(route_id) REFERENCES routes (id), 
	CONSTRAINT uq_files_originator_id_destination_origin_created_on_id_modifier UNIQUE (originator_id, destination, origin, created_on, id_modifier), 
	CONSTRAINT uq_files_originator_id_name UNIQUE (originator_id, name)
);
CREATE INDEX ix_files_originator_id_state ON files (originator_id, state);
CREATE TABLE file_chunks (
	file_id INTEGER NOT NULL, 
	part INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_file_chunks PRIMARY KEY (file_id, part), 
	CONSTRAINT fk_file_chunks_file_id FOREIGN KEY(file_id) REFERENCES files (id)
);
CREATE TABLE batches (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	file_id INTEGER NOT NULL, 
	merchant_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	service_class SMALLINT NOT NULL, 
	entry_class VARCHAR(3) NOT NULL, 
	company_name VARCHAR(16) NOT NULL, 
	company_identification VARCHAR(10) NOT NULL, 
	entry_description VARCHAR(10) NOT NULL, 
	effective_on DATE NOT NULL, 
	entries INTEGER NOT NULL, 
	debit_cents INTEGER NOT NULL, 
	rejected BOOLEAN NOT NULL, 
	settled_on DATE, 
	settlement_basis VARCHAR(40), 
	hold_until DATE, 
	released BOOLEAN NOT NULL, credit_cents INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_batches PRIMARY KEY (id), 
	CONSTRAINT ck_batches_settlement_basis_known CHECK (settlement_basis IS NULL OR settlement_basis IN ('confirmed', 'inferred')), 
	CONSTRAINT fk_batches_file_id FOREIGN KEY(file_id) REFERENCES files (id), 
	CONSTRAINT fk_batches_merchant_id FOREIGN KEY(merchant_id) REFERENCES merchants (id), 
	CONSTRAINT fk_batches_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT uq_batches_file_id_number UNIQUE (file_id, number)
);
CREATE INDEX ix_batches_originator_id_hold_until ON batches (originator_id, hold_until);
CREATE INDEX ix_batches_unsettled ON batches (originator_id, effective_on) WHERE settled_on IS NULL;
CREATE TABLE entries (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	order_id INTEGER, 
	original_entry_id INTEGER, 
	file_id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	presentation SMALLINT, 
	order_version INTEGER, 
	line INTEGER NOT NULL, 
	trace INTEGER NOT NULL, 
	amount_cents INTEGER NOT NULL, 
	ended VARCHAR(40), 
	bucket SMALLINT NOT NULL, 
	CONSTRAINT pk_entries PRIMARY KEY (id), 
	CONSTRAINT ck_entries_ended_known CHECK (ended IS NULL OR ended IN ('returned', 'rejected', 'voided')), 
	CONSTRAINT ck_entries_kind_known CHECK (kind IN ('debit', 'retry', 'corrected', 'reversal', 'return_fee', 'refund', 'prenote', 'micro_credit', 'micro_debit', 'offset', 'payout')), 
	CONSTRAINT ck_entries_only_debits_are_presented CHECK (presentation IS NULL OR kind IN ('debit', 'retry', 'corrected')), 
	CONSTRAINT ck_entries_amount_not_negative CHECK (amount_cents >= 0)
);
CREATE UNIQUE INDEX uq_entries_file_trace ON entries (file_id, trace);
CREATE UNIQUE INDEX uq_entries_live_debit ON entries (order_id) WHERE presentation IS NOT NULL AND ended IS NULL;
CREATE UNIQUE INDEX uq_entries_live_reversal ON entries (original_entry_id) WHERE original_entry_id IS NOT NULL AND ended IS NULL AND kind = 'reversal';
CREATE UNIQUE INDEX uq_entries_order_presentation ON entries (order_id, presentation) WHERE presentation IS NOT NULL AND (ended IS NULL OR ended = 'returned');
CREATE TABLE approvals (
	id INTEGER NOT NULL, 
	file_id INTEGER NOT NULL, 
	sha256 BLOB NOT NULL, 
	maker VARCHAR(80) NOT NULL, 
	checker VARCHAR(80) NOT NULL, 
	decision VARCHAR(40) NOT NULL, 
	reason TEXT, 
	decided_at BIGINT NOT NULL, 
	CONSTRAINT pk_approvals PRIMARY KEY (id), 
	CONSTRAINT ck_approvals_decision_known CHECK (decision IN ('approved', 'refused')), 
	CONSTRAINT ck_approvals_maker_is_not_checker CHECK (maker <> checker), 
	CONSTRAINT fk_approvals_file_id FOREIGN KEY(file_id) REFERENCES files (id), 
	CONSTRAINT uq_approvals_file_id_sha256_checker UNIQUE (file_id, sha256, checker)
);
CREATE TABLE report_chunks (
	report_id INTEGER NOT NULL, 
	part INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_report_chunks PRIMARY KEY (report_id, part), 
	CONSTRAINT fk_report_chunks_report_id FOREIGN KEY(report_id) REFERENCES reports (id)
);
CREATE TABLE returns (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	report_id INTEGER NOT NULL, 
	item_key BLOB NOT NULL, 
	line INTEGER NOT NULL, 
	entry_id INTEGER, 
	order_id INTEGER, 
	batch_id INTEGER, 
	code VARCHAR(3) NOT NULL, 
	original_trace INTEGER NOT NULL, 
	return_trace INTEGER NOT NULL, 
	amount_cents INTEGER NOT NULL, 
	returned_on DATE, 
	late BOOLEAN NOT NULL, 
	applied BOOLEAN NOT NULL, 
	clawed_back BOOLEAN NOT NULL, 
	matched_by VARCHAR(40), 
	information VARCHAR(44) NOT NULL, 
	received_at BIGINT NOT NULL, rule_set_id INTEGER, timeliness VARCHAR(40), deadline_on DATE, next_step VARCHAR(40), undone_on DATE, replaced_by INTEGER, differs VARCHAR(20), posting_ref VARCHAR(40), evidence TEXT, 
	CONSTRAINT pk_returns PRIMARY KEY (id)
);
CREATE INDEX ix_returns_order_id ON returns (order_id);
CREATE UNIQUE INDEX uq_returns_applied_entry ON returns (entry_id) WHERE applied;
CREATE UNIQUE INDEX uq_returns_item_key ON returns (originator_id, item_key);
CREATE TABLE settlements (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	merchant_id INTEGER NOT NULL, 
	as_of DATE NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	opening_minor INTEGER NOT NULL, 
	collected_minor INTEGER NOT NULL, 
	clawed_back_minor INTEGER NOT NULL, 
	payable_minor INTEGER NOT NULL, 
	closing_minor INTEGER NOT NULL, 
	made_at BIGINT NOT NULL, given_back_minor INTEGER DEFAULT '0' NOT NULL, restored_minor INTEGER DEFAULT '0' NOT NULL, fees_minor INTEGER DEFAULT '0' NOT NULL, charges_minor INTEGER DEFAULT '0' NOT NULL, reserved_minor INTEGER DEFAULT '0' NOT NULL, unreserved_minor INTEGER DEFAULT '0' NOT NULL, covered_minor INTEGER DEFAULT '0' NOT NULL, invoiced_minor INTEGER DEFAULT '0' NOT NULL, payable_again_minor INTEGER DEFAULT '0' NOT NULL, reserve_minor INTEGER DEFAULT '0' NOT NULL, held_minor INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_settlements PRIMARY KEY (id), 
	CONSTRAINT fk_settlements_merchant_id FOREIGN KEY(merchant_id) REFERENCES merchants (id), 
	CONSTRAINT fk_settlements_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT uq_settlements_originator_id_merchant_id_as_of UNIQUE (originator_id, merchant_id, as_of)
);
CREATE TABLE audit (
	seq INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	actor VARCHAR(80) NOT NULL, 
	verb VARCHAR(40) NOT NULL, 
	subject VARCHAR(80) NOT NULL, 
	detail TEXT NOT NULL, 
	previous BLOB NOT NULL, 
	hash BLOB NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (seq), 
	CONSTRAINT uq_audit_hash UNIQUE (hash)
);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TABLE rule_sets (
	id INTEGER NOT NULL, 
	sha256 BLOB NOT NULL, 
	rows JSON NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_rule_sets PRIMARY KEY (id), 
	CONSTRAINT uq_rule_sets_sha256 UNIQUE (sha256)
);
CREATE TABLE policies (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	policy_id VARCHAR(40) NOT NULL, 
	version INTEGER NOT NULL, 
	toml TEXT NOT NULL, 
	sha256 BLOB NOT NULL, 
	taken_by VARCHAR(80) NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_policies PRIMARY KEY (id), 
	CONSTRAINT fk_policies_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT uq_policies_originator_id_policy_id_version UNIQUE (originator_id, policy_id, version)
);
CREATE TABLE notices (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	authorization_id INTEGER NOT NULL, 
	order_id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	text TEXT NOT NULL, 
	send_by DATE NOT NULL, 
	sent_on DATE, 
	proof TEXT, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_notices PRIMARY KEY (id), 
	CONSTRAINT ck_notices_kind_known CHECK (kind IN ('amount', 'date', 'both')), 
	CONSTRAINT ck_notices_sent_with_proof CHECK (sent_on IS NULL OR proof IS NOT NULL), 
	CONSTRAINT uq_notices_order_id_kind UNIQUE (order_id, kind)
);
CREATE TABLE screenings (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	party VARCHAR(40) NOT NULL, 
	party_id INTEGER NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	provider VARCHAR(200) NOT NULL, 
	reference VARCHAR(200) NOT NULL, 
	screened_on DATE NOT NULL, 
	expires_on DATE, 
	recorded_by VARCHAR(80) NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	CONSTRAINT pk_screenings PRIMARY KEY (id), 
	CONSTRAINT ck_screenings_party_known CHECK (party IN ('buyer', 'merchant')), 
	CONSTRAINT ck_screenings_status_known CHECK (status IN ('clear', 'pending', 'match')), 
	CONSTRAINT uq_screenings_party_party_id_provider_reference UNIQUE (party, party_id, provider, reference)
);
CREATE TABLE account_checks (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	merchant_id INTEGER NOT NULL, 
	authorization_id INTEGER, 
	method VARCHAR(40) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	attempts SMALLINT NOT NULL, 
	wanted_on DATE NOT NULL, 
	effective_on DATE, 
	passes_on DATE, 
	ended_because VARCHAR(40), 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_account_checks PRIMARY KEY (id), 
	CONSTRAINT ck_account_checks_method_known CHECK (method IN ('prenote', 'micro_entries', 'external', 'earlier_debit')), 
	CONSTRAINT ck_account_checks_state_known CHECK (state IN ('wanted', 'sealed', 'passed', 'failed', 'canceled'))
);
CREATE INDEX ix_account_checks_originator_id_state ON account_checks (originator_id, state);
CREATE UNIQUE INDEX uq_account_checks_open ON account_checks (account_id) WHERE state IN ('wanted', 'sealed');
CREATE TABLE account_check_entries (
	entry_id INTEGER NOT NULL, 
	check_id INTEGER NOT NULL, 
	CONSTRAINT pk_account_check_entries PRIMARY KEY (entry_id)
);
CREATE INDEX ix_account_check_entries_check_id ON account_check_entries (check_id);
CREATE INDEX ix_orders_alike ON orders (buyer_id, amount_minor);
CREATE INDEX ix_orders_returned ON orders (originator_id) WHERE state = 'returned';
CREATE TABLE "settlement_lines" (
	id INTEGER NOT NULL, 
	settlement_id INTEGER NOT NULL, 
	order_id INTEGER NOT NULL, 
	entry_id INTEGER, 
	kind VARCHAR(40) NOT NULL, 
	amount_minor INTEGER NOT NULL, 
	code VARCHAR(3), 
	reason VARCHAR(40), turn SMALLINT DEFAULT '1' NOT NULL, return_id INTEGER, report_id INTEGER, report_line INTEGER, source_id INTEGER, payable_on DATE, 
	CONSTRAINT pk_settlement_lines PRIMARY KEY (id)
);
CREATE INDEX ix_settlement_lines_settlement_id ON settlement_lines (settlement_id);
CREATE TABLE disputes (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	return_id INTEGER NOT NULL, 
	entry_id INTEGER, 
	order_id INTEGER, 
	case_id INTEGER, 
	request_id INTEGER, 
	code VARCHAR(3) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	amount_cents INTEGER NOT NULL, 
	chosen_on DATE NOT NULL, 
	request_by DATE, 
	dishonour_by DATE, 
	dishonoured_on DATE, 
	dishonour_trace INTEGER, 
	contest_by DATE, 
	contest_code VARCHAR(3), 
	ended_on DATE, 
	actor VARCHAR(80) NOT NULL, 
	rule_set_id INTEGER, 
	CONSTRAINT pk_disputes PRIMARY KEY (id), 
	CONSTRAINT ck_disputes_state_known CHECK (state IN ('chosen', 'dishonoured', 'undone', 'stands', 'replaced', 'withdrawn'))
);
CREATE UNIQUE INDEX uq_disputes_standing ON disputes (return_id) WHERE state <> 'withdrawn';
CREATE INDEX ix_disputes_originator_id_state ON disputes (originator_id, state);
CREATE INDEX ix_disputes_order_id ON disputes (order_id);
CREATE TABLE follow_ups (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	order_id INTEGER NOT NULL, 
	merchant_id INTEGER NOT NULL, 
	original_entry_id INTEGER NOT NULL, 
	entry_id INTEGER, 
	kind VARCHAR(40) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	reason VARCHAR(40) NOT NULL, 
	words TEXT NOT NULL, 
	amount_cents INTEGER NOT NULL, 
	of_collected BOOLEAN DEFAULT 0 NOT NULL, 
	not_before DATE, 
	last_day DATE, 
	send_by BIGINT, 
	notified_on DATE, 
	notice_proof TEXT, 
	maker VARCHAR(80) NOT NULL, 
	checker VARCHAR(80), 
	asked_on DATE NOT NULL, 
	settled_on DATE, 
	ended_on DATE, 
	ended_because VARCHAR(40), 
	rule_set_id INTEGER, 
	version INTEGER NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	CONSTRAINT pk_follow_ups PRIMARY KEY (id), 
	CONSTRAINT ck_follow_ups_kind_known CHECK (kind IN ('reversal', 'refund', 'return_fee')), 
	CONSTRAINT ck_follow_ups_state_known CHECK (state IN ('asked', 'wanted', 'sealed', 'sent', 'settled', 'done', 'returned', 'withdrawn')), 
	CONSTRAINT ck_follow_ups_amount_positive CHECK (amount_cents > 0), 
	CONSTRAINT ck_follow_ups_maker_is_not_checker CHECK (checker IS NULL OR maker <> checker)
);
CREATE UNIQUE INDEX uq_follow_ups_reversal ON follow_ups (original_entry_id) WHERE kind = 'reversal' AND state NOT IN ('returned', 'withdrawn');
CREATE UNIQUE INDEX uq_follow_ups_return_fee ON follow_ups (original_entry_id) WHERE kind = 'return_fee';
CREATE INDEX ix_follow_ups_originator_id_state ON follow_ups (originator_id, state);
CREATE INDEX ix_follow_ups_order_id ON follow_ups (order_id);
CREATE INDEX ix_follow_ups_entry_id ON follow_ups (entry_id);
CREATE TABLE "odfi_requests" (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	entry_id INTEGER, 
	order_id INTEGER, 
	kind VARCHAR(40) NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	asked_on DATE NOT NULL, 
	answered_on DATE, 
	actor VARCHAR(80) NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	about_id INTEGER DEFAULT '0' NOT NULL, 
	state VARCHAR(40) DEFAULT 'asked' NOT NULL, 
	code VARCHAR(3), 
	due_on DATE, 
	document VARCHAR(200), 
	sent_at BIGINT, 
	outcome TEXT, 
	CONSTRAINT pk_odfi_requests PRIMARY KEY (id), 
	CONSTRAINT ck_odfi_requests_kind_known CHECK (kind IN ('return_requested', 'late_return_consented', 'dishonour', 'refuse_change', 'statement_copy')), 
	CONSTRAINT ck_odfi_requests_state_known CHECK (state IN ('asked', 'sent', 'answered', 'withdrawn'))
);
CREATE UNIQUE INDEX uq_odfi_requests_entry ON odfi_requests (entry_id, kind) WHERE about_id = 0;
CREATE UNIQUE INDEX uq_odfi_requests_about ON odfi_requests (about_id, kind) WHERE about_id <> 0;
CREATE TABLE "corrections" (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	report_id INTEGER NOT NULL, 
	item_key BLOB NOT NULL, 
	line INTEGER NOT NULL, 
	entry_id INTEGER, 
	account_id INTEGER, 
	code VARCHAR(3) NOT NULL, 
	original_trace INTEGER NOT NULL, 
	corrected_data BLOB NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	received_at BIGINT NOT NULL, 
	change_trace INTEGER, 
	due_on DATE, 
	ended_at BIGINT, 
	ended_by VARCHAR(80), 
	refused_as VARCHAR(3), 
	CONSTRAINT pk_corrections PRIMARY KEY (id), 
	CONSTRAINT ck_corrections_state_known CHECK (state IN ('open', 'applied', 'left', 'logged', 'refused', 'unmatched'))
);
CREATE UNIQUE INDEX uq_corrections_item_key ON corrections (originator_id, item_key);
CREATE INDEX ix_corrections_account_id ON corrections (account_id);
CREATE INDEX ix_returns_original_trace ON returns (original_trace);
CREATE UNIQUE INDEX uq_settlement_lines_once ON settlement_lines (entry_id, kind, turn);
CREATE UNIQUE INDEX uq_entries_return_fee ON entries (original_entry_id) WHERE original_entry_id IS NOT NULL AND kind = 'return_fee' AND (ended IS NULL OR ended = 'returned');
CREATE INDEX ix_returns_originator_id_returned_on ON returns (originator_id, returned_on);
CREATE INDEX ix_entries_rejected ON entries (batch_id) WHERE ended = 'rejected';
CREATE TABLE adjustments (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	feed_id INTEGER, 
	report_id INTEGER NOT NULL, 
	line INTEGER NOT NULL, 
	item_key BLOB NOT NULL, 
	occurrence INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	amount_minor INTEGER NOT NULL, 
	bank_ref VARCHAR(40) NOT NULL, 
	related_ref VARCHAR(40) NOT NULL, 
	told_on DATE NOT NULL, 
	charged_to INTEGER, 
	CONSTRAINT pk_adjustments PRIMARY KEY (id)
);
CREATE INDEX ix_adjustments_feed_id_told_on ON adjustments (feed_id, told_on);
CREATE UNIQUE INDEX uq_adjustments_item ON adjustments (originator_id, item_key, occurrence);
CREATE TABLE matches (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	subject_id INTEGER NOT NULL, 
	target_id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	amount_minor INTEGER NOT NULL, 
	rule VARCHAR(40) NOT NULL, 
	score SMALLINT NOT NULL, 
	evidence JSON NOT NULL, 
	actor VARCHAR(80) NOT NULL, 
	matched_on DATE NOT NULL, 
	matched_at BIGINT NOT NULL, 
	undone_at BIGINT, 
	undone_by VARCHAR(80), 
	undone_because TEXT, 
	undo_asked_by VARCHAR(80), 
	CONSTRAINT pk_matches PRIMARY KEY (id), 
	CONSTRAINT ck_matches_kind_known CHECK (kind IN ('return', 'settlement', 'return_posting', 'fee_posting', 'payout_posting', 'adjustment_posting', 'by_hand')), 
	CONSTRAINT ck_matches_score_range CHECK (score BETWEEN 0 AND 100), 
	CONSTRAINT ck_matches_undone_with_reason CHECK (undone_at IS NULL OR undone_because IS NOT NULL), 
	CONSTRAINT ck_matches_undone_by_another CHECK (undo_asked_by IS NULL OR undone_by IS NULL OR undo_asked_by <> undone_by)
);
CREATE INDEX ix_matches_target_id_kind ON matches (target_id, kind);
CREATE UNIQUE INDEX uq_matches_standing ON matches (subject_id, target_id, kind) WHERE undone_at IS NULL;
CREATE TABLE report_habits (
	id INTEGER NOT NULL, 
	feed_id INTEGER NOT NULL, 
	profile VARCHAR(60) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	what VARCHAR(80) NOT NULL, 
	rows INTEGER NOT NULL, 
	filled INTEGER NOT NULL, 
	first_on DATE NOT NULL, 
	last_on DATE NOT NULL, 
	drifted_on DATE, 
	CONSTRAINT pk_report_habits PRIMARY KEY (id), 
	CONSTRAINT uq_report_habits_feed_id_profile_kind_what UNIQUE (feed_id, profile, kind, what)
);
CREATE TABLE reported_settlements (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	feed_id INTEGER, 
	report_id INTEGER NOT NULL, 
	line INTEGER NOT NULL, 
	item_key BLOB NOT NULL, 
	occurrence INTEGER NOT NULL, 
	batch_id INTEGER, 
	bank_ref VARCHAR(40) NOT NULL, 
	origination_file VARCHAR(16) NOT NULL, 
	batch_number INTEGER NOT NULL, 
	items INTEGER NOT NULL, 
	amount_minor INTEGER NOT NULL, 
	settled_on DATE, 
	CONSTRAINT pk_reported_settlements PRIMARY KEY (id)
);
CREATE INDEX ix_reported_settlements_batch_id ON reported_settlements (batch_id);
CREATE INDEX ix_reported_settlements_feed_id_bank_ref ON reported_settlements (feed_id, bank_ref);
CREATE UNIQUE INDEX uq_reported_settlements_item ON reported_settlements (originator_id, item_key, occurrence);
CREATE TABLE report_profiles (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	profile_id VARCHAR(40) NOT NULL, 
	version INTEGER NOT NULL, 
	effective_from DATE, 
	effective_to DATE, 
	toml TEXT NOT NULL, 
	sha256 BLOB NOT NULL, 
	taken_by VARCHAR(80) NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_report_profiles PRIMARY KEY (id), 
	CONSTRAINT fk_report_profiles_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT uq_report_profiles_originator_id_profile_id_version UNIQUE (originator_id, profile_id, version)
);
CREATE TABLE report_sign_offs (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	feed_id INTEGER NOT NULL, 
	on_date DATE NOT NULL, 
	reason TEXT NOT NULL, 
	asked_by VARCHAR(80) NOT NULL, 
	asked_at BIGINT NOT NULL, 
	signed_by VARCHAR(80), 
	signed_at BIGINT, 
	CONSTRAINT pk_report_sign_offs PRIMARY KEY (id), 
	CONSTRAINT ck_report_sign_offs_maker_is_not_checker CHECK (signed_by IS NULL OR signed_by <> asked_by), 
	CONSTRAINT fk_report_sign_offs_feed_id FOREIGN KEY(feed_id) REFERENCES feeds (id), 
	CONSTRAINT fk_report_sign_offs_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT uq_report_sign_offs_feed_id_on_date UNIQUE (feed_id, on_date)
);
CREATE TABLE "reports" (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	sha256 BLOB NOT NULL, 
	size INTEGER NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	carrier VARCHAR(40) NOT NULL, 
	feed_id INTEGER, 
	identity VARCHAR(200), 
	sequence INTEGER, 
	business_on DATE, 
	final BOOLEAN NOT NULL, 
	control_totals VARCHAR(40) NOT NULL, 
	problems INTEGER NOT NULL, 
	summary TEXT NOT NULL, 
	received_at BIGINT NOT NULL, 
	part SMALLINT DEFAULT '0' NOT NULL, 
	bytes_of INTEGER, 
	profile VARCHAR(60), 
	mode VARCHAR(40), 
	as_of BIGINT, 
	number VARCHAR(80), 
	previous_number VARCHAR(80), 
	corrects INTEGER, 
	opening_minor INTEGER, 
	closing_minor INTEGER, 
	items_sha256 BLOB, 
	CONSTRAINT pk_reports PRIMARY KEY (id), 
	CONSTRAINT fk_reports_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT fk_reports_feed_id FOREIGN KEY(feed_id) REFERENCES feeds (id), 
	CONSTRAINT uq_reports_originator_id_sha256_part UNIQUE (originator_id, sha256, part), 
	CONSTRAINT ck_reports_state_known CHECK (state IN ('kept', 'taken', 'conflict', 'unreadable', 'superseded'))
);
CREATE INDEX ix_reports_feed_id_sequence ON reports (feed_id, sequence);
CREATE INDEX ix_reports_identity ON reports (identity);
CREATE INDEX ix_reports_feed_id_business_on ON reports (feed_id, business_on);
CREATE TABLE "bank_postings" (
	id INTEGER NOT NULL, 
	feed_id INTEGER NOT NULL, 
	report_id INTEGER NOT NULL, 
	line INTEGER NOT NULL, 
	code VARCHAR(40) NOT NULL, 
	amount_minor INTEGER NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	value_on DATE NOT NULL, 
	bank_ref VARCHAR(40) NOT NULL, 
	occurrence INTEGER NOT NULL, 
	carrier VARCHAR(40) DEFAULT 'str' NOT NULL, 
	event VARCHAR(40) DEFAULT 'other' NOT NULL, 
	of_record BOOLEAN DEFAULT 1 NOT NULL, 
	provisional BOOLEAN DEFAULT 0 NOT NULL, 
	matched BOOLEAN DEFAULT 0 NOT NULL, 
	booked_on DATE, 
	customer_ref VARCHAR(80), 
	reference VARCHAR(35), 
	trace INTEGER, 
	reason VARCHAR(4), 
	company_identification VARCHAR(16), 
	origination_file VARCHAR(16), 
	batch_number INTEGER, 
	items INTEGER, 
	CONSTRAINT pk_bank_postings PRIMARY KEY (id), 
	CONSTRAINT fk_bank_postings_report_id FOREIGN KEY(report_id) REFERENCES reports (id), 
	CONSTRAINT fk_bank_postings_feed_id FOREIGN KEY(feed_id) REFERENCES feeds (id)
);
CREATE INDEX ix_bank_postings_feed_id_booked_on ON bank_postings (feed_id, booked_on);
CREATE INDEX ix_bank_postings_report_id ON bank_postings (report_id);
CREATE INDEX ix_bank_postings_unmatched ON bank_postings (feed_id, value_on) WHERE NOT matched AND of_record;
CREATE UNIQUE INDEX uq_bank_postings_item ON bank_postings (feed_id, carrier, value_on, bank_ref, code, amount_minor, occurrence);
CREATE TABLE "cases" (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	once VARCHAR(120) NOT NULL, 
	order_id INTEGER, 
	entry_id INTEGER, 
	subject VARCHAR(80) NOT NULL, 
	sentence TEXT NOT NULL, 
	owner VARCHAR(40) NOT NULL, 
	suspense_minor INTEGER NOT NULL, 
	holds_release BOOLEAN NOT NULL, 
	opened_on DATE NOT NULL, 
	due_on DATE, 
	closed_at BIGINT, 
	outcome TEXT, 
	clock VARCHAR(40), 
	escalated_at BIGINT, 
	evidence TEXT, 
	closed_by VARCHAR(80), 
	CONSTRAINT pk_cases PRIMARY KEY (id), 
	CONSTRAINT ck_cases_state_known CHECK (state IN ('open', 'closed')), 
	CONSTRAINT ck_cases_kind_known CHECK (kind IN ('unmatched_return', 'duplicate_return', 'return_of_final_order', 'notification_of_change', 'unmatched_change', 'unmatched_acknowledgement', 'acknowledgement_differs', 'unmatched_settlement', 'settlement_differs', 'report_gap', 'report_conflict', 'report_unreadable', 'file_rejected', 'file_in_doubt', 'unknown_return_code', 'dishonour', 'receipt', 'adjustment', 'late_return', 'unrequested_return', 'improper_return', 'questionable_return', 'compliance_return', 'correctable_return', 'return_to_investigate', 'proof_of_authorization', 'suspected_duplicate', 'validation_failed', 'screening_match', 'merchant_unpaid', 'misrouted_return', 'wrong_data_return', 'double_credit', 'contested_dishonour', 'reversal', 'refund', 'unmatched_credit_return', 'statement_copy', 'retry_ending', 'extended_return', 'rate_over_limit', 'fraud_monitoring_review', 'access_review', 'iso_return', 'missing_settlement', 'short_settlement', 'over_settlement', 'orphan_credit', 'orphan_debit', 'return_without_posting', 'posting_without_return', 'unknown_code', 'balance_break', 'report_late', 'report_drift', 'unmatched_by_hand', 'payout_returned', 'merchant_owes'))
);
CREATE INDEX ix_cases_originator_id_state ON cases (originator_id, state);
CREATE UNIQUE INDEX uq_cases_once ON cases (originator_id, kind, once);
CREATE INDEX ix_cases_order_id ON cases (order_id);
CREATE TABLE "postings" (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	account VARCHAR(40) NOT NULL, 
	merchant_id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	amount_minor INTEGER NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	on_date DATE NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	CONSTRAINT pk_postings PRIMARY KEY (id), 
	CONSTRAINT ck_postings_kind_known CHECK (kind IN ('submitted', 'settled', 'collected', 'returned', 'clawed_back', 'rejected', 'unmatched_return', 'bank_fee', 'paid_out', 'micro_credited', 'micro_debited', 'reversing', 'reversing_collected', 'refunding', 'credit_settled', 'credit_returned', 'reversal_undone', 'credit_undone', 'dishonoured', 'contested', 'return_undone', 'written_off', 'return_unmatched', 'adjusted', 'opened', 'banked', 'unbanked', 'bank_unknown', 'bank_explained', 'reserved', 'reserve_released', 'reserve_used', 'charged', 'invoiced', 'invoice_paid', 'merchant_loss', 'payout_settled', 'payout_returned', 'payable_again')), 
	CONSTRAINT ck_postings_account_known CHECK (account IN ('bank_clearing', 'buyer_receivable', 'payable_pending', 'payable_available', 'payable_settled', 'return_suspense', 'fees', 'validation_costs', 'credits_out', 'losses', 'bank', 'bank_suspense', 'opening_balance', 'merchant_reserve', 'merchant_receivable', 'fee_income'))
);
CREATE UNIQUE INDEX uq_postings_movement ON postings (originator_id, kind, batch_id, merchant_id, source_id, account);
CREATE INDEX ix_postings_originator_id_account_merchant_id ON postings (originator_id, account, merchant_id);
CREATE TABLE reserves (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	merchant_id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	amount_minor INTEGER NOT NULL, 
	used_minor INTEGER NOT NULL, 
	held_on DATE NOT NULL, 
	due_on DATE NOT NULL, 
	released_on DATE, 
	CONSTRAINT pk_reserves PRIMARY KEY (id), 
	CONSTRAINT ck_reserves_used_within_it CHECK (used_minor BETWEEN 0 AND amount_minor)
);
CREATE INDEX ix_reserves_held ON reserves (originator_id, merchant_id, due_on) WHERE released_on IS NULL;
CREATE UNIQUE INDEX uq_reserves_batch ON reserves (batch_id, merchant_id, held_on);
CREATE TABLE settlement_steps (
	id INTEGER NOT NULL, 
	line_id INTEGER NOT NULL, 
	settlement_id INTEGER NOT NULL, 
	order_id INTEGER NOT NULL, 
	return_id INTEGER, 
	report_id INTEGER, 
	report_line INTEGER, 
	step VARCHAR(40) NOT NULL, 
	amount_minor INTEGER NOT NULL, 
	CONSTRAINT pk_settlement_steps PRIMARY KEY (id)
);
CREATE INDEX ix_settlement_steps_settlement_id ON settlement_steps (settlement_id);
CREATE UNIQUE INDEX uq_settlement_steps_once ON settlement_steps (line_id, settlement_id, step);
CREATE TABLE merchant_accounts (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	merchant_id INTEGER NOT NULL, 
	name VARCHAR(22) NOT NULL, 
	routing INTEGER NOT NULL, 
	number BLOB NOT NULL, 
	number_index BLOB NOT NULL, 
	last4 VARCHAR(4) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	evidence TEXT NOT NULL, 
	asked_by VARCHAR(80) NOT NULL, 
	asked_at BIGINT NOT NULL, 
	approved_by VARCHAR(80), 
	approved_at BIGINT, 
	ended_on DATE, 
	CONSTRAINT pk_merchant_accounts PRIMARY KEY (id), 
	CONSTRAINT ck_merchant_accounts_kind_known CHECK (kind IN ('checking', 'savings')), 
	CONSTRAINT ck_merchant_accounts_active_with_approval CHECK (state <> 'active' OR approved_by IS NOT NULL), 
	CONSTRAINT ck_merchant_accounts_state_known CHECK (state IN ('asked', 'active', 'ended')), 
	CONSTRAINT ck_merchant_accounts_maker_is_not_checker CHECK (approved_by IS NULL OR approved_by <> asked_by), 
	CONSTRAINT fk_merchant_accounts_merchant_id FOREIGN KEY(merchant_id) REFERENCES merchants (id), 
	CONSTRAINT fk_merchant_accounts_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id)
);
CREATE UNIQUE INDEX uq_merchant_accounts_active ON merchant_accounts (merchant_id) WHERE state = 'active';
CREATE TABLE payouts (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	merchant_id INTEGER NOT NULL, 
	settlement_id INTEGER NOT NULL, 
	merchant_account_id INTEGER, 
	method VARCHAR(40) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	amount_minor INTEGER NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	entry_id INTEGER, 
	file_id INTEGER, 
	batch_id INTEGER, 
	sheet VARCHAR(200), 
	asked_by VARCHAR(80) NOT NULL, 
	approved_by VARCHAR(80), 
	made_on DATE NOT NULL, 
	sent_on DATE, 
	settled_on DATE, 
	ended_on DATE, 
	return_code VARCHAR(3), 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_payouts PRIMARY KEY (id), 
	CONSTRAINT ck_payouts_method_known CHECK (method IN ('sheet', 'ach')), 
	CONSTRAINT ck_payouts_state_known CHECK (state IN ('due', 'approved', 'sealed', 'sent', 'settled', 'returned', 'canceled')), 
	CONSTRAINT ck_payouts_approved_before_it_goes CHECK (state IN ('due', 'canceled') OR approved_by IS NOT NULL), 
	CONSTRAINT ck_payouts_amount_positive CHECK (amount_minor > 0), 
	CONSTRAINT ck_payouts_maker_is_not_checker CHECK (approved_by IS NULL OR approved_by <> asked_by), 
	CONSTRAINT fk_payouts_merchant_id FOREIGN KEY(merchant_id) REFERENCES merchants (id), 
	CONSTRAINT fk_payouts_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT fk_payouts_settlement_id FOREIGN KEY(settlement_id) REFERENCES settlements (id)
);
CREATE INDEX ix_payouts_originator_id_state ON payouts (originator_id, state);
CREATE UNIQUE INDEX uq_payouts_entry ON payouts (entry_id);
CREATE UNIQUE INDEX uq_payouts_settlement ON payouts (settlement_id) WHERE state <> 'canceled';
CREATE UNIQUE INDEX uq_settlement_lines_never_debited ON settlement_lines (order_id) WHERE entry_id IS NULL AND source_id IS NULL;
CREATE UNIQUE INDEX uq_settlement_lines_source ON settlement_lines (source_id, kind, turn) WHERE source_id IS NOT NULL;
CREATE INDEX ix_settlement_lines_later ON settlement_lines (payable_on) WHERE payable_on IS NOT NULL;
CREATE TABLE merchant_losses (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	merchant_id INTEGER NOT NULL, 
	amount_minor INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	asked_by VARCHAR(80) NOT NULL, 
	asked_at BIGINT NOT NULL, 
	approved_by VARCHAR(80), 
	approved_at BIGINT, 
	CONSTRAINT pk_merchant_losses PRIMARY KEY (id), 
	CONSTRAINT ck_merchant_losses_amount_positive CHECK (amount_minor > 0), 
	CONSTRAINT ck_merchant_losses_maker_is_not_checker CHECK (approved_by IS NULL OR approved_by <> asked_by), 
	CONSTRAINT fk_merchant_losses_merchant_id FOREIGN KEY(merchant_id) REFERENCES merchants (id), 
	CONSTRAINT fk_merchant_losses_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id)
);
CREATE UNIQUE INDEX uq_merchant_losses_asked ON merchant_losses (merchant_id) WHERE approved_by IS NULL;
CREATE TABLE users (
	id INTEGER NOT NULL, 
	name VARCHAR(63) NOT NULL, 
	roles VARCHAR(120) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	password VARCHAR(200), 
	password_at BIGINT, 
	totp_sealed BLOB, 
	totp_step INTEGER, 
	issuer VARCHAR(200), 
	subject VARCHAR(200), 
	once_mac BLOB, 
	once_until BIGINT, 
	created_at BIGINT NOT NULL, 
	created_by VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (id), 
	CONSTRAINT ck_users_who_grants_approves_nothing CHECK (roles NOT LIKE '%approver%' OR (roles NOT LIKE '%administrator%' AND roles NOT LIKE '%custodian%')), 
	CONSTRAINT ck_users_state_known CHECK (state IN ('active', 'disabled')), 
	CONSTRAINT uq_users_name UNIQUE (name)
);
CREATE UNIQUE INDEX uq_users_subject ON users (issuer, subject);
CREATE TABLE user_sessions (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	mac BLOB NOT NULL, 
	begun_at BIGINT NOT NULL, 
	proven_at BIGINT NOT NULL, 
	second_factor BOOLEAN NOT NULL, 
	seen_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	CONSTRAINT pk_user_sessions PRIMARY KEY (id), 
	CONSTRAINT fk_user_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT uq_user_sessions_mac UNIQUE (mac)
);
CREATE INDEX ix_user_sessions_user_id ON user_sessions (user_id);
CREATE TABLE guessed_names (
	name_mac BLOB NOT NULL, 
	failures INTEGER NOT NULL, 
	locked_until BIGINT, 
	last_at BIGINT NOT NULL, 
	CONSTRAINT pk_guessed_names PRIMARY KEY (name_mac)
);
CREATE TABLE api_keys (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	key_id VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	mac BLOB NOT NULL, 
	permissions JSON NOT NULL, 
	merchant_id INTEGER, 
	per_minute INTEGER, 
	created_at BIGINT NOT NULL, 
	created_by VARCHAR(80) NOT NULL, 
	expires_at BIGINT, 
	revoked_at BIGINT, 
	revoked_by VARCHAR(80), 
	old_mac BLOB, 
	old_until BIGINT, 
	last_used_at BIGINT, 
	CONSTRAINT pk_api_keys PRIMARY KEY (id), 
	CONSTRAINT uq_api_keys_key_id UNIQUE (key_id)
);
CREATE TABLE answered_calls (
	caller VARCHAR(80) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	route VARCHAR(200) NOT NULL, 
	subject_id INTEGER, 
	fingerprint BLOB NOT NULL, 
	status SMALLINT NOT NULL, 
	headers JSON NOT NULL, 
	answer BLOB NOT NULL, 
	answered_at BIGINT NOT NULL, 
	CONSTRAINT pk_answered_calls PRIMARY KEY (caller, "key")
);
CREATE INDEX ix_answered_calls_subject_id ON answered_calls (subject_id);
CREATE TABLE labels (
	subject_id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	content JSON NOT NULL, 
	CONSTRAINT pk_labels PRIMARY KEY (subject_id)
);
CREATE TABLE webhook_endpoints (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	merchant_id INTEGER, 
	url VARCHAR(2000) NOT NULL, 
	description VARCHAR(200) NOT NULL, 
	kinds JSON NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	reason VARCHAR(200), 
	cursor INTEGER NOT NULL, 
	failing_since BIGINT, 
	failures INTEGER DEFAULT '0' NOT NULL, 
	rest_until BIGINT, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at BIGINT NOT NULL, 
	created_by VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_webhook_endpoints PRIMARY KEY (id), 
	CONSTRAINT ck_webhook_endpoints_state_known CHECK (state IN ('enabled', 'disabled', 'gone'))
);
CREATE TABLE webhook_secrets (
	id INTEGER NOT NULL, 
	endpoint_id INTEGER NOT NULL, 
	sealed BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	retires_at BIGINT, 
	CONSTRAINT pk_webhook_secrets PRIMARY KEY (id), 
	CONSTRAINT fk_webhook_secrets_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES webhook_endpoints (id)
);
CREATE INDEX ix_webhook_secrets_endpoint_id ON webhook_secrets (endpoint_id);
CREATE TABLE webhook_messages (
	id INTEGER NOT NULL, 
	endpoint_id INTEGER NOT NULL, 
	fact_seq INTEGER NOT NULL, 
	replay INTEGER DEFAULT '0' NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	next_at BIGINT, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_webhook_messages PRIMARY KEY (id), 
	CONSTRAINT ck_webhook_messages_state_known CHECK (state IN ('due', 'delivered', 'given_up')), 
	CONSTRAINT fk_webhook_messages_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES webhook_endpoints (id)
);
CREATE INDEX ix_webhook_messages_due ON webhook_messages (endpoint_id, fact_seq) WHERE state = 'due';
CREATE UNIQUE INDEX uq_webhook_messages_event ON webhook_messages (endpoint_id, fact_seq, replay);
CREATE TABLE webhook_attempts (
	id INTEGER NOT NULL, 
	message_id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	took_ms INTEGER NOT NULL, 
	status INTEGER, 
	said TEXT, 
	CONSTRAINT pk_webhook_attempts PRIMARY KEY (id), 
	CONSTRAINT fk_webhook_attempts_message_id FOREIGN KEY(message_id) REFERENCES webhook_messages (id)
);
CREATE INDEX ix_webhook_attempts_message_id ON webhook_attempts (message_id);
CREATE TABLE "book" (
	id INTEGER NOT NULL, 
	mark VARCHAR(8) NOT NULL, 
	instance VARCHAR(32) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	created_at BIGINT NOT NULL, 
	last_night_on DATE, 
	signed_in BOOLEAN DEFAULT 0 NOT NULL, 
	clock_ahead_s INTEGER DEFAULT '0' NOT NULL, key_turn INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_book PRIMARY KEY (id), 
	CONSTRAINT ck_book_mark_known CHECK (mark IN ('test', 'live')), 
	CONSTRAINT ck_book_single CHECK (id = 1), 
	CONSTRAINT ck_book_state_known CHECK (state IN ('ready', 'restored')), 
	CONSTRAINT ck_book_live_clock_true CHECK (mark = 'test' OR clock_ahead_s = 0)
);
CREATE INDEX ix_audit_subject ON audit (subject);
CREATE TABLE "bank_days" (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	feed_id INTEGER NOT NULL, 
	on_date DATE NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	opening_minor INTEGER NOT NULL, 
	closing_minor INTEGER NOT NULL, 
	equations JSON NOT NULL, 
	open_items INTEGER NOT NULL, 
	made_at BIGINT NOT NULL, 
	made_by VARCHAR(80) NOT NULL, 
	page_sha256 BLOB, 
	signed_by VARCHAR(80), 
	signed_at BIGINT, 
	note TEXT, 
	CONSTRAINT pk_bank_days PRIMARY KEY (id), 
	CONSTRAINT fk_bank_days_feed_id FOREIGN KEY(feed_id) REFERENCES feeds (id), 
	CONSTRAINT fk_bank_days_originator_id FOREIGN KEY(originator_id) REFERENCES originators (id), 
	CONSTRAINT ck_bank_days_state_known CHECK (state IN ('open', 'balanced', 'signed')), 
	CONSTRAINT uq_bank_days_feed_id_on_date UNIQUE (feed_id, on_date), 
	CONSTRAINT ck_bank_days_maker_is_not_checker CHECK (signed_by IS NULL OR signed_by <> made_by)
);
CREATE TABLE "work_runs" (
	id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	about VARCHAR(80) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	due_at BIGINT NOT NULL, 
	started_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	exit_code INTEGER, 
	result JSON, 
	fault TEXT, 
	holder VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_work_runs PRIMARY KEY (id), 
	CONSTRAINT ck_work_runs_state_known CHECK (state IN ('running', 'done', 'failed', 'abandoned')), 
	CONSTRAINT ck_work_runs_kind_known CHECK (kind IN ('poll', 'night', 'send', 'release', 'reconcile', 'settle', 'watch', 'deliver'))
);
CREATE INDEX ix_work_runs_state ON work_runs (state);
CREATE UNIQUE INDEX uq_work_runs_due ON work_runs (kind, about, due_at);
CREATE TABLE key_epochs (
	number INTEGER NOT NULL, 
	purpose VARCHAR(40) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	kek VARCHAR(200) NOT NULL, 
	wrapped BLOB, 
	opened_at BIGINT NOT NULL, 
	closed_at BIGINT, 
	destroyed_at BIGINT, 
	sealed INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_key_epochs PRIMARY KEY (number), 
	CONSTRAINT ck_key_epochs_number_two_bytes CHECK (number BETWEEN 1 AND 65535), 
	CONSTRAINT ck_key_epochs_purpose_known CHECK (purpose IN ('values', 'evidence', 'both')), 
	CONSTRAINT ck_key_epochs_state_known CHECK (state IN ('open', 'closed', 'destroyed')), 
	CONSTRAINT ck_key_epochs_destroyed CHECK (state <> 'destroyed' OR (wrapped IS NULL AND destroyed_at IS NOT NULL)), 
	CONSTRAINT ck_key_epochs_closed_when CHECK (state = 'open' OR closed_at IS NOT NULL)
);
CREATE UNIQUE INDEX uq_key_epochs_open ON key_epochs (purpose) WHERE state = 'open';
CREATE TABLE key_rotations (
	id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	reason TEXT NOT NULL, 
	asked_by VARCHAR(80) NOT NULL, 
	approved_by VARCHAR(80) NOT NULL, 
	begun_at BIGINT NOT NULL, 
	moved_at BIGINT NOT NULL, 
	done_at BIGINT, 
	epoch INTEGER NOT NULL, 
	place VARCHAR(80) NOT NULL, 
	after_id INTEGER NOT NULL, 
	moved INTEGER NOT NULL, 
	CONSTRAINT pk_key_rotations PRIMARY KEY (id), 
	CONSTRAINT ck_key_rotations_kind_known CHECK (kind IN ('epoch', 'kek')), 
	CONSTRAINT ck_key_rotations_state_known CHECK (state IN ('running', 'done')), 
	CONSTRAINT ck_key_rotations_two_persons CHECK (asked_by <> approved_by), 
	CONSTRAINT ck_key_rotations_done_when CHECK ((state = 'done') = (done_at IS NOT NULL))
);
CREATE UNIQUE INDEX uq_key_rotations_running ON key_rotations (state) WHERE state = 'running';
CREATE TABLE audit_anchors (
	id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	hash BLOB NOT NULL, 
	place VARCHAR(40) NOT NULL, 
	at BIGINT NOT NULL, 
	fault VARCHAR(200), 
	CONSTRAINT pk_audit_anchors PRIMARY KEY (id), 
	CONSTRAINT ck_audit_anchors_place_known CHECK (place IN ('host', 'file'))
);
CREATE TABLE audit_turns (
	id INTEGER NOT NULL, 
	CONSTRAINT pk_audit_turns PRIMARY KEY (id)
);
CREATE TABLE "facts" (
	seq INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	scope VARCHAR(40) NOT NULL, 
	subject_id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	once VARCHAR(80) NOT NULL, 
	on_date DATE NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	actor VARCHAR(80) NOT NULL, 
	detail JSON NOT NULL, 
	CONSTRAINT pk_facts PRIMARY KEY (seq), 
	CONSTRAINT ck_facts_kind_known CHECK (kind IN ('sealed', 'approved', 'refused', 'sending', 'transmitted', 'in_doubt', 'pended', 'accepted', 'rejected', 'voided', 'settled', 'returned', 'watermark', 'taken', 'canceled', 'held', 'unheld', 'given_up', 'retry_planned', 'revoked', 'blocked', 'corrected', 'opened', 'closed', 'paid_out', 'activated', 'suspended', 'resumed', 'consumed', 'unconsumed', 'expired', 'superseded', 'notice_due', 'notice_sent', 'legal_hold', 'legal_hold_ended', 'purged', 'proof_requested', 'proof_made', 'check_wanted', 'validated', 'validation_failed', 'screened', 'unblocked', 'paid_otherwise', 'correction_planned', 'return_requested', 'late_return_consented', 'confirmed', 'iat_view', 'change_refused', 'change_left', 'odfi_asked', 'odfi_answered', 'disputed', 'dishonoured', 'contested', 'undone', 'replaced', 'asked', 'withdrawn', 'escalated', 'noted', 'matched', 'unmatched', 'reconciled', 'signed_off', 'reopened', 'reserved', 'released', 'payable_again', 'account_named', 'covered', 'anchored')), 
	CONSTRAINT ck_facts_scope_known CHECK (scope IN ('order', 'entry', 'batch', 'file', 'feed', 'report', 'authorization', 'account', 'merchant', 'case', 'buyer', 'return', 'follow_up', 'correction', 'payout', 'posting', 'settlement', 'audit'))
);
CREATE UNIQUE INDEX uq_facts_once ON facts (scope, subject_id, kind, once);
CREATE TRIGGER audit_anchors_no_update BEFORE UPDATE ON audit_anchors BEGIN SELECT RAISE(ABORT, 'audit_anchors is append-only'); END;
CREATE TRIGGER audit_anchors_no_delete BEFORE DELETE ON audit_anchors BEGIN SELECT RAISE(ABORT, 'audit_anchors is append-only'); END;
CREATE TRIGGER facts_no_update BEFORE UPDATE ON facts BEGIN SELECT RAISE(ABORT, 'facts is append-only'); END;
CREATE TRIGGER facts_no_delete BEFORE DELETE ON facts BEGIN SELECT RAISE(ABORT, 'facts is append-only'); END;
CREATE TRIGGER audit_anchors_no_replace BEFORE INSERT ON audit_anchors WHEN EXISTS (SELECT 1 FROM audit_anchors WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'audit_anchors is append-only'); END;
CREATE TRIGGER facts_no_replace BEFORE INSERT ON facts WHEN EXISTS (SELECT 1 FROM facts WHERE seq = NEW.seq) OR EXISTS (SELECT 1 FROM facts WHERE scope = NEW.scope AND subject_id = NEW.subject_id AND kind = NEW.kind AND once = NEW.once) BEGIN SELECT RAISE(ABORT, 'facts is append-only: UNIQUE'); END;
CREATE TRIGGER audit_follows BEFORE INSERT ON audit WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit) OR NEW.previous IS NOT coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), zeroblob(32)) OR EXISTS (SELECT 1 FROM audit WHERE hash = NEW.hash) BEGIN SELECT RAISE(ABORT, 'audit is append-only: this record does not follow the last one'); END;
CREATE TABLE open_orders (
	order_id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	bucket SMALLINT NOT NULL, 
	collect_on DATE, 
	returned BOOLEAN NOT NULL, 
	CONSTRAINT pk_open_orders PRIMARY KEY (order_id)
);
CREATE INDEX ix_open_orders_originator_id_collect_on ON open_orders (originator_id, collect_on);
CREATE INDEX ix_open_orders_returned ON open_orders (originator_id) WHERE returned;
CREATE TABLE standing_debits (
	order_id INTEGER NOT NULL, 
	presentation SMALLINT NOT NULL, 
	entry_id INTEGER NOT NULL, 
	live BOOLEAN NOT NULL, 
	CONSTRAINT pk_standing_debits PRIMARY KEY (order_id, presentation)
);
CREATE UNIQUE INDEX uq_standing_debits_live ON standing_debits (order_id) WHERE live;
CREATE TABLE standing_follow_ups (
	original_entry_id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	entry_id INTEGER NOT NULL, 
	CONSTRAINT pk_standing_follow_ups PRIMARY KEY (original_entry_id, kind)
);
CREATE TABLE facts_once (
	scope VARCHAR(40) NOT NULL, 
	subject_id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	once VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_facts_once PRIMARY KEY (scope, subject_id, kind, once)
);
CREATE TABLE shreddings (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	reason TEXT NOT NULL, 
	maker VARCHAR(80) NOT NULL, 
	asked_at BIGINT NOT NULL, 
	checker VARCHAR(80), 
	decided_at BIGINT, 
	told TEXT, 
	begun_seq INTEGER, 
	begun_hash VARCHAR(64), 
	certificate TEXT, 
	CONSTRAINT pk_shreddings PRIMARY KEY (id), 
	CONSTRAINT ck_shreddings_state_known CHECK (state IN ('asked', 'approved', 'begun', 'done', 'refused')), 
	CONSTRAINT ck_shreddings_maker_is_not_checker CHECK (checker IS NULL OR checker <> maker), 
	CONSTRAINT ck_shreddings_decided_by_somebody CHECK (state = 'asked' OR checker IS NOT NULL), 
	CONSTRAINT ck_shreddings_begun CHECK (state NOT IN ('begun', 'done') OR (told IS NOT NULL AND begun_seq IS NOT NULL)), 
	CONSTRAINT ck_shreddings_certificate_when_done CHECK ((state = 'done') = (certificate IS NOT NULL))
);
CREATE UNIQUE INDEX uq_shreddings_epoch ON shreddings (epoch) WHERE state <> 'refused';
CREATE TABLE restorations (
	id INTEGER NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	begun_at BIGINT NOT NULL, 
	compared_at BIGINT NOT NULL, 
	head_seq INTEGER NOT NULL, 
	head_hash BLOB NOT NULL, 
	lost_seq INTEGER NOT NULL, 
	lost_hash BLOB NOT NULL, 
	register_lines INTEGER NOT NULL, 
	held_orders INTEGER NOT NULL, 
	maker VARCHAR(80), 
	checker VARCHAR(80), 
	reason TEXT, 
	released_at BIGINT, 
	CONSTRAINT pk_restorations PRIMARY KEY (id), 
	CONSTRAINT ck_restorations_state_known CHECK (state IN ('compared', 'released')), 
	CONSTRAINT ck_restorations_maker_is_not_checker CHECK (maker <> checker), 
	CONSTRAINT ck_restorations_released_by_two CHECK (state <> 'released' OR (maker IS NOT NULL AND checker IS NOT NULL AND reason IS NOT NULL))
);
CREATE UNIQUE INDEX uq_restorations_open ON restorations (state) WHERE state = 'compared';
CREATE TABLE restored_findings (
	id INTEGER NOT NULL, 
	restoration_id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	subject VARCHAR(160) NOT NULL, 
	sha256 BLOB NOT NULL, 
	entries INTEGER NOT NULL, 
	debit_cents INTEGER NOT NULL, 
	sentence TEXT NOT NULL, 
	found_at BIGINT NOT NULL, 
	CONSTRAINT pk_restored_findings PRIMARY KEY (id), 
	CONSTRAINT ck_restored_findings_kind_known CHECK (kind IN ('adopted', 'proven', 'voided', 'in_doubt', 'bytes_missing', 'other_bytes', 'not_taken', 'foreign', 'host_memory')), 
	CONSTRAINT ck_restored_findings_state_known CHECK (state IN ('settled', 'open', 'waved')), 
	CONSTRAINT fk_restored_findings_restoration_id FOREIGN KEY(restoration_id) REFERENCES restorations (id), 
	CONSTRAINT uq_restored_findings_restoration_id_subject UNIQUE (restoration_id, subject)
);
CREATE TABLE terms_changes (
	id SMALLINT NOT NULL, 
	number INTEGER NOT NULL, 
	CONSTRAINT pk_terms_changes PRIMARY KEY (id), 
	CONSTRAINT ck_terms_changes_one_row CHECK (id = 1)
);
CREATE TABLE unmaskings (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	actor VARCHAR(80) NOT NULL, 
	reason TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	until_at BIGINT NOT NULL, 
	CONSTRAINT pk_unmaskings PRIMARY KEY (id), 
	CONSTRAINT ck_unmaskings_boxed_in_time CHECK (until_at > at)
);
CREATE INDEX ix_unmaskings_account_id_actor ON unmaskings (account_id, actor);
CREATE INDEX ix_unmaskings_at ON unmaskings (at);
CREATE TABLE access_reviews (
	id INTEGER NOT NULL, 
	originator_id INTEGER NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	findings TEXT NOT NULL, 
	people JSON NOT NULL, 
	reviewed_by VARCHAR(80) NOT NULL, 
	reviewed_at BIGINT NOT NULL, 
	decided_by VARCHAR(80), 
	decided_at BIGINT, 
	reason TEXT, 
	CONSTRAINT pk_access_reviews PRIMARY KEY (id), 
	CONSTRAINT ck_access_reviews_state_known CHECK (state IN ('waiting', 'signed', 'refused')), 
	CONSTRAINT ck_access_reviews_maker_is_not_checker CHECK (decided_by IS NULL OR decided_by <> reviewed_by), 
	CONSTRAINT ck_access_reviews_decided_by_somebody CHECK ((state = 'waiting') = (decided_by IS NULL))
);
CREATE INDEX ix_access_reviews_originator_id_state ON access_reviews (originator_id, state);
CREATE INDEX ix_audit_actor_seq ON audit (actor, seq);
CREATE INDEX ix_audit_verb_seq ON audit (verb, seq);
CREATE TRIGGER unmaskings_no_update BEFORE UPDATE ON unmaskings BEGIN SELECT RAISE(ABORT, 'unmaskings is append-only'); END;
CREATE TRIGGER unmaskings_no_delete BEFORE DELETE ON unmaskings BEGIN SELECT RAISE(ABORT, 'unmaskings is append-only'); END;
CREATE TRIGGER unmaskings_no_replace BEFORE INSERT ON unmaskings WHEN EXISTS (SELECT 1 FROM unmaskings WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'unmaskings is append-only'); END;
INSERT INTO alembic_version (version_num) VALUES ('0018');
