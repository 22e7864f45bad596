//! The load: batches of 500 touchpoints of known customers, four requests in flight, over TCP.

use futures::{StreamExt, stream};
use tenure_proto::collector::v1::{
    IdentifierKind, OrderDetail, OrderLine, RecordTouchpointsRequest, Touchpoint,
    collector_service_client::CollectorServiceClient, outcome::Status, touchpoint::Detail,
};
use tenure_tests::touchpoints::{purchase, with_identifier};
use tokio::time::Instant;
use tonic::{Request, transport::Channel};

pub(crate) const BATCH: usize = 500;
pub(crate) const IN_FLIGHT: usize = 4;
/// Requests per measurement.
pub(crate) const REQUESTS: usize = 60;
/// Customers, known after the round that does not count.
const CUSTOMERS: usize = 2_000;

fn touchpoint(n: usize) -> Touchpoint {
    let customer = n % CUSTOMERS;
    let day = i64::try_from(n % 300).expect("small");
    let bought = purchase("webshop", &format!("order-{n:012}"), &format!("customer-{customer}"), day, 1_000 + day);
    let mut bought = with_identifier(bought, IdentifierKind::Email, &format!("customer{customer}@example.nl"));
    let line = OrderLine { product_code: "sku-1".to_owned(), quantity: 1, amount: bought.amount.clone() };
    bought.detail = Some(Detail::Order(OrderDetail { lines: vec![line], ..OrderDetail::default() }));
    bought
}

pub(crate) fn requests(first: usize) -> Vec<RecordTouchpointsRequest> {
    (0..REQUESTS)
        .map(|request| {
            let from = first + request * BATCH;
            RecordTouchpointsRequest {
                touchpoints: (from..from + BATCH).map(touchpoint).collect(),
                validate_only: false,
            }
        })
        .collect()
}

/// Sends requests; touchpoints per second.
pub(crate) async fn send(client: &CollectorServiceClient<Channel>, requests: Vec<RecordTouchpointsRequest>) -> f64 {
    let begun = Instant::now();
    let count = requests.len() * BATCH;
    stream::iter(requests)
        .map(|request| {
            let mut client = client.clone();
            async move {
                let mut request = Request::new(request);
                request.metadata_mut().insert("authorization", "Bearer bench".parse().expect("a header"));
                let answer = client.record_touchpoints(request).await.expect("recorded").into_inner();
                assert!(answer.outcomes.iter().all(|outcome| outcome.status() == Status::Accepted), "all are new");
            }
        })
        .buffer_unordered(IN_FLIGHT)
        .for_each(|()| async {})
        .await;
    count as f64 / begun.elapsed().as_secs_f64()
}
