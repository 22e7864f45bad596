//! How complete sources say they are.

use tenure_proto::collector::v1 as pb;

use crate::fixture::{NOON, World, time};

#[tokio::test]
async fn progress_goes_forward_only_and_to_everyone() {
    for world in World::each().await {
        let mut now = Vec::new();
        for seconds in [NOON - 60, NOON, NOON - 30, NOON] {
            let request = pb::ReportSourceProgressRequest { source: "crm".to_owned(), complete_until: time(seconds) };
            let request = world.ask("acme", request);
            let answer = world.client.clone().report_source_progress(request).await.unwrap().into_inner();
            now.push(answer.complete_until.unwrap().seconds - NOON);
        }
        assert_eq!(now, [-60, 0, 0, 0]);
        let entries = world.journal().await;
        assert_eq!(entries.len(), 2);
        assert!(entries.iter().all(|entry| entry.partitions.is_empty()));
    }
}
