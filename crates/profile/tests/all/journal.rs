//! The service's own journal.

use futures::StreamExt;
use tenure_journal::JournalApi;
use tenure_proto::journal::v1::{TailRequest, journal_service_server::JournalService};
use tonic::Request;

use crate::{
    entries::{append, erased_draft},
    suite::{Options, Suite, places, tenant},
    touchpoints::record,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_is_tailed_under_the_name_of_the_service() {
    for place in places() {
        let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
        let token = append(suite.profile.journal(), vec![erased_draft(&acme, &[record(1)])]).await;
        // A read may carry a token of the service's own journal: what it names is in the database already.
        suite.followed(&token).await;
        let api = JournalApi::default().with_projection(suite.profile.following());
        let request = TailRequest { journal: "profile".to_owned(), ..TailRequest::default() };
        let mut frames = api.tail(Request::new(request)).await.expect("a journal").into_inner();
        let frame = frames.next().await.expect("a frame").expect("a frame");
        assert_eq!((frame.entries.len(), frame.high_water), (1, 1));
        assert_eq!(frame.entries[0].tenant, "acme");
    }
}
