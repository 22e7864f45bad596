//! Dissonance by window since the purchase, and its three parts, from touchpoints to answers.

use tenure_proto::{
    collector::v1::{self as collector, TouchpointType as Type, touchpoint::Detail},
    expectation::v1::{
        self as pb, DissonanceSubscale as Subscale, DissonanceWindow as Window, dissonance_sign::Evidence,
    },
};
use tenure_store::testing::TestPlace;

use crate::{
    complaints::registration,
    entries::{Decision, Touch, hour, progressed, record, tenant, touchpoint},
    stage::{Stage, of},
};

const DAY: i64 = 24;

async fn dissonance(stage: &Stage, number: u64) -> pb::Dissonance {
    let by = Some(pb::get_dissonance_request::By::RecordId(record(number).to_string()));
    let ask = of("acme", pb::GetDissonanceRequest { by, ..Default::default() });
    stage.client.clone().get_dissonance(ask).await.expect("a dissonance").into_inner().dissonance.expect("set")
}

fn bought(number: u64, at: i64, order: &str, product: &str) -> Touch {
    let line = collector::OrderLine { product_code: product.to_owned(), quantity: 1, ..Default::default() };
    let detail = collector::OrderDetail { lines: vec![line], ..Default::default() };
    Touch::new(number, 1, at, Type::OrderPlaced).of_order(order).with(Detail::Order(detail))
}

fn looked(number: u64, at: i64, item: &str) -> Touch {
    let detail = collector::DigitalDetail { item_code: item.to_owned(), ..Default::default() };
    Touch::new(number, 1, at, Type::ContentOpened).with(Detail::Digital(detail))
}

fn asked(number: u64, at: i64, intent: &str, sentiment: i32) -> Touch {
    let detail =
        collector::ContactDetail { intent_code: intent.to_owned(), sentiment: Some(sentiment), ..Default::default() };
    Touch::new(number, 1, at, Type::CallEnded).of_order("a").with(Detail::Contact(detail))
}

/// What a part is made of: the code of each sign, and what shows it.
fn signs(dissonance: &pb::Dissonance, subscale: Subscale) -> Vec<(String, String, Window)> {
    let part = dissonance.subscales.iter().find(|one| one.subscale() == subscale).expect("each of the three");
    let shown = |evidence: &Option<Evidence>| match evidence.clone().expect("set") {
        Evidence::TouchpointId(id) | Evidence::ComplaintId(id) | Evidence::PromiseId(id) => id,
    };
    part.signs.iter().map(|sign| (sign.sign_code.clone(), shown(&sign.evidence), sign.window())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_score_is_taken_apart_by_window_and_part() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 4).await, tenant("acme"));
        let touches = [
            bought(1, -60 * DAY, "a", "sofa"),
            bought(2, -20 * DAY, "b", "lamp"),
            // Late within a week, and late again a month later.
            Touch::promised(3, 1, "a", -59 * DAY, -56 * DAY),
            Touch::delivered(4, 1, "a", -54 * DAY),
            Touch::promised(5, 1, "b", -20 * DAY, -4 * DAY),
            Touch::delivered(6, 1, "b", -DAY),
            Touch::promised(7, 1, "unknown", -20 * DAY, -4 * DAY),
            Touch::delivered(8, 1, "unknown", -DAY),
            asked(9, -50 * DAY, "cancel-order", -80),
            looked(10, -49 * DAY, "help/fees"),
            looked(11, -49 * DAY, "news"),
            Touch::new(12, 1, -3 * DAY, Type::ReturnRequested).of_order("b"),
        ];
        let mut told: Vec<_> = touches.into_iter().map(|touch| touch.draft(&acme)).collect();
        told.push(progressed(&acme, "shop", 100 * DAY));
        stage.tell(told, vec![Decision::found([(1, 1)]).draft(&acme)]).await;
        let whole = dissonance(&stage, 1).await;
        let kinds: Vec<_> = whole.windows.iter().map(pb::WindowDissonance::window).collect();
        assert_eq!(kinds, [Window::Unspecified, Window::Days0To14, Window::Days15To30], "{:?}", whole.windows);
        assert!(whole.windows.iter().all(|one| one.score > 0.0 && one.score < whole.score), "{:?}", whole.windows);
        let of_window = |wanted: Window| {
            let factors = whole.products.iter().flat_map(|product| &product.factors);
            factors.filter(|factor| factor.window() == wanted && factor.felt_value < 0.0).count()
        };
        assert_eq!([of_window(kinds[0]), of_window(kinds[1]), of_window(kinds[2])], [1, 1, 1]);

        assert_eq!(
            signs(&whole, Subscale::Wisdom),
            [
                ("return_requested".to_owned(), touchpoint(12).to_string(), Window::Days15To30),
                ("cancellation".to_owned(), touchpoint(9).to_string(), Window::Days0To14),
            ]
        );
        let felt = ("negative_sentiment".to_owned(), touchpoint(9).to_string(), Window::Days0To14);
        assert_eq!(signs(&whole, Subscale::Emotional), std::slice::from_ref(&felt));
        let looked = ("price".to_owned(), touchpoint(10).to_string(), Window::Unspecified);
        assert_eq!(signs(&whole, Subscale::Deal), [looked], "what it has nothing to do with is not kept");
        assert_eq!(stage.export(&acme).await.iter().filter(|line| line.contains("news")).count(), 0);

        // A complaint weighs in full while it is open.
        stage.client.clone().register_complaint(of("acme", registration("r", 1, hour(-1)))).await.expect("registered");
        let angry = dissonance(&stage, 1).await;
        let emotional = &angry.subscales[0];
        assert_eq!((emotional.signs[0].sign_code.as_str(), emotional.signs[0].decay), ("complaint", 1.0));
        assert_eq!(signs(&angry, Subscale::Emotional)[1], felt);
        assert!(emotional.score > whole.subscales[0].score);
        assert_eq!(angry.score, whole.score, "the parts add nothing to it");
    }
}
