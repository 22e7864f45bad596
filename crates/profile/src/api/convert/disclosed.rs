//! A profile as a purpose may see it, and consent as a profile tells it.

use std::collections::BTreeSet;

use tenure_kernel::{Purpose, Timestamp};
use tenure_proto::profile::v1::{self as pb, withheld::Reason};
use tenure_server::wire;

use crate::domain::{
    consent::{self, Use, Verdict, Word},
    disclosure::{self, Bar, Category},
    path,
};

/// Leaves out what a purpose may not see, and what has ended by itself, and says what the purpose does not see.
pub(crate) fn disclose(profile: &mut pb::Profile, purpose: Purpose, now: Timestamp) {
    let barred = disclosure::bar(purpose, &words(profile), state(profile, now), now);
    let hidden = |category| !disclosure::sees(purpose, category);
    if hidden(Category::Aml) {
        profile.fields.retain(|field| field.category() != pb::Category::AmlOnly);
        profile.touchpoints.retain(|count| !count.aml_only);
        profile.truncated_paths.retain(|path| !path.aml_only);
    } else {
        without_outranked(&mut profile.fields);
    }
    if hidden(Category::Special) {
        profile.fields.retain(|field| field.category() != pb::Category::Special);
    }
    profile.fields.retain(|field| expires_at(field).is_none_or(|until| now < until));
    if barred.is_some() {
        profile.fields.retain(|field| disclosure::is_shown_when_barred(&field.path));
        profile.truncated_paths.clear();
        profile.touchpoints.clear();
        profile.traits.clear();
        profile.segments.clear();
        profile.enrichment.clear();
    }
    profile.withheld = withheld(purpose, barred);
}

/// Whether a purpose sees nothing at a path of a customer.
pub(crate) fn hides(profile: &pb::Profile, path: &str, purpose: Purpose, now: Timestamp) -> bool {
    let barred = || disclosure::bar(purpose, &words(profile), state(profile, now), now).is_some();
    !disclosure::sees(purpose, disclosure::category(path, false))
        || (!disclosure::is_shown_when_barred(path) && barred())
}

/// Leaves out fields that what due diligence gathered outranks; where that says that there is none, this too.
fn without_outranked(fields: &mut Vec<pb::ProfileField>) {
    let aml = fields.iter().filter(|field| field.category() == pb::Category::AmlOnly);
    let key = |field: &pb::ProfileField| {
        (field.path.clone(), path::has_many_values(&field.path).then(|| field.value.clone()))
    };
    let outranked: BTreeSet<_> = aml.map(key).collect();
    fields.retain(|field| match field.category() {
        pb::Category::AmlOnly => !field.value.is_empty(),
        _ => !outranked.contains(&key(field)),
    });
}

fn withheld(purpose: Purpose, barred: Option<Bar>) -> Vec<pb::Withheld> {
    let mut withheld = Vec::new();
    for category in [Category::Aml, Category::Special] {
        if !disclosure::sees(purpose, category) {
            let paths =
                if category == Category::Special { path::SPECIAL.map(str::to_owned).to_vec() } else { Vec::new() };
            let (reason, category) = (Reason::Category.into(), category_code(category).into());
            withheld.push(pb::Withheld { reason, paths, category });
        }
    }
    if let Some(bar) = barred {
        let reason = match bar {
            Bar::Restricted => Reason::Restricted,
            Bar::ConsentMissing => Reason::ConsentMissing,
            Bar::Objected => Reason::Objected,
            Bar::Deceased => Reason::Deceased,
        };
        withheld.push(pb::Withheld { reason: reason.into(), ..Default::default() });
    }
    withheld
}

/// A category's code.
pub(crate) fn category_code(category: Category) -> pb::Category {
    match category {
        Category::General => pb::Category::Unspecified,
        Category::Aml => pb::Category::AmlOnly,
        Category::Special => pb::Category::Special,
    }
}

fn is_deceased(profile: &pb::Profile) -> bool {
    profile.fields.iter().any(|field| field.path == "life.deceased" && field.category() != pb::Category::AmlOnly)
}

fn state(profile: &pb::Profile, now: Timestamp) -> disclosure::State {
    let holds = |field: &&pb::ProfileField| expires_at(field).is_none_or(|until| now < until);
    let restricted = profile.fields.iter().filter(holds).any(|field| path::is_within(&field.path, "restriction"));
    disclosure::State { deceased: is_deceased(profile), restricted }
}

fn expires_at(field: &pb::ProfileField) -> Option<Timestamp> {
    wire::timestamp(field.provenance.as_ref()?.expire_time.as_ref()?)
}

/// What a profile says on consent.
fn words(profile: &pb::Profile) -> Vec<Word<'_>> {
    let said = profile.fields.iter().filter(|field| consent::is_on_consent(&field.path));
    said.filter(|field| field.category() != pb::Category::AmlOnly).filter_map(word).collect()
}

fn word(field: &pb::ProfileField) -> Option<Word<'_>> {
    let provenance = field.provenance.as_ref()?;
    Some(Word {
        path: &field.path,
        value: &field.value,
        at: wire::timestamp(provenance.occur_time.as_ref()?)?,
        text_version: &provenance.text_version,
        expires_at: expires_at(field),
    })
}

/// Whether a profile's customer consents to a use at a moment.
pub(crate) fn consents(profile: &pb::Profile, asked: &Use<'_>, now: Timestamp) -> pb::CheckConsentResponse {
    let (verdict, behind) = consent::decide(words(profile), asked, now);
    let verdict = match state(profile, now) {
        disclosure::State { deceased: true, .. } => Verdict::Deceased,
        disclosure::State { restricted: true, .. } => Verdict::Restricted,
        _ => verdict,
    };
    let path = behind.map(|word| word.path).unwrap_or_default();
    let field = profile.fields.iter().find(|field| field.path == path);
    pb::CheckConsentResponse {
        allowed: verdict == Verdict::Given,
        verdict: verdict_code(verdict).into(),
        path: path.to_owned(),
        provenance: field.and_then(|field| field.provenance.clone()),
    }
}

fn verdict_code(verdict: Verdict) -> pb::ConsentVerdict {
    match verdict {
        Verdict::Given => pb::ConsentVerdict::Given,
        Verdict::Missing => pb::ConsentVerdict::Missing,
        Verdict::Withdrawn => pb::ConsentVerdict::Withdrawn,
        Verdict::Objected => pb::ConsentVerdict::Objected,
        Verdict::Expired => pb::ConsentVerdict::Expired,
        Verdict::OtherText => pb::ConsentVerdict::OtherText,
        Verdict::Deceased => pb::ConsentVerdict::Deceased,
        Verdict::Restricted => pb::ConsentVerdict::Restricted,
    }
}
