CREATE TABLE stated_right (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    right_id {bytes} NOT NULL,
    -- A Right of profile's, without its records.
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, generation, record_id, right_id)
) {clustered};
