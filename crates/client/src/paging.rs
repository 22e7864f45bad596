//! Lists, page by page.

use futures::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use tenure_proto::{
    collector::v1::{
        self as collector, CustomSchema, ExportedTouchpoint, ListQuarantinedRequest, ListSchemasRequest,
        QuarantinedItem,
    },
    expectation::v1::{
        AffectedCustomer, Complaint, DecideRecoveryRequest, GetCustomerStoryRequest, ListAffectedCustomersRequest,
        ListComplaintsRequest, ListGroupLoyaltyDriversRequest, ListPromisesRequest, ListSystemicCausesRequest,
        ListWorkItemsRequest, LoyaltyGroup, Promise, RecoveryDecision, StoryEvent, SystemicCause, WorkItem,
    },
    identity::v1::{
        ListLinkageModelsRequest, ListReviewTasksRequest, ListSourceRecordsRequest, Model as LinkageModel, ReviewTask,
        SourceRecord,
    },
    journal::v1::{Follower, ListFollowersRequest, ListParkedRequest, ParkedEntry},
    profile::v1::{
        ActivityCount, Erasure, ListActivityCountsRequest, ListErasuresRequest, ListProfilesRequest,
        ListRetentionRunsRequest, ListSegmentsRequest, ListSensitiveReadsRequest, ListTraitsRequest, Profile,
        RetentionRun, SegmentDefinition, SensitiveRead, TraitDefinition,
    },
    value::v1::{
        CostRates, CustomerScore, ListCostRatesRequest, ListModelsRequest, ListNegativeValueCustomersRequest,
        ListPromotionsRequest, ListPurchaseSummariesRequest, ListRfmSegmentsRequest, Model, ModelPromotion,
        PurchaseSummary, RfmSegment,
    },
};

use crate::{Client, ClientError};

/// The items of a list. The next page is asked for when the items of the one before are used up.
pub type Items<T> = BoxStream<'static, Result<T, ClientError>>;

macro_rules! lists {
    ($($(#[$doc:meta])* $service:ident.$method:ident: $request:ty => $field:ident: $item:ty;)*) => {
        impl Client {
            $(
                $(#[$doc])*
                ///
                /// Goes on from the request's `page_token`, in pages of its `page_size`. Ends after the first error, which
                /// is the one that the RPC documents.
                #[must_use]
                pub fn $method(&self, request: $request) -> Items<$item> {
                    let client = self.$service();
                    stream::try_unfold(Some(request), move |request| {
                        let mut client = client.clone();
                        async move {
                            let Some(mut request) = request else { return Ok(None) };
                            let page = client.$method(request.clone()).await?.into_inner();
                            request.page_token = page.next_page_token;
                            let rest = (!request.page_token.is_empty()).then_some(request);
                            Ok::<_, ClientError>(Some((stream::iter(page.$field).map(Ok), rest)))
                        }
                    })
                    .try_flatten()
                    .boxed()
                }
            )*
        }
    };
}

lists! {
    /// What is in quarantine, oldest first.
    collector.list_quarantined: ListQuarantinedRequest => items: QuarantinedItem;
    /// The registered schemas, by name and revision.
    collector.list_schemas: ListSchemasRequest => schemas: CustomSchema;
    /// All touchpoints that the collector holds of source records, oldest first.
    collector.export_records: collector::ExportRecordsRequest => touchpoints: ExportedTouchpoint;
    expectation.get_customer_story: GetCustomerStoryRequest => events: StoryEvent;
    expectation.list_work_items: ListWorkItemsRequest => work_items: WorkItem;
    /// A person's promises.
    expectation.list_promises: ListPromisesRequest => promises: Promise;
    expectation.list_complaints: ListComplaintsRequest => complaints: Complaint;
    /// What keeps the customers of groups: everybody first, then by product.
    expectation.list_group_loyalty_drivers: ListGroupLoyaltyDriversRequest => groups: LoyaltyGroup;
    /// What goes wrong more often than chance would have it, the least likely first.
    expectation.list_systemic_causes: ListSystemicCausesRequest => causes: SystemicCause;
    /// Whom a cause struck, and who did not complain.
    expectation.list_affected_customers: ListAffectedCustomersRequest => customers: AffectedCustomer;
    /// Who of those that were let down is offered a campaign's gesture, and who is held out, by person; decided as it is asked.
    expectation.decide_recovery: DecideRecoveryRequest => decisions: RecoveryDecision;
    /// A person's source records, by id.
    identity.list_source_records: ListSourceRecordsRequest => records: SourceRecord;
    /// Pairs of records that a steward should look at, by priority.
    identity.list_review_tasks: ListReviewTasksRequest => tasks: ReviewTask;
    /// The linkage models that were trained, newest first.
    identity.list_linkage_models: ListLinkageModelsRequest => models: LinkageModel;
    /// How many touchpoints there were by day and type, of whomever.
    profile.list_activity_counts: ListActivityCountsRequest => counts: ActivityCount;
    /// The erasures of persons, newest first.
    profile.list_erasures: ListErasuresRequest => erasures: Erasure;
    /// The persons of a segment, or whose indexed trait has a value.
    profile.list_profiles: ListProfilesRequest => profiles: Profile;
    /// The retention runs, newest first.
    profile.list_retention_runs: ListRetentionRunsRequest => runs: RetentionRun;
    /// The segments that are defined, by name.
    profile.list_segments: ListSegmentsRequest => definitions: SegmentDefinition;
    /// Who read what is sensitive, newest first.
    profile.list_sensitive_reads: ListSensitiveReadsRequest => reads: SensitiveRead;
    /// The traits that are defined, by name.
    profile.list_traits: ListTraitsRequest => definitions: TraitDefinition;
    /// The fitted models, newest first.
    value.list_models: ListModelsRequest => models: Model;
    /// The promotions of models, newest first.
    value.list_promotions: ListPromotionsRequest => promotions: ModelPromotion;
    /// Every person's purchases up to a day, by person id.
    value.list_purchase_summaries: ListPurchaseSummariesRequest => summaries: PurchaseSummary;
    /// The segments of recency and frequency, those worth most first.
    value.list_rfm_segments: ListRfmSegmentsRequest => segments: RfmSegment;
    /// What serving customers costs, the newest rates first.
    value.list_cost_rates: ListCostRatesRequest => rates: CostRates;
    /// The customers who are expected to cost more than they bring, the worst first.
    value.list_negative_value_customers: ListNegativeValueCustomersRequest => customers: CustomerScore;
    /// How far each follower is.
    journal.list_followers: ListFollowersRequest => followers: Follower;
    /// What a projection has parked, oldest first.
    journal.list_parked: ListParkedRequest => entries: ParkedEntry;
}
