//! Definitions of traits and segments, to and from the domain: as callers see them, as they are stored, and as entries of our journal.

use std::collections::BTreeSet;

use tenure_kernel::Timestamp;
use tenure_proto::profile::v1::{self as pb, trait_definition};
use tenure_server::wire;

use crate::domain::{
    catalogue::{Definition, Source},
    expression::Expression,
    segment::Segment,
    windowed::{Aggregate, Code, Filter, Measure, Size, Windowed},
};

/// That a trait was defined.
pub(crate) fn defined(definition: &Definition) -> pb::TraitDefined {
    pb::TraitDefined { definition: Some(definition_message(definition)) }
}

/// That a trait was deleted.
pub(crate) fn deleted(definition: &Definition, at: Timestamp) -> pb::TraitDeleted {
    pb::TraitDeleted {
        name: definition.name.clone(),
        version: definition.version,
        delete_time: Some(wire::to_wire(at)),
    }
}

/// That a segment was defined.
pub(crate) fn segment_defined(segment: &Segment) -> pb::SegmentDefined {
    pb::SegmentDefined { definition: Some(segment_message(segment)) }
}

/// That a segment was deleted.
pub(crate) fn segment_deleted(segment: &Segment, at: Timestamp) -> pb::SegmentDeleted {
    pb::SegmentDeleted { name: segment.name.clone(), version: segment.version, delete_time: Some(wire::to_wire(at)) }
}

/// A segment as callers see it.
pub(crate) fn segment_message(segment: &Segment) -> pb::SegmentDefinition {
    pb::SegmentDefinition {
        name: segment.name.clone(),
        condition: segment.text.clone(),
        version: segment.version,
        define_time: Some(wire::to_wire(segment.defined_at)),
    }
}

/// A segment that we wrote; `None`: it is not one of ours.
pub(crate) fn read_segment(message: pb::SegmentDefinition) -> Option<Segment> {
    let condition = Expression::read(&message.condition).ok()?;
    Some(Segment {
        name: message.name,
        version: message.version,
        defined_at: wire::timestamp(message.define_time.as_ref()?)?,
        text: message.condition,
        condition,
    })
}

/// A definition as callers see it.
pub(crate) fn definition_message(definition: &Definition) -> pb::TraitDefinition {
    let source = match &definition.source {
        Source::Windowed(windowed) => trait_definition::Source::Windowed(windowed_message(windowed)),
        Source::Expression(text, _) => trait_definition::Source::Expression(pb::ExpressionTrait { text: text.clone() }),
    };
    pb::TraitDefinition {
        name: definition.name.clone(),
        source: Some(source),
        version: definition.version,
        define_time: Some(wire::to_wire(definition.defined_at)),
        indexed: definition.indexed,
    }
}

fn windowed_message(windowed: &Windowed) -> pb::WindowedTrait {
    let (measure, currency) = measure_message(&windowed.measure);
    let filter = &windowed.filter;
    pb::WindowedTrait {
        aggregate: aggregate_message(windowed.aggregate).into(),
        measure: measure.into(),
        currency_code: currency.to_owned(),
        types: filter.kinds.iter().copied().collect(),
        channels: filter.channels.iter().copied().collect(),
        product_codes: filter.products.iter().cloned().collect(),
        line_codes: filter.lines.iter().cloned().collect(),
        window_hours: i32::try_from(windowed.hours).unwrap_or(i32::MAX),
    }
}

fn aggregate_message(aggregate: Aggregate) -> pb::TraitAggregate {
    match aggregate {
        Aggregate::Count => pb::TraitAggregate::Count,
        Aggregate::Sum => pb::TraitAggregate::Sum,
        Aggregate::Minimum => pb::TraitAggregate::Minimum,
        Aggregate::Maximum => pb::TraitAggregate::Maximum,
        Aggregate::Last => pb::TraitAggregate::Last,
        Aggregate::DistinctCount => pb::TraitAggregate::DistinctCount,
        Aggregate::MostFrequent => pb::TraitAggregate::MostFrequent,
    }
}

/// `None`: not said, or one that this program does not know.
pub(crate) fn aggregate(number: i32) -> Option<Aggregate> {
    Some(match pb::TraitAggregate::try_from(number).ok()? {
        pb::TraitAggregate::Unspecified => return None,
        pb::TraitAggregate::Count => Aggregate::Count,
        pb::TraitAggregate::Sum => Aggregate::Sum,
        pb::TraitAggregate::Minimum => Aggregate::Minimum,
        pb::TraitAggregate::Maximum => Aggregate::Maximum,
        pb::TraitAggregate::Last => Aggregate::Last,
        pb::TraitAggregate::DistinctCount => Aggregate::DistinctCount,
        pb::TraitAggregate::MostFrequent => Aggregate::MostFrequent,
    })
}

fn measure_message(measure: &Measure) -> (pb::TraitMeasure, &str) {
    match measure {
        Measure::None => (pb::TraitMeasure::Unspecified, ""),
        Measure::Size(Size::Amount(currency)) => (pb::TraitMeasure::Amount, currency),
        Measure::Size(Size::Handling) => (pb::TraitMeasure::Handling, ""),
        Measure::Size(Size::Waiting) => (pb::TraitMeasure::Waiting, ""),
        Measure::Time => (pb::TraitMeasure::Time, ""),
        Measure::Code(Code::Type) => (pb::TraitMeasure::Type, ""),
        Measure::Code(Code::Channel) => (pb::TraitMeasure::Channel, ""),
        Measure::Code(Code::Product) => (pb::TraitMeasure::Product, ""),
        Measure::Code(Code::Line) => (pb::TraitMeasure::Line, ""),
    }
}

/// `None`: one that this program does not know.
pub(crate) fn measure(number: i32, currency: &str) -> Option<Measure> {
    Some(match pb::TraitMeasure::try_from(number).ok()? {
        pb::TraitMeasure::Unspecified => Measure::None,
        pb::TraitMeasure::Amount => Measure::Size(Size::Amount(currency.to_owned())),
        pb::TraitMeasure::Handling => Measure::Size(Size::Handling),
        pb::TraitMeasure::Waiting => Measure::Size(Size::Waiting),
        pb::TraitMeasure::Time => Measure::Time,
        pb::TraitMeasure::Type => Measure::Code(Code::Type),
        pb::TraitMeasure::Channel => Measure::Code(Code::Channel),
        pb::TraitMeasure::Product => Measure::Code(Code::Product),
        pb::TraitMeasure::Line => Measure::Code(Code::Line),
    })
}

/// A definition that we wrote; `None`: it is not one of ours.
pub(crate) fn read_definition(message: pb::TraitDefinition) -> Option<Definition> {
    let source = match message.source? {
        trait_definition::Source::Windowed(windowed) => Source::Windowed(read_windowed(windowed)?),
        trait_definition::Source::Expression(expression) => {
            let read = Expression::read(&expression.text).ok()?;
            Source::Expression(expression.text, read)
        }
    };
    Some(Definition {
        name: message.name,
        version: message.version,
        defined_at: wire::timestamp(message.define_time.as_ref()?)?,
        source,
        indexed: message.indexed,
    })
}

/// A windowed trait; `None`: it says what this program does not know.
pub(crate) fn read_windowed(message: pb::WindowedTrait) -> Option<Windowed> {
    let filter = Filter {
        kinds: BTreeSet::from_iter(message.types),
        channels: BTreeSet::from_iter(message.channels),
        products: BTreeSet::from_iter(message.product_codes),
        lines: BTreeSet::from_iter(message.line_codes),
    };
    let windowed = Windowed {
        aggregate: aggregate(message.aggregate)?,
        measure: measure(message.measure, &message.currency_code)?,
        filter,
        hours: message.window_hours.into(),
    };
    windowed.fits().then_some(windowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(source: Source) {
        let (name, defined_at, indexed) = ("one".to_owned(), Timestamp(7_000_001), true);
        let definition = Definition { name, version: 3, defined_at, source, indexed };
        assert_eq!(read_definition(definition_message(&definition)), Some(definition));
    }

    #[test]
    fn definitions_are_read_back_as_they_were_written() {
        let codes = [Code::Type, Code::Channel, Code::Product, Code::Line].map(Measure::Code);
        let sizes = [Size::Amount("EUR".to_owned()), Size::Handling, Size::Waiting].map(Measure::Size);
        let measures = [Measure::None, Measure::Time].into_iter().chain(codes).chain(sizes);
        let aggregates = [
            Aggregate::Count,
            Aggregate::Sum,
            Aggregate::Minimum,
            Aggregate::Maximum,
            Aggregate::Last,
            Aggregate::DistinctCount,
            Aggregate::MostFrequent,
        ];
        let filter = Filter {
            kinds: [140, 203].into(),
            channels: [1, 3].into(),
            products: ["a".to_owned()].into(),
            lines: ["motor".to_owned()].into(),
        };
        let mut fitting = 0;
        for measure in measures {
            for aggregate in aggregates {
                let (measure, filter) = (measure.clone(), filter.clone());
                let windowed = Windowed { aggregate, measure, filter, hours: 24 };
                if windowed.fits() {
                    fitting += 1;
                    read_back(Source::Windowed(windowed));
                } else {
                    assert_eq!(read_windowed(windowed_message(&windowed)), None);
                }
            }
        }
        assert_eq!(fitting, 1 + 3 + 2 * 4 + 8 + 2 * 4);
        let text = "since(last_order) > 90d";
        read_back(Source::Expression(text.to_owned(), Expression::read(text).unwrap()));
    }
}
