CREATE TABLE purchase_fact (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    fact_id {bytes} NOT NULL,
    record_id {bytes} NOT NULL,
    touchpoint_id {bytes} NOT NULL,
    revision BIGINT NOT NULL,
    purchase BOOLEAN NOT NULL,
    day BIGINT NOT NULL,
    currency {text} NOT NULL,
    -- The product line; empty: it names none.
    line {text} NOT NULL,
    minor_units BIGINT NOT NULL,
    margin_known BOOLEAN NOT NULL,
    margin BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, fact_id)
) {clustered};
CREATE INDEX purchase_fact_by_record ON purchase_fact (tenant, generation, record_id);
CREATE TABLE record_day (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    currency {text} NOT NULL,
    -- Empty: all lines together. What names a line counts in both.
    line {text} NOT NULL,
    day BIGINT NOT NULL,
    purchases BIGINT NOT NULL,
    -- Where a sum beyond 64 bits is no error, it is a number that is not whole, and larger.
    minor_units BIGINT NOT NULL CHECK (minor_units BETWEEN -9223372036854775807 AND 9223372036854775807),
    known_minor BIGINT NOT NULL CHECK (known_minor BETWEEN -9223372036854775807 AND 9223372036854775807),
    margin_minor BIGINT NOT NULL CHECK (margin_minor BETWEEN -9223372036854775807 AND 9223372036854775807),
    PRIMARY KEY (tenant, generation, record_id, currency, line, day)
) {clustered};
CREATE TABLE service_fact (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    fact_id {bytes} NOT NULL,
    record_id {bytes} NOT NULL,
    touchpoint_id {bytes} NOT NULL,
    revision BIGINT NOT NULL,
    -- The touchpoint type; 0: it costs nothing.
    kind BIGINT NOT NULL,
    channel BIGINT NOT NULL,
    line {text} NOT NULL,
    day BIGINT NOT NULL,
    seconds BIGINT NOT NULL,
    -- Of what went to the customer; empty: nothing did.
    currency {text} NOT NULL,
    minor_units BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, fact_id)
) {clustered};
CREATE INDEX service_fact_by_record ON service_fact (tenant, generation, record_id);
CREATE TABLE record_service (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    day BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    channel BIGINT NOT NULL,
    line {text} NOT NULL,
    currency {text} NOT NULL,
    services BIGINT NOT NULL,
    seconds BIGINT NOT NULL,
    minor_units BIGINT NOT NULL CHECK (minor_units BETWEEN -9223372036854775807 AND 9223372036854775807),
    PRIMARY KEY (tenant, generation, record_id, day, kind, channel, line, currency)
) {clustered};
CREATE TABLE deal_fact (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    fact_id {bytes} NOT NULL,
    record_id {bytes} NOT NULL,
    touchpoint_id {bytes} NOT NULL,
    revision BIGINT NOT NULL,
    -- What happened; 0: nothing of the kind.
    step BIGINT NOT NULL,
    day BIGINT NOT NULL,
    channel BIGINT NOT NULL,
    line {text} NOT NULL,
    contract {text} NOT NULL,
    -- Codes, a line each.
    products {text} NOT NULL,
    offer {text} NOT NULL,
    currency {text} NOT NULL,
    minor_units BIGINT NOT NULL,
    term_months BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, fact_id)
) {clustered};
CREATE INDEX deal_fact_by_record ON deal_fact (tenant, generation, record_id);
CREATE TABLE consent_fact (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    fact_id {bytes} NOT NULL,
    record_id {bytes} NOT NULL,
    touchpoint_id {bytes} NOT NULL,
    revision BIGINT NOT NULL,
    -- Consented or objected to; empty: it is neither.
    purpose {text} NOT NULL,
    objects BOOLEAN NOT NULL,
    said_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, fact_id)
) {clustered};
CREATE INDEX consent_fact_by_record ON consent_fact (tenant, generation, record_id);
CREATE TABLE model (
    tenant {text} NOT NULL,
    currency {text} NOT NULL,
    line {text} NOT NULL,
    -- 0: of purchases; 1: of contracts.
    subject BIGINT NOT NULL,
    version BIGINT NOT NULL,
    model_id {bytes} NOT NULL,
    fitted_at BIGINT NOT NULL,
    request_id {text} NOT NULL,
    request_body {text} NOT NULL,
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, currency, line, subject, version)
) {clustered};
CREATE UNIQUE INDEX model_by_request ON model (tenant, request_id);
CREATE UNIQUE INDEX model_by_id ON model (tenant, model_id);
CREATE UNIQUE INDEX model_by_time ON model (tenant, fitted_at, model_id);
CREATE TABLE cost_rates (
    tenant {text} NOT NULL,
    currency {text} NOT NULL,
    version BIGINT NOT NULL,
    registered_at BIGINT NOT NULL,
    request_id {text} NOT NULL,
    request_body {text} NOT NULL,
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, currency, version)
) {clustered};
CREATE UNIQUE INDEX cost_rates_by_request ON cost_rates (tenant, request_id);
CREATE UNIQUE INDEX cost_rates_by_time ON cost_rates (tenant, registered_at, currency, version);
CREATE TABLE model_promotion (
    tenant {text} NOT NULL,
    ordinal BIGINT NOT NULL,
    currency {text} NOT NULL,
    line {text} NOT NULL,
    subject BIGINT NOT NULL,
    model_id {bytes} NOT NULL,
    request_id {text} NOT NULL,
    request_body {text} NOT NULL,
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, ordinal)
) {clustered};
CREATE UNIQUE INDEX model_promotion_by_book ON model_promotion (tenant, currency, line, subject, ordinal);
CREATE UNIQUE INDEX model_promotion_by_request ON model_promotion (tenant, request_id) WHERE length(request_id) > 0;
