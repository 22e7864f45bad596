CREATE TABLE fact (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    fact_id {bytes} NOT NULL,
    record_id {bytes} NOT NULL,
    touchpoint_id {bytes} NOT NULL,
    revision BIGINT NOT NULL,
    source_rank BIGINT NOT NULL,
    -- The touchpoint as collector journaled it; empty: retracted, or of no matter here.
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, generation, fact_id)
) {clustered};
CREATE INDEX fact_by_record ON fact (tenant, generation, record_id);
-- When subjects come of age, as touchpoints state it: of an original and its amendments the one that wins.
CREATE TABLE majority (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    fact_id {bytes} NOT NULL,
    record_id {bytes} NOT NULL,
    touchpoint_id {bytes} NOT NULL,
    revision BIGINT NOT NULL,
    source_rank BIGINT NOT NULL,
    occurred_at BIGINT NOT NULL,
    -- 0: an amendment states nothing of it.
    stated BIGINT NOT NULL,
    -- The least: they were of age when it occurred.
    of_age_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, fact_id, record_id)
) {clustered};
CREATE INDEX majority_by_record ON majority (tenant, generation, record_id);
-- Of which records identity says that it is open whose they are.
CREATE TABLE pending_identity (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    record_id {bytes} NOT NULL,
    pending BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, record_id)
) {clustered};
-- Each range writes rows of its own, so that ranges never wait for each other; the greatest counts.
CREATE TABLE source_progress (
    tenant {text} NOT NULL,
    generation BIGINT NOT NULL,
    source {text} NOT NULL,
    range_start BIGINT NOT NULL,
    complete_until BIGINT NOT NULL,
    PRIMARY KEY (tenant, generation, source, range_start)
) {clustered};
CREATE TABLE person_state (
    tenant {text} NOT NULL,
    person_id {bytes} NOT NULL,
    revision BIGINT NOT NULL,
    -- The overview of this one person; empty: nothing is counted.
    counts {bytes} NOT NULL,
    -- The generation of facts that it is made of.
    generation BIGINT NOT NULL,
    -- What the guard needs to know, good until the person's timer is due; empty: to be worked out when it is asked for.
    outlook {bytes} NOT NULL,
    -- What the person adds to the sums of loyalty; empty: nothing.
    loyalty {bytes} NOT NULL,
    PRIMARY KEY (tenant, person_id)
) {clustered};
CREATE TABLE loyalty_sum (
    tenant {text} NOT NULL,
    -- Empty: everybody.
    product {text} NOT NULL,
    -- What a driver rests on; 0: all who are in the group.
    basis BIGINT NOT NULL,
    customers BIGINT NOT NULL,
    -- Of their drivers, in ten-thousandths.
    total BIGINT NOT NULL,
    squares BIGINT NOT NULL,
    low BIGINT NOT NULL,
    high BIGINT NOT NULL,
    -- How many touchpoints and promises they rest on.
    facts BIGINT NOT NULL,
    PRIMARY KEY (tenant, product, basis)
) {clustered};
CREATE TABLE base_count (
    tenant {text} NOT NULL,
    kind {text} NOT NULL,
    number BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, number)
) {clustered};
CREATE TABLE cause_count (
    tenant {text} NOT NULL,
    -- Days since 1970 by the service's time zone.
    day BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    code {text} NOT NULL,
    product {text} NOT NULL,
    count BIGINT NOT NULL,
    exposure BIGINT NOT NULL,
    PRIMARY KEY (tenant, day, kind, code, product)
) {clustered};
CREATE TABLE incident (
    tenant {text} NOT NULL,
    incident_code {text} NOT NULL,
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, incident_code)
) {clustered};
CREATE TABLE person_cause (
    tenant {text} NOT NULL,
    person_id {bytes} NOT NULL,
    day BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    code {text} NOT NULL,
    product {text} NOT NULL,
    count BIGINT NOT NULL,
    exposure BIGINT NOT NULL,
    -- Whether it struck, and the person has not complained since.
    silent BOOLEAN NOT NULL,
    PRIMARY KEY (tenant, person_id, day, kind, code, product)
) {clustered};
CREATE INDEX person_cause_by_cause ON person_cause (tenant, kind, code, product, silent, day);
CREATE TABLE awaited_source (
    tenant {text} NOT NULL,
    person_id {bytes} NOT NULL,
    source {text} NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, person_id, source)
) {clustered};
CREATE INDEX awaited_source_by_due ON awaited_source (tenant, source, due_at);
CREATE TABLE overdue_signal (
    tenant {text} NOT NULL,
    record_id {bytes} NOT NULL,
    promise_id {bytes} NOT NULL,
    due_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    raised BOOLEAN NOT NULL,
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, record_id, promise_id, due_at)
) {clustered};
CREATE TABLE reservation (
    tenant {text} NOT NULL,
    permit_id {bytes} NOT NULL,
    record_id {bytes} NOT NULL,
    request_id {text} NOT NULL,
    request_body {bytes} NOT NULL,
    allowed BOOLEAN NOT NULL,
    reserved_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- 0: not yet.
    redeemed_at BIGINT NOT NULL,
    redeem_request_id {text} NOT NULL,
    -- SurveyReserved, as it stands in the journal.
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, permit_id)
) {clustered};
CREATE UNIQUE INDEX reservation_by_request ON reservation (tenant, request_id);
CREATE INDEX reservation_by_record ON reservation (tenant, record_id);
CREATE INDEX reservation_by_use ON reservation (tenant, redeem_request_id) WHERE redeem_request_id <> '';
-- Permits for surveys over channels that have a cap.
CREATE TABLE channel_day (
    tenant {text} NOT NULL,
    channel {text} NOT NULL,
    -- When the day began.
    day BIGINT NOT NULL,
    permits BIGINT NOT NULL,
    PRIMARY KEY (tenant, channel, day)
) {clustered};
CREATE TABLE complaint_step (
    tenant {text} NOT NULL,
    step_id {bytes} NOT NULL,
    record_id {bytes} NOT NULL,
    request_id {text} NOT NULL,
    request_body {bytes} NOT NULL,
    -- ComplaintStepRecorded, as it stands in the journal.
    payload {bytes} NOT NULL,
    -- The Complaint that was answered with.
    answer {bytes} NOT NULL,
    PRIMARY KEY (tenant, step_id)
) {clustered};
CREATE UNIQUE INDEX complaint_step_by_request ON complaint_step (tenant, request_id);
CREATE INDEX complaint_step_by_record ON complaint_step (tenant, record_id);
-- Under which record a complaint is to be looked for, by any of its ids.
CREATE TABLE complaint_name (
    tenant {text} NOT NULL,
    complaint_id {bytes} NOT NULL,
    record_id {bytes} NOT NULL,
    PRIMARY KEY (tenant, complaint_id)
) {clustered};
CREATE INDEX complaint_name_by_record ON complaint_name (tenant, record_id);
CREATE TABLE complaint_state (
    tenant {text} NOT NULL,
    complaint_id {bytes} NOT NULL,
    record_id {bytes} NOT NULL,
    person_id {bytes} NOT NULL,
    -- When the first clock of the firm's, or target of its own, ends; the last moment but one: none does; the last: the complaint has ended.
    next_due_at BIGINT NOT NULL,
    state BIGINT NOT NULL,
    breached BOOLEAN NOT NULL,
    -- The Complaint.
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, complaint_id)
) {clustered};
CREATE INDEX complaint_state_by_due ON complaint_state (tenant, next_due_at, complaint_id);
CREATE INDEX complaint_state_by_person ON complaint_state (tenant, person_id);
CREATE INDEX complaint_state_by_record ON complaint_state (tenant, record_id);
-- What waits for somebody.
CREATE TABLE work_item (
    tenant {text} NOT NULL,
    -- Follows from the person, the kind and what it is about, such as a version of a promise.
    item_id {bytes} NOT NULL,
    person_id {bytes} NOT NULL,
    -- The number of a WorkKind.
    kind BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    -- The WorkItem.
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, item_id)
) {clustered};
CREATE INDEX work_item_by_person ON work_item (tenant, person_id);
CREATE INDEX work_item_by_due ON work_item (tenant, kind, due_at, item_id);
-- Working days that differ from the built-in ones.
CREATE TABLE calendar (
    tenant {text} NOT NULL,
    calendar_code {text} NOT NULL,
    -- The CalendarDefinition.
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, calendar_code)
) {clustered};
-- Weights that a tenant defined, by version.
CREATE TABLE weights (
    tenant {text} NOT NULL,
    number BIGINT NOT NULL,
    request_id {text} NOT NULL,
    -- The WeightsDefinition, as it stands in the journal.
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, number)
) {clustered};
CREATE UNIQUE INDEX weights_by_request ON weights (tenant, request_id);
-- Targets of a firm's own, each in every version that it had.
CREATE TABLE service_target (
    tenant {text} NOT NULL,
    service_target_code {text} NOT NULL,
    version BIGINT NOT NULL,
    -- The ServiceTarget.
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, service_target_code, version)
) {clustered};
-- Which records are kept for complaints, as was told of them last.
CREATE TABLE record_hold (
    tenant {text} NOT NULL,
    record_id {bytes} NOT NULL,
    revision BIGINT NOT NULL,
    held BOOLEAN NOT NULL,
    -- The greatest number: no end yet.
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, record_id)
) {clustered};
-- Recovery campaigns.
CREATE TABLE recovery_campaign (
    tenant {text} NOT NULL,
    campaign_code {text} NOT NULL,
    -- The RecoveryCampaign.
    payload {bytes} NOT NULL,
    PRIMARY KEY (tenant, campaign_code)
) {clustered};
-- Who is offered a campaign's gesture, and who is held out.
CREATE TABLE recovery_decision (
    tenant {text} NOT NULL,
    campaign_code {text} NOT NULL,
    record_id {bytes} NOT NULL,
    held_out BOOLEAN NOT NULL,
    redress_owed BOOLEAN NOT NULL,
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, campaign_code, record_id)
) {clustered};
CREATE INDEX recovery_decision_by_record ON recovery_decision (tenant, record_id);
