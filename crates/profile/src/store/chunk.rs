//! A chunk of buckets as bytes. Nothing in it is personal.

use std::collections::BTreeMap;

use prost::Message;
use tenure_kernel::Timestamp;
use tenure_proto::profile::v1 as pb;
use tenure_store::StoreError;

use crate::domain::bucket::{Bucket, Buckets, CHUNK_HOURS, Extent, HOUR, Series};

fn broken() -> StoreError {
    StoreError::Row("record_bucket.buckets".to_owned())
}

/// The codes of a chunk, each with its place.
#[derive(Default)]
struct Codes<'a>(BTreeMap<&'a str, u32>);

impl<'a> Codes<'a> {
    fn place(&mut self, code: &'a str) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(code).or_insert(next)
    }

    fn into_vec(self) -> Vec<String> {
        let mut codes: Vec<(u32, &str)> = self.0.into_iter().map(|(code, place)| (place, code)).collect();
        codes.sort_unstable();
        codes.into_iter().map(|(_, code)| code.to_owned()).collect()
    }
}

/// The bytes of a chunk, the same for the same buckets.
pub(super) fn encode(number: i64, buckets: &Buckets) -> Vec<u8> {
    let mut codes = Codes::default();
    let series = buckets.0.iter().map(|(series, hours)| pb::BucketSeries {
        r#type: series.kind,
        channel: series.channel,
        products: series.products.iter().map(|product| codes.place(product)).collect(),
        line: if series.line.is_empty() { 0 } else { codes.place(&series.line) + 1 },
        currency_code: series.currency.clone(),
        hours: hours.iter().map(|(hour, bucket)| hour_bucket(number, *hour, bucket)).collect(),
    });
    let series = series.collect();
    pb::BucketChunk { codes: codes.into_vec(), series }.encode_to_vec()
}

fn hour_bucket(number: i64, hour: i64, bucket: &Bucket) -> pb::HourBucket {
    let start = hour * HOUR;
    pb::HourBucket {
        hour: small(hour - number * CHUNK_HOURS),
        count: bucket.count,
        first_at: small(bucket.first.0 - start),
        last_at: small(bucket.last.0 - start),
        amount: bucket.amount.map(|extent| encode_extent(start, &extent)),
        handled: bucket.handled.map(|extent| encode_extent(start, &extent)),
        waited: bucket.waited.map(|extent| encode_extent(start, &extent)),
    }
}

/// An hour of a chunk, or microseconds of an hour: both fit.
fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

fn encode_extent(start: i64, extent: &Extent) -> pb::Extent {
    pb::Extent {
        sum_low: extent.sum as u64,
        sum_high: (extent.sum >> 64) as i64,
        least: extent.least,
        most: extent.most,
        last: extent.last.1,
        last_at: small(extent.last.0.0 - start),
    }
}

pub(super) fn decode(number: i64, bytes: &[u8]) -> Result<Buckets, StoreError> {
    let chunk = pb::BucketChunk::decode(bytes).map_err(|_| broken())?;
    let code = |place: u32| chunk.codes.get(place as usize).cloned().ok_or_else(broken);
    let mut buckets = Buckets::default();
    for one in &chunk.series {
        let series = Series {
            kind: one.r#type,
            channel: one.channel,
            products: one.products.iter().map(|place| code(*place)).collect::<Result<_, _>>()?,
            line: one.line.checked_sub(1).map_or_else(|| Ok(String::new()), code)?,
            currency: one.currency_code.clone(),
        };
        let hours = one.hours.iter().map(|bucket| decode_hour(number, bucket)).collect();
        buckets.0.insert(series, hours);
    }
    Ok(buckets)
}

fn decode_hour(number: i64, kept: &pb::HourBucket) -> (i64, Bucket) {
    let hour = number * CHUNK_HOURS + i64::from(kept.hour);
    let at = |micros: u32| Timestamp(hour * HOUR + i64::from(micros));
    let extent = |kept: &pb::Extent| Extent {
        sum: i128::from(kept.sum_high) << 64 | i128::from(kept.sum_low),
        least: kept.least,
        most: kept.most,
        last: (at(kept.last_at), kept.last),
    };
    let bucket = Bucket {
        count: kept.count,
        first: at(kept.first_at),
        last: at(kept.last_at),
        amount: kept.amount.as_ref().map(extent),
        handled: kept.handled.as_ref().map(extent),
        waited: kept.waited.as_ref().map(extent),
    };
    (hour, bucket)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::bucket::{chunk_of, hour_of};

    fn extent(at: i64, sum: i128, values: [i64; 3]) -> Extent {
        Extent { sum, least: values[0], most: values[1], last: (Timestamp(at), values[2]) }
    }

    proptest! {
        #[test]
        fn a_chunk_reads_back(
            all in prop::collection::vec((
                (0..3_i32, 0..2_i32, prop::collection::vec("[ab]", 0..3), "[ab]?"),
                Timestamp::MIN.0..Timestamp::MAX.0,
                (any::<i128>(), any::<[i64; 3]>(), prop::bool::ANY),
            ), 1..20),
        ) {
            let mut buckets = Buckets::default();
            for ((kind, channel, products, line), at, (sum, values, sized)) in all {
                let currency = if sized { "EUR".to_owned() } else { String::new() };
                let series = Series { kind, channel, products, line, currency };
                let amount = sized.then(|| extent(at, sum, values));
                let (first, last) = (Timestamp(at), Timestamp(at));
                let bucket = Bucket { count: 1 + values[0].rem_euclid(9), first, last, amount, handled: None, waited: amount };
                buckets.0.entry(series).or_default().insert(hour_of(first), bucket);
            }
            let mut again = Buckets::default();
            for (number, chunk) in buckets.clone().chunks() {
                prop_assert!(chunk.0.values().flat_map(|hours| hours.keys()).all(|hour| chunk_of(*hour) == number));
                let bytes = encode(number, &chunk);
                prop_assert_eq!(&decode(number, &bytes).expect("a chunk"), &chunk);
                again.merge(chunk);
            }
            prop_assert_eq!(again, buckets);
        }
    }
}
