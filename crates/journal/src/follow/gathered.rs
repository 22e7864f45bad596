//! Frames put together that came while the one before was applied. A source sends each piece of news as soon as it can; a follower
//! that took each in a transaction of its own would fall behind at a rate that it bears easily in larger steps.

use futures::{FutureExt, StreamExt, stream::BoxStream};
use tenure_proto::journal::v1::TailResponse;
use tonic::Status;

/// As much as a page of the journal: entries, and bytes of payload, more or less.
const MOST_ENTRIES: usize = 1_000;
const MOST_BYTES: usize = 4 * 1024 * 1024;

type Come = Result<TailResponse, Status>;

/// The frames of a source.
pub(super) struct Gathered {
    frames: BoxStream<'static, Come>,
    /// What came, but did not go together with what was before it.
    held: Option<Come>,
}

impl Gathered {
    pub(super) fn new(frames: BoxStream<'static, Come>) -> Self {
        Self { frames, held: None }
    }

    /// The next frame; where they go together, with all behind it that are here already. Nothing is lost when it is not waited for
    /// to the end.
    pub(super) async fn next(&mut self, together: bool) -> Option<Come> {
        let first = match self.held.take() {
            Some(held) => held,
            None => self.frames.next().await?,
        };
        let Ok(mut frame) = first else { return Some(first) };
        if !together {
            return Some(Ok(frame));
        }
        loop {
            match self.frames.next().now_or_never().flatten() {
                Some(Ok(more)) if fit(&frame, &more) => add(&mut frame, more),
                other => {
                    self.held = other;
                    return Some(Ok(frame));
                }
            }
        }
    }
}

fn fit(frame: &TailResponse, more: &TailResponse) -> bool {
    let bytes = |frame: &TailResponse| frame.entries.iter().map(|entry| entry.payload.len()).sum::<usize>();
    frame.epoch == more.epoch
        && frame.entries.len() + more.entries.len() <= MOST_ENTRIES
        && bytes(frame) + bytes(more) <= MOST_BYTES
}

fn add(frame: &mut TailResponse, more: TailResponse) {
    frame.entries.extend(more.entries);
    frame.high_water = more.high_water;
    // A page that does not reach the end says nothing of the inputs.
    if !more.inputs.is_empty() {
        frame.inputs = more.inputs;
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use tenure_proto::journal::v1::{InputProgress, JournalEntry};

    use super::*;

    /// The entries from one to before another, and how far an input is, if it says so.
    fn frame(sequences: std::ops::Range<i64>, input: i64) -> Come {
        let inputs = (input > 0).then(|| InputProgress { sequence: input, ..InputProgress::default() });
        Ok(TailResponse {
            epoch: vec![1],
            high_water: sequences.end - 1,
            entries: sequences.map(|sequence| JournalEntry { sequence, ..JournalEntry::default() }).collect(),
            inputs: inputs.into_iter().collect(),
        })
    }

    /// What comes out: of each frame its entries, its mark and its inputs.
    fn told(come: Vec<Come>, together: bool) -> Vec<(Vec<i64>, i64, Vec<i64>)> {
        // It is not ended: what is not here yet must not be waited for.
        let mut gathered = Gathered::new(stream::iter(come).chain(stream::pending()).boxed());
        let mut told = Vec::new();
        while let Some(come) = gathered.next(together).now_or_never() {
            let frame = come.expect("more").expect("a frame");
            let sequences = frame.entries.iter().map(|entry| entry.sequence).collect();
            told.push((sequences, frame.high_water, frame.inputs.iter().map(|input| input.sequence).collect()));
        }
        told
    }

    #[test]
    fn what_is_here_already_is_taken_at_once() {
        let come = || vec![frame(1..3, 5), frame(3..4, 0), frame(4..4, 7), frame(4..5, 0)];
        assert_eq!(told(come(), true), [(vec![1, 2, 3, 4], 4, vec![7])]);
        assert_eq!(told(come(), false).len(), 4);
    }

    #[test]
    fn a_page_is_the_most_and_another_epoch_or_an_end_stands_alone() {
        let sizes: Vec<_> = told(vec![frame(1..601, 0), frame(601..1_001, 0), frame(1_001..1_002, 0)], true)
            .into_iter()
            .map(|(entries, ..)| entries.len())
            .collect();
        assert_eq!(sizes, [1_000, 1]);
        let other = frame(3..4, 0).map(|frame| TailResponse { epoch: vec![2], ..frame });
        assert_eq!(told(vec![frame(1..3, 0), other], true).len(), 2);
        let ending = stream::iter([frame(1..2, 0), frame(2..3, 0), Err(Status::unavailable("over"))]).boxed();
        let mut gathered = Gathered::new(ending);
        let mut next = || gathered.next(true).now_or_never().expect("it is here");
        assert_eq!(next().expect("a frame").expect("no end yet").high_water, 2);
        assert!(next().expect("the end is told").is_err());
        assert!(next().is_none());
    }
}
