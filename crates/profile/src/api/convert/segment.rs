//! Requests about segments.

use tenure_kernel::{Reason, Refusal};
use tenure_proto::profile::v1 as pb;
use tenure_server::{Violations, page_size};

use super::definition::{name, read};
use crate::{app::define_segment::DefineSegment, domain::segment::MOST_SEGMENTS};

/// A segment to be defined.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn define(request: pb::DefineSegmentRequest) -> Result<DefineSegment, Refusal> {
    let mut wrong = Violations::new();
    let pb::SegmentDefinition { name: of, condition: text, .. } =
        wrong.required("definition", request.definition).unwrap_or_default();
    name(&mut wrong, "definition.name", &of);
    let condition = read(&mut wrong, "definition.condition", &text);
    if request.expected_version.is_some_and(|version| version < 0) {
        wrong.push("expected_version", Reason::FieldOutOfRange, "must be 0 or more");
    }
    match condition {
        Some(condition) => {
            let expected = request.expected_version;
            wrong.finish().map(|()| DefineSegment { name: of, text, condition, expected })
        }
        None => Err(Refusal::fields(wrong.into_inner())),
    }
}

/// The name of a segment to be deleted.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn delete(request: &pb::DeleteSegmentRequest) -> Result<&str, Refusal> {
    let mut wrong = Violations::new();
    name(&mut wrong, "name", &request.name);
    wrong.finish().map(|()| request.name.as_str())
}

/// The size of a page.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn list(request: &pb::ListSegmentsRequest) -> Result<usize, Refusal> {
    page_size(request.page_size, 100, MOST_SEGMENTS).map_err(|wrong| Refusal::fields(vec![wrong]))
}
