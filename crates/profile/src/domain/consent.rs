//! Consent: whether what a customer said allows a purpose. Missing consent is none; the newest statement decides, and of those of one
//! moment an objection, then a withdrawal.

use tenure_kernel::Timestamp;

use super::path::{self, WITHDRAWN};

/// A statement on consent that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    /// "consent" or "objection", purpose and perhaps channel, perhaps "@" and the jurisdiction.
    pub(crate) path: &'a str,
    pub(crate) value: &'a str,
    pub(crate) at: Timestamp,
    pub(crate) text_version: &'a str,
    pub(crate) expires_at: Option<Timestamp>,
}

/// What consent is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use<'a> {
    /// As consent names it.
    pub(crate) purpose: &'a str,
    /// Empty: what was said of all channels only.
    pub(crate) channel: &'a str,
    /// Empty: any.
    pub(crate) jurisdiction: &'a str,
    /// The versions of the text that will do; none: any.
    pub(crate) texts: &'a [String],
}

/// Why something may be done, or may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Given,
    Missing,
    Withdrawn,
    Objected,
    Expired,
    OtherText,
    Deceased,
    Restricted,
}

/// Whether a path is one of consent or objection.
pub(crate) fn is_on_consent(path: &str) -> bool {
    path::is_within(path, "consent") || path::is_within(path, "objection")
}

fn is_objection(word: &Word<'_>) -> bool {
    path::is_within(word.path, "objection")
}

/// Whether a statement is about a use.
fn concerns(word: &Word<'_>, asked: &Use<'_>) -> bool {
    let (said, jurisdiction) = word.path.split_once('@').unwrap_or((word.path, ""));
    let Some((_, said)) = said.split_once('.') else { return false };
    let by_channel = || said.strip_prefix(asked.purpose).and_then(|rest| rest.strip_prefix('.')) == Some(asked.channel);
    (said == asked.purpose || (!asked.channel.is_empty() && by_channel()))
        && (jurisdiction.is_empty() || asked.jurisdiction.is_empty() || jurisdiction == asked.jurisdiction)
}

/// Whether the customer consents to a use at a moment, and the statement that decides.
pub(crate) fn decide<'a>(
    words: impl IntoIterator<Item = Word<'a>>,
    asked: &Use<'_>,
    now: Timestamp,
) -> (Verdict, Option<Word<'a>>) {
    let weight = |word: &Word<'_>| (word.at, is_objection(word), word.value == WITHDRAWN);
    let about = words.into_iter().filter(|word| concerns(word, asked));
    let Some(last) = about.max_by(|one, other| weight(one).cmp(&weight(other)).then(one.path.cmp(other.path))) else {
        return (Verdict::Missing, None);
    };
    let verdict = if is_objection(&last) {
        Verdict::Objected
    } else if last.value == WITHDRAWN {
        Verdict::Withdrawn
    } else if last.expires_at.is_some_and(|until| until <= now) {
        Verdict::Expired
    } else if !asked.texts.is_empty() && !asked.texts.iter().any(|text| text == last.text_version) {
        Verdict::OtherText
    } else {
        Verdict::Given
    };
    (verdict, Some(last))
}

/// Whether the customer consents to a purpose by some channel, or by all.
pub(crate) fn allows_some<'a>(words: &[Word<'a>], purpose: &str, now: Timestamp) -> bool {
    let channel = |word: &Word<'a>| {
        let said = word.path.split('@').next()?;
        said.strip_prefix("consent.")?.strip_prefix(purpose)?.strip_prefix('.')
    };
    let by = |channel| Use { purpose, channel, jurisdiction: "", texts: &[] };
    let channels = words.iter().filter_map(channel).chain([""]);
    channels.map(by).any(|asked| decide(words.iter().copied(), &asked, now).0 == Verdict::Given)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(path: &'static str, value: &'static str, at: i64) -> Word<'static> {
        Word { path, value, at: Timestamp(at), text_version: "3", expires_at: None }
    }

    fn by<'a>(channel: &'a str, jurisdiction: &'a str) -> Use<'a> {
        Use { purpose: "marketing", channel, jurisdiction, texts: &[] }
    }

    fn verdict(words: &[Word<'static>], asked: &Use<'_>) -> Verdict {
        let forth = decide(words.iter().copied(), asked, Timestamp(10));
        let back = decide(words.iter().rev().copied(), asked, Timestamp(10));
        assert_eq!(forth, back, "the order matters");
        forth.0
    }

    #[test]
    fn missing_consent_is_none() {
        assert_eq!(verdict(&[], &by("email", "NL")), Verdict::Missing);
        let others = [word("consent.service", "given", 1), word("consent.marketing.sms", "given", 1)];
        assert_eq!(verdict(&others, &by("email", "")), Verdict::Missing);
        assert_eq!(verdict(&others, &by("", "")), Verdict::Missing);
        // A purpose that begins like another is another.
        assert_eq!(verdict(&[word("consent.marketing2", "given", 1)], &by("", "")), Verdict::Missing);
    }

    #[test]
    fn the_newest_of_all_channels_and_one_decides_and_a_withdrawal_wins_ties() {
        let all = word("consent.marketing", "given", 1);
        assert_eq!(verdict(&[all], &by("email", "NL")), Verdict::Given);
        let left = word("consent.marketing.email", "withdrawn", 2);
        assert_eq!(verdict(&[all, left], &by("email", "NL")), Verdict::Withdrawn);
        assert_eq!(verdict(&[all, left], &by("sms", "NL")), Verdict::Given);
        let again = word("consent.marketing", "given", 3);
        assert_eq!(verdict(&[again, left], &by("email", "NL")), Verdict::Given);
        let tie = word("consent.marketing.email", "withdrawn", 3);
        assert_eq!(verdict(&[again, tie], &by("email", "")), Verdict::Withdrawn);
    }

    #[test]
    fn an_objection_stands_until_consent_is_given_anew() {
        let given = word("consent.marketing", "given", 1);
        let objects = word("objection.marketing", "raised", 2);
        assert_eq!(verdict(&[given, objects], &by("email", "")), Verdict::Objected);
        let tie = word("consent.marketing.email", "withdrawn", 2);
        assert_eq!(verdict(&[tie, objects], &by("email", "")), Verdict::Objected);
        assert_eq!(verdict(&[objects, word("consent.marketing", "given", 3)], &by("email", "")), Verdict::Given);
    }

    #[test]
    fn a_jurisdiction_has_a_word_of_its_own() {
        let words =
            [word("consent.marketing.email@NL", "given", 1), word("consent.marketing.email@BE", "withdrawn", 2)];
        assert_eq!(verdict(&words, &by("email", "NL")), Verdict::Given);
        assert_eq!(verdict(&words, &by("email", "BE")), Verdict::Withdrawn);
        assert_eq!(verdict(&words, &by("email", "")), Verdict::Withdrawn);
        assert_eq!(verdict(&words, &by("email", "DE")), Verdict::Missing);
    }

    #[test]
    fn consent_ends_by_itself_and_is_to_a_text() {
        let ending = |until| Word { expires_at: Some(Timestamp(until)), ..word("consent.marketing", "given", 1) };
        assert_eq!(verdict(&[ending(10)], &by("", "")), Verdict::Expired);
        assert_eq!(verdict(&[ending(11)], &by("", "")), Verdict::Given);
        let texts = ["2".to_owned(), "3".to_owned()];
        let asked = Use { texts: &texts[..1], ..by("", "") };
        assert_eq!(verdict(&[ending(11)], &asked), Verdict::OtherText);
        assert_eq!(verdict(&[ending(11)], &Use { texts: &texts, ..asked }), Verdict::Given);
    }

    #[test]
    fn some_channel_will_do_for_marketing() {
        let words = [word("consent.marketing.email", "given", 1), word("objection.marketing.sms", "raised", 2)];
        assert!(allows_some(&words, "marketing", Timestamp(10)));
        assert!(!allows_some(&words, "profiling", Timestamp(10)));
        let objects = [words[0], word("objection.marketing", "raised", 2)];
        assert!(!allows_some(&objects, "marketing", Timestamp(10)));
    }
}
