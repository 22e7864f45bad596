//! What a person's rights keep from being done with what is known: a restriction bars all, an objection that the person is told apart.

use std::cmp::Reverse;

use tenure_kernel::{Purpose, Timestamp};
use tenure_records::{RestrictionStep, is_restricted};

/// What somebody said of being judged, or of another purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) at: Timestamp,
    /// Whether it is an objection; else consent.
    pub(crate) objects: bool,
    pub(crate) purpose: String,
}

/// Who looks, for what, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Audience {
    /// As the caller says; `None`: it does not.
    pub(crate) purpose: Option<Purpose>,
    /// Whether persons are told apart; else they are counted in sums only.
    pub(crate) tells_apart: bool,
    pub(crate) now: Timestamp,
}

/// Why nothing is said of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bar {
    Restricted,
    Objected,
}

impl Bar {
    /// Its code, as the profile service has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Restricted => "restricted",
            Self::Objected => "objected",
        }
    }
}

/// What was stated of a person, in no order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) restrictions: Vec<RestrictionStep>,
    pub(crate) words: Vec<Word>,
}

impl Standing {
    /// What keeps an audience from the person. The law's own purposes see everybody, as they do in profiles.
    pub(crate) fn bar(&self, audience: Audience) -> Option<Bar> {
        let Audience { purpose, tells_apart, now } = audience;
        match purpose {
            Some(Purpose::Privacy | Purpose::Legal | Purpose::Aml) => None,
            _ if is_restricted(&self.restrictions, now) => Some(Bar::Restricted),
            _ if tells_apart && self.objects(Purpose::Profiling, now) => Some(Bar::Objected),
            Some(Purpose::Marketing) if tells_apart && self.objects(Purpose::Marketing, now) => Some(Bar::Objected),
            _ => None,
        }
    }

    /// Whether the person objects to a purpose: until consent to it is given anew. Of one moment the objection wins.
    fn objects(&self, purpose: Purpose, now: Timestamp) -> bool {
        let about = self.words.iter().filter(|word| word.at <= now && word.purpose == purpose.as_str());
        about.min_by_key(|word| Reverse((word.at, word.objects))).is_some_and(|last| last.objects)
    }
}

#[cfg(test)]
mod tests {
    use tenure_kernel::RightId;

    use super::*;

    fn to(purpose: Option<Purpose>, tells_apart: bool, now: i64) -> Audience {
        Audience { purpose, tells_apart, now: Timestamp(now) }
    }

    fn word(purpose: &str, at: i64, objects: bool) -> Word {
        Word { at: Timestamp(at), objects, purpose: purpose.to_owned() }
    }

    #[test]
    fn a_restriction_bars_all_but_the_law_until_it_ends() {
        let right = RightId([1; 16]);
        let begins = RestrictionStep::Begins { right, at: Timestamp(10), expires_at: None };
        let ends = RestrictionStep::Ends { right, at: Timestamp(20) };
        let standing = Standing { restrictions: vec![ends, begins], words: vec![] };
        for tells_apart in [false, true] {
            for purpose in Purpose::ALL.iter().copied().map(Some).chain([None]) {
                let law = matches!(purpose, Some(Purpose::Privacy | Purpose::Legal | Purpose::Aml));
                let expected = (!law).then_some(Bar::Restricted);
                assert_eq!(standing.bar(to(purpose, tells_apart, 15)), expected, "{purpose:?}");
                assert_eq!(standing.bar(to(purpose, tells_apart, 9)), None);
                assert_eq!(standing.bar(to(purpose, tells_apart, 20)), None);
            }
        }
    }

    #[test]
    fn an_objection_to_profiling_bars_judging_and_one_to_marketing_what_is_for_it() {
        let profiling = Standing { restrictions: vec![], words: vec![word("profiling", 5, true)] };
        let marketing = Standing { restrictions: vec![], words: vec![word("marketing", 5, true)] };
        let other = Standing { restrictions: vec![], words: vec![word("surveys", 5, true)] };
        for purpose in [None, Some(Purpose::Service), Some(Purpose::Marketing), Some(Purpose::Profiling)] {
            let (apart, sums) = (to(purpose, true, 6), to(purpose, false, 6));
            assert_eq!(profiling.bar(apart), Some(Bar::Objected), "{purpose:?}");
            let for_it = (purpose == Some(Purpose::Marketing)).then_some(Bar::Objected);
            assert_eq!(marketing.bar(apart), for_it, "{purpose:?}");
            assert_eq!(other.bar(apart), None);
            assert!([&profiling, &marketing, &other].into_iter().all(|one| one.bar(sums).is_none()), "{purpose:?}");
        }
        assert_eq!(profiling.bar(to(Some(Purpose::Legal), true, 6)), None);
        assert_eq!(profiling.bar(to(None, true, 4)), None, "it is still to come");
    }

    #[test]
    fn consent_given_anew_ends_an_objection_whatever_the_order() {
        let mut words = vec![word("profiling", 5, true), word("profiling", 7, false), word("profiling", 7, true)];
        let bar = |words: &[Word]| Standing { restrictions: vec![], words: words.to_vec() }.bar(to(None, true, 9));
        assert_eq!(bar(&words[..2]), None);
        assert_eq!(bar(&words), Some(Bar::Objected), "of one moment");
        words.reverse();
        assert_eq!(bar(&words), Some(Bar::Objected));
        words.push(word("profiling", 8, false));
        assert_eq!(bar(&words), None);
    }
}
