//! Linear algebra of as many unknowns as a model has covariates.

/// A symmetric matrix; the lower half is kept, row by row.
#[derive(Debug, Clone)]
pub(crate) struct Symmetric {
    size: usize,
    rows: Vec<f64>,
}

impl Symmetric {
    pub(crate) fn zero(size: usize) -> Self {
        Self { size, rows: vec![0.0; size * size] }
    }

    /// Adds to an entry of the lower half.
    pub(crate) fn add(&mut self, row: usize, column: usize, value: f64) {
        self.rows[row * self.size + column] += value;
    }

    /// Adds `factor` x xᵀ to the block that begins at (row, column), which is on or below the diagonal; of a block on the
    /// diagonal the lower half only.
    pub(crate) fn add_product(&mut self, row: usize, column: usize, factor: f64, x: &[f64]) {
        for (i, left) in x.iter().enumerate() {
            let scaled = factor * left;
            if scaled == 0.0 {
                continue;
            }
            let from = (row + i) * self.size + column;
            let length = if row == column { i + 1 } else { x.len() };
            let entries = &mut self.rows[from..from + length];
            entries.iter_mut().zip(x).for_each(|(entry, right)| *entry += scaled * right);
        }
    }

    /// The lower triangular root; `None` unless positive definite.
    fn root(&self) -> Option<Self> {
        let mut root = Self::zero(self.size);
        for row in 0..self.size {
            for column in 0..=row {
                let (upper, lower) = root.rows.split_at(row * self.size);
                let left = &lower[..column];
                let right = if row == column { left } else { &upper[column * self.size..column * self.size + column] };
                let dot: f64 = left.iter().zip(right).map(|(left, right)| left * right).sum();
                let rest = self.rows[row * self.size + column] - dot;
                let entry = if row != column {
                    rest / root.rows[column * self.size + column]
                } else if rest > f64::EPSILON * self.rows[row * self.size + row].abs() {
                    rest.sqrt()
                } else {
                    return None;
                };
                root.rows[row * self.size + column] = entry;
            }
        }
        Some(root)
    }

    /// Solves with this as the lower triangular root of the matrix.
    fn solve_as_root(&self, right: &[f64]) -> Vec<f64> {
        let at = |row: usize, column: usize| self.rows[row * self.size + column];
        let mut x = right.to_vec();
        for row in 0..self.size {
            let dot: f64 = (0..row).map(|column| at(row, column) * x[column]).sum();
            x[row] = (x[row] - dot) / at(row, row);
        }
        for row in (0..self.size).rev() {
            let dot: f64 = (row + 1..self.size).map(|below| at(below, row) * x[below]).sum();
            x[row] = (x[row] - dot) / at(row, row);
        }
        x
    }

    /// The diagonal of the inverse; `None` unless positive definite.
    pub(crate) fn inverse_diagonal(&self) -> Option<Vec<f64>> {
        let root = self.root()?;
        let unit = |at: usize| (0..self.size).map(|i| f64::from(u8::from(i == at))).collect::<Vec<_>>();
        Some((0..self.size).map(|at| root.solve_as_root(&unit(at))[at]).collect())
    }
}

/// Solves matrix * x = right; `None` unless positive definite.
pub(crate) fn solve(matrix: &Symmetric, right: &[f64]) -> Option<Vec<f64>> {
    matrix.root().map(|root| root.solve_as_root(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: &[&[f64]]) -> Symmetric {
        let mut matrix = Symmetric::zero(rows.len());
        for (row, entries) in rows.iter().enumerate() {
            entries.iter().enumerate().for_each(|(column, entry)| matrix.add(row, column, *entry));
        }
        matrix
    }

    #[test]
    fn a_solution_solves() {
        let matrix = matrix(&[&[4.0], &[2.0, 5.0], &[0.4, -1.0, 3.0]]);
        let x = solve(&matrix, &[1.0, 2.0, 3.0]).unwrap();
        let left =
            [4.0 * x[0] + 2.0 * x[1] + 0.4 * x[2], 2.0 * x[0] + 5.0 * x[1] - x[2], 0.4 * x[0] - x[1] + 3.0 * x[2]];
        for (left, right) in left.into_iter().zip([1.0, 2.0, 3.0]) {
            assert!((left - right).abs() < 1e-14);
        }
        let inverse = matrix.inverse_diagonal().unwrap();
        assert!((inverse[0] - solve(&matrix, &[1.0, 0.0, 0.0]).unwrap()[0]).abs() < 1e-15);
    }

    #[test]
    fn what_is_not_positive_definite_is_not_solved() {
        assert!(solve(&matrix(&[&[1.0], &[2.0, 1.0]]), &[1.0, 1.0]).is_none());
    }

    #[test]
    fn products_add_up_in_blocks() {
        let (mut whole, x) = (Symmetric::zero(4), [1.0, 2.0]);
        whole.add_product(0, 0, 1.0, &x);
        whole.add_product(2, 0, 3.0, &x);
        whole.add_product(2, 2, 5.0, &x);
        assert_eq!(whole.rows, [1.0, 0.0, 0.0, 0.0, 2.0, 4.0, 0.0, 0.0, 3.0, 6.0, 5.0, 0.0, 6.0, 12.0, 10.0, 20.0]);
    }
}
