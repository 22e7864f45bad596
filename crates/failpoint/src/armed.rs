//! What the environment says about points.

use std::{
    env,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// What happens at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Crash,
    Error,
    Delay(Duration),
}

/// An action at the passages of a point: at the nth, or at each.
#[derive(Debug)]
struct Armed {
    point: String,
    action: Action,
    nth: Option<u64>,
    passed: AtomicU64,
}

static ARMED: OnceLock<Vec<Armed>> = OnceLock::new();

/// Passes a point. Answers whether an error is asked for.
pub async fn reach(point: &str) -> bool {
    let all = ARMED.get_or_init(|| parse(&env::var("TENURE_FAILPOINTS").unwrap_or_default()));
    let mut error = false;
    for armed in all.iter().filter(|armed| armed.point == point) {
        match armed.pass() {
            Some(Action::Crash) => std::process::abort(),
            Some(Action::Error) => error = true,
            Some(Action::Delay(time)) => tokio::time::sleep(time).await,
            None => {}
        }
    }
    error
}

impl Armed {
    /// What happens this time.
    fn pass(&self) -> Option<Action> {
        let passed = self.passed.fetch_add(1, Ordering::Relaxed) + 1;
        self.nth.is_none_or(|nth| nth == passed).then_some(self.action)
    }
}

/// A test that misspells a point's action must not pass for one that found nothing.
fn parse(text: &str) -> Vec<Armed> {
    text.split(',')
        .filter(|one| !one.is_empty())
        .map(|one| read(one).unwrap_or_else(|| panic!("no failpoint: {one}")))
        .collect()
}

fn read(text: &str) -> Option<Armed> {
    let (point, what) = text.split_once('=')?;
    let (action, nth) = match what.split_once('@') {
        Some((action, nth)) => (action, Some(nth.parse().ok().filter(|nth| *nth > 0)?)),
        None => (what, None),
    };
    let action = match action.split_once(':') {
        Some(("delay", millis)) => Action::Delay(Duration::from_millis(millis.parse().ok()?)),
        None if action == "crash" => Action::Crash,
        None if action == "error" => Action::Error,
        _ => return None,
    };
    Some(Armed { point: point.to_owned(), action, nth, passed: AtomicU64::new(0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_happens_at_each_passage_or_at_the_nth() {
        let all = parse("a=error,b=crash@2,a=delay:5@1");
        let pass = |place: usize| -> Vec<_> { (0..3).map(|_| all[place].pass()).collect() };
        assert_eq!(pass(0), [Some(Action::Error); 3]);
        assert_eq!(pass(1), [None, Some(Action::Crash), None]);
        assert_eq!(pass(2), [Some(Action::Delay(Duration::from_millis(5))), None, None]);
    }

    #[test]
    fn what_can_not_be_read_is_not_passed_over() {
        for wrong in ["a", "a=", "a=explode", "a=error@0", "a=delay:x", "a=crash:3"] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
