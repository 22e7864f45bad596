#!/usr/bin/env python3
"""Makes data/places_nl.tsv from open data of Statistics Netherlands (CBS) and Kadaster, both CC BY 4.0.

    scripts/places_nl.py PC6HUISNR.csv GEMEENTEN.csv INWONERS.csv > data/places_nl.tsv

PC6HUISNR.csv   "Buurt, wijk en gemeente voor postcode huisnummer", https://www.cbs.nl: columns PC6, Huisnummer, Buurt, Wijk, Gemeente
GEMEENTEN.csv   "Gebieden in Nederland", https://opendata.cbs.nl: columns Gemeentecode, Gemeentenaam, Provincienaam
INWONERS.csv    "Regionale kerncijfers", https://opendata.cbs.nl: columns Gemeentecode, Inwoners

All are read with ";" between fields. A PC4 that lies in several municipalities goes to the one that has most of its addresses, as CBS
does in its own statistics by PC4. Neighbouring PC4s of one municipality become one range.
"""

import collections
import csv
import sys


def rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file, delimiter=";")


def size(people):
    bounds = [(250_000, "over_250000"), (100_000, "from_100000_to_250000"), (50_000, "from_50000_to_100000")]
    return next((name for least, name in bounds if people >= least), "under_50000")


def code(text):
    return text.strip().upper().removeprefix("GM").zfill(4)


def main(addresses, municipalities, inhabitants):
    named = {code(row["Gemeentecode"]): (row["Gemeentenaam"].strip(), row["Provincienaam"].strip()) for row in rows(municipalities)}
    people = {code(row["Gemeentecode"]): int(row["Inwoners"]) for row in rows(inhabitants)}
    counted = collections.defaultdict(collections.Counter)
    for row in rows(addresses):
        counted[int(row["PC6"][:4])][code(row["Gemeente"])] += 1
    print("# Dutch postcodes: first and last four digits, municipality, province, and how many people live in the municipality.")
    print("# Made by scripts/places_nl.py from open data of Statistics Netherlands and Kadaster, CC BY 4.0.")
    ranges = []
    for digits in sorted(counted):
        # Of equals the lower code, so that the table is the same each time.
        place = min(counted[digits].items(), key=lambda item: (-item[1], item[0]))[0]
        if ranges and ranges[-1][1] == digits - 1 and ranges[-1][2] == place:
            ranges[-1][1] = digits
        else:
            ranges.append([digits, digits, place])
    for first, last, place in ranges:
        print(first, last, *named[place], size(people[place]), sep="\t")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
