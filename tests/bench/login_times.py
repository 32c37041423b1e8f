#!/usr/bin/python3
"""Whether the time of a refused log-in tells if a user exists.

    tests/bench/login_times.py [--samples N]     # OS_* of an administrator in the environment

Refused log-ins of three kinds, one after another in turn: a wrong password, an unknown user, a disabled user's right password.
Prints the quartiles of each and, against the first, the z of a rank sum test: below 3 nothing can be told apart.
"""
import argparse
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
sys.dont_write_bytecode = True
from cloud import Session, request  # noqa: E402
import json  # noqa: E402


def refused(url, name, password):
    """Seconds that a log-in takes that must fail."""
    user = {"name": name, "domain": {"id": "default"}, "password": password}
    body = json.dumps({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}).encode()
    started = time.perf_counter()
    answer = request("POST", url + "/auth/tokens", {"Content-Type": "application/json"}, body)
    took = time.perf_counter() - started
    if answer.status != 401:
        raise SystemExit("answered %s" % answer)
    return took


def rank_sum_z(one, other):
    """How far the ranks of two samples are from those of one distribution, in standard deviations."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    total = sum(rank for rank, (_, which) in enumerate(ranked, 1) if which == 0)
    n, m = len(one), len(other)
    return (total - n * (n + m + 1) / 2) / (n * m * (n + m + 1) / 12) ** 0.5


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=100)
    samples = parser.parse_args().samples
    admin = Session(dict(os.environ))
    admin.endpoints["identity"] = admin.auth_url
    made = [admin.ask("POST", "identity", "/users", {"user": {"name": "timing-%d" % i, "password": "right", "enabled": on}})
            for i, on in ((0, True), (1, False))]
    kinds = {"wrong password": ("timing-0", "wrong"), "unknown user": ("timing-2", "wrong"),
             "disabled user": ("timing-1", "right")}
    took = {kind: [] for kind in kinds}
    try:
        for _ in range(samples):
            for kind, (name, password) in kinds.items():
                took[kind].append(refused(admin.auth_url, name, password))
    finally:
        for user in made:
            admin.call("DELETE", "identity", "/users/" + user["user"]["id"])
    for kind, values in took.items():
        quartiles = " ".join("%.1f" % (q * 1000) for q in statistics.quantiles(values, n=4))
        print("%-15s quartiles %s ms, z %.2f" % (kind, quartiles, rank_sum_z(values, took["wrong password"])))


if __name__ == "__main__":
    main()
