//! What of a profile a purpose sees.

use tenure_kernel::{Purpose, Timestamp};

use super::{
    consent::{self, Use, Verdict, Word},
    path,
    person::{Known, Profile},
};

/// Who may see a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    General,
    /// For due diligence only.
    Aml,
    /// Of a special kind.
    Special,
}

/// The category of what is said at a path.
pub(crate) fn category(path: &str, aml: bool) -> Category {
    if aml {
        Category::Aml
    } else if path::is_special(path) {
        Category::Special
    } else {
        Category::General
    }
}

/// Whether a purpose sees a category at all.
pub(crate) fn sees(purpose: Purpose, category: Category) -> bool {
    match category {
        Category::General => true,
        Category::Aml => matches!(purpose, Purpose::Aml),
        Category::Special => matches!(purpose, Purpose::Care | Purpose::Privacy),
    }
}

/// Why a purpose sees nothing of a customer but what it said on consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bar {
    /// Processing is restricted.
    Restricted,
    ConsentMissing,
    Objected,
    Deceased,
}

impl Bar {
    /// Its code.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Restricted => "restricted",
            Self::ConsentMissing => "consent_missing",
            Self::Objected => "objected",
            Self::Deceased => "deceased",
        }
    }
}

/// What else bars purposes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) deceased: bool,
    /// Processing is restricted.
    pub(crate) restricted: bool,
}

/// What bars a purpose from a customer.
pub(crate) fn bar(purpose: Purpose, words: &[Word<'_>], state: State, now: Timestamp) -> Option<Bar> {
    let objects = |purpose| {
        let asked = Use { purpose, channel: "", jurisdiction: "", texts: &[] };
        // Who withdraws consent after an objection objects still.
        let words = words.iter().copied().filter(|word| word.value != path::WITHDRAWN);
        consent::decide(words, &asked, now).0 == Verdict::Objected
    };
    match purpose {
        Purpose::Privacy | Purpose::Legal | Purpose::Aml => None,
        _ if state.restricted => Some(Bar::Restricted),
        Purpose::Marketing if state.deceased => Some(Bar::Deceased),
        Purpose::Marketing if objects("marketing") => Some(Bar::Objected),
        Purpose::Marketing if !consent::allows_some(words, "marketing", now) => Some(Bar::ConsentMissing),
        Purpose::Profiling if objects("profiling") => Some(Bar::Objected),
        _ => None,
    }
}

/// What bars a purpose from the customer of a profile that nothing was left out of.
pub(crate) fn bar_of(profile: &Profile, purpose: Purpose, now: Timestamp) -> Option<Bar> {
    let holds = |known: &&Known| !known.aml && known.entry.expires_at.is_none_or(|until| now < until);
    let on_consent = profile.fields.iter().filter(|known| !known.aml && consent::is_on_consent(&known.path));
    fn word(known: &Known) -> Word<'_> {
        let Known { path, entry, .. } = known;
        let (value, text_version) = (entry.value.as_str(), entry.text_version.as_str());
        Word { path, value, at: entry.effective_at, text_version, expires_at: entry.expires_at }
    }
    let words: Vec<Word<'_>> = on_consent.map(word).collect();
    let state = State {
        deceased: profile.fields.iter().any(|known| !known.aml && known.path == "life.deceased"),
        restricted: profile.fields.iter().filter(holds).any(|known| path::is_within(&known.path, "restriction")),
    };
    bar(purpose, &words, state, now)
}

/// Whether a path is shown to a purpose that is barred: else nobody could ask, or know why not to.
pub(crate) fn is_shown_when_barred(path: &str) -> bool {
    consent::is_on_consent(path) || ["preference", "restriction"].iter().any(|root| path::is_within(path, root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_due_diligence_sees_what_was_gathered_for_it_and_few_see_what_is_special() {
        let who = |category| Purpose::ALL.iter().filter(move |purpose| sees(**purpose, category)).copied();
        assert_eq!(who(Category::Aml).collect::<Vec<_>>(), [Purpose::Aml]);
        assert_eq!(who(Category::Special).collect::<Vec<_>>(), [Purpose::Care, Purpose::Privacy]);
        assert_eq!(who(Category::General).count(), Purpose::ALL.len());
        // What shows more needs a scope of its own.
        assert!([Category::Aml, Category::Special].into_iter().flat_map(who).all(|purpose| purpose.scope().is_some()));
        assert_eq!(category("life.vulnerability", false), Category::Special);
        assert_eq!(category("life.vulnerability", true), Category::Aml);
        assert_eq!(category("life.vulnerabilities", false), Category::General);
    }

    #[test]
    fn marketing_needs_consent_and_profiling_an_absence_of_objection() {
        let word = |path, value| Word { path, value, at: Timestamp(1), text_version: "", expires_at: None };
        let (now, dead) = (Timestamp(2), State { deceased: true, restricted: false });
        assert_eq!(bar(Purpose::Marketing, &[], State::default(), now), Some(Bar::ConsentMissing));
        let given = [word("consent.marketing.email", "given")];
        assert_eq!(bar(Purpose::Marketing, &given, State::default(), now), None);
        assert_eq!(bar(Purpose::Marketing, &given, dead, now), Some(Bar::Deceased));
        let objects = [given[0], word("objection.marketing", "raised")];
        assert_eq!(bar(Purpose::Marketing, &objects, State::default(), now), Some(Bar::Objected));
        let profiled = [word("objection.profiling", "raised")];
        let withdrawn = Word { at: Timestamp(2), ..word("consent.profiling", "withdrawn") };
        assert_eq!(bar(Purpose::Profiling, &[profiled[0], withdrawn], State::default(), now), Some(Bar::Objected));
        let given = Word { value: "given", ..withdrawn };
        assert_eq!(bar(Purpose::Profiling, &[profiled[0], given], State::default(), now), None);
        assert_eq!(bar(Purpose::Profiling, &[], State::default(), now), None);
        assert_eq!(bar(Purpose::Profiling, &profiled, State::default(), now), Some(Bar::Objected));
        for purpose in Purpose::ALL.iter().filter(|one| !matches!(one, Purpose::Marketing | Purpose::Profiling)) {
            assert_eq!(bar(*purpose, &profiled, dead, now), None, "{purpose}");
        }
    }

    #[test]
    fn a_restriction_bars_all_but_the_law() {
        let restricted = State { restricted: true, deceased: false };
        let word =
            Word { path: "consent.marketing", value: "given", at: Timestamp(1), text_version: "", expires_at: None };
        let see = |purpose: &&Purpose| bar(**purpose, &[word], restricted, Timestamp(2)).is_none();
        let see: Vec<_> = Purpose::ALL.iter().filter(see).copied().collect();
        assert_eq!(see, [Purpose::Aml, Purpose::Legal, Purpose::Privacy]);
    }
}
