//! The header `grpc-timeout`.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};

const HEADER: &str = "grpc-timeout";

/// The timeout that a request has, if it has one that can be read.
pub(crate) fn read(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let value = u64::from(digits.parse::<u32>().ok()?);
    Some(match unit {
        "H" => Duration::from_secs(value * 3_600),
        "M" => Duration::from_secs(value * 60),
        "S" => Duration::from_secs(value),
        "m" => Duration::from_millis(value),
        "u" => Duration::from_micros(value),
        "n" => Duration::from_nanos(value),
        _ => return None,
    })
}

/// Gives a request a timeout: at most eight digits and a unit, rounded down.
pub(crate) fn write(headers: &mut HeaderMap, timeout: Duration) {
    const MOST: u128 = 99_999_999;
    let text = if timeout.as_micros() <= MOST {
        format!("{}u", timeout.as_micros())
    } else if timeout.as_millis() <= MOST {
        format!("{}m", timeout.as_millis())
    } else {
        format!("{}S", u128::from(timeout.as_secs()).min(MOST))
    };
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(HEADER, value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reread(timeout: Duration) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        write(&mut headers, timeout);
        assert!(headers[HEADER].len() <= 9);
        read(&headers)
    }

    #[test]
    fn refuses_what_is_no_timeout() {
        for text in ["", "10", "S", "-1S", "1x", "99999999999S"] {
            let headers = HeaderMap::from_iter([(HEADER.parse().unwrap(), HeaderValue::from_str(text).unwrap())]);
            assert_eq!(read(&headers), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(micros in 0_u64..99_999_999_000_000) {
            let timeout = Duration::from_micros(micros);
            let lost = timeout - reread(timeout).unwrap();
            prop_assert!(lost == Duration::ZERO || lost < Duration::from_millis(1) || timeout > Duration::from_secs(99_999));
            prop_assert!(lost == Duration::ZERO || timeout > Duration::from_secs(99));
            prop_assert!(lost < Duration::from_secs(1));
        }
    }
}
