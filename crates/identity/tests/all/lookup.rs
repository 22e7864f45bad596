//! Finding persons.

use tenure_kernel::identifier::IdentifierKind::{CustomerNumber, Email, Phone};
use tenure_proto::identity::v1::{
    Candidate, GetPersonRequest, IdentifierQuery, ListSourceRecordsRequest, ResolveIdentityRequest,
    get_person_request::By,
};
use tenure_store::testing::TestPlace;
use tonic_types::StatusExt;

use crate::stage::{Stage, authorized, reason, record, said, tenant};

fn query(kind: &str, value: &str, issuer: &str) -> IdentifierQuery {
    IdentifierQuery { kind: kind.to_owned(), value: value.to_owned(), issuer: issuer.to_owned() }
}

async fn resolve(stage: &Stage, who: &str, identifiers: Vec<IdentifierQuery>, read_after: String) -> Vec<Candidate> {
    let request = ResolveIdentityRequest { identifiers, read_after, attributes: None };
    let response = stage.client().resolve_identity(authorized(&tenant(who), request)).await;
    response.expect("an answer").into_inner().candidates
}

#[tokio::test(flavor = "multi_thread")]
async fn those_whom_most_identifiers_point_at_come_first() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let couple = [
            said(1, 1, &[(Phone, "0612345678"), (Email, "jan@x.nl")]),
            said(2, 2, &[(Phone, "06-12345678"), (CustomerNumber, "K2")]),
            said(3, 3, &[(Email, "jan@x.nl")]),
        ];
        let token = stage.append(&acme, &couple).await;
        let asked =
            vec![query("phone", "+31 6 12345678", ""), query("email", " JAN@x.nl", ""), query("login", "jan", "crm")];
        let found = resolve(&stage, "acme", asked, token).await;
        let persons: Vec<_> = found.iter().map(|one| one.person.clone().expect("a person")).collect();
        assert_eq!(persons, [stage.person(&acme, 1).await, stage.person(&acme, 2).await]);
        assert_eq!(persons[0].record_count, 2);
        assert_eq!(found.iter().map(|one| one.matched_identifiers.clone()).collect::<Vec<_>>(), [vec![0, 1], vec![0]]);
        // An issuer that says nothing is the source that sent it.
        let by_issuer = |issuer| vec![query("customer_number", "k-2", issuer)];
        assert_eq!(resolve(&stage, "acme", by_issuer("crm"), String::new()).await.len(), 1);
        assert_eq!(resolve(&stage, "acme", by_issuer("webshop"), String::new()).await.len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_requests_are_refused_with_everything_that_is_wrong() {
    let (stage, acme) = (Stage::new(TestPlace::sqlite()).await, tenant("acme"));
    let identifiers = vec![query("email", "nobody", ""), query("nonsense", "x", ""), query("login", "", "")];
    let request = ResolveIdentityRequest { identifiers, ..ResolveIdentityRequest::default() };
    let refused = stage.client().resolve_identity(authorized(&acme, request)).await.expect_err("wrong");
    let details = refused.get_error_details();
    let fields: Vec<_> =
        details.bad_request().expect("fields").field_violations.iter().map(|one| one.field.clone()).collect();
    let expected = ["identifiers[0].value", "identifiers[1].kind", "identifiers[2].value", "identifiers[2].issuer"];
    assert_eq!(fields, expected);
    let none = ResolveIdentityRequest::default();
    let refused = stage.client().resolve_identity(authorized(&acme, none)).await.expect_err("none");
    assert_eq!(reason(&refused), "FIELDS_INVALID");
    for by in [None, Some(By::PersonId("person_".to_owned())), Some(By::RecordId(String::new()))] {
        let request = GetPersonRequest { by, read_after: String::new() };
        let refused = stage.client().get_person(authorized(&acme, request)).await.expect_err("wrong");
        assert_eq!(reason(&refused), "FIELDS_INVALID");
    }
    let request = GetPersonRequest { by: Some(By::RecordId(record(1).to_string())), read_after: "zz".to_owned() };
    let refused = stage.client().get_person(authorized(&acme, request)).await.expect_err("wrong");
    assert_eq!(reason(&refused), "READ_TOKEN_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_listed_page_by_page() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let seven: Vec<_> = (1..=7).map(|number| said(number, number, &[(Email, "a@x.nl")])).collect();
        stage.feed(&acme, &seven).await;
        stage.feed(&acme, &[said(0, 3, &[])]).await;
        let person_id = stage.person(&acme, 1).await.person_id;
        let (mut ids, mut page_token, mut sizes) = (Vec::new(), String::new(), Vec::new());
        loop {
            let request = ListSourceRecordsRequest { person_id: person_id.clone(), page_size: 3, page_token };
            let page =
                stage.client().list_source_records(authorized(&acme, request)).await.expect("a page").into_inner();
            sizes.push(page.records.len());
            for one in page.records {
                assert_eq!((one.source.as_str(), one.membership_version, &one.person_id), ("crm", 1, &person_id));
                let first = if one.record_id == record(3).to_string() { 0 } else { i64::from(ids.len() as u32 + 1) };
                assert_eq!(one.first_seen_time.expect("a time").seconds, first, "the earliest, whenever it came");
                ids.push(one.record_id);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(sizes, [3, 3, 1]);
        assert_eq!(ids, (1..=7).map(|number| record(number).to_string()).collect::<Vec<_>>());
        let other = ListSourceRecordsRequest { person_id, page_size: 3, page_token: "nonsense".to_owned() };
        let refused = stage.client().list_source_records(authorized(&acme, other)).await.expect_err("a token");
        assert_eq!(reason(&refused), "PAGE_TOKEN_INVALID");
    }
}
