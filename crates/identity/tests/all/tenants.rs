//! Two tenants never see each other, even with the same record ids and identifiers.

use tenure_kernel::identifier::IdentifierKind::Email;
use tenure_proto::identity::v1::{
    ExportRecordsRequest, IdentifierQuery, ListSourceRecordsRequest, ResolveIdentityRequest, get_person_request::By,
};
use tenure_store::testing::TestPlace;

use crate::{
    stage::{Stage, authorized, lines, reason, record, said, tenant},
    stewarding::{merge, split},
};

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_ids_are_not_there() {
    for place in TestPlace::each() {
        let (stage, acme, other) = (Stage::new(place).await, tenant("acme"), tenant("other"));
        stage.feed(&acme, &[said(1, 1, &[(Email, "a@x.nl")]), said(2, 2, &[(Email, "a@x.nl")])]).await;
        stage.feed(&other, &[said(1, 1, &[(Email, "a@x.nl")]), said(3, 3, &[(Email, "b@x.nl")])]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2]]));
        assert_eq!(stage.export(&other).await, lines(&[&[1], &[3]]));
        let (theirs, own) = (stage.person(&acme, 1).await, stage.person(&other, 1).await);
        assert_ne!(theirs.person_id, own.person_id);

        let absent = stage.get(&other, By::RecordId(record(77).to_string())).await.expect_err("absent");
        let mut refusals = vec![
            stage.get(&other, By::RecordId(record(2).to_string())).await.expect_err("another's"),
            stage.get(&other, By::PersonId(theirs.person_id.clone())).await.expect_err("another's"),
            merge(&stage, &other, "m", &[&own, &theirs]).await.expect_err("another's"),
            split(&stage, &other, "s", &theirs, &[1]).await.expect_err("another's"),
            split(&stage, &other, "s", &own, &[2]).await.expect_err("another's"),
        ];
        let list = ListSourceRecordsRequest { person_id: theirs.person_id, ..ListSourceRecordsRequest::default() };
        refusals.push(stage.client().list_source_records(authorized(&other, list)).await.expect_err("another's"));
        for refused in refusals {
            assert_eq!(reason(&refused), "NOT_FOUND");
            assert_eq!(
                (refused.code(), refused.message(), refused.details()),
                (absent.code(), absent.message(), absent.details())
            );
        }
        let export = ExportRecordsRequest { record_ids: vec![record(2).to_string()] };
        let export = stage.client().export_records(authorized(&other, export)).await.expect("nothing").into_inner();
        assert!(export.records.is_empty());
        let email = IdentifierQuery { kind: "email".to_owned(), value: "a@x.nl".to_owned(), issuer: String::new() };
        let resolve = ResolveIdentityRequest { identifiers: vec![email], ..ResolveIdentityRequest::default() };
        let found = stage.client().resolve_identity(authorized(&other, resolve)).await.expect("one").into_inner();
        let persons: Vec<_> = found.candidates.into_iter().map(|one| one.person.expect("a person")).collect();
        assert_eq!(persons, [own]);
    }
}
