CREATE TABLE membership (
    tenant {text} NOT NULL,
    record_id {bytes} NOT NULL,
    person_id {bytes} NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant, record_id)
) {clustered};
CREATE INDEX membership_by_person ON membership (tenant, person_id, record_id, version);
CREATE TABLE person (
    tenant {text} NOT NULL,
    person_id {bytes} NOT NULL,
    founder {bytes} NOT NULL,
    ordinal BIGINT NOT NULL,
    holder {bytes} NOT NULL,
    records BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    leads_to {bytes} NOT NULL,
    redirect_version BIGINT NOT NULL,
    PRIMARY KEY (tenant, person_id)
) {clustered};
CREATE INDEX person_by_founder ON person (tenant, founder);
CREATE INDEX person_by_holder ON person (tenant, holder);
-- Records whose person was open at some time.
CREATE TABLE pending_identity (
    tenant {text} NOT NULL,
    record_id {bytes} NOT NULL,
    pending BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant, record_id)
) {clustered};
CREATE TABLE decision (
    tenant {text} NOT NULL,
    decision_id {bytes} NOT NULL,
    sequence BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    undone_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, decision_id)
) {clustered};
CREATE UNIQUE INDEX decision_by_sequence ON decision (tenant, sequence);
CREATE TABLE decision_member (
    tenant {text} NOT NULL,
    decision_id {bytes} NOT NULL,
    sequence BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    side BIGINT NOT NULL,
    piece BIGINT NOT NULL,
    PRIMARY KEY (tenant, decision_id, record_id)
) {clustered};
CREATE INDEX decision_member_by_record ON decision_member (tenant, record_id);
CREATE TABLE steward_request (
    tenant {text} NOT NULL,
    request_id {text} NOT NULL,
    body {bytes} NOT NULL,
    answer {bytes} NOT NULL,
    entry_id {bytes} NOT NULL,
    journal_head BIGINT NOT NULL,
    PRIMARY KEY (tenant, request_id)
) {clustered};
CREATE TABLE model (
    tenant {text} NOT NULL,
    model_id {bytes} NOT NULL,
    ordinal BIGINT NOT NULL,
    version {text} NOT NULL,
    trained_at BIGINT NOT NULL,
    records BIGINT NOT NULL,
    pairs BIGINT NOT NULL,
    labels BIGINT NOT NULL,
    sealed {bytes} NOT NULL,
    request_id {text} NOT NULL,
    body {bytes} NOT NULL,
    PRIMARY KEY (tenant, model_id)
) {clustered};
CREATE UNIQUE INDEX model_by_ordinal ON model (tenant, ordinal);
CREATE UNIQUE INDEX model_by_request ON model (tenant, request_id);
CREATE TABLE model_promotion (
    tenant {text} NOT NULL,
    ordinal BIGINT NOT NULL,
    model_id {bytes} NOT NULL,
    previous_id {bytes} NOT NULL,
    promoted_at BIGINT NOT NULL,
    request_id {text} NOT NULL,
    body {bytes} NOT NULL,
    PRIMARY KEY (tenant, ordinal)
) {clustered};
CREATE UNIQUE INDEX model_promotion_by_request ON model_promotion (tenant, request_id);
CREATE TABLE source_record (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    source {text} NOT NULL,
    first_seen_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, record_id)
) {clustered};
CREATE TABLE erased_record (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    PRIMARY KEY (tenant, generation, record_id)
) {clustered};
CREATE TABLE record_fact (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    fact_id {bytes} NOT NULL,
    record_id {bytes} NOT NULL,
    is_primary BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    touchpoint_id {bytes} NOT NULL,
    occurred_at BIGINT NOT NULL,
    match_keys {bytes} NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (tenant, generation, fact_id, record_id)
) {clustered};
CREATE INDEX record_fact_by_record ON record_fact (tenant, generation, record_id);
CREATE TABLE record_key (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    match_key {bytes} NOT NULL,
    record_id {bytes} NOT NULL,
    kind BIGINT NOT NULL,
    facts BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, match_key, record_id)
) {clustered};
CREATE INDEX record_key_by_record ON record_key (tenant, generation, record_id, kind) WHERE kind >= 9;
CREATE TABLE record_content (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    content {bytes} NOT NULL,
    sealed {bytes} NOT NULL,
    facts BIGINT NOT NULL,
    latest_at BIGINT NOT NULL,
    latest_by {bytes} NOT NULL,
    PRIMARY KEY (tenant, generation, record_id, content)
) {clustered};
CREATE TABLE record_visit (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    match_key {bytes} NOT NULL,
    day BIGINT NOT NULL,
    facts BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, record_id, match_key, day)
) {clustered};
CREATE TABLE record_portrait (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    contents {bytes} NOT NULL,
    sealed {bytes} NOT NULL,
    generic BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, record_id)
) {clustered};
CREATE TABLE link_key (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    link_key {bytes} NOT NULL,
    record_id {bytes} NOT NULL,
    left_it BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, link_key, record_id)
) {clustered};
CREATE TABLE record_link (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    links {bytes} NOT NULL,
    PRIMARY KEY (tenant, generation, record_id)
) {clustered};
CREATE TABLE link_edge (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    other_id {bytes} NOT NULL,
    kind BIGINT NOT NULL,
    weight BIGINT NOT NULL,
    review BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, generation, record_id, other_id)
) {clustered};
CREATE INDEX link_edge_by_review ON link_edge (tenant, generation, review, weight) WHERE review > 0;
CREATE TABLE oversize (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    review BIGINT NOT NULL,
    records BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, record_id, review)
) {clustered};
CREATE TABLE redo (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    after_id {bytes} NOT NULL,
    PRIMARY KEY (tenant, generation, record_id)
) {clustered};
CREATE TABLE link_model (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    model_id {bytes} NOT NULL,
    rescored {bytes} NOT NULL,
    secret BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation)
) {clustered};
