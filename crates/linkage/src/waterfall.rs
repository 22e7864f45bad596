//! The steps of a weight as a picture.

use crate::model::{Step, probability};
use std::fmt::Write as _;

const ROW: f64 = 26.0;
const LABELS: f64 = 330.0;
const BARS: f64 = 420.0;
const NUMBERS: f64 = 70.0;
const HEAD: f64 = 58.0;

/// What a step is called.
#[must_use]
pub fn name(step: &Step) -> String {
    let of = |comparison| {
        let said = format!("{comparison:?}");
        said.chars().fold(String::new(), |mut words, letter| {
            if letter.is_uppercase() && !words.is_empty() {
                words.push(' ');
            }
            words.push(letter.to_ascii_lowercase());
            words
        })
    };
    step.comparison.map_or_else(|| step.level.to_owned(), |comparison| format!("{}: {}", of(comparison), step.level))
}

/// An SVG of the steps from nothing to the weight, under a title. Text is escaped; nothing of the records is in it but what
/// the title says.
#[must_use]
pub fn svg(title: &str, steps: &[Step]) -> String {
    let totals = steps.iter().scan(0.0, |total, step| {
        let before = *total;
        *total += step.bits;
        Some((before, *total))
    });
    let totals: Vec<(f64, f64)> = totals.collect();
    let weight = totals.last().map_or(0.0, |(_, total)| *total);
    let ends = || totals.iter().flat_map(|(from, to)| [*from, *to]).chain([0.0]);
    let (least, most) = (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
    let scale = BARS / (most - least).max(1.0);
    let place = |bits: f64| LABELS + (bits - least) * scale;
    let (width, height) = (LABELS + BARS + NUMBERS, HEAD + ROW * (steps.len() as f64 + 1.0) + 12.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n<title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"12\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{}</text>\n\
         <text x=\"12\" y=\"43\" fill=\"#555\">weight {weight:+.2} bits, {:.2} % likely one person</text>\n",
        escaped(title),
        escaped(title),
        probability(weight) * 100.0
    );
    let zero = place(0.0);
    let _ = writeln!(
        out,
        "<line x1=\"{zero:.1}\" y1=\"{HEAD}\" x2=\"{zero:.1}\" y2=\"{:.1}\" stroke=\"#999\"/>",
        height - 8.0
    );
    for (at, (step, (from, to))) in steps.iter().zip(&totals).enumerate() {
        let colour = if step.bits < 0.0 { "#c0504d" } else { "#3a7d44" };
        bar(&mut out, at, &name(step), step.bits, (place(from.min(*to)), place(from.max(*to))), colour);
    }
    bar(&mut out, steps.len(), "weight", weight, (place(weight.min(0.0)), place(weight.max(0.0))), "#2f5d8c");
    out.push_str("</svg>\n");
    out
}

fn bar(out: &mut String, at: usize, name: &str, bits: f64, (from, to): (f64, f64), colour: &str) {
    let top = HEAD + ROW * at as f64;
    let _ = writeln!(
        out,
        "<text x=\"12\" y=\"{:.1}\">{}</text><rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
         fill=\"{colour}\"/><text x=\"{:.1}\" y=\"{:.1}\">{bits:+.2}</text>",
        top + 17.0,
        escaped(name),
        top + 4.0,
        (to - from).max(1.0),
        ROW - 8.0,
        to + 5.0,
        top + 17.0
    );
}

fn escaped(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).fold(String::new(), |mut out, letter| {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(letter),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::svg;
    use crate::{compare::Comparison, model::Step};

    #[test]
    fn a_title_is_escaped_and_the_weight_is_the_sum() {
        let steps = [
            Step { comparison: None, level: "before anything is compared", bits: -2.0 },
            Step { comparison: Some(Comparison::NationalId), level: "same", bits: 9.5 },
        ];
        let picture = svg("<a> & \"b\"", &steps);
        assert!(picture.contains("&lt;a&gt; &amp; &quot;b&quot;") && !picture.contains("<a>"));
        assert!(picture.contains("weight +7.50 bits") && picture.contains("national id: same"), "{picture}");
    }
}
