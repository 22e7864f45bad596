//! Bases that follow a model exactly.

use crate::chance::Chance;
use tenure_clv::{Cell, Opportunities, RepeatSpend, Survivors, WeightedCell, WeightedOpportunities};

const CUSTOMERS: usize = 8_000;
/// Weeks that customers are seen for, at least and at most.
const AGES: [f64; 2] = [40.0, 60.0];

fn age(chance: &mut Chance) -> f64 {
    AGES[0] + (AGES[1] - AGES[0]) * chance.uniform()
}

/// Purchases at a rate until the customer leaves or the period ends.
fn cell(chance: &mut Chance, rate: f64, age: f64, mut stays: impl FnMut(&mut Chance, f64) -> bool) -> WeightedCell {
    let (mut x, mut last, mut now) = (0, 0.0, 0.0);
    loop {
        now += chance.exponential(rate);
        if now > age || !stays(chance, now) {
            break;
        }
        (x, last) = (x + 1, now);
    }
    WeightedCell { cell: Cell::new(x, last, age).unwrap(), weight: 1 }
}

/// BG/NBD with no chance to leave after the first purchase, MBG/NBD with one.
pub(crate) fn bg_nbd(chance: &mut Chance, [r, alpha, a, b]: [f64; 4], at_first: u32) -> Vec<WeightedCell> {
    let one = |_| {
        let (rate, leaves, age) = (chance.gamma(r) / alpha, chance.beta(a, b), age(chance));
        // Whoever is to leave after a purchase makes it still.
        let mut gone = at_first == 1 && chance.uniform() < leaves;
        cell(chance, rate.max(1e-12), age, |chance, _| {
            let there = !gone;
            gone = gone || chance.uniform() < leaves;
            there
        })
    };
    (0..CUSTOMERS).map(one).collect()
}

pub(crate) fn pareto_nbd(chance: &mut Chance, [r, alpha, s, beta]: [f64; 4]) -> Vec<WeightedCell> {
    let one = |_| {
        let (rate, dropout, age) = (chance.gamma(r) / alpha, chance.gamma(s) / beta, age(chance));
        let lifetime = chance.exponential(dropout.max(1e-12));
        cell(chance, rate.max(1e-12), age, |_, now| now <= lifetime)
    };
    (0..CUSTOMERS).map(one).collect()
}

pub(crate) fn ggompertz_nbd(chance: &mut Chance, [r, alpha, b, s, beta]: [f64; 5]) -> Vec<WeightedCell> {
    let one = |_| {
        let (rate, wish, age) = (chance.gamma(r) / alpha, chance.gamma(s) / beta, age(chance));
        let lifetime = (chance.exponential(wish.max(1e-12))).ln_1p() / b;
        cell(chance, rate.max(1e-12), age, |_, now| now <= lifetime)
    };
    (0..CUSTOMERS).map(one).collect()
}

pub(crate) fn bg_bb(chance: &mut Chance, [alpha, beta, gamma, delta]: [f64; 4], n: u32) -> Vec<WeightedOpportunities> {
    let one = |_| {
        let (buys, leaves) = (chance.beta(alpha, beta), chance.beta(gamma, delta));
        let (mut x, mut last) = (0, 0);
        for period in 1..=n {
            if chance.uniform() < leaves {
                break;
            }
            if chance.uniform() < buys {
                (x, last) = (x + 1, period);
            }
        }
        WeightedOpportunities { history: Opportunities::new(x, last, n).unwrap(), weight: 1 }
    };
    (0..CUSTOMERS).map(one).collect()
}

pub(crate) fn spends(chance: &mut Chance, [p, q, v]: [f64; 3]) -> Vec<RepeatSpend> {
    let one = |_| {
        let nu = chance.gamma(q) / v;
        let x = 1 + (chance.exponential(0.4)) as u32;
        RepeatSpend::new(x, chance.gamma(p * f64::from(x)) / (nu * f64::from(x))).unwrap()
    };
    (0..CUSTOMERS / 2).map(one).collect()
}

/// A cohort of the beta-discrete-Weibull; with c = 1 of the shifted beta-geometric.
pub(crate) fn survivors(chance: &mut Chance, [alpha, beta, c]: [f64; 3], renewals: u32) -> Survivors {
    let mut left = vec![0.0; renewals as usize + 1];
    for _ in 0..3 * CUSTOMERS {
        let (theta, luck) = (chance.beta(alpha, beta), chance.uniform().ln());
        let stays = |renewal: &u32| f64::from(*renewal).powf(c) * (-theta).ln_1p() > luck;
        let last = (1..=renewals).take_while(stays).count();
        left[..=last].iter_mut().for_each(|number| *number += 1.0);
    }
    Survivors::new(left).unwrap()
}
