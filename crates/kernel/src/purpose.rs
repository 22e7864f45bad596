//! What personal data is read for.

use std::{fmt, str::FromStr};

macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// What a caller reads personal data for. Each is allowed to see something else; the profile's README has the table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Purpose {
            $($(#[$doc])* $name,)*
        }

        impl Purpose {
            /// Every purpose.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its code in metadata "purpose".
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

purposes! {
    /// Serving the customer under a contract: delivery, service calls, renewals.
    Service = "service";
    /// Handling a complaint.
    Complaint = "complaint";
    /// Direct marketing: only with consent.
    Marketing = "marketing";
    /// Judging a customer, such as what it is worth: not after an objection to profiling.
    Profiling = "profiling";
    /// Figures of groups, in which nobody is told apart.
    Analytics = "analytics";
    /// The duty of care towards customers who are vulnerable.
    Care = "care";
    /// Customer due diligence under the law against money laundering (Wwft).
    Aml = "aml";
    /// Legal claims.
    Legal = "legal";
    /// What data protection law asks: access, rectification, erasure.
    Privacy = "privacy";
}

impl Purpose {
    /// The scope that a credential needs beside that of the RPC. A read for such a purpose shows what others do not.
    #[must_use]
    pub fn scope(self) -> Option<&'static str> {
        match self {
            Self::Care => Some("purpose.care"),
            Self::Aml => Some("purpose.aml"),
            Self::Legal => Some("purpose.legal"),
            Self::Privacy => Some("purpose.privacy"),
            _ => None,
        }
    }

    /// All codes, in words.
    #[must_use]
    pub fn codes() -> String {
        Self::ALL.iter().map(|purpose| purpose.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// That a text is no purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAPurpose;

impl FromStr for Purpose {
    type Err = NotAPurpose;

    fn from_str(code: &str) -> Result<Self, NotAPurpose> {
        Self::ALL.iter().copied().find(|purpose| purpose.as_str() == code).ok_or(NotAPurpose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_is_read_from_its_code() {
        for purpose in Purpose::ALL {
            assert_eq!(purpose.as_str().parse(), Ok(*purpose));
        }
        assert_eq!("Service".parse::<Purpose>(), Err(NotAPurpose));
        assert!(Purpose::codes().starts_with("service, complaint, marketing"));
    }
}
