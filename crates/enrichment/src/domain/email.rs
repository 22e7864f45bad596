//! What an e-mail address says of itself: its class, and the domain that somebody registered. Nothing is looked up.

use tenure_kernel::IdentifierKind;

use super::{descriptor::Inputs, fact::Said, outcome::Answered, table::lines};

/// Providers of mailboxes for everybody.
const FREE: &str = include_str!("../../data/email_free.txt");
/// Providers of mailboxes to be thrown away.
const DISPOSABLE: &str = include_str!("../../data/email_disposable.txt");
/// Mailboxes of a function, not of a person.
const ROLES: &str = include_str!("../../data/email_roles.txt");

const DATASET: (&str, &str) = ("2026-11", "Apache-2.0");

/// What is known of an address.
#[must_use]
pub fn enrich(inputs: &Inputs) -> Answered {
    let address = inputs.get("contact.email").and_then(|value| IdentifierKind::Email.canonical(value));
    let Some((local, domain)) = address.as_deref().and_then(|address| address.rsplit_once('@')) else {
        return Answered::invalid();
    };
    let registrable = psl::domain_str(domain).unwrap_or(domain);
    let method = super::fact::Method::Derived;
    let class = Said::code("enriched.email.class", class(domain, registrable)).from_data(method, DATASET, "");
    let role = super::fact::Value::Truth(is_role(local));
    Answered::Found(vec![
        class,
        Said::derived("enriched.email.domain", super::fact::Value::Text(registrable.to_owned())),
        Said::derived("enriched.email.role_account", role),
    ])
}

fn class(domain: &str, registrable: &str) -> &'static str {
    let named = |list: &'static str| lines(list).any(|one| one == domain || one == registrable);
    if named(DISPOSABLE) {
        "disposable"
    } else if named(FREE) {
        "free_mail"
    } else {
        "corporate"
    }
}

fn is_role(local: &str) -> bool {
    let name = local.split('+').next().unwrap_or(local);
    lines(ROLES).any(|role| role == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::providers_say;

    fn of(address: &str) -> Vec<String> {
        providers_say(enrich(&Inputs::from([("contact.email".to_owned(), address.to_owned())])))
    }

    #[test]
    fn classes_domains_and_roles() {
        let cases = [
            ("jan@gmail.com", "free_mail", "gmail.com", "false"),
            ("Jan@Ziggo.nl", "free_mail", "ziggo.nl", "false"),
            ("x@mailinator.com", "disposable", "mailinator.com", "false"),
            ("x@sub.mailinator.com", "disposable", "mailinator.com", "false"),
            ("info+web@bakkerij-jansen.nl", "corporate", "bakkerij-jansen.nl", "true"),
            ("p.de.vries@afdeling.gemeente.amsterdam.nl", "corporate", "amsterdam.nl", "false"),
            ("a@shop.example.co.uk", "corporate", "example.co.uk", "false"),
        ];
        for (address, class, domain, role) in cases {
            let expected = [
                format!("enriched.email.class={class}"),
                format!("enriched.email.domain={domain}"),
                format!("enriched.email.role_account={role}"),
            ];
            assert_eq!(of(address), expected, "{address}");
        }
        assert_eq!(of("not an address"), ["invalid_input"]);
    }
}
