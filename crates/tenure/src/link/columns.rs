//! What the columns of one file mean.

use anyhow::{Context as _, bail};
use tenure_linkage::{Role, Schema, recognise};

use super::{args::Source, spec::Spec};

/// The columns of one file.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    pub(crate) schema: Schema,
    /// Where the id is; none if rows are numbered.
    pub(crate) id: Option<usize>,
    /// Where the truth is; none if it is not told.
    pub(crate) truth: Option<usize>,
}

impl Columns {
    /// Whether everything is asked for, so that nothing need be recognised by values.
    pub(crate) fn are_told(source: &Source, spec: &Spec) -> bool {
        let id = source.id.is_some() || spec.id.is_some();
        let country = source.country.is_some() || spec.country.is_some();
        id && country && !spec.columns.is_empty()
    }

    /// From the headers, a sample of the values, and what was asked for. The id and the truth are evidence of nothing.
    pub(crate) fn of(headers: &[&str], sample: &[Vec<&str>], source: &Source, spec: &Spec) -> anyhow::Result<Self> {
        let place = |name: &str| {
            let found = headers.iter().position(|header| *header == name);
            found.with_context(|| format!("there is no column \"{name}\"; there are {}", headers.join(", ")))
        };
        let truth = source.truth.as_deref().map(place).transpose()?;
        let expected = spec.truth.as_deref().and_then(|name| place(name).ok());
        let recognised = recognise(headers, sample, source.truth.as_deref());
        let id = match (source.id.as_deref(), spec.id.as_deref()) {
            (Some(name), _) => Some(place(name)?),
            (None, Some(name)) => Some(place(name)?),
            (None, None) => recognised.column(Role::Id),
        };
        let mut roles = recognised.roles().to_vec();
        if !spec.columns.is_empty() {
            roles.fill(Role::Ignored);
            for (name, role) in &spec.columns {
                roles[place(name)?] = *role;
            }
        }
        for column in [id, truth, expected].into_iter().flatten() {
            roles[column] = Role::Ignored;
        }
        if roles.iter().all(|role| matches!(role, Role::Ignored | Role::Id | Role::Source)) {
            bail!("none of the columns is recognised ({}); say in a spec what they mean", headers.join(", "));
        }
        let country = source.country.as_deref().or(spec.country.as_deref()).unwrap_or(recognised.country());
        Ok(Self { schema: Schema::new(roles, country), id, truth })
    }
}
