CREATE TABLE touchpoint_seen (
    tenant {text} NOT NULL,
    touchpoint_id {bytes} NOT NULL,
    body {bytes} NOT NULL,
    subjects {bytes} NOT NULL,
    amends BIGINT NOT NULL,
    PRIMARY KEY (tenant, touchpoint_id)
) {clustered};
CREATE TABLE quarantine (
    tenant {text} NOT NULL,
    quarantine_id {bytes} NOT NULL,
    source {text} NOT NULL,
    received_at BIGINT NOT NULL,
    state BIGINT NOT NULL,
    outcome BIGINT NOT NULL,
    replayed_body {bytes} NOT NULL,
    touchpoint_id {bytes} NOT NULL,
    record_id {bytes} NOT NULL,
    violations {bytes} NOT NULL,
    sealed {bytes} NOT NULL,
    PRIMARY KEY (tenant, quarantine_id)
);
CREATE INDEX quarantine_by_time ON quarantine (tenant, state, received_at, quarantine_id);
CREATE TABLE quarantine_subject (
    tenant {text} NOT NULL,
    record_id {bytes} NOT NULL,
    quarantine_id {bytes} NOT NULL,
    PRIMARY KEY (tenant, record_id, quarantine_id)
) {clustered};
CREATE INDEX quarantine_subject_by_item ON quarantine_subject (tenant, quarantine_id);
CREATE TABLE intake_tally (
    tenant {text} NOT NULL,
    source {text} NOT NULL,
    shard BIGINT NOT NULL,
    outcome BIGINT NOT NULL,
    reason BIGINT NOT NULL,
    items BIGINT NOT NULL,
    PRIMARY KEY (tenant, source, shard, outcome, reason)
) {clustered};
CREATE TABLE erased_record (
    tenant {text} NOT NULL,
    record_id {bytes} NOT NULL,
    erased_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, record_id)
) {clustered};
CREATE TABLE key_to_destroy (
    tenant {text} NOT NULL,
    key_id {bytes} NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (tenant, key_id)
) {clustered};
CREATE TABLE source_progress (
    tenant {text} NOT NULL,
    source {text} NOT NULL,
    complete_until BIGINT NOT NULL,
    PRIMARY KEY (tenant, source)
) {clustered};
CREATE TABLE custom_schema (
    tenant {text} NOT NULL,
    name {text} NOT NULL,
    revision BIGINT NOT NULL,
    json_schema {text} NOT NULL,
    registered_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, name, revision)
);
