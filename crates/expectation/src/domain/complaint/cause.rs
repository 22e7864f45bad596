//! The root causes that complaints are assessed by: two levels, in Dutch and English.
//!
//! The groups are those that Dutch banks, insurers and public bodies report by; the codes are ours.

/// Code, Dutch name, English name; each after the one that it is a part of.
pub(crate) const CAUSES: &[(&str, &str, &str)] = &[
    ("duration", "Behandelingsduur", "Handling time"),
    ("duration.decision", "Besluit te laat", "Decision late"),
    ("duration.answer", "Antwoord te laat", "Answer late"),
    ("duration.delivery", "Levering te laat", "Delivery late"),
    ("information", "Informatie", "Information"),
    ("information.wrong", "Onjuiste informatie", "Wrong information"),
    ("information.contradictory", "Tegenstrijdige informatie", "Contradictory information"),
    ("information.insufficient", "Geen of te weinig informatie", "No or too little information"),
    ("information.callback", "Niet teruggebeld", "Not called back"),
    ("reachability", "Bereikbaarheid", "Reachability"),
    ("reachability.phone", "Telefonisch niet bereikbaar", "Not reachable by phone"),
    ("reachability.online", "Website of app niet bereikbaar", "Website or app not reachable"),
    ("reachability.form", "Formulier niet beschikbaar", "Form not available"),
    ("treatment", "Bejegening", "Treatment"),
    ("treatment.respect", "Niet serieus genomen", "Not taken seriously"),
    ("treatment.attention", "Te weinig aandacht", "Too little attention"),
    ("payment", "Betaling of uitkering", "Payment or payout"),
    ("payment.late", "Te laat betaald", "Paid late"),
    ("payment.wrong", "Onjuist bedrag", "Wrong amount"),
    ("payment.missing", "Niet betaald", "Not paid"),
    ("cost", "Kosten of premie", "Costs or premium"),
    ("cost.increase", "Verhoging", "Increase"),
    ("cost.unexpected", "Onverwachte kosten", "Unexpected costs"),
    ("cover", "Dekking of voorwaarden", "Cover or terms"),
    ("cover.denied", "Niet gedekt", "Not covered"),
    ("cover.unclear", "Voorwaarden onduidelijk", "Terms unclear"),
    ("advice", "Advies", "Advice"),
    ("advice.unsuitable", "Niet passend", "Unsuitable"),
    ("acceptance", "Acceptatie of cliëntonderzoek", "Acceptance or due diligence"),
    ("acceptance.refused", "Geweigerd", "Refused"),
    ("acceptance.blocked", "Geblokkeerd", "Blocked"),
    ("fraud", "Fraude of incident", "Fraud or incident"),
    ("fraud.victim", "Slachtoffer van fraude", "Victim of fraud"),
    ("fraud.suspected", "Verdacht van fraude", "Suspected of fraud"),
    ("outage", "IT-storing", "IT outage"),
    ("privacy", "Privacy", "Privacy"),
    ("privacy.leak", "Datalek", "Data leak"),
    ("privacy.request", "Verzoek niet afgehandeld", "Request not dealt with"),
    ("partner", "Partner of intermediair", "Partner or intermediary"),
    ("product", "Product", "Product"),
    ("product.defect", "Gebrek", "Defect"),
];

/// Whether there is such a cause.
pub(crate) fn is_known(code: &str) -> bool {
    CAUSES.iter().any(|(known, ..)| *known == code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn causes_have_one_code_each_and_follow_what_they_are_a_part_of() {
        let mut before = BTreeSet::new();
        for (code, nl, en) in CAUSES {
            assert!(!nl.is_empty() && !en.is_empty());
            assert!(code.rsplit_once('.').is_none_or(|(whole, _)| before.contains(whole)), "{code} follows its group");
            assert!(before.insert(*code), "{code} is there once");
            assert!(is_known(code));
        }
        assert!(!is_known("") && !is_known("duration.") && !is_known("weather"));
    }
}
