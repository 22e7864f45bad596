CREATE TABLE membership (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    person_id {bytes} NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, record_id)
) {clustered};
CREATE INDEX membership_by_person ON membership (tenant, generation, person_id, record_id);
CREATE TABLE redirect (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    from_person_id {bytes} NOT NULL,
    to_person_id {bytes} NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, from_person_id)
) {clustered};
CREATE TABLE erased_record (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    PRIMARY KEY (tenant, generation, record_id)
) {clustered};
