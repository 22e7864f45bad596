//! As much linear algebra as four parameters need.

use crate::newton::{Matrix, Vector};

/// The lower triangular root of a positive definite matrix.
pub(super) fn cholesky<const N: usize>(matrix: &Matrix<N>) -> Option<Matrix<N>> {
    let mut root = [[0.0; N]; N];
    for row in 0..N {
        for column in 0..=row {
            let dot: f64 = (0..column).map(|k| root[row][k] * root[column][k]).sum();
            let rest = matrix[row][column] - dot;
            if row != column {
                root[row][column] = rest / root[column][column];
            } else if rest > f64::EPSILON * matrix[row][row].abs() {
                root[row][row] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    Some(root)
}

/// Solves root * rootᵀ * x = right.
pub(super) fn solve<const N: usize>(root: &Matrix<N>, mut right: Vector<N>) -> Vector<N> {
    for row in 0..N {
        let dot: f64 = (0..row).map(|k| root[row][k] * right[k]).sum();
        right[row] = (right[row] - dot) / root[row][row];
    }
    for row in (0..N).rev() {
        let dot: f64 = (row + 1..N).map(|k| root[k][row] * right[k]).sum();
        right[row] = (right[row] - dot) / root[row][row];
    }
    right
}

/// The inverse of root * rootᵀ.
pub(super) fn inverse<const N: usize>(root: &Matrix<N>) -> Matrix<N> {
    // Symmetric, so the solved columns may stand as rows.
    std::array::from_fn(|i| solve(root, std::array::from_fn(|j| f64::from(u8::from(i == j)))))
}

/// The largest column sum of magnitudes.
pub(super) fn norm_1<const N: usize>(matrix: &Matrix<N>) -> f64 {
    let column_sum = |column: usize| matrix.iter().map(|row| row[column].abs()).sum::<f64>();
    (0..N).map(column_sum).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_undoes_its_matrix() {
        let matrix = [[4.0, 2.0, 0.4], [2.0, 5.0, -1.0], [0.4, -1.0, 3.0]];
        let inverse = inverse(&cholesky(&matrix).unwrap());
        for (i, row) in matrix.iter().enumerate() {
            // The inverse is symmetric, so its rows are its columns.
            for (j, column) in inverse.iter().enumerate() {
                let entry: f64 = row.iter().zip(column).map(|(left, right)| left * right).sum();
                assert!((entry - f64::from(u8::from(i == j))).abs() < 1e-15);
            }
        }
        assert_eq!(norm_1(&matrix), 8.0);
    }

    #[test]
    fn an_indefinite_matrix_has_no_root() {
        assert!(cholesky(&[[1.0, 2.0], [2.0, 1.0]]).is_none());
        assert!(cholesky(&[[0.0, 0.0], [0.0, 1.0]]).is_none());
        assert!(cholesky(&[[f64::NAN]]).is_none());
    }
}
