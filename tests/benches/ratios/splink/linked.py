"""linked.py RECORDS.csv CLUSTERS.csv: links customers with Splink, as somebody would who knows it and the data.

Values are cleaned before, as Splink's documentation asks. Trained as it says: the chance of a match from rules that are all but sure,
u from random pairs, m by EM in two sessions that block on different columns. Only pairs at 0.95 or more are kept, which is the least
work. Prints how many pairs were looked at.
"""

import sys

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

CLEAN = """
    CREATE TABLE customers AS
    WITH cells AS (
        SELECT rec_id, gender, TRY_CAST(dob AS DATE) AS dob, house_number,
            lower(strip_accents(first_name)) AS given,
            regexp_replace(lower(strip_accents(surname)), '[^a-z]', '', 'g') AS surname,
            regexp_replace(upper(postcode), '[^A-Z0-9]', '', 'g') AS postcode,
            lower(trim(email)) AS email,
            right(regexp_replace(phone, '[^0-9]', '', 'g'), 9) AS phone,
            regexp_replace(upper(iban), '[^A-Z0-9]', '', 'g') AS iban
        FROM read_csv($1, header = true, all_varchar = true)
    )
    SELECT rec_id AS unique_id, nullif(gender, '') AS gender, dob, year(dob) AS birth_year,
        nullif(CASE WHEN contains(given, '.') THEN left(given, 1) ELSE given END, '') AS first_name,
        nullif(left(given, 1), '') AS first_letter,
        nullif(surname, '') AS surname, nullif(left(surname, 4), '') AS surname_start,
        nullif(postcode, '') AS postcode, TRY_CAST(regexp_extract(house_number, '^[0-9]+') AS INTEGER) AS house,
        nullif(email, '') AS email, nullif(split_part(email, '@', 1), '') AS mailbox,
        nullif(phone, '') AS phone, nullif(iban, '') AS iban
    FROM cells
"""

FIRST_NAME = cl.CustomComparison(
    output_column_name="first_name",
    comparison_levels=[
        cll.NullLevel("first_name"),
        cll.ExactMatchLevel("first_name", term_frequency_adjustments=True),
        cll.JaroWinklerLevel("first_name", 0.92),
        cll.CustomLevel(
            "first_letter_l = first_letter_r AND (length(first_name_l) = 1 OR length(first_name_r) = 1)", "an initial"
        ),
        cll.JaroWinklerLevel("first_name", 0.8),
        cll.ElseLevel(),
    ],
)
EMAIL = cl.CustomComparison(
    output_column_name="email",
    comparison_levels=[
        cll.NullLevel("email"),
        cll.ExactMatchLevel("email", term_frequency_adjustments=True),
        cll.ExactMatchLevel("mailbox"),
        cll.JaroWinklerLevel("email", 0.92),
        cll.ElseLevel(),
    ],
)
ADDRESS = cl.CustomComparison(
    output_column_name="address",
    comparison_levels=[
        cll.CustomLevel("postcode_l IS NULL OR postcode_r IS NULL", "no postcode").configure(is_null_level=True),
        cll.CustomLevel("postcode_l = postcode_r AND house_l = house_r", "the same address"),
        cll.ExactMatchLevel("postcode", term_frequency_adjustments=True),
        cll.CustomLevel("house_l = house_r AND levenshtein(postcode_l, postcode_r) <= 1", "a slip in the postcode"),
        cll.CustomLevel("left(postcode_l, 4) = left(postcode_r, 4)", "the same neighbourhood"),
        cll.ElseLevel(),
    ],
)

SETTINGS = SettingsCreator(
    link_type="dedupe_only",
    comparisons=[
        FIRST_NAME,
        cl.NameComparison("surname"),
        cl.DateOfBirthComparison("dob", input_is_string=False),
        EMAIL,
        cl.DamerauLevenshteinAtThresholds("phone", 1).configure(term_frequency_adjustments=True),
        cl.ExactMatch("iban").configure(term_frequency_adjustments=True),
        ADDRESS,
        cl.ExactMatch("gender"),
    ],
    # The same as in plain.toml.
    blocking_rules_to_generate_predictions=[
        block_on("email"),
        block_on("phone"),
        block_on("iban"),
        block_on("surname", "dob"),
        block_on("first_letter", "dob"),
        block_on("postcode", "house"),
        block_on("surname_start", "postcode"),
        block_on("surname_start", "first_letter", "birth_year"),
    ],
    retain_matching_columns=False,
    retain_intermediate_calculation_columns=False,
)


def main(records, clusters):
    api = DuckDBAPI()
    api.duckdb_con.execute(CLEAN, [records])
    linker = Linker(api.register("customers"), SETTINGS, log_level="ERROR")

    sure = [block_on("first_name", "surname", "dob"), block_on("email", "surname"), block_on("iban", "dob")]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in [block_on("dob"), block_on("email")]:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True, max_pairs=1e6
        )

    blocked = linker.inference.compute_blocked_pairs_for_predict()
    pairs = blocked.as_duckdbpyrelation().count("*").fetchall()[0][0]
    predicted = linker.inference.predict(threshold_match_probability=0.95)
    clustered = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=0.95)
    clustered.as_duckdbpyrelation().select("unique_id AS rec_id, cluster_id").write_csv(clusters, header=True)
    print(pairs)


if __name__ == "__main__":
    main(*sys.argv[1:])
