CREATE TABLE fact_slot (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    fact_id {bytes} NOT NULL,
    slot {bytes} NOT NULL,
    PRIMARY KEY (tenant, generation, record_id, fact_id)
) {clustered};
CREATE TABLE fact_history (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    fact_id {bytes} NOT NULL,
    touchpoint_id {bytes} NOT NULL,
    slot {bytes} NOT NULL,
    PRIMARY KEY (tenant, generation, record_id, fact_id, touchpoint_id)
) {clustered};
CREATE TABLE record_summary (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    summary {bytes} NOT NULL,
    PRIMARY KEY (tenant, generation, record_id)
) {clustered};
CREATE TABLE record_bucket (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    -- Thirteen weeks.
    chunk BIGINT NOT NULL,
    buckets {bytes} NOT NULL,
    PRIMARY KEY (tenant, generation, record_id, chunk)
) {clustered};
-- How much happened by day and type, of whomever: it stays when a person is erased.
CREATE TABLE activity_count (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    -- Days since 1970-01-01, in UTC.
    day BIGINT NOT NULL,
    -- The type's number.
    kind BIGINT NOT NULL,
    -- The range of partitions that counted it.
    range_start BIGINT NOT NULL,
    happened BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, day, kind, range_start)
) {clustered};
-- The records whose providers are to be looked after, and when.
CREATE TABLE enrichment_due (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    due_at BIGINT NOT NULL,
    -- How often in a row a provider could not answer.
    failures BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, record_id)
) {clustered};
CREATE INDEX enrichment_due_by_time ON enrichment_due (generation, due_at, tenant, record_id);
-- How many facts each retention run had forgotten.
CREATE TABLE forgotten_fact (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    run_id {bytes} NOT NULL,
    -- The range of partitions that counted it.
    range_start BIGINT NOT NULL,
    facts BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, run_id, range_start)
) {clustered};
CREATE TABLE trait_definition (
    tenant {text} NOT NULL,
    name {text} NOT NULL,
    -- The changes of a tenant are numbered.
    change BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, name)
) {clustered};
CREATE TABLE segment_definition (
    tenant {text} NOT NULL,
    name {text} NOT NULL,
    -- Numbered with the changes of traits.
    change BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, name)
) {clustered};

-- What is kept of persons, so that they can be listed. Of no generation: refolding writes it, and brings it up to date after a rebuild.
CREATE TABLE person_state (
    tenant {text} NOT NULL,
    person_id {bytes} NOT NULL,
    revision BIGINT NOT NULL,
    -- The change of traits and segments under which it was last looked at.
    change BIGINT NOT NULL,
    -- KeptFields.
    fields {bytes} NOT NULL,
    PRIMARY KEY (tenant, person_id)
) {clustered};
CREATE INDEX person_state_by_change ON person_state (tenant, change);
CREATE TABLE person_segment (
    tenant {text} NOT NULL,
    person_id {bytes} NOT NULL,
    segment {text} NOT NULL,
    version BIGINT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (tenant, person_id, segment)
) {clustered};
CREATE INDEX person_segment_by_segment ON person_segment (tenant, segment, person_id);
CREATE TABLE person_trait (
    tenant {text} NOT NULL,
    person_id {bytes} NOT NULL,
    name {text} NOT NULL,
    version BIGINT NOT NULL,
    -- Ordered as the values are.
    value_key {bytes} NOT NULL,
    PRIMARY KEY (tenant, person_id, name)
) {clustered};
CREATE INDEX person_trait_by_value ON person_trait (tenant, name, version, value_key, person_id);
CREATE TABLE hot_epoch (
    place BIGINT NOT NULL PRIMARY KEY,
    epoch {bytes} NOT NULL,
    servers {bytes} NOT NULL
);

-- Registers: they change only together with an entry in our journal.
CREATE TABLE person_right (
    tenant {text} NOT NULL,
    right_id {bytes} NOT NULL,
    request_id {text} NOT NULL,
    -- What was asked for under the request.
    body {text} NOT NULL,
    -- A Right.
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, right_id)
) {clustered};
CREATE UNIQUE INDEX person_right_by_request ON person_right (tenant, request_id);

CREATE TABLE erasure (
    tenant {text} NOT NULL,
    erasure_id {bytes} NOT NULL,
    request_id {text} NOT NULL,
    -- The person that was asked for.
    body {text} NOT NULL,
    requested_at BIGINT NOT NULL,
    -- An Erasure.
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, erasure_id)
) {clustered};
CREATE UNIQUE INDEX erasure_by_request ON erasure (tenant, request_id);
CREATE INDEX erasure_by_time ON erasure (tenant, requested_at, erasure_id);

-- The records of erasures that are not erased yet.
CREATE TABLE erasure_record (
    tenant {text} NOT NULL,
    record_id {bytes} NOT NULL,
    erasure_id {bytes} NOT NULL,
    PRIMARY KEY (tenant, record_id, erasure_id)
) {clustered};

-- How long what is known of persons is kept, each version.
CREATE TABLE retention_policy (
    tenant {text} NOT NULL,
    version BIGINT NOT NULL,
    -- A RetentionPolicy.
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, version)
) {clustered};

-- Runs over everybody, and how far they are.
CREATE TABLE retention_run (
    tenant {text} NOT NULL,
    run_id {bytes} NOT NULL,
    request_id {text} NOT NULL,
    -- What was asked for under the request.
    body {text} NOT NULL,
    began_at BIGINT NOT NULL,
    -- The last person that was looked at; empty: none.
    after_person {bytes} NOT NULL,
    -- A RetentionRun.
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, run_id)
) {clustered};
CREATE UNIQUE INDEX retention_run_by_request ON retention_run (tenant, request_id);
CREATE INDEX retention_run_by_time ON retention_run (tenant, began_at, run_id);

-- How much of what runs that go on have forgotten happened on a day, until it is told.
CREATE TABLE retention_tally (
    tenant {text} NOT NULL,
    run_id {bytes} NOT NULL,
    -- Days since 1970-01-01, in UTC.
    day BIGINT NOT NULL,
    -- The type's number.
    kind BIGINT NOT NULL,
    happened BIGINT NOT NULL,
    PRIMARY KEY (tenant, run_id, day, kind)
) {clustered};

-- Who read what is sensitive: a row for each whose data was shown.
CREATE TABLE sensitive_read (
    tenant {text} NOT NULL,
    -- The person or the record.
    subject {bytes} NOT NULL,
    read_at BIGINT NOT NULL,
    read_id {bytes} NOT NULL,
    -- Whether it is the first of the read's.
    leads BOOLEAN NOT NULL,
    -- A SensitiveRead.
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, subject, read_at, read_id)
) {clustered};
CREATE INDEX sensitive_read_by_time ON sensitive_read (tenant, leads, read_at, read_id);
