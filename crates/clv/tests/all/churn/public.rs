//! Two public data sets in five folds: nobody is scored by a model that has seen them, nor by an encoding that has.
//! One setting for both: numbers bend at three knots, a ridge of thirty. Others around it do as well.

use crate::datasets;
use tenure_clv::hazard::{
    Cause, Column, Encoding, Exposures, Field, HazardModel, Judged, auc, calibration_error, fold,
};

const FOLDS: usize = 5;
const KNOTS: usize = 3;
const RIDGE: f64 = 30.0;
/// Of the calibration error.
const BINS: usize = 10;

fn number(name: &str) -> Column {
    Column::Number { name: name.to_owned(), knots: KNOTS }
}

fn category(name: &str) -> Column {
    Column::Category { name: name.to_owned() }
}

/// What models that had not seen a record said of it.
fn unseen(columns: &[Column], records: &[Vec<Field<'_>>], ended: &[bool]) -> Vec<Judged> {
    let mut judged = Vec::new();
    for left_out in 0..FOLDS {
        let (away, seen): (Vec<usize>, Vec<usize>) =
            (0..records.len()).partition(|number| fold(*number, FOLDS) == left_out);
        let learned: Vec<Vec<Field<'_>>> = seen.iter().map(|number| records[*number].clone()).collect();
        let encoding = Encoding::learn(columns, &learned, &[]).unwrap();
        let mut exposures = Exposures::new(encoding.width(), 1);
        for number in seen {
            let covariates = encoding.encode(&records[number]).unwrap();
            exposures.push(&covariates, ended[number].then_some(0), 1.0).unwrap();
        }
        let fit = HazardModel::fit(vec![Cause::avoidable("left")], &exposures, RIDGE).unwrap();
        assert!(fit.converged, "{}", fit.gradient_norm);
        for number in away {
            let said = fit.model.hazard(&encoding.encode(&records[number]).unwrap()).unwrap();
            judged.push(Judged { said, happened: ended[number] });
        }
    }
    judged
}

/// Likewise, in groups of equal width.
fn calibration_error_by_width(judged: &[Judged]) -> f64 {
    let mut off = [0.0; BINS];
    for one in judged {
        off[((one.said * BINS as f64) as usize).min(BINS - 1)] += one.said - f64::from(u8::from(one.happened));
    }
    off.iter().map(|off| off.abs()).sum::<f64>() / judged.len() as f64
}

fn as_good_as(judged: &[Judged], least_auc: f64, most_error: f64) {
    let (auc, error) = (auc(judged).unwrap(), calibration_error(judged, BINS));
    let by_width = calibration_error_by_width(judged);
    assert!(auc >= least_auc, "AUC {auc:.4}");
    assert!(error <= most_error && by_width <= most_error, "ECE {error:.4}, by width {by_width:.4}");
}

#[test]
fn telephone_customers_who_leave() {
    let Some(lines) = datasets::lines("telco_churn.csv") else { return };
    let names = "gender,SeniorCitizen,Partner,Dependents,tenure,PhoneService,MultipleLines,InternetService,\
        OnlineSecurity,OnlineBackup,DeviceProtection,TechSupport,StreamingTV,StreamingMovies,Contract,\
        PaperlessBilling,PaymentMethod,MonthlyCharges,TotalCharges";
    let is_number = |name: &str| ["tenure", "MonthlyCharges", "TotalCharges"].contains(&name);
    let columns: Vec<Column> =
        names.split(',').map(|name| if is_number(name) { number(name) } else { category(name) }).collect();
    let field = |column: &Column, cell: &'static str| match column {
        Column::Number { .. } => cell.trim().parse().map_or(Field::Missing, Field::Number),
        Column::Category { .. } => Field::Level(cell),
    };
    let lines: &'static [Vec<String>] = lines.leak();
    let record = |line: &'static Vec<String>| columns.iter().zip(&line[1..]).map(|(column, cell)| field(column, cell));
    let records: Vec<Vec<Field<'_>>> = lines.iter().map(|line| record(line).collect()).collect();
    let ended: Vec<bool> = lines.iter().map(|line| line[20] == "Yes").collect();
    as_good_as(&unseen(&columns, &records, &ended), 0.844, 0.012);
}

#[test]
fn motor_policies_that_lapse() {
    let Some(lines) = datasets::lines("ins_eu_direct_motor_lapse.csv") else { return };
    // By their place; premiums in logarithms, and as ratios of what is asked now to last year's, the market's and the risk's.
    let (plain, premiums) =
        ([(1, "age"), (6, "years"), (8, "contracts"), (14, "car"), (15, "car then")], [9, 11, 12, 13]);
    let levels = [2, 3, 4, 5, 7, 10, 16, 17, 18];
    let mut columns: Vec<Column> = plain.iter().map(|(_, name)| number(name)).collect();
    columns.extend(premiums.iter().map(|place| number(&format!("premium {place}"))));
    columns.extend(premiums[1..].iter().map(|place| number(&format!("now to {place}"))));
    columns.extend(levels.iter().map(|place| category(&format!("level {place}"))));
    let record = |line: &'static Vec<String>| {
        let parsed = |place: usize| line[place].parse::<f64>().unwrap();
        let mut record: Vec<Field<'static>> = plain.iter().map(|(place, _)| Field::Number(parsed(*place))).collect();
        record.extend(premiums.iter().map(|place| Field::Number(parsed(*place).ln())));
        record.extend(premiums[1..].iter().map(|place| Field::Number((parsed(premiums[0]) / parsed(*place)).ln())));
        record.extend(levels.iter().map(|place| Field::Level(&line[*place])));
        record
    };
    let lines: &'static [Vec<String>] = lines.leak();
    let records: Vec<Vec<Field<'_>>> = lines.iter().map(record).collect();
    let ended: Vec<bool> = lines.iter().map(|line| line[0] == "1").collect();
    as_good_as(&unseen(&columns, &records, &ended), 0.624, 0.007);
}
