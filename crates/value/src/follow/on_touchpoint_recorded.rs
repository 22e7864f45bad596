//! A touchpoint was accepted: a purchase, something that costs, how a customer came or stayed, a word on consent, an amendment of
//! something that may be one, or nothing to us.

use tenure_journal::{Batch, Entry, Unfit};
use tenure_kernel::{RecordId, TouchpointId};
use tenure_proto::collector::v1::{
    Touchpoint, TouchpointRecorded, TouchpointType, amendment::Kind, touchpoint::Detail,
};
use tenure_server::wire;

use crate::domain::{
    book::{Book, Line},
    currency::Currency,
    deal::{Deal, Step},
    purchase::{MAX_MINOR_UNITS, Purchase},
    service::{self, Channel, MAX_SECONDS, Service},
    standing::Word,
    statement::Statement,
};

/// What touchpoints state of facts, by what it is about.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) purchases: Vec<(TouchpointId, Statement<Purchase>)>,
    pub(super) services: Vec<(TouchpointId, Statement<Service>)>,
    pub(super) deals: Vec<(TouchpointId, Statement<Deal>)>,
    pub(super) words: Vec<(TouchpointId, Statement<Word>)>,
}

impl Said {
    pub(super) fn is_empty(&self) -> bool {
        self.purchases.is_empty() && self.services.is_empty() && self.deals.is_empty() && self.words.is_empty()
    }

    /// Takes in what an entry states, if its primary record belongs to the range.
    pub(super) fn take(&mut self, entry: &Entry, batch: &Batch<'_>) -> Result<(), Unfit> {
        let event: TouchpointRecorded = entry.decode(1)?;
        let primary = event.subjects.first().ok_or(Unfit::Field("the touchpoint has no subject"))?;
        let record =
            RecordId::from_slice(&primary.record_id).map_err(|_| Unfit::Field("a record id is not 16 bytes"))?;
        if !batch.owns(record) {
            return Ok(());
        }
        let id =
            |bytes: &[u8]| TouchpointId::from_slice(bytes).map_err(|_| Unfit::Field("a touchpoint id is not 16 bytes"));
        let (touchpoint, fact) = (id(&event.touchpoint_id)?, id(&event.fact_id)?);
        let body = event.touchpoint.ok_or(Unfit::Field("the touchpoint has no body"))?;
        let (amends, revision) = (Amends::read(&body)?, body.amendment.as_ref().map_or(0, |one| one.revision));
        // What was gathered for due diligence only is not for us: to us it never was.
        let counts = amends != Amends::Retraction && !wire::is_aml_only(&body);
        let purchase = if counts { purchase(&body)? } else { None };
        let service = if counts { service(&body)? } else { None };
        let deal = if counts { deal(&body)? } else { None };
        let word = if counts { word(&body)? } else { None };
        // An original that is nothing to us makes no statement.
        let states = |says_something| says_something || amends != Amends::Nothing;
        if states(purchase.is_some()) {
            self.purchases.push((fact, Statement { record, revision, touchpoint, says: purchase }));
        }
        if states(service.is_some()) {
            self.services.push((fact, Statement { record, revision, touchpoint, says: service }));
        }
        if states(deal.is_some()) {
            self.deals.push((fact, Statement { record, revision, touchpoint, says: deal }));
        }
        if states(word.is_some()) {
            self.words.push((fact, Statement { record, revision, touchpoint, says: word }));
        }
        Ok(())
    }
}

#[derive(PartialEq)]
enum Amends {
    Nothing,
    Correction,
    Retraction,
}

impl Amends {
    fn read(body: &Touchpoint) -> Result<Self, Unfit> {
        let Some(amendment) = &body.amendment else { return Ok(Self::Nothing) };
        if amendment.revision < 1 {
            return Err(Unfit::Field("an amendment's revision is below 1"));
        }
        match amendment.kind() {
            Kind::Retraction => Ok(Self::Retraction),
            Kind::Correction => Ok(Self::Correction),
            Kind::Unspecified => Err(Unfit::Field("an amendment of a kind that this program does not know")),
        }
    }
}

/// The purchase that a touchpoint is, if it is one.
fn purchase(body: &Touchpoint) -> Result<Option<Purchase>, Unfit> {
    if body.r#type() != TouchpointType::OrderPlaced {
        return Ok(None);
    }
    let (currency, minor_units) = amount(body)?.ok_or(Unfit::Field("the purchase has no amount"))?;
    let day = day(body).ok_or(Unfit::Field("the purchase has no time"))?;
    let book = Book { currency, line: line(body)? };
    Ok(Some(Purchase { day, book, minor_units, margin: margin(body, currency)? }))
}

/// What of it is margin. One in another currency says nothing of this one.
fn margin(body: &Touchpoint, currency: Currency) -> Result<Option<i64>, Unfit> {
    let Some(Detail::Order(order)) = &body.detail else { return Ok(None) };
    let margin = order.margin.as_ref().filter(|margin| margin.currency_code == currency.code());
    let within = |margin: i64| (-MAX_MINOR_UNITS..=MAX_MINOR_UNITS).contains(&margin);
    match margin.map(|margin| margin.minor_units) {
        Some(margin) if !within(margin) => Err(Unfit::Field("the margin is beyond 10^15 minor units")),
        margin => Ok(margin),
    }
}

/// What a touchpoint costs us, if it costs something.
fn service(body: &Touchpoint) -> Result<Option<Service>, Unfit> {
    let Some(kind) = service::Kind::of(body.r#type) else { return Ok(None) };
    let day = day(body).ok_or(Unfit::Field("the touchpoint has no time"))?;
    let paid = if kind.pays_out() { amount(body)? } else { None };
    let seconds = match &body.detail {
        Some(Detail::Contact(contact)) => contact.handle_seconds.clamp(0, MAX_SECONDS),
        _ => 0,
    };
    Ok(Some(Service { day, kind, channel: Channel(body.channel), line: line(body)?, seconds, paid }))
}

/// How a customer came or stayed, if it says that.
fn deal(body: &Touchpoint) -> Result<Option<Deal>, Unfit> {
    let step = match body.r#type() {
        TouchpointType::OrderPlaced => Step::Bought,
        TouchpointType::OfferAccepted => Step::OfferTaken,
        TouchpointType::ContractStarted => Step::Started,
        TouchpointType::ContractRenewed => Step::Renewed,
        TouchpointType::ContractLapsed | TouchpointType::ContractCancelled => Step::Ended,
        TouchpointType::ContractWonBack => Step::WonBack,
        _ => return Ok(None),
    };
    let day = day(body).ok_or(Unfit::Field("the touchpoint has no time"))?;
    let contract = body.correlation.as_ref().map(|refs| refs.contract_ref.clone()).unwrap_or_default();
    let channel = Channel(body.channel);
    let mut deal = Deal {
        day,
        step,
        channel,
        line: line(body)?,
        contract,
        products: vec![],
        offer: String::new(),
        price: None,
        term_months: 0,
    };
    match &body.detail {
        Some(Detail::Contract(detail)) => {
            (deal.offer, deal.term_months) = (detail.offer_code.clone(), detail.term_months);
            deal.products.push(detail.product_code.clone());
        }
        Some(Detail::Digital(detail)) => {
            let codes = [&detail.item_code, &detail.campaign_code];
            deal.offer = codes.into_iter().find(|code| !code.is_empty()).cloned().unwrap_or_default();
        }
        Some(Detail::Order(detail)) => deal.products.extend(detail.lines.iter().map(|line| line.product_code.clone())),
        _ => {}
    }
    deal.products.retain(|code| !code.is_empty());
    deal.products.sort_unstable();
    deal.products.dedup();
    if step == Step::Bought {
        // What was paid is counted elsewhere.
        return Ok((channel.0 != 0 || !deal.products.is_empty()).then_some(deal));
    }
    deal.price = amount(body)?;
    Ok(Some(deal))
}

/// What it says for or against a purpose, by whatever channel.
fn word(body: &Touchpoint) -> Result<Option<Word>, Unfit> {
    let objects = match body.r#type() {
        TouchpointType::ConsentGiven => false,
        TouchpointType::ObjectionRaised => true,
        _ => return Ok(None),
    };
    let Some(Detail::Consent(detail)) = &body.detail else { return Ok(None) };
    if detail.purpose_code.is_empty() || !detail.channel_code.is_empty() {
        return Ok(None);
    }
    let at = body.effective_time.as_ref().or(body.occur_time.as_ref()).and_then(wire::timestamp);
    let at = at.ok_or(Unfit::Field("the statement on consent has no time"))?;
    Ok(Some(Word { at, objects, purpose: detail.purpose_code.clone() }))
}

/// The product line that it names; if none, all.
fn line(body: &Touchpoint) -> Result<Line, Unfit> {
    Line::from_code(&body.line_code).ok_or(Unfit::Field("the line code is none"))
}

fn amount(body: &Touchpoint) -> Result<Option<(Currency, i64)>, Unfit> {
    let Some(amount) = &body.amount else { return Ok(None) };
    let currency = Currency::from_code(&amount.currency_code).ok_or(Unfit::Field("the amount has no currency"))?;
    if !(0..=MAX_MINOR_UNITS).contains(&amount.minor_units) {
        return Err(Unfit::Field("the amount is negative or above 10^15 minor units"));
    }
    Ok(Some((currency, amount.minor_units)))
}

fn day(body: &Touchpoint) -> Option<i32> {
    body.occur_time.as_ref().and_then(wire::timestamp).map(|at| at.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_channels_are_named_as_the_contract_names_them() {
        for kind in service::Kind::all() {
            let of = TouchpointType::try_from(kind.number()).expect("a type of the contract");
            let name = of.as_str_name().trim_start_matches("TOUCHPOINT_TYPE_").to_lowercase().replacen('_', ".", 1);
            assert_eq!(kind.name(), name);
        }
        for number in 0..=9 {
            let of = tenure_proto::collector::v1::Channel::try_from(number).expect("a channel of the contract");
            let name = of.as_str_name().trim_start_matches("CHANNEL_").to_lowercase();
            assert_eq!(Channel(number).name(), if number == 0 { "" } else { &name });
        }
    }
}
