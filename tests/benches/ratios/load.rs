//! The loads: what systems send that feed a base, and what a shop sends.

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
    bought(&format!("order-{n:012}"), &format!("{}", n % CUSTOMERS), i64::try_from(n % 300).expect("small"))
}

/// A purchase of a customer of the web shop.
pub(crate) fn bought(order: &str, customer: &str, day: i64) -> Touchpoint {
    let bought = purchase("webshop", order, &format!("customer-{customer}"), day, 1_000 + day);
    let mut bought = with_identifier(bought, IdentifierKind::Email, &format!("customer{customer}@example.nl"));
    let line = OrderLine { product_code: "sku-1".to_owned(), quantity: 1, amount: bought.amount.clone() };
    bought.detail = Some(Detail::Order(OrderDetail { lines: vec![line], ..OrderDetail::default() }));
    bought
}

/// Requests of [`BATCH`] touchpoints of known customers, as many as a measurement needs.
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

/// Touchpoints in a request of a shop.
pub(crate) const A_FEW: usize = 4;

/// A request of a shop.
pub(crate) fn of_shop(number: usize) -> RecordTouchpointsRequest {
    let from = number * A_FEW;
    RecordTouchpointsRequest { touchpoints: (from..from + A_FEW).map(touchpoint).collect(), validate_only: false }
}

/// Sends requests, so many at once, to collectors in turn; touchpoints per second.
pub(crate) async fn record(
    clients: &[CollectorServiceClient<Channel>],
    key: &str,
    requests: Vec<RecordTouchpointsRequest>,
    at_once: usize,
) -> f64 {
    let begun = Instant::now();
    let count: usize = requests.iter().map(|request| request.touchpoints.len()).sum();
    stream::iter(requests.into_iter().zip(clients.iter().cycle()))
        .map(|(request, client)| {
            let mut client = client.clone();
            async move {
                let mut request = Request::new(request);
                let bearer = format!("Bearer {key}").parse().expect("a header");
                request.metadata_mut().insert("authorization", bearer);
                let answer = client.record_touchpoints(request).await.expect("recorded").into_inner();
                assert!(answer.outcomes.iter().all(|outcome| outcome.status() == Status::Accepted), "all are new");
            }
        })
        .buffer_unordered(at_once)
        .for_each(|()| async {})
        .await;
    count as f64 / begun.elapsed().as_secs_f64()
}
