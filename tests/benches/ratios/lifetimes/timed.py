"""timed.py SUMMARY BASE: fits and scores with lifetimes, and prints the CPU seconds of each as JSON.

SUMMARY is CDNOW's with its 23,570 customers, BASE a large one with the columns frequency, recency, T and monetary_value. Reading files
is not counted.
"""

import json
import sys
import time
import warnings

import pandas
from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter

warnings.filterwarnings("ignore")
seconds = {}


def timed(name, work):
    start = time.process_time()
    result = work()
    seconds[name] = time.process_time() - start
    return result


known = pandas.read_csv(sys.argv[1])
known = known.rename(columns=lambda name: name.removesuffix("_cal"))
base = pandas.read_csv(sys.argv[2])


def rows(table):
    return table["frequency"], table["recency"], table["T"]


fit = timed("bg_known", lambda: BetaGeoFitter().fit(*rows(known)))
timed("pareto_known", lambda: ParetoNBDFitter().fit(*rows(known)))
model = timed("bg_rows", lambda: BetaGeoFitter().fit(*rows(base)))
cells = base.groupby(["frequency", "recency", "T"]).size().reset_index(name="weight")
timed("bg_cells", lambda: BetaGeoFitter().fit(*rows(cells), weights=cells["weight"]))
spent = base[(base["frequency"] > 0) & (base["monetary_value"] > 0)]
spend = GammaGammaFitter().fit(spent["frequency"], spent["monetary_value"])
money = base["monetary_value"]
timed("clv", lambda: spend.customer_lifetime_value(model, *rows(base), money, time=12, freq="W", discount_rate=0.01))
json.dump({"seconds": seconds, "parameters": [float(fit.params_[name]) for name in ["r", "alpha", "a", "b"]]}, sys.stdout)
