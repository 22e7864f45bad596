//! Changes of profiles for the wire.

use tenure_kernel::{PersonId, Purpose, Refusal, Timestamp};
use tenure_proto::profile::v1 as pb;
use tenure_server::Violations;

use super::{
    definition::name,
    disclosed::{disclose, hides},
    profile::{SEGMENTS, TRAITS, to_wire},
    request::wanted,
};
use crate::{
    app::watch_profiles::{Told, Watched},
    domain::person::{Profile, Wanted},
};

/// How many persons may be watched by name.
const PERSONS: usize = 100;

/// Whose changes are asked for, and what of them.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn watched(request: pb::WatchProfilesRequest) -> Result<(Watched, Option<Wanted>), Refusal> {
    let mut wrong = Violations::new();
    let persons = match request.person_ids.as_slice() {
        [] => Vec::new(),
        ids => wrong.ids("person_ids", ids, PERSONS),
    };
    if !request.segment.is_empty() {
        name(&mut wrong, "segment", &request.segment);
    }
    let wanted = wanted(&mut wrong, &request.paths);
    wrong.finish()?;
    let segment = Some(request.segment).filter(|segment| !segment.is_empty());
    Ok((Watched { after: request.after, persons: persons.into_iter().collect(), segment }, wanted))
}

/// What changed, as a purpose may see it; whatever it does not see at all is left out.
pub(crate) fn told(told: Told, wanted: Option<&Wanted>, purpose: Purpose, now: Timestamp) -> pb::WatchProfilesResponse {
    let changes =
        told.changes.into_iter().filter_map(|(changed, found)| change(changed, found, wanted, (purpose, now)));
    let changes: Vec<pb::ProfileChange> = changes.collect();
    let notice_time = told.noticed.filter(|_| !changes.is_empty());
    pb::WatchProfilesResponse { changes, notice_time, read_token: told.read_token }
}

fn change(
    changed: pb::PersonChanged,
    found: Option<Profile>,
    wanted: Option<&Wanted>,
    (purpose, now): (Purpose, Timestamp),
) -> Option<pb::ProfileChange> {
    let person = PersonId::from_slice(&changed.person_id).ok()?;
    let mut told = pb::ProfileChange {
        person_id: person.to_string(),
        revision: changed.revision,
        cause: changed.cause,
        gone: changed.gone,
        ..Default::default()
    };
    if changed.gone {
        return Some(told);
    }
    // Who is gone by now is told of by a change to come.
    let whole = to_wire(found?);
    let is_wanted = |path: &str| wanted.is_none_or(|wanted| wanted.has(path));
    let seen = |path: &String| is_wanted(path) && !hides(&whole, path, purpose, now);
    let paths: Vec<String> = changed.paths.into_iter().filter(seen).collect();
    let mut shown = whole.clone();
    disclose(&mut shown, purpose, now);
    let values = |path: &String| shown.fields.iter().filter(|field| field.path == *path).cloned().collect();
    told.fields = paths.iter().map(|path| pb::ChangedField { path: path.clone(), values: values(path) }).collect();
    if !hides(&whole, TRAITS, purpose, now) {
        let one = |name: &String| is_wanted(&format!("{TRAITS}.{name}"));
        let now_of = |name: String| {
            let found = shown.traits.iter().find(|one| one.name == name).cloned();
            found.unwrap_or_else(|| pb::Trait { name, ..Default::default() })
        };
        told.traits = changed.traits.into_iter().filter(one).map(now_of).collect();
        let in_segment = |name: &String| is_wanted(&format!("{SEGMENTS}.{name}"));
        told.entered_segments = changed.entered_segments.into_iter().filter(in_segment).collect();
        told.left_segments = changed.left_segments.into_iter().filter(in_segment).collect();
    }
    let nothing = told.fields.is_empty()
        && told.traits.is_empty()
        && told.entered_segments.is_empty()
        && told.left_segments.is_empty();
    // A person of whom nothing is known yet begins with nothing.
    (!nothing).then_some(told)
}
