use super::*;

/// Fails unless gradient and Hessian equal central differences, up to the rounding of a value of
/// this size.
pub(crate) fn assert_derivatives<const N: usize>(
    parameters: &Vector<N>,
    size: f64,
    evaluate: impl Fn(&Vector<N>) -> Evaluation<N>,
) {
    let here = evaluate(parameters);
    for (i, parameter) in parameters.iter().enumerate() {
        let h = 1e-5 * parameter;
        let at = |moved: f64| {
            let mut parameters = *parameters;
            parameters[i] = moved;
            evaluate(&parameters)
        };
        let (up, down) = (at(parameter + h), at(parameter - h));
        let tolerance = 1e-7 * size / parameter;
        let slope = (up.value - down.value) / (2.0 * h);
        assert!((here.gradient[i] - slope).abs() <= tolerance, "gradient {i}: {slope}");
        for (j, other) in parameters.iter().enumerate() {
            let bend = (up.gradient[j] - down.gradient[j]) / (2.0 * h);
            let error = (here.hessian[i][j] - bend).abs();
            assert!(error <= tolerance / other, "Hessian {i}, {j}: {bend}");
        }
    }
}

/// A concave quadratic in the logs with its top at (ln 2, ln 5), given by natural derivatives.
fn quadratic(parameters: &Vector<2>) -> Evaluation<2> {
    let (u, v) = ((parameters[0] / 2.0).ln(), (parameters[1] / 5.0).ln());
    let by_log = [-4.0 * u - v, -u - 2.0 * v];
    let by_logs = [[-4.0, -1.0], [-1.0, -2.0]];
    let mut hessian = by_logs;
    for (i, row) in hessian.iter_mut().enumerate() {
        row[i] -= by_log[i];
        (0..2).for_each(|j| row[j] /= parameters[i] * parameters[j]);
    }
    Evaluation {
        value: -2.0 * u * u - u * v - v * v,
        gradient: std::array::from_fn(|i| by_log[i] / parameters[i]),
        hessian,
    }
}

#[test]
fn finds_the_top_with_its_covariance() {
    let search = Search { lower: [1e-3; 2], upper: [1e3; 2], observations: 1.0 };
    let top = search.maximize(&[[300.0, 0.002]], quadratic).unwrap();
    assert!(top.converged && top.at_bound == [false, false]);
    assert!((top.parameters[0] - 2.0).abs() < 1e-8 && (top.parameters[1] - 5.0).abs() < 1e-8);
    let covariance = top.covariance.unwrap();
    assert!((covariance[0][0] - 2.0 / 7.0).abs() < 1e-9);
    assert!((covariance[0][1] + 1.0 / 7.0).abs() < 1e-9);
    assert!((top.condition_number.unwrap() - 25.0 / 7.0).abs() < 1e-8);
}

#[test]
fn a_top_outside_ends_at_the_bound_and_says_so() {
    let search = Search { lower: [1e-3; 2], upper: [1.0, 1e3], observations: 1.0 };
    let top = search.maximize(&[[0.1, 1.0]], quadratic).unwrap();
    assert!(top.converged && top.at_bound == [true, false]);
    assert!(top.covariance.is_none());
    // With u held at -ln 2, v = -u / 2.
    assert!((top.parameters[1] - 5.0 * 2f64.sqrt()).abs() < 1e-7);
}

#[test]
fn a_function_without_a_finite_start_is_refused() {
    let search = Search { lower: [1e-3; 1], upper: [1e3; 1], observations: 1.0 };
    let nowhere = |_: &Vector<1>| Evaluation { value: f64::NAN, ..Evaluation::ZERO };
    assert!(search.maximize(&[[1.0]], nowhere).is_none());
}
