//! Who is held out: by a keyed hash, so that it is the same whoever asks, and nobody can tell beforehand.

use tenure_kernel::{RecordId, Tenant};

use super::Group;
use crate::domain::promise::hashed;

/// Draws a record for a campaign: so many of a hundred are held out.
pub(crate) fn draw(secret: &[u8; 32], tenant: &Tenant, campaign: &str, record: RecordId, percent: u8) -> Group {
    let drawn = hashed("hold-out", &[secret, tenant.as_str().as_bytes(), campaign.as_bytes(), &record.0]);
    let (number, _) =
        drawn.split_first_chunk::<8>().map_or((0, &drawn[..]), |(first, rest)| (u64::from_be_bytes(*first), rest));
    if number < u64::MAX / 100 * u64::from(percent) { Group::HoldOut } else { Group::Treat }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(secret: u8, campaign: &str, percent: u8) -> Vec<bool> {
        let tenant: Tenant = "acme".parse().expect("a tenant");
        let record = |number: u32| {
            let mut id = [0; 16];
            id[..4].copy_from_slice(&number.to_be_bytes());
            RecordId(id)
        };
        (0..20_000).map(|one| draw(&[secret; 32], &tenant, campaign, record(one), percent) == Group::HoldOut).collect()
    }

    fn count(held: &[bool]) -> usize {
        held.iter().filter(|held| **held).count()
    }

    #[test]
    fn the_share_is_what_was_asked_for_and_campaigns_are_drawn_apart() {
        for percent in [1, 10, 30, 50] {
            let share = count(&held(7, "sorry", percent));
            // Four standard errors.
            let expected = 200 * usize::from(percent);
            assert!(share.abs_diff(expected) < 283, "{percent} {share}");
        }
        let (one, other, key) = (held(7, "sorry", 50), held(7, "again", 50), held(8, "sorry", 50));
        assert_eq!(one, held(7, "sorry", 50));
        for others in [other, key] {
            let same: Vec<bool> = one.iter().zip(others).map(|(one, other)| *one == other).collect();
            assert!(count(&same).abs_diff(10_000) < 283, "{}", count(&same));
        }
        // A larger share holds out the same and more.
        assert!(held(7, "sorry", 10).iter().zip(held(7, "sorry", 30)).all(|(few, more)| !*few || more));
    }
}
