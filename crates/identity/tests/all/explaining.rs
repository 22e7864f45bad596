//! Why records are one person's, and what a look-up by attributes finds.

use tenure_kernel::{Tenant, identifier::IdentifierKind::Email};
use tenure_proto::{
    collector::v1::{PostalAddress, SubjectAttributes},
    identity::v1::{
        ExplainLinkRequest, ExplainPersonRequest, ExplainPersonResponse, LinkExplanation, ResolveIdentityRequest, Zone,
        explain_person_request::By,
    },
};
use tenure_store::testing::TestPlace;

use crate::{
    stage::{Stage, authorized, record, said, tenant},
    stewarding::{merge, split},
};

/// Jan de Vries as a source knows him; another writes him otherwise.
fn jan(given: &str, street: &str) -> SubjectAttributes {
    SubjectAttributes {
        given_name: given.to_owned(),
        family_name_prefix: "de".to_owned(),
        family_name: "Vries".to_owned(),
        birth_date: "1971-04-23".to_owned(),
        postal_address: Some(PostalAddress {
            street: street.to_owned(),
            house_number: "12".to_owned(),
            postal_code: "3512 JC".to_owned(),
            city: "Utrecht".to_owned(),
            ..PostalAddress::default()
        }),
        ..SubjectAttributes::default()
    }
}

async fn why(stage: &Stage, tenant: &Tenant, left: u8, right: u8) -> LinkExplanation {
    let request = ExplainLinkRequest {
        left_record_id: record(left).to_string(),
        right_record_id: record(right).to_string(),
        read_after: String::new(),
    };
    let answer = stage.client().explain_link(authorized(tenant, request)).await.expect("an explanation");
    answer.into_inner().explanation.expect("an explanation")
}

async fn whole(stage: &Stage, tenant: &Tenant, number: u8) -> ExplainPersonResponse {
    let by = Some(By::RecordId(record(number).to_string()));
    let request = ExplainPersonRequest { by, read_after: String::new() };
    stage.client().explain_person(authorized(tenant, request)).await.expect("an explanation").into_inner()
}

/// Records 1 and 2 are Jan; 3 is his daughter; 4 says nothing but an e-mail address.
async fn family(place: TestPlace) -> (Stage, Tenant) {
    let (stage, acme) = (Stage::new(place).await, tenant("acme"));
    stage.tell(&acme, 1, 1, jan("Jan", "Oudegracht")).await;
    stage.tell(&acme, 2, 2, jan("Johannes", "Oude Gracht")).await;
    let daughter = SubjectAttributes { birth_date: "2003-09-01".to_owned(), ..jan("Sanne", "Oudegracht") };
    stage.tell(&acme, 3, 3, daughter).await;
    stage.feed(&acme, &[said(4, 4, &[(Email, "a@x.nl")])]).await;
    (stage, acme)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_explained_by_steps_that_add_up() {
    for place in TestPlace::each() {
        let (stage, acme) = family(place).await;
        let same = why(&stage, &acme, 1, 2).await;
        assert_eq!((same.zone(), same.same_person, same.is_candidate, same.vetoed), (Zone::Link, true, true, false));
        assert!((same.steps.iter().map(|step| step.bits).sum::<f64>() - same.weight).abs() < 1e-9, "{same:?}");
        assert!(same.probability > 0.9 && same.probability < 1.0);
        let compared: Vec<&str> = same.steps.iter().map(|step| step.comparison.as_str()).collect();
        assert_eq!(compared, ["", "given", "surname", "birth", "address"]);
        let turned = why(&stage, &acme, 2, 1).await;
        assert_eq!((turned.weight, turned.steps), (same.weight, same.steps.clone()), "the same in both directions");

        let apart = why(&stage, &acme, 1, 3).await;
        assert_eq!((apart.zone(), apart.same_person, apart.is_candidate), (Zone::Apart, false, true));
        assert!(apart.weight < 0.0 && apart.probability < 0.1);
        let silent = why(&stage, &acme, 1, 4).await;
        assert_eq!((silent.zone(), silent.same_person, silent.is_candidate), (Zone::Silent, false, false));
        assert!(!same.model_version.is_empty());
        let shown = format!("{same:?}{apart:?}{silent:?}");
        assert!(["Vries", "Jan", "Sanne", "Gracht", "1971"].iter().all(|value| !shown.contains(value)), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_explained_by_links_and_decisions() {
    for place in TestPlace::each() {
        let (stage, acme) = family(place).await;
        let before = whole(&stage, &acme, 1).await;
        assert_eq!(before.person.as_ref().map(|person| person.record_count), Some(2));
        assert_eq!(before.links.len(), 1);
        assert_eq!(before.links[0].weight, why(&stage, &acme, 1, 2).await.weight);
        assert_eq!(before.decisions, []);
        let (father, daughter) = (stage.person(&acme, 1).await, stage.person(&acme, 3).await);
        let merged = merge(&stage, &acme, "m", &[&father, &daughter]).await.expect("merged");
        let after = whole(&stage, &acme, 3).await;
        assert_eq!(after.person.as_ref().map(|person| person.record_count), Some(3));
        assert_eq!(after.decisions.len(), 1);
        assert_eq!(after.decisions[0].decision_id, merged.decision_id);
        assert_eq!(after.decisions[0].record_ids.len(), 3);
        assert_eq!(why(&stage, &acme, 1, 3).await.decision_ids, [merged.decision_id]);
        let person = stage.person(&acme, 1).await;
        let parted = split(&stage, &acme, "s", &person, &[3]).await.expect("split");
        let newest: Vec<String> =
            whole(&stage, &acme, 1).await.decisions.into_iter().map(|one| one.decision_id).collect();
        assert_eq!(newest.first(), Some(&parted.decision_id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_by_attributes_finds_whom_they_would_be_linked_with() {
    for place in TestPlace::each() {
        let (stage, acme) = family(place).await;
        let before = stage.export(&acme).await;
        let asked = |attributes| ResolveIdentityRequest { attributes: Some(attributes), ..Default::default() };
        let found = async |attributes| {
            let answer = stage.client().resolve_identity(authorized(&acme, asked(attributes))).await;
            answer.expect("an answer").into_inner().candidates
        };
        let likely = found(jan("J.", "Oudegracht")).await;
        assert_eq!(likely[0].person, Some(stage.person(&acme, 1).await), "{likely:?}");
        assert!(likely[0].weight > 0.0 && likely[0].probability > 0.5 && likely[0].matched_identifiers.is_empty());
        let nobody = SubjectAttributes { family_name: "Bakker".to_owned(), ..SubjectAttributes::default() };
        assert_eq!(found(nobody).await, []);
        assert_eq!(stage.export(&acme).await, before, "nothing is stored");
        let other =
            stage.client().resolve_identity(authorized(&tenant("other"), asked(jan("Jan", "Oudegracht")))).await;
        assert_eq!(other.expect("an answer").into_inner().candidates, [], "a tenant sees its own");
    }
}
