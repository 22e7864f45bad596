//! Lists the models of a tenant.

use tenure_kernel::{ModelId, Refusal, Timestamp};
use tenure_server::Call;

use super::{App, Paged, filter};
use crate::{
    domain::{any_model::AnyModel, book::Line},
    store,
};

const LIST: &str = "tenure.value.v1.ValueService/ListModels";

/// Which page.
#[derive(Debug, Clone)]
pub(crate) struct ListModels {
    pub(crate) page_size: usize,
    pub(crate) page_token: String,
    /// `None`: those of all lines and of each.
    pub(crate) line: Option<Line>,
}

impl App {
    /// Lists models of all currencies and subjects, newest first.
    pub(crate) async fn list_models(&self, call: &Call, ask: ListModels) -> Result<Paged<AnyModel>, Refusal> {
        let (tenant, filter) = (call.tenant()?, filter(ask.line.as_ref()));
        let after = match ask.page_token.as_str() {
            "" => None,
            token => read_cursor(&self.tokens.decode(tenant, LIST, &filter, token)?),
        };
        let mut items = store::model::list(&self.store, tenant, ask.line, after, ask.page_size + 1).await?;
        let more = items.len() > ask.page_size;
        items.truncate(ask.page_size);
        let last = items.last().filter(|_| more);
        let next_page_token = last.map(|last| self.tokens.encode(tenant, LIST, &filter, &cursor(last)));
        Ok(Paged { items, next_page_token: next_page_token.unwrap_or_default() })
    }
}

fn cursor(model: &AnyModel) -> Vec<u8> {
    [model.fitted_at().0.to_be_bytes().as_slice(), &model.id().0].concat()
}

/// A cursor of ours; its tag was checked.
fn read_cursor(bytes: &[u8]) -> Option<(Timestamp, ModelId)> {
    let (at, id) = bytes.split_first_chunk::<8>()?;
    Some((Timestamp(i64::from_be_bytes(*at)), ModelId::from_slice(id).ok()?))
}
