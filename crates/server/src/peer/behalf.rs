//! What a service asks of another for one of the tenants.

use tenure_kernel::{Purpose, Tenant};
use tonic::{Request, metadata::AsciiMetadataValue};

/// Metadata in which a service says for which tenant it works.
pub(crate) const TENANT: &str = "tenure-tenant";

/// A request to a peer for a tenant, what is read being for a purpose. It goes as bulk: whoever asks a peer waits for more than this.
pub fn on_behalf<T>(tenant: &Tenant, purpose: Purpose, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let metadata = request.metadata_mut();
    // A tenant is ASCII.
    if let Ok(tenant) = AsciiMetadataValue::try_from(tenant.as_str()) {
        metadata.insert(TENANT, tenant);
    }
    metadata.insert("purpose", AsciiMetadataValue::from_static(purpose.as_str()));
    metadata.insert("tenure-priority", AsciiMetadataValue::from_static("bulk"));
    request
}
