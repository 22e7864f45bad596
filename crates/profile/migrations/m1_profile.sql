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
CREATE TABLE trait_definition (
    tenant {text} NOT NULL,
    name {text} NOT NULL,
    -- The changes of a tenant are numbered.
    change BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, name)
) {clustered};
CREATE TABLE hot_epoch (
    place BIGINT NOT NULL PRIMARY KEY,
    epoch {bytes} NOT NULL,
    servers {bytes} NOT NULL
);
