#!/usr/bin/python3
"""Whether the time of a refused log-in tells if a user exists.

    tests/bench/login_times.py [--build DIR] [--samples N] [--rounds N] [--without-lockout]

A cloud of its own. Refused log-ins of several kinds, one of each after another in random order: a wrong password, an unknown user, a
disabled user's right password, a locked-out user's right password, a user of an unknown domain, a user without a password. Prints
quartiles, and of each kind against the first: the difference of the medians, the z of a rank sum test (Wilcoxon) and the largest
distance of the two distributions against what chance explains (Kolmogorov-Smirnov at 0.1 %). Exits 1 when a kind can be told apart.
--rounds is the cost of a hash as a power of two: with 12, the default of the daemon, 400 samples take 10 minutes; what else a log-in does
shows more clearly with a cheap hash. Builds nothing.
"""
import argparse
import http.client
import json
import os
import random
import statistics
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
sys.dont_write_bytecode = True
import cloud as clouds  # noqa: E402

ATTEMPTS = 3
MOST_Z = 3.5  # one honest run in two thousand is beyond it


class Door:
    """One connection that is kept: making one would be most of the noise."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.path, self.connection = parts.path + "/auth/tokens", http.client.HTTPConnection(parts.netloc, timeout=60)
        self.connection.connect()

    def refused(self, name, password, domain="default"):
        """Seconds that a log-in takes that must fail, and what the answer says."""
        user = {"name": name, "domain": {"id": domain}, "password": password}
        body = json.dumps({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}).encode()
        started = time.perf_counter()
        self.connection.request("POST", self.path, body, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        took = time.perf_counter() - started
        if answer.status != 401:
            raise SystemExit("answered %d %s" % (answer.status, text))
        return took, text


def rank_sum_z(one, other):
    """How far the ranks of two samples are from those of one distribution, in standard deviations."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    total = sum(rank for rank, (_, which) in enumerate(ranked, 1) if which == 0)
    n, m = len(one), len(other)
    return (total - n * (n + m + 1) / 2) / (n * m * (n + m + 1) / 12) ** 0.5


def largest_distance(one, other):
    """Of two distributions, and the most that chance explains in all but one of a thousand cases."""
    n, m, distance, at = len(one), len(other), 0.0, [0, 0]
    for _, which in sorted([(value, 0) for value in one] + [(value, 1) for value in other]):
        at[which] += 1
        distance = max(distance, abs(at[0] / n - at[1] / m))
    return distance, 1.95 * ((n + m) / (n * m)) ** 0.5


def prepare(admin, lockout):
    """What each kind says of itself: name, password, domain."""
    def make(name, **more):
        user = admin.ask("POST", "identity", "/users", {"user": dict({"name": name}, **more)})["user"]["id"]
        if lockout and name != "timing-locked":  # guessed at more often than the rule allows
            admin.ask("PATCH", "identity", "/users/" + user, {"user": {"options": {"ignore_lockout_failure_attempts": True}}})
    kinds = {"wrong password": ("timing-known", "wrong", "default"), "unknown user": ("timing-nobody", "wrong", "default"),
             "disabled user": ("timing-disabled", "right", "default"), "unknown domain": ("timing-known", "right", "nowhere"),
             "no password": ("timing-none", "wrong", "default")}
    make("timing-known", password="right")
    make("timing-disabled", password="right", enabled=False)
    make("timing-none")
    if lockout:
        make("timing-locked", password="right")
        kinds["locked-out user"] = ("timing-locked", "right", "default")
    return kinds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build")
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--without-lockout", action="store_true")
    wanted = parser.parse_args()
    clouds.end_in_order_on_signals()
    lockout = not wanted.without_lockout
    cloud = clouds.Cloud(clouds.build_folder(wanted.build), hosts=1, without=("objectstore", "compute", "agent"), settings=[
        "identity.bcrypt_rounds=%d" % wanted.rounds, "identity.lockout_failure_attempts=%d" % (ATTEMPTS if lockout else 0)])
    admin = cloud.login()
    admin.endpoints["identity"] = admin.auth_url
    kinds = prepare(admin, lockout)
    door, chance = Door(admin.auth_url), random.Random(1)
    for _ in range(ATTEMPTS if lockout else 0):
        door.refused("timing-locked", "wrong")
    took, texts = {kind: [] for kind in kinds}, set()
    for number in range(wanted.samples + 5):
        for kind in chance.sample(list(kinds), len(kinds)):
            seconds, text = door.refused(*kinds[kind])
            texts.add(text)
            if number >= 5:
                took[kind].append(seconds)
    cloud.close()
    told = len(texts) > 1
    print("%d samples each, hashes of 2^%d rounds, lock-out %s; the answers are %s" % (
        wanted.samples, wanted.rounds, "on" if lockout else "off", "DIFFERENT" if told else "the same to the byte"))
    first = took["wrong password"]
    for kind, values in took.items():
        quartiles = " ".join("%8.3f" % (q * 1000) for q in statistics.quantiles(values, n=4))
        z = rank_sum_z(values, first)
        distance, most = largest_distance(values, first)
        apart = kind != "wrong password" and abs(z) > MOST_Z
        told |= apart
        print("%-15s quartiles %s ms, median %+8.1f us, z %+5.2f, distance %.3f (chance: %.3f)%s" % (
            kind, quartiles, (statistics.median(values) - statistics.median(first)) * 1e6, z, distance, most, "  APART" if apart else ""))
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
