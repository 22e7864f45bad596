//! When a term is over, and how much longer the customer's answers make it.

use jiff::{
    Span,
    civil::{Date, date},
};
use tenure_kernel::Timestamp;

use super::{
    Moments, Question,
    rule::{Event, Rule, Term, Unit},
};
use crate::domain::calendar::{Zone, spans::Spans, working::Calendars};

/// What terms are worked out with.
pub(super) struct Desk<'a> {
    pub(super) rule: &'static Rule,
    pub(super) moments: &'a Moments,
    pub(super) calendars: &'a Calendars,
    pub(super) zone: &'a Zone,
    pub(super) now: Timestamp,
    /// When the firm had nothing to wait for any more.
    pub(super) finished: Option<Timestamp>,
}

/// A term that runs, or ran.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) origin: Timestamp,
    /// The day that it ends with, before days off are looked at; with what is known of answers so far.
    pub(super) day: Date,
    pub(super) target: Timestamp,
    pub(super) latest: Timestamp,
    /// Added days, at most.
    pub(super) extension: i64,
    pub(super) trace: Vec<String>,
}

impl Desk<'_> {
    pub(super) fn at(&self, event: Event) -> Option<Timestamp> {
        let moments = self.moments;
        match event {
            Event::Received => Some(moments.received),
            Event::FirstComplained => Some(moments.first_complained.min(moments.received)),
            Event::Acknowledged => moments.acknowledged,
            Event::Accepted => moments.accepted,
            Event::FinalResponse => moments.final_response,
            Event::HoldingSent => moments.holding.map(|holding| holding.sent),
            Event::HoldingDate => moments.holding.map(|holding| holding.answer_by),
        }
    }

    /// The term, if its event has happened.
    pub(super) fn run(&self, term: Term) -> Option<Run> {
        let origin = self.at(term.from)?;
        Some(match term.unit {
            Unit::AsStated => self.stated(origin),
            Unit::WorkingDays => self.working_days(term, origin),
            _ => self.calendar_time(term, origin),
        })
    }

    fn stated(&self, moment: Timestamp) -> Run {
        let day = self.zone.last_day(moment);
        let trace = vec![format!("{} {day}", Event::HoldingDate.code())];
        Run {
            origin: self.at(Event::HoldingSent).unwrap_or(moment),
            day,
            target: moment,
            latest: moment,
            extension: 0,
            trace,
        }
    }

    fn working_days(&self, term: Term, origin: Timestamp) -> Run {
        let start = self.zone.day(origin);
        let calendars = self.rule.calendars.iter().map(|name| self.calendars.get(*name));
        let ends: Vec<_> = calendars.map(|calendar| (calendar.after(start, term.amount), calendar.version())).collect();
        let days = || ends.iter().map(|end| end.0);
        let (first, last) = (days().min().unwrap_or(start), days().max().unwrap_or(start));
        let said = |(day, version): &(Date, &str)| {
            format!("{} {start} + {} working days of {version} = {day}", term.from.code(), term.amount)
        };
        let trace = ends.iter().map(said).collect();
        let (target, latest) = (self.zone.end_of(first), self.zone.end_of(last));
        Run { origin, day: first, target, latest, extension: 0, trace }
    }

    fn calendar_time(&self, term: Term, origin: Timestamp) -> Run {
        let start = self.zone.day(origin);
        let end = later(start, term.amount, term.unit);
        let mut trace = vec![format!("{} {start} + {} {} = {end}", term.from.code(), term.amount, named(term.unit))];
        let (so_far, at_most) = self.extensions(term, end);
        let (day, last) = (later_by(end, so_far), later_by(end, at_most));
        if let (Some(name), true) = (self.rule.extended_by, at_most > 0) {
            trace.push(format!("{name}: + {so_far} days so far, {at_most} at most = {day}, at the latest {last}"));
        }
        let (first, moved) = self.around_days_off(day, last);
        if (first, moved) != (day, last) {
            trace.push(format!("days off: aim at {first}, at the latest {moved}"));
        }
        let (target, latest) = (self.zone.end_of(first), self.zone.end_of(moved));
        Run { origin, day, target, latest, extension: at_most, trace }
    }

    /// The last working day up to the one, and where a law moves an end on, the next one from the other on.
    fn around_days_off(&self, day: Date, last: Date) -> (Date, Date) {
        let calendars = || self.rule.calendars.iter().map(|name| self.calendars.get(*name));
        let first = calendars().map(|calendar| calendar.on_or_before(day)).min().unwrap_or(day);
        let moved = calendars().filter(|_| self.rule.moves_on).map(|calendar| calendar.on_or_after(last)).max();
        (first, moved.unwrap_or(last))
    }

    /// How many days the customer's answers have taken so far, and may take at most, by what is known now.
    fn extensions(&self, term: Term, end: Date) -> (i64, i64) {
        let runs_for_the_firm = matches!(term.from, Event::Received | Event::Acknowledged);
        if self.rule.extended_by.is_none() || !runs_for_the_firm {
            return (0, 0);
        }
        let today = self.zone.day(self.now);
        let at_most = |question: &Question| self.answer_due(question).unwrap_or(today);
        (self.answering(end, |question| at_most(question).min(today)), self.answering(end, at_most))
    }

    /// The day on which waiting for an answer ends, if it does: with the answer, the time given, or the matter itself.
    fn answer_due(&self, question: &Question) -> Option<Date> {
        let given = question.answer_by.map(|by| self.zone.last_day(by));
        let came = [question.answered, self.finished].into_iter().flatten().map(|at| self.zone.day(at));
        came.chain(given).min()
    }

    /// Days on which the firm waited for answers, each once. A question that is asked when the term is over adds nothing.
    fn answering(&self, end: Date, until: impl Fn(&Question) -> Date) -> i64 {
        let mut questions = self.moments.questions.clone();
        questions.sort_unstable_by_key(|question| question.asked);
        let waited = questions.iter().fold(Spans::default(), |waited, question| {
            let asked = number(self.zone.day(question.asked));
            let over = number(end) + waited.total();
            if asked > over { waited } else { waited.with(asked, number(until(question))) }
        });
        waited.total()
    }
}

fn number(day: Date) -> i64 {
    day.duration_since(date(1970, 1, 1)).as_hours() / 24
}

fn later(day: Date, amount: u16, unit: Unit) -> Date {
    let span = match unit {
        Unit::Weeks => Span::new().weeks(amount),
        Unit::Months => Span::new().months(amount),
        Unit::Years => Span::new().years(amount),
        Unit::Days | Unit::WorkingDays | Unit::AsStated => Span::new().days(amount),
    };
    day.checked_add(span).unwrap_or(Date::MAX)
}

fn later_by(day: Date, days: i64) -> Date {
    Span::new().try_days(days).and_then(|span| day.checked_add(span)).unwrap_or(Date::MAX)
}

fn named(unit: Unit) -> &'static str {
    match unit {
        Unit::Days => "days",
        Unit::Weeks => "weeks",
        Unit::Months => "months",
        Unit::Years => "years",
        Unit::WorkingDays => "working days",
        Unit::AsStated => "as stated",
    }
}
