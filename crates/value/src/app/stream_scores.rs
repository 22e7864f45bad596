//! Scores a whole base, bit by bit.

use std::sync::Arc;

use futures::{
    StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};
use tenure_kernel::{PersonId, Refusal, Tenant, Timestamp};
use tenure_server::Call;

use super::{
    App,
    aside::{aside, unvalued},
    fixed::Fixed,
};
use crate::{
    domain::{
        book::Book,
        ledger::Ledger,
        lookout::Lookout,
        score::Question,
        standing::Audience,
        worth::{Scorers, Worth},
    },
    store::{
        pages::{Base, Depth, Pages as _},
        person::Purchases,
    },
};

const STREAM: &str = "tenure.value.v1.ValueService/StreamScores";

/// Persons in a message.
const PERSONS: usize = 500;

/// Which base.
#[derive(Debug, Clone)]
pub(crate) struct StreamScores {
    pub(crate) book: Book,
    /// The last day of purchases that count; `None`: the model's period end or now, whichever is later.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) question: Question,
    pub(crate) resume_token: String,
    pub(crate) read_after: String,
}

/// Some of the base.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) scores: Vec<Worth>,
    pub(crate) scorers: Arc<Scorers>,
    /// Empty at the end.
    pub(crate) resume_token: String,
}

/// Where a stream is: what it began with stays the same when it is taken up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cursor {
    fixed: Fixed,
    after: Option<PersonId>,
}

impl App {
    /// Scores every person by the promoted model of the book, or by that of the stream that is taken up.
    pub(crate) async fn stream_scores(
        self: Arc<Self>,
        call: &Call,
        ask: StreamScores,
    ) -> Result<BoxStream<'static, Result<Chunk, Refusal>>, Refusal> {
        let tenant = call.tenant()?.clone();
        let begun = match ask.resume_token.as_str() {
            "" => None,
            token => Some(Cursor::read(&self.tokens.decode(&tenant, STREAM, &ask.filter(), token)?)),
        };
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let asked = (ask.book, ask.as_of);
        let (scorers, fixed) = self.fixed(&tenant, begun.map(|cursor| cursor.fixed), asked).await?;
        let cursor = Cursor { fixed, after: begun.and_then(|cursor| cursor.after) };
        let lookout = Lookout::new(scorers.clone(), ask.question, fixed.through);
        let audience = self.persons(call);
        let at = At { app: self, tenant, audience, ask, lookout, scorers: Arc::new(scorers) };
        let pages = stream::try_unfold(Some((at, cursor)), |state| async {
            let Some((at, cursor)) = state else { return Ok(None) };
            let (at, page, next) = at.page(cursor).await?;
            Ok::<_, Refusal>(Some((stream::iter(page.into_iter().map(Ok)), next.map(|next| (at, next)))))
        });
        Ok(pages.try_flatten().boxed())
    }
}

struct At {
    app: Arc<App>,
    tenant: Tenant,
    audience: Audience,
    ask: StreamScores,
    lookout: Lookout,
    scorers: Arc<Scorers>,
}

impl At {
    /// The next persons in messages, and where they end; none at the end of the base.
    async fn page(mut self, from: Cursor) -> Result<(Self, Vec<Chunk>, Option<Cursor>), Refusal> {
        // A stream may take longer than a right takes to be stated, or to end.
        let audience = Audience { now: self.app.clock.now(), ..self.audience };
        let purchases = Purchases { tenant: &self.tenant, book: self.ask.book, through: from.fixed.through, audience };
        let (ledgers, last) = Base(purchases, Depth::of(&self.scorers)).page(&self.app.store, from.after).await?;
        let next = last.map(|last| Cursor { after: Some(last), ..from });
        let (at, mut page) = aside(move || {
            let page = self.chunks(ledgers, from)?;
            Ok((self, page))
        })
        .await?;
        if next.is_none() {
            let end = Chunk { scores: Vec::new(), scorers: at.scorers.clone(), resume_token: String::new() };
            page.push(end);
        }
        Ok((at, page, next))
    }

    fn chunks(&mut self, ledgers: Vec<Ledger>, from: Cursor) -> Result<Vec<Chunk>, Refusal> {
        let mut worth = Vec::with_capacity(ledgers.len());
        for ledger in ledgers {
            let Some(sight) = self.lookout.see(&ledger).map_err(unvalued)? else { continue };
            worth.push(self.scorers.seen(ledger, sight));
        }
        let (mut page, mut worth) = (Vec::new(), worth.into_iter().peekable());
        while worth.peek().is_some() {
            let scores: Vec<Worth> = worth.by_ref().take(PERSONS).collect();
            let after = scores.last().map(|last| last.person);
            let resume_token = self.token(Cursor { after, ..from });
            page.push(Chunk { scores, scorers: self.scorers.clone(), resume_token });
        }
        Ok(page)
    }

    fn token(&self, cursor: Cursor) -> String {
        self.app.tokens.encode(&self.tenant, STREAM, &self.ask.filter(), &cursor.write())
    }
}

impl StreamScores {
    fn filter(&self) -> Vec<u8> {
        self.question.filter(self.book, self.as_of)
    }
}

impl Cursor {
    fn write(&self) -> Vec<u8> {
        let after = self.after.map(|person| person.0).unwrap_or_default();
        [self.fixed.write().as_slice(), &after].concat()
    }

    /// A cursor of ours; its tag was checked.
    fn read(bytes: &[u8]) -> Self {
        let (fixed, person) = Fixed::read(bytes);
        Self { fixed, after: PersonId::from_slice(person).ok() }
    }
}

#[cfg(test)]
mod tests {
    use tenure_kernel::ModelId;

    use super::*;

    #[test]
    fn a_cursor_reads_as_it_was_written() {
        let cursor = Cursor {
            fixed: Fixed { purchases: Some(ModelId([3; 16])), contracts: None, through: -5, rates: 2 },
            after: Some(PersonId([9; 16])),
        };
        assert_eq!(Cursor::read(&cursor.write()), cursor);
    }
}
