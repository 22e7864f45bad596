//! The contract: generated messages, clients and servers, the descriptor set and the options of every RPC.
//! Nothing here is written by hand but the module tree.

macro_rules! package {
    ($name:ident, $path:literal, $doc:literal) => {
        #[doc = $doc]
        pub mod $name {
            /// Version 1.
            #[allow(
                missing_docs,
                clippy::all,
                clippy::too_many_lines,
                clippy::allow_attributes,
                clippy::allow_attributes_without_reason,
                rustdoc::all,
                reason = "generated; not every package triggers every lint"
            )]
            pub mod v1 {
                tonic::include_proto!($path);
            }
        }
    };
}

package!(contract, "tenure.contract.v1", "Options of RPCs and fields.");
package!(error, "tenure.error.v1", "Reasons of refusals.");
package!(keyring, "tenure.keyring.v1", "Sealed personal data.");
package!(journal, "tenure.journal.v1", "The journal.");
package!(collector, "tenure.collector.v1", "Touchpoints.");
package!(identity, "tenure.identity.v1", "Persons.");
package!(profile, "tenure.profile.v1", "Profiles.");
package!(enrichment, "tenure.enrichment.v1", "Enrichment by providers.");
package!(expectation, "tenure.expectation.v1", "Promises, dissonance and surveys.");
package!(value, "tenure.value.v1", "Customer value.");

/// The encoded `FileDescriptorSet` of the whole contract, comments and options included.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor.binpb"));

/// An RPC and the options it carries.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// Its path, such as `/tenure.profile.v1.ProfileService/GetProfile`.
    pub path: &'static str,
    /// The scope that a caller needs.
    pub scope: &'static str,
    /// The most sensitive `DataClass` in it, as its number.
    pub data_class: i32,
    /// Its `Priority`, as its number; 0 when it has none.
    pub priority: i32,
    /// Whether a caller must say what it reads for.
    pub purpose_bound: bool,
}

/// Every RPC of the contract.
pub const METHODS: &[Method] = include!(concat!(env!("OUT_DIR"), "/methods.rs"));
