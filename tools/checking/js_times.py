"""Time the JavaScript engine in a page: `python -m tools.checking.js_times [--rounds N]`.

Prints µs per training name of train4, 1,000 steps, for the engine's worker in Chromium and for the
engines numpy and simd. They take turns, so that a noisy machine is noisy for all of them, and the
median is printed after a first round as a warm-up. Needs Chromium, NumPy and Numba.
"""

import argparse
import random
import statistics
import sys
import time

from microgpt_ref import fast
from microgpt_ref.data import load_docs
from microgpt_ref.model import new_model
from microgpt_ref.settings import Settings
from microgpt_ref.tokenizer import Tokenizer
from tools import browser
from tools.making.serve import served
from tools.setup import ROOT

STEPS = 1000
ENGINES = ("numpy", "simd")
PACKAGE = ROOT / "microgpt_ref"
IN_PAGE = """async (steps) => {
  const worker = new Worker("/fast/js/worker.mjs", { type: "module" });
  const heard = (type) => new Promise((go) => {
    worker.addEventListener("message", ({ data }) => data.type === type && go());
  });
  const training = { steps };
  const [started, done] = [heard("started"), heard("done")];
  worker.postMessage({ type: "start", run: 1, url: "/ssa2018.txt", training, samples: 0 });
  await started;
  const begun = performance.now();
  await done;
  worker.terminate();
  return (performance.now() - begun) / 1000;
}"""


def python_seconds(engine, docs):
    """Seconds in which an engine trains a new model."""
    rng = random.Random(42)
    shuffled = list(docs)
    rng.shuffle(shuffled)
    model = new_model(Tokenizer(shuffled), rng, Settings("train4"))
    begun = time.perf_counter()
    fast.fit(model, shuffled, STEPS, engine=engine)
    return time.perf_counter() - begun


def measure(page, rounds):
    """{engine: seconds of each round}, without the first round."""
    docs = load_docs()
    found = {name: [] for name in ("page", *ENGINES)}
    for _ in range(rounds + 1):
        found["page"].append(page.evaluate(IN_PAGE, STEPS))
        for engine in ENGINES:
            found[engine].append(python_seconds(engine, docs))
    return {name: seconds[1:] for name, seconds in found.items()}


def main(arguments=None):
    """Print the times; return the exit status."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(prog="python -m tools.checking.js_times")
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args(arguments).rounds
    if not browser.chromium():
        print("js times: needs Chromium", file=sys.stderr)
        return 1
    with served(PACKAGE) as address, sync_playwright() as driver:
        page = driver.chromium.launch(**browser.options()).new_page()
        page.goto(f"{address}/ssa2018.txt")
        found = measure(page, rounds)
    for name, seconds in found.items():
        median, least = statistics.median(seconds), min(seconds)
        print(f"{name:6} {1e6 * median / STEPS:6.0f} µs a name, at best {1e6 * least / STEPS:6.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
