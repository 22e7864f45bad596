//! A base like CDNOW's, of any size: rates and chances to leave that vary, purchases by day.

use std::{
    fs::File,
    io::{BufWriter, Result, Write as _},
    path::Path,
};

/// Random numbers that are the same in each run.
struct Chance(u64);

impl Chance {
    /// Between 0 and 1.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    /// Gamma with a shape of one half: half the square of a normal number.
    fn gamma(&mut self) -> f64 {
        self.exponential() * (std::f64::consts::TAU * self.uniform()).cos().powi(2)
    }

    /// A chance to leave that is mostly small, about as Beta(0.8, 2.4) has it (Kumaraswamy's distribution).
    fn chance(&mut self) -> f64 {
        (1.0 - self.uniform().powf(1.0 / 2.4)).powf(1.0 / 0.8)
    }
}

/// Writes so many customers, seen for 27 to 39 weeks.
pub(crate) fn write(count: usize, file: &Path) -> Result<()> {
    let (mut chance, mut file) = (Chance(5), BufWriter::new(File::create(file)?));
    writeln!(file, "frequency,recency,T,monetary_value")?;
    for _ in 0..count {
        let age = (189.0 + 85.0 * chance.uniform()).floor();
        let (pace, leaves) = (74.0 / chance.gamma().max(1e-9), chance.chance());
        let (mut now, mut repeats, mut last) = (0.0, 0_u32, 0.0);
        loop {
            now += pace * chance.exponential();
            let day = f64::ceil(now);
            if day > age {
                break;
            }
            repeats += u32::from(day > last);
            last = f64::max(last, day);
            if chance.uniform() < leaves {
                break;
            }
        }
        let money = if repeats == 0 { 0.0 } else { 1.0 + 40.0 * chance.exponential() };
        writeln!(file, "{repeats},{},{},{money:.2}", last / 7.0, age / 7.0)?;
    }
    file.flush()
}
