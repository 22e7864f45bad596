//! A small contract that keeps every rule, to be broken one line at a time: so each rule is seen to find what it is for.

use prost_reflect::DescriptorPool;
use protox::{
    Compiler, Error,
    file::{ChainFileResolver, DescriptorSetFileResolver, File, FileResolver},
};

const SERVICE: &str = r#"syntax = "proto3";
package tenure.sample.v1;
import "tenure/contract/v1/options.proto";
// Keeps samples.
service SampleService {
  // Lists samples.
  // Errors: FIELDS_INVALID, PAGE_TOKEN_INVALID (of another list), READ_TOKEN_INVALID, DEADLINE.
  rpc ListSamples(ListSamplesRequest) returns (ListSamplesResponse) {
    option (tenure.contract.v1.scope) = "sample.read";
    option (tenure.contract.v1.rpc_data_class) = DATA_CLASS_PERSONAL;
    option idempotency_level = NO_SIDE_EFFECTS;
  }
  // Records a sample.
  // Errors: FIELDS_INVALID, REQUEST_ID_REUSED.
  rpc RecordSample(RecordSampleRequest) returns (RecordSampleResponse) {
    option (tenure.contract.v1.scope) = "sample.write";
    option (tenure.contract.v1.rpc_data_class) = DATA_CLASS_PSEUDONYMOUS;
    option idempotency_level = IDEMPOTENT;
  }
}
// A sample.
message Sample {
  option (tenure.contract.v1.message_data_class) = DATA_CLASS_PSEUDONYMOUS;
  reserved 7 to 8;
  reserved "weight";
  // What it is.
  enum Kind {
    // Not set.
    KIND_UNSPECIFIED = 0;
    // Of blood.
    KIND_BLOOD = 1;
  }
  // What it is.
  Kind kind = 1;
  // Whose.
  string name = 2 [(tenure.contract.v1.data_class) = DATA_CLASS_PERSONAL];
  // What it cost, in minor units.
  int64 cost_minor_units = 3;
  // Where it is.
  oneof place {
    // On a shelf.
    string shelf = 4;
    // In a box.
    string box = 5;
  }
}
// Asks for samples.
message ListSamplesRequest {
  option (tenure.contract.v1.message_data_class) = DATA_CLASS_OPERATIONAL;
  // How many at most.
  int32 page_size = 1;
  // Where to go on.
  string page_token = 2;
  // A read token.
  string read_after = 3;
}
// Samples.
message ListSamplesResponse {
  option (tenure.contract.v1.message_data_class) = DATA_CLASS_PSEUDONYMOUS;
  // The samples.
  repeated Sample samples = 1;
  // Where to go on.
  string next_page_token = 2;
}
// A sample to record.
message RecordSampleRequest {
  option (tenure.contract.v1.message_data_class) = DATA_CLASS_PSEUDONYMOUS;
  // The caller's id of the request.
  string request_id = 1;
  // How many.
  int32 count = 2;
}
// The answer.
message RecordSampleResponse {
  option (tenure.contract.v1.message_data_class) = DATA_CLASS_OPERATIONAL;
}
"#;

const EVENT: &str = r#"syntax = "proto3";
package tenure.sample.v1;
import "tenure/contract/v1/options.proto";
import "tenure/sample/v1/sample_service.proto";
// A sample was recorded.
message SampleRecorded {
  option (tenure.contract.v1.message_data_class) = DATA_CLASS_PSEUDONYMOUS;
  // What it is.
  Sample.Kind kind = 1;
}
"#;

const EVENT_FILE: &str = "tenure/sample/v1/sample_event.proto";

struct Sources {
    service: String,
    event: String,
}

impl FileResolver for Sources {
    fn open_file(&self, name: &str) -> Result<File, Error> {
        match name {
            "tenure/sample/v1/sample_service.proto" => File::from_source(name, &self.service),
            EVENT_FILE => File::from_source(name, &self.event),
            _ => Err(Error::file_not_found(name)),
        }
    }
}

/// The sample with one text put in place of another; of two empty texts, the sample as it is.
pub(crate) fn sample(from: &str, to: &str) -> DescriptorPool {
    assert!(SERVICE.contains(from) || EVENT.contains(from), "the sample has no {from:?}");
    let mut resolver = ChainFileResolver::new();
    resolver.add(Sources { service: SERVICE.replacen(from, to, 1), event: EVENT.replacen(from, to, 1) });
    resolver.add(DescriptorSetFileResolver::decode(tenure_proto::FILE_DESCRIPTOR_SET).unwrap());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).include_source_info(true);
    compiler.open_file(EVENT_FILE).unwrap();
    compiler.descriptor_pool()
}
