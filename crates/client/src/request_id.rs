//! Request ids of mutations.

use bytes::{BufMut, Bytes, BytesMut};
use prost::encode_length_delimiter;

/// What precedes a gRPC message: whether it is compressed, and its length.
const PREFIX: usize = 5;
const LENGTH_DELIMITED: usize = 2;

/// Gives a message a `request_id`, which stands in field `field`, unless it has one. A message that is compressed already
/// is left alone.
///
/// The id is put in front. Of a field that comes twice the last one counts, so one that the caller chose still holds.
pub(crate) fn ensure(message: &Bytes, field: u32, id: [u8; 16]) -> Bytes {
    let Some((&0, body)) = message.split_at_checked(PREFIX).and_then(|(prefix, body)| Some((prefix.first()?, body)))
    else {
        return message.clone();
    };
    let id = hex(id);
    let mut with_id = BytesMut::with_capacity(message.len() + id.len() + 12);
    // Room for a buffer that grows is all that encoding a number can lack.
    let _ = encode_length_delimiter(((field as usize) << 3) | LENGTH_DELIMITED, &mut with_id);
    let _ = encode_length_delimiter(id.len(), &mut with_id);
    with_id.put_slice(id.as_bytes());
    with_id.put_slice(body);
    let mut message = BytesMut::with_capacity(PREFIX + with_id.len());
    message.put_u8(0);
    message.put_u32(u32::try_from(with_id.len()).unwrap_or(u32::MAX));
    message.put(with_id);
    message.freeze()
}

fn hex(id: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(id))
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use tenure_proto::value::v1::FitModelRequest;

    use super::*;

    fn frame(message: &FitModelRequest) -> Bytes {
        let body = message.encode_to_vec();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&[0], length.as_slice(), &body].concat().into()
    }

    fn read(frame: &Bytes) -> FitModelRequest {
        assert_eq!(frame[1..5], u32::try_from(frame.len() - 5).unwrap().to_be_bytes());
        FitModelRequest::decode(&frame[5..]).unwrap()
    }

    #[test]
    fn a_request_without_id_gets_one() {
        let bare = FitModelRequest { currency_code: "EUR".into(), ..Default::default() };
        let expected = FitModelRequest { request_id: "0000000000000000000000000000002a".into(), ..bare.clone() };
        assert_eq!(read(&ensure(&frame(&bare), 1, 42_u128.to_be_bytes())), expected);
        let empty = read(&ensure(&frame(&FitModelRequest::default()), 1, [255; 16]));
        assert_eq!(empty.request_id, "f".repeat(32));
    }

    #[test]
    fn the_callers_own_id_holds() {
        let own = FitModelRequest { request_id: "mine".into(), ..Default::default() };
        assert_eq!(read(&ensure(&frame(&own), 1, [7; 16])), own);
    }

    #[test]
    fn what_can_not_be_read_stays() {
        for message in [&b""[..], &[0, 0, 0], &[1, 0, 0, 0, 1, 9]] {
            assert_eq!(ensure(&Bytes::from_static(message), 1, [7; 16]), message);
        }
    }
}
