//! `tenure.identity.v1.IdentityService`.

use futures::{StreamExt as _, stream::BoxStream};
use tenure_kernel::Refusal;
use tenure_proto::identity::v1::{self as pb, identity_service_server::IdentityService};
use tenure_server::{Call, Violations, page_size, refuse};
use tonic::{Request, Response, Status};

use super::convert::{explanation, identifier, membership, model, person, record, request, review};
use crate::{
    app::{
        Context,
        decide_review_task::decide_review_task,
        evaluate_model::evaluate_model,
        explain_link::explain_link,
        explain_person::explain_person,
        export,
        find_person::find_person,
        list_models::{in_use, list_models},
        list_records::list_records,
        list_review_tasks::list_review_tasks,
        merge_persons::merge_persons,
        promote_model::promote_model,
        resolve_identity::resolve_identity,
        split_person::split_person,
        train_model::train_model,
        undo_decision::undo_decision,
        watch_memberships::watch_memberships,
    },
    config::{EXPORT_RECORDS, PAGE},
    metrics::Metrics,
};

/// The handlers.
pub(crate) struct Handler {
    pub(crate) context: Context,
    pub(crate) metrics: Metrics,
}

#[tonic::async_trait]
impl IdentityService for Handler {
    async fn resolve_identity(
        &self,
        request: Request<pb::ResolveIdentityRequest>,
    ) -> Result<Response<pb::ResolveIdentityResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.resolve(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn get_person(
        &self,
        request: Request<pb::GetPersonRequest>,
    ) -> Result<Response<pb::GetPersonResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.get(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn list_source_records(
        &self,
        request: Request<pb::ListSourceRecordsRequest>,
    ) -> Result<Response<pb::ListSourceRecordsResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.list(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn merge_persons(
        &self,
        request: Request<pb::MergePersonsRequest>,
    ) -> Result<Response<pb::MergePersonsResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.merge(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn split_person(
        &self,
        request: Request<pb::SplitPersonRequest>,
    ) -> Result<Response<pb::SplitPersonResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.split(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn explain_link(
        &self,
        request: Request<pb::ExplainLinkRequest>,
    ) -> Result<Response<pb::ExplainLinkResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.explain_pair(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn explain_person(
        &self,
        request: Request<pb::ExplainPersonRequest>,
    ) -> Result<Response<pb::ExplainPersonResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.explain_whole(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn list_review_tasks(
        &self,
        request: Request<pb::ListReviewTasksRequest>,
    ) -> Result<Response<pb::ListReviewTasksResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.tasks(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn decide_review_task(
        &self,
        request: Request<pb::DecideReviewTaskRequest>,
    ) -> Result<Response<pb::DecideReviewTaskResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.decide(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn undo_decision(
        &self,
        request: Request<pb::UndoDecisionRequest>,
    ) -> Result<Response<pb::UndoDecisionResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.undo(&call, message).await.map(Response::new).map_err(refuse)
    }

    type WatchMembershipsStream = BoxStream<'static, Result<pb::WatchMembershipsResponse, Status>>;

    async fn watch_memberships(
        &self,
        request: Request<pb::WatchMembershipsRequest>,
    ) -> Result<Response<Self::WatchMembershipsStream>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.watch(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn train_model(
        &self,
        request: Request<pb::TrainModelRequest>,
    ) -> Result<Response<pb::TrainModelResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.train(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn list_linkage_models(
        &self,
        request: Request<pb::ListLinkageModelsRequest>,
    ) -> Result<Response<pb::ListLinkageModelsResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.models(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn evaluate_model(
        &self,
        request: Request<pb::EvaluateModelRequest>,
    ) -> Result<Response<pb::EvaluateModelResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.evaluate(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn promote_model(
        &self,
        request: Request<pb::PromoteModelRequest>,
    ) -> Result<Response<pb::PromoteModelResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.promote(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn export_records(
        &self,
        request: Request<pb::ExportRecordsRequest>,
    ) -> Result<Response<pb::ExportRecordsResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.export(&call, message).await.map(Response::new).map_err(refuse)
    }
}

impl Handler {
    async fn resolve(
        &self,
        call: &Call,
        message: pb::ResolveIdentityRequest,
    ) -> Result<pb::ResolveIdentityResponse, Refusal> {
        let (tenant, sought) = (call.tenant()?, identifier::sought(&message)?);
        self.context.read_after.wait(&message.read_after, call.deadline()).await?;
        let candidates = resolve_identity(&self.context, tenant, &sought).await?;
        Ok(pb::ResolveIdentityResponse { candidates: candidates.iter().map(person::candidate).collect() })
    }

    async fn get(&self, call: &Call, message: pb::GetPersonRequest) -> Result<pb::GetPersonResponse, Refusal> {
        let (tenant, by) = (call.tenant()?, person::by(message.by.as_ref())?);
        self.context.read_after.wait(&message.read_after, call.deadline()).await?;
        let found = find_person(&self.context, tenant, by).await?;
        Ok(pb::GetPersonResponse { person: Some(person::to_wire(&found)) })
    }

    async fn list(
        &self,
        call: &Call,
        message: pb::ListSourceRecordsRequest,
    ) -> Result<pb::ListSourceRecordsResponse, Refusal> {
        let (tenant, (id, size)) = (call.tenant()?, person::listed(&message)?);
        let (records, next_page_token) = list_records(&self.context, tenant, id, size, &message.page_token).await?;
        Ok(pb::ListSourceRecordsResponse { records: records.iter().map(record::to_wire).collect(), next_page_token })
    }

    async fn merge(&self, call: &Call, message: pb::MergePersonsRequest) -> Result<pb::MergePersonsResponse, Refusal> {
        let (tenant, merge) = (call.tenant()?, request::merge(&message, call)?);
        let answer = merge_persons(&self.context, tenant, &merge).await?;
        self.metrics.decided("merge");
        let decision_id = answer.decision.map(|id| id.to_string()).unwrap_or_default();
        let person = answer.persons.first().map(person::to_wire);
        Ok(pb::MergePersonsResponse { person, read_token: answer.read_token, decision_id })
    }

    async fn split(&self, call: &Call, message: pb::SplitPersonRequest) -> Result<pb::SplitPersonResponse, Refusal> {
        let (tenant, split) = (call.tenant()?, request::split(&message, call)?);
        let answer = split_person(&self.context, tenant, &split).await?;
        self.metrics.decided("split");
        let decision_id = answer.decision.map(|id| id.to_string()).unwrap_or_default();
        let mut persons = answer.persons.iter().map(person::to_wire);
        let (remaining, separated) = (persons.next(), persons.next());
        Ok(pb::SplitPersonResponse { remaining, separated, read_token: answer.read_token, decision_id })
    }

    async fn tasks(
        &self,
        call: &Call,
        message: pb::ListReviewTasksRequest,
    ) -> Result<pb::ListReviewTasksResponse, Refusal> {
        let tenant = call.tenant()?;
        let mut violations = Violations::new();
        let size = violations.take(page_size(message.page_size, PAGE.0, PAGE.1));
        violations.finish()?;
        let listed = list_review_tasks(&self.context, tenant, size.unwrap_or(PAGE.0), &message.page_token).await?;
        let (tasks, next_page_token, version) = listed;
        let tasks = tasks.iter().map(|task| review::to_wire(task, &version)).collect();
        Ok(pb::ListReviewTasksResponse { tasks, next_page_token })
    }

    async fn decide(
        &self,
        call: &Call,
        message: pb::DecideReviewTaskRequest,
    ) -> Result<pb::DecideReviewTaskResponse, Refusal> {
        let (tenant, decide) = (call.tenant()?, request::decide(&message, call)?);
        let answer = decide_review_task(&self.context, tenant, &decide).await?;
        self.metrics.decided("review");
        let persons = answer.persons.iter().map(person::to_wire).collect();
        let decision_id = answer.decision.map(|id| id.to_string()).unwrap_or_default();
        Ok(pb::DecideReviewTaskResponse { persons, decision_id, read_token: answer.read_token })
    }

    async fn undo(&self, call: &Call, message: pb::UndoDecisionRequest) -> Result<pb::UndoDecisionResponse, Refusal> {
        let (tenant, undo) = (call.tenant()?, request::undo(&message, call)?);
        let answer = undo_decision(&self.context, tenant, &undo).await?;
        self.metrics.decided("undo");
        let persons = answer.persons.iter().map(person::to_wire).collect();
        Ok(pb::UndoDecisionResponse { persons, read_token: answer.read_token })
    }

    async fn explain_pair(
        &self,
        call: &Call,
        message: pb::ExplainLinkRequest,
    ) -> Result<pb::ExplainLinkResponse, Refusal> {
        let (tenant, pair) = (call.tenant()?, explanation::pair(&message)?);
        self.context.read_after.wait(&message.read_after, call.deadline()).await?;
        let explained = explain_link(&self.context, tenant, pair).await?;
        Ok(pb::ExplainLinkResponse { explanation: Some(explanation::of_link(explained)) })
    }

    async fn explain_whole(
        &self,
        call: &Call,
        message: pb::ExplainPersonRequest,
    ) -> Result<pb::ExplainPersonResponse, Refusal> {
        let (tenant, by) = (call.tenant()?, explanation::by(message.by.as_ref())?);
        self.context.read_after.wait(&message.read_after, call.deadline()).await?;
        explain_person(&self.context, tenant, by).await.map(explanation::of_person)
    }

    async fn watch(
        &self,
        call: &Call,
        message: pb::WatchMembershipsRequest,
    ) -> Result<BoxStream<'static, Result<pb::WatchMembershipsResponse, Status>>, Refusal> {
        let told = watch_memberships(&self.context, call.tenant()?, &message.after).await?;
        Ok(told.map(|one| one.map(membership::to_wire).map_err(refuse)).boxed())
    }

    async fn train(&self, call: &Call, message: pb::TrainModelRequest) -> Result<pb::TrainModelResponse, Refusal> {
        let train = model::train(&message, call)?;
        let trained = train_model(&self.context, call, &train).await?;
        Ok(pb::TrainModelResponse { model: Some(model::to_wire(&trained)) })
    }

    async fn models(
        &self,
        call: &Call,
        message: pb::ListLinkageModelsRequest,
    ) -> Result<pb::ListLinkageModelsResponse, Refusal> {
        let tenant = call.tenant()?;
        let mut violations = Violations::new();
        let size = violations.take(page_size(message.page_size, PAGE.0, PAGE.1));
        violations.finish()?;
        let listed = list_models(&self.context, tenant, size.unwrap_or(PAGE.0), &message.page_token).await?;
        let in_use = in_use(&self.context.store, tenant).await?;
        Ok(pb::ListLinkageModelsResponse {
            models: listed.0.iter().map(model::to_wire).collect(),
            next_page_token: listed.1,
            in_use: Some(model::in_use(&in_use)),
        })
    }

    async fn evaluate(
        &self,
        call: &Call,
        message: pb::EvaluateModelRequest,
    ) -> Result<pb::EvaluateModelResponse, Refusal> {
        let (tenant, id) = (call.tenant()?, model::evaluated(&message)?);
        self.context.read_after.wait(&message.read_after, call.deadline()).await?;
        let evaluated = evaluate_model(&self.context, tenant, id).await?;
        Ok(pb::EvaluateModelResponse { difference: Some(model::difference(&evaluated)) })
    }

    async fn promote(
        &self,
        call: &Call,
        message: pb::PromoteModelRequest,
    ) -> Result<pb::PromoteModelResponse, Refusal> {
        let (tenant, promote) = (call.tenant()?, model::promote(&message, call)?);
        let (in_use, previous_version) = promote_model(&self.context, tenant, &promote).await?;
        Ok(pb::PromoteModelResponse { in_use: Some(model::in_use(&in_use)), previous_version })
    }

    async fn export(
        &self,
        call: &Call,
        message: pb::ExportRecordsRequest,
    ) -> Result<pb::ExportRecordsResponse, Refusal> {
        let (tenant, ids) = (call.tenant()?, record::exported(&message, EXPORT_RECORDS)?);
        let records = export::export_records(&self.context, tenant, &ids).await?;
        Ok(pb::ExportRecordsResponse { records: records.values().map(record::to_wire).collect() })
    }
}
