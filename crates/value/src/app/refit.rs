//! Fitting anew on a schedule: a durable timer for each book and subject falls due, and whoever holds it fits.
//!
//! Firing a timer only sets it again, for a while later, and notes what is due. The fit itself takes long and has a transaction of its
//! own, which sets the timer for the next time. So one that is broken off, by a restart for instance, begins anew when the timer fires
//! again, and one that is done is not done twice.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use ring::digest::{SHA256, digest};
use tenure_journal::Timer;
use tenure_kernel::{Reason, Refusal, Tenant, Timestamp};
use tenure_store::{StoreError, Tx};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{App, FitModel, What};
use crate::domain::{book::Book, promotion::Subject};

/// What the timer is for.
const REFIT: &str = "refit";
/// When a refit that was begun is begun anew, if it did not end.
const RETRY_MICROS: i64 = 3_600_000_000;
const CURRENCY_BYTES: usize = 3;
const DAY_MICROS: i64 = 86_400_000_000;

/// A model that is due to be fitted anew.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Due {
    tenant: Tenant,
    book: Book,
    subject: Subject,
    /// For when it was set, which tells it from the one before and the next.
    scheduled: Timestamp,
}

/// The schedule, and what of it is due. Shared by the projection, whose timers fire, and by whoever fits.
#[derive(Debug)]
pub(crate) struct Refits {
    /// 0: there is none.
    every_days: u32,
    due: Mutex<BTreeSet<Due>>,
    news: Notify,
}

impl Refits {
    pub(crate) fn every_days(every_days: u32) -> Arc<Self> {
        Arc::new(Self { every_days, due: Mutex::default(), news: Notify::new() })
    }

    /// Sets the timer of a book and subject for the next time, if there is a schedule.
    pub(super) async fn schedule(
        &self,
        tx: &Tx,
        tenant: &Tenant,
        (book, subject): (Book, Subject),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if self.every_days == 0 {
            return Ok(());
        }
        let scheduled = Timestamp(now.0.saturating_add(i64::from(self.every_days) * DAY_MICROS));
        let due = Due { tenant: tenant.clone(), book, subject, scheduled };
        Timer::set(tx, vec![due.timer(scheduled)]).await
    }

    /// Notes what is due, and sets the timers for when it has to begin anew.
    pub(crate) async fn fire(&self, tx: &Tx, fired: &[Timer], now: Timestamp) -> Result<(), StoreError> {
        if self.every_days == 0 {
            return Ok(());
        }
        let again = Timestamp(now.0.saturating_add(RETRY_MICROS));
        let all: Vec<Due> = fired.iter().filter_map(Due::read).collect();
        Timer::set(tx, all.iter().map(|due| due.timer(again)).collect()).await?;
        self.due.lock().unwrap_or_else(PoisonError::into_inner).extend(all);
        self.news.notify_one();
        Ok(())
    }

    fn next(&self) -> Option<Due> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner).pop_first()
    }
}

impl Due {
    /// One for each book and subject: setting it anew moves it.
    fn timer(&self, due_at: Timestamp) -> Timer {
        let codes =
            [&[self.subject as u8], self.book.currency.code().as_bytes(), self.book.line.code().as_bytes()].concat();
        Timer {
            tenant: self.tenant.clone(),
            id: digest(&SHA256, &[REFIT.as_bytes(), &codes].concat())
                .as_ref()
                .first_chunk()
                .copied()
                .unwrap_or_default(),
            kind: REFIT.to_owned(),
            partition: 0,
            due_at,
            payload: [self.scheduled.0.to_be_bytes().as_slice(), &codes].concat(),
        }
    }

    fn read(timer: &Timer) -> Option<Self> {
        let (scheduled, codes) = timer.payload.split_first_chunk::<8>().filter(|_| timer.kind == REFIT)?;
        let (subject, codes) = codes.split_first()?;
        let (currency, line) = str::from_utf8(codes).ok()?.split_at_checked(CURRENCY_BYTES)?;
        let book = Book::from_codes(currency, line)?;
        let (subject, scheduled) = (Subject::of(*subject)?, Timestamp(i64::from_be_bytes(*scheduled)));
        Some(Self { tenant: timer.tenant.clone(), book, subject, scheduled })
    }

    /// What is asked: the best model of all on what was bought until now. No caller's id has a control character in it.
    fn ask(&self) -> FitModel {
        let (currency, line) = (self.book.currency.code(), self.book.line.code());
        FitModel {
            request_id: format!("\u{1}{REFIT} {} {currency} {line} {}", self.subject as u8, self.scheduled.0),
            book: self.book,
            period_end: None,
            what: What::best(self.subject),
            hold_back: false,
            read_after: String::new(),
        }
    }
}

impl App {
    /// Fits what is due until told to stop; one that is under way is then broken off.
    pub(crate) async fn refit_until(&self, stop: &CancellationToken) {
        let work = async {
            loop {
                while let Some(due) = self.refits.next() {
                    self.refit(&due).await;
                }
                self.refits.news.notified().await;
            }
        };
        stop.run_until_cancelled(work).await;
    }

    async fn refit(&self, due: &Due) {
        let outcome = match self.fit_anew(due).await {
            Ok(promoted) => {
                if promoted {
                    "promoted"
                } else {
                    "kept"
                }
            }
            Err(refusal) if refusal.reason == Reason::ModelNotIdentified => "not_identified",
            Err(refusal) => {
                let (reason, book, subject) = (refusal.reason.as_str(), due.book, due.subject);
                tracing::warn!(tenant = %due.tenant, ?book, ?subject, reason, "a refit failed and will begin anew");
                "failed"
            }
        };
        self.metrics.refitted(outcome);
    }

    /// Whether the model was promoted.
    async fn fit_anew(&self, due: &Due) -> Result<bool, Refusal> {
        match self.fit_and_keep(&due.tenant, None, &due.ask()).await {
            Ok(kept) => Ok(kept.promotion.is_some()),
            Err(refusal) => {
                // The base says nothing now; it is asked again next time.
                if refusal.reason == Reason::ModelNotIdentified {
                    let tx = self.store.begin().await?;
                    self.refits.schedule(&tx, &due.tenant, (due.book, due.subject), self.clock.now()).await?;
                    tx.commit().await?;
                }
                Err(refusal)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_says_what_is_due() {
        let book = Book::from_codes("EUR", "").unwrap();
        let due = Due { tenant: "acme".parse().unwrap(), book, subject: Subject::Purchases, scheduled: Timestamp(-5) };
        let timer = due.timer(Timestamp(9));
        assert_eq!((Due::read(&timer), timer.due_at), (Some(due.clone()), Timestamp(9)));
        assert_eq!(Due::read(&Timer { kind: "other".to_owned(), ..timer.clone() }), None);
        assert_eq!(Due::read(&Timer { payload: vec![1], ..timer.clone() }), None);
        for (currency, line) in [("USD", ""), ("EUR", "motor"), ("EUR", "a-line-whose-code-is-longer-than-an-id")] {
            let other = Due { book: Book::from_codes(currency, line).unwrap(), ..due.clone() };
            let its_timer = other.timer(Timestamp(9));
            assert_ne!(its_timer.id, timer.id);
            assert_eq!(Due::read(&its_timer), Some(other));
        }
        let contracts = Due { subject: Subject::Contracts, ..due };
        assert_ne!(contracts.timer(Timestamp(9)).id, timer.id);
        assert_eq!(Due::read(&contracts.timer(Timestamp(9))), Some(contracts));
    }
}
