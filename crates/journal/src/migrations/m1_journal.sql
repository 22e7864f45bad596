CREATE TABLE journal_head (id {rowid} PRIMARY KEY, epoch {bytes} NOT NULL, next BIGINT NOT NULL);
CREATE TABLE journal_entry (
    sequence {rowid} PRIMARY KEY,
    entry_id {bytes} NOT NULL,
    tenant {text} NOT NULL,
    partitions {bytes} NOT NULL,
    type_name {text} NOT NULL,
    revision BIGINT NOT NULL,
    payload {bytes} NOT NULL,
    traceparent {text} NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE TABLE projection (
    name {text} NOT NULL PRIMARY KEY,
    ranges BIGINT NOT NULL,
    active BIGINT NOT NULL,
    building BIGINT NOT NULL,
    reconciling BIGINT NOT NULL,
    reconciled {bytes} NOT NULL
) {clustered};
CREATE TABLE checkpoint (
    projection {text} NOT NULL,
    generation BIGINT NOT NULL,
    journal {text} NOT NULL,
    range_index BIGINT NOT NULL,
    epoch {bytes} NOT NULL,
    sequence BIGINT NOT NULL,
    inputs {bytes} NOT NULL,
    applied BIGINT NOT NULL,
    parked BIGINT NOT NULL,
    caught_up BIGINT NOT NULL,
    lease_epoch BIGINT NOT NULL,
    alarm {text} NOT NULL,
    PRIMARY KEY (projection, generation, journal, range_index)
) {clustered};
CREATE TABLE lease (
    projection {text} NOT NULL,
    range_index BIGINT NOT NULL,
    holder {bytes} NOT NULL,
    epoch BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (projection, range_index)
) {clustered};
CREATE TABLE replica (
    projection {text} NOT NULL,
    holder {bytes} NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (projection, holder)
) {clustered};
CREATE TABLE parked (
    parked_id {bytes} NOT NULL PRIMARY KEY,
    projection {text} NOT NULL,
    generation BIGINT NOT NULL,
    journal {text} NOT NULL,
    range_index BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    entry {bytes} NOT NULL,
    reason {text} NOT NULL,
    parked_at BIGINT NOT NULL
) {clustered};
CREATE INDEX parked_by_projection ON parked (projection, generation, sequence);
CREATE TABLE timer (
    tenant {text} NOT NULL,
    timer_id {bytes} NOT NULL,
    kind {text} NOT NULL,
    partition_index BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, timer_id)
) {clustered};
-- In the order in which they fire: many may be due at one moment, and are not sorted for each batch of them.
CREATE INDEX timer_by_due ON timer (due_at, tenant, timer_id, partition_index);
