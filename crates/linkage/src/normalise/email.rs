//! E-mail addresses.

/// An address in parts: the mailbox and the domain. What has no '@' is all mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Email {
    /// Before the '@', without what the provider ignores.
    pub mailbox: String,
    /// After the '@'.
    pub domain: String,
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.domain.as_str() {
            "" => f.write_str(&self.mailbox),
            domain => write!(f, "{}@{domain}", self.mailbox),
        }
    }
}

/// Reads an address: lower case, without a tag after '+'; dots are ignored where the provider ignores them (Google).
/// `None` if nothing is left of the mailbox, or it says that there is none ("geen", "none", "noreply").
#[must_use]
pub fn email(text: &str) -> Option<Email> {
    let plain: String = text
        .chars()
        .filter(|letter| letter.is_ascii_graphic() && !matches!(letter, '<' | '>' | '"' | ',' | ';'))
        .take(128)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    let plain = plain.trim_matches(['@', '.']).trim_start_matches("mailto:");
    let (mailbox, domain) = plain.rsplit_once('@').unwrap_or((plain, ""));
    let domain = match domain.trim_matches('.') {
        "googlemail.com" => "gmail.com",
        domain => domain,
    };
    let mailbox = mailbox.split('+').next().unwrap_or_default().trim_matches(['@', '.']);
    let mailbox = match domain {
        "gmail.com" => mailbox.replace('.', ""),
        _ => mailbox.to_owned(),
    };
    let says_none = matches!(
        mailbox.as_str(),
        "" | "none" | "geen" | "onbekend" | "unknown" | "na" | "nvt" | "noreply" | "no-reply"
    );
    (!says_none).then(|| Email { mailbox, domain: domain.to_owned() })
}
