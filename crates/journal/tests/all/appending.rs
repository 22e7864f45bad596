//! One gapless sequence, in commit order, however many append and fail.

use std::{collections::BTreeMap, time::Duration};

use tenure_journal::{Journal, JournalApi};
use tenure_store::{Query, StoreError};

use crate::stage::{append_numbers, draft, journal, number, places, read_through, serve, tail};

/// Whether a reader saw every sequence once, in order, from the first to the last.
fn gapless(seen: &[i64], last: i64) -> Result<(), String> {
    match (1..=last).zip(seen).find(|(expected, seen)| expected != *seen) {
        Some((expected, seen)) => Err(format!("{seen} instead of {expected}")),
        None if seen.len() as i64 != last => Err(format!("{} of {last} seen", seen.len())),
        None => Ok(()),
    }
}

/// What someone sees who reads by position while commits happen in this order.
fn read_by_position(commits: &[&[i64]]) -> Vec<i64> {
    let (mut visible, mut seen, mut after) = (Vec::new(), Vec::new(), 0);
    for commit in commits {
        visible.extend_from_slice(commit);
        visible.sort_unstable();
        seen.extend(visible.iter().copied().filter(|sequence| *sequence > after));
        after = seen.last().copied().unwrap_or_default();
    }
    seen
}

#[test]
fn the_check_notices_commits_out_of_order() {
    assert_eq!(gapless(&read_by_position(&[&[1, 2], &[3], &[4, 5]]), 5), Ok(()));
    // 3 and 4 were given out before 5, and committed after it: an identity column does that.
    assert!(gapless(&read_by_position(&[&[1, 2], &[5], &[3, 4]]), 5).is_err());
    assert!(gapless(&[1, 2, 2, 3], 3).is_err(), "twice");
    assert!(gapless(&[1, 2], 3).is_err(), "the end is missing");
}

/// Appends batches, now and then rolls back what has taken the head already, and lets go of commits under way. Answers the
/// numbers that were acknowledged, each with its sequence.
async fn appender(journal: Journal, task: i64) -> Result<BTreeMap<i64, i64>, StoreError> {
    let mut acknowledged = BTreeMap::new();
    for round in 0..12 {
        let first = task * 10_000 + round * 100;
        let size = rand::random_range(1..=20);
        let _turn = journal.turn().await?;
        let tx = journal.store().begin().await?;
        match rand::random_range(0..6) {
            0 => {
                tx.execute("UPDATE journal_head SET next = next + ? WHERE id = 1", vec![size.into()]).await?;
                tx.rollback().await?;
            }
            1 => {
                let commit = journal.commit(tx, (first..first + size).map(draft).collect());
                let _ = tokio::time::timeout(Duration::from_micros(rand::random_range(0..2_000)), commit).await;
            }
            _ => {
                let last = journal.commit(tx, (first..first + size).map(draft).collect()).await?;
                acknowledged.extend((first..first + size).zip(last - size + 1..));
            }
        }
    }
    Ok(acknowledged)
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_each_entry_once_in_order_while_many_append() -> Result<(), StoreError> {
    for place in places() {
        let journal = journal(&place, "a").await?;
        let peer = serve(JournalApi::default().with_journal(journal.clone()));
        let end = tokio::sync::watch::Sender::new(i64::MAX);
        let mut readers = Vec::new();
        for _ in 0..3 {
            let (mut frames, mut end) = (tail(&peer, &journal, Vec::new(), 0).await, end.subscribe());
            readers.push(tokio::spawn(async move {
                let mut entries = Vec::new();
                while entries.len() < usize::try_from(*end.borrow_and_update()).unwrap() {
                    tokio::select! {
                        frame = crate::stage::next(&mut frames) => entries.extend(frame.entries),
                        _ = end.changed() => {}
                    }
                }
                entries
            }));
        }
        let appenders: Vec<_> = (0..16).map(|task| tokio::spawn(appender(journal.clone(), task))).collect();
        let mut acknowledged = BTreeMap::new();
        for appender in appenders {
            acknowledged.extend(appender.await.unwrap()?);
        }
        // The commits that were let go of may still come; this one comes after all of them.
        let last = append_numbers(&journal, -1..0).await?;
        assert_eq!(journal.head().await?, last);
        end.send_replace(last);
        for reader in readers {
            let entries = reader.await.unwrap();
            let seen: Vec<i64> = entries.iter().map(|entry| entry.sequence).collect();
            assert_eq!(gapless(&seen, last), Ok(()), "{:?}", place.dialect());
            let places: BTreeMap<i64, i64> = entries.iter().map(|entry| (number(entry), entry.sequence)).collect();
            assert_eq!(places.len(), entries.len(), "no number was written twice");
            for (number, sequence) in &acknowledged {
                assert_eq!(places.get(number), Some(sequence), "{number}");
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_without_drafts_answers_what_others_wrote_before() -> Result<(), StoreError> {
    for place in places() {
        let ours = journal(&place, "a").await?;
        // As another process has it open.
        let theirs = journal(&place, "a").await?;
        assert_eq!(ours.epoch(), theirs.epoch());
        assert_eq!(append_numbers(&theirs, 0..7).await?, 7);
        assert_eq!(append_numbers(&ours, 0..0).await?, 7);
        let peer = serve(JournalApi::default().with_journal(ours.clone()));
        let mut frames = tail(&peer, &ours, Vec::new(), 0).await;
        read_through(&mut frames, 7).await;
        assert_eq!(append_numbers(&theirs, 7..9).await?, 9);
        assert_eq!(read_through(&mut frames, 9).await.len(), 2, "what others append is seen without being told");
    }
    Ok(())
}
