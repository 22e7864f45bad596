//! Keys and values. Neither holds anything personal in clear: a key has the tenant and the person's id, and an answer is sealed.

use prost::Message;
use tenure_journal::Followed;
use tenure_kernel::{PersonId, Tenant, Timestamp};
use tenure_keyring::CacheKey;
use tenure_proto::profile::v1::GetProfileResponse;

use super::super::{Claim, Entry};

/// How long what is trusted is, in bytes.
pub(super) const TRUST: usize = 32;

/// What an answer must have been kept under to be believed: a digest of the epoch, the generation and the servers.
pub(super) type Trust = [u8; TRUST];

/// The key of a person. What is in braces alone decides on the node of a cluster.
pub(super) fn key(tenant: &Tenant, person: PersonId) -> String {
    format!("tenure:profile:1:{{{tenant}:{person}}}")
}

/// What a value is, by its first letter.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Held<'a> {
    /// An answer, sealed.
    Answer(&'a [u8]),
    /// Somebody reads the database. Whoever reads it from now on may put the answer in its place just as well.
    Claim,
    /// The marks of those who write.
    Marks,
    Rubbish,
}

impl<'a> Held<'a> {
    pub(super) fn of(value: &'a [u8]) -> Self {
        match value.split_first() {
            Some((b'A', sealed)) => Held::Answer(sealed),
            Some((b'C', claim)) if claim.len() == MARK => Held::Claim,
            Some((b'W', marks)) if !marks.is_empty() && marks.len().is_multiple_of(MARK) => Held::Marks,
            _ => Held::Rubbish,
        }
    }
}

const MARK: usize = 16;

/// A new claim, as it stands in Redis.
pub(super) fn new_claim() -> Vec<u8> {
    let claim: [u8; MARK] = rand::random();
    [b"C", claim.as_slice()].concat()
}

/// The right to replace what was seen, by an answer that is believed as long as what was trusted then.
pub(super) fn claim(trust: &Trust, seen: &[u8]) -> Claim {
    Claim([trust.as_slice(), seen].concat())
}

/// An answer before it is sealed.
#[derive(Clone, PartialEq, Message)]
struct Kept {
    #[prost(message, optional, tag = "1")]
    answer: Option<GetProfileResponse>,
    #[prost(int64, optional, tag = "2")]
    until: Option<i64>,
    #[prost(bytes = "vec", tag = "3")]
    followed: Vec<u8>,
    #[prost(int64, tag = "4")]
    change: i64,
}

/// Larger answers are not kept.
const LARGEST: usize = 512 * 1024;

/// An answer as it stands in Redis.
pub(super) fn seal(cache: &CacheKey, key: &str, trust: &Trust, entry: &Entry) -> Option<Vec<u8>> {
    let kept = Kept {
        answer: Some(entry.answer.clone()),
        until: entry.until.map(|until| until.0),
        followed: entry.followed.encode(),
        change: entry.change,
    };
    let bytes = kept.encode_to_vec();
    let sealed = (bytes.len() <= LARGEST).then(|| cache.seal(&context(key, trust), &bytes)).flatten()?;
    Some([b"A", sealed.as_slice()].concat())
}

/// What was sealed for this key while the same was trusted; `None` for anything else.
pub(super) fn open(cache: &CacheKey, key: &str, trust: &Trust, sealed: &[u8]) -> Option<Entry> {
    let kept = Kept::decode(cache.open(&context(key, trust), sealed)?.as_slice()).ok()?;
    let followed = Followed::decode(&kept.followed)?;
    Some(Entry { answer: kept.answer?, until: kept.until.map(Timestamp), followed, change: kept.change })
}

fn context(key: &str, trust: &Trust) -> Vec<u8> {
    [trust.as_slice(), key.as_bytes()].concat()
}
