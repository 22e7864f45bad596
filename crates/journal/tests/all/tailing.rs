//! Reading a journal through the service: catching up, then live.

use tenure_journal::{JournalApi, Route};
use tenure_kernel::{Reason, RecordId};
use tenure_proto::journal::v1 as pb;
use tenure_store::StoreError;
use tonic::Status;
use tonic_types::StatusExt;

use crate::stage::{
    append, append_numbers, client, draft, draft_to, journal, next, number, places, read_through, serve, tail,
};

fn record_in(partition: u8) -> RecordId {
    RecordId([partition; 16])
}

pub(crate) fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn catches_up_page_by_page_and_goes_on_live() -> Result<(), StoreError> {
    for place in places() {
        let journal = journal(&place, "a").await?;
        append_numbers(&journal, 0..2_345).await?;
        let peer = serve(JournalApi::default().with_journal(journal.clone()));
        let mut frames = tail(&peer, &journal, Vec::new(), 0).await;
        let (mut numbers, mut appended) = (Vec::new(), 2_345);
        while numbers.len() < 4_000 {
            let frame = next(&mut frames).await;
            assert!(frame.entries.len() <= 1_000);
            assert_eq!(frame.epoch, journal.epoch());
            numbers.extend(frame.entries.iter().map(number));
            assert_eq!(frame.high_water, numbers.len() as i64);
            // While it catches up and afterwards.
            let more = (appended + 331).min(4_000);
            append_numbers(&journal, appended..more).await?;
            appended = more;
        }
        assert_eq!(numbers, (0..4_000).collect::<Vec<_>>());
        let mut later = tail(&peer, &journal, Vec::new(), 3_998).await;
        let numbers: Vec<i64> = read_through(&mut later, 4_000).await.iter().map(number).collect();
        assert_eq!(numbers, [3_998, 3_999]);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_gets_what_is_routed_to_it_and_the_mark_of_the_rest() -> Result<(), StoreError> {
    for place in places() {
        let journal = journal(&place, "a").await?;
        let peer = serve(JournalApi::default().with_journal(journal.clone()));
        let to = |number, partitions: &[u8]| {
            draft_to(number, Route::Records(partitions.iter().map(|partition| record_in(*partition)).collect()))
        };
        append(&journal, vec![to(1, &[5]), to(2, &[5, 7]), to(3, &[200]), draft_to(4, Route::All)]).await?;
        append(&journal, (5..1_500).map(|number| to(number, &[200])).collect()).await?;
        let mut frames = tail(&peer, &journal, vec![7, 8], 0).await;
        let entries = read_through(&mut frames, 1_499).await;
        assert_eq!(entries.iter().map(number).collect::<Vec<_>>(), [2, 4]);
        assert_eq!((&entries[0].partitions[..], entries[1].partitions.len()), (&[5, 7][..], 0));
        append(&journal, vec![to(1_500, &[200])]).await?;
        let quiet = loop {
            let frame = next(&mut frames).await;
            if frame.high_water == 1_500 {
                break frame;
            }
        };
        assert!(quiet.entries.is_empty());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn says_why_a_position_can_not_be_followed() -> Result<(), StoreError> {
    for place in places() {
        let journal = journal(&place, "a").await?;
        append_numbers(&journal, 0..3).await?;
        let peer = serve(JournalApi::default().with_journal(journal.clone()));
        let epoch = journal.epoch().to_vec();
        for (name, epoch, after, expected) in [
            ("a", vec![1; 16], 2, Reason::JournalEpochChanged),
            ("a", Vec::new(), 2, Reason::JournalEpochChanged),
            ("a", vec![1; 16], 0, Reason::JournalEpochChanged),
            ("a", epoch.clone(), 4, Reason::JournalPositionUnknown),
            ("a", epoch.clone(), -1, Reason::FieldsInvalid),
            ("b", epoch.clone(), 0, Reason::JournalUnknown),
        ] {
            let request = pb::TailRequest { journal: name.to_owned(), partitions: Vec::new(), epoch, after };
            let status = client(&peer).tail(request).await.expect_err("refused");
            assert_eq!(reason(&status), expected.as_str());
        }
        tenure_journal::Journal::renew_epoch(journal.store(), &tenure_kernel::RandomIds::default()).await?;
        let restored = crate::stage::journal(&place, "a").await?;
        assert_ne!(restored.epoch(), journal.epoch());
        assert_eq!(restored.head().await?, 3);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_slows_nobody() -> Result<(), StoreError> {
    for place in places() {
        let journal = journal(&place, "a").await?;
        append_numbers(&journal, 0..10).await?;
        let peer = serve(JournalApi::default().with_journal(journal.clone()));
        // More of them than there are connections to the database. The first frame is small, so that the server has begun to
        // look for the next when it is sent.
        let mut slow = Vec::new();
        for _ in 0..12 {
            let mut frames = tail(&peer, &journal, Vec::new(), 0).await;
            assert_eq!(next(&mut frames).await.high_water, 10);
            slow.push(frames);
        }
        let mut quick = tail(&peer, &journal, Vec::new(), 0).await;
        for first in (10..6_010).step_by(500) {
            append_numbers(&journal, first..first + 500).await?;
        }
        assert_eq!(read_through(&mut quick, 6_010).await.len(), 6_010);
        for mut frames in slow {
            assert_eq!(read_through(&mut frames, 6_010).await.len(), 6_000);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn large_entries_come_in_frames_that_fit_a_message() -> Result<(), StoreError> {
    for place in places() {
        let journal = journal(&place, "a").await?;
        let large = |number| {
            let mut draft = draft(number);
            draft.payload = vec![7; 1 << 20];
            draft
        };
        append(&journal, (0..11).map(large).collect()).await?;
        let peer = serve(JournalApi::default().with_journal(journal.clone()));
        let mut frames = tail(&peer, &journal, Vec::new(), 0).await;
        let (mut count, mut at) = (0, 0);
        while at < 11 {
            let frame = next(&mut frames).await;
            assert!(frame.entries.len() <= 5, "{}", frame.entries.len());
            (count, at) = (count + frame.entries.len(), frame.high_water);
        }
        assert_eq!(count, 11);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_grow_back_behind_large_entries() -> Result<(), StoreError> {
    for place in places() {
        let journal = journal(&place, "a").await?;
        let large = |number| {
            let mut draft = draft(number);
            draft.payload = vec![7; 3 << 20];
            draft
        };
        append(&journal, (0..7).map(large).collect()).await?;
        append_numbers(&journal, 7..3_000).await?;
        let peer = serve(JournalApi::default().with_journal(journal.clone()));
        let mut frames = tail(&peer, &journal, Vec::new(), 0).await;
        let (mut sizes, mut at) = (Vec::new(), 0);
        while at < 3_000 {
            let frame = next(&mut frames).await;
            at += frame.entries.len() as i64;
            assert_eq!(frame.high_water, at, "none is left out");
            sizes.push(frame.entries.len());
        }
        assert_eq!(sizes[..5], [2, 2, 2, 4, 8]);
        assert_eq!(sizes.iter().max(), Some(&1_000));
    }
    Ok(())
}
