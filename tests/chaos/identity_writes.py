#!/usr/bin/python3
"""Kills the identity daemon (kill -9) again and again while many clients write, and looks whether what was acknowledged is there.

    tests/chaos/identity_writes.py [--build DIR] [--writes N] [--kills N] [--seed N] [--quick]

Each client makes projects, users with passwords and assignments between them, changes and removes some. Afterwards every write that
was answered 2xx is there, every name is there at most once, rows and indexes say the same, every assignment is between things that
are there, and the users log in. The seed says when it is killed. The last line is "N passed, N failed".
"""
import argparse
import http.client
import json
import os
import random
import signal
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
sys.dont_write_bytecode = True
import cloud as clouds  # noqa: E402

CLIENTS = 32


class Client(threading.Thread):
    """Makes a project, a user and an assignment of the one on the other, over and over; remembers what was acknowledged."""

    def __init__(self, admin, role, number, rounds):
        super().__init__()
        self.admin, self.role, self.number, self.rounds = admin, role, number, rounds
        self.projects, self.users, self.grants, self.removed, self.described = {}, {}, set(), set(), {}
        self.acknowledged, self.unanswered = 0, 0

    def is_back(self):
        try:
            return clouds.request("GET", self.admin.auth_url, timeout_s=5).status == 200
        except (OSError, ValueError, http.client.HTTPException):
            return False

    def write(self, method, path, body=None):
        """The JSON of a 2xx answer ({} when it is empty); None when there was none."""
        try:
            answer = self.admin.call(method, "identity", path, body, timeout_s=20)
        except (OSError, ValueError, http.client.HTTPException):
            self.unanswered += 1
            clouds.eventually(self.is_back, 60, "the daemon is started again")
            return None
        if answer.status // 100 != 2:
            self.unanswered += 1
            return None
        self.acknowledged += 1
        return answer.json() if answer.body else {}

    def run(self):
        for turn in range(self.rounds):
            name = "w%d-%d" % (self.number, turn)
            project = self.write("POST", "/projects", {"project": {"name": name}})
            user = self.write("POST", "/users", {"user": {"name": name, "password": name}})
            if project:
                self.projects[name] = project["project"]["id"]
            if user:
                self.users[name] = user["user"]["id"]
            if not project or not user:
                continue
            project, user = project["project"]["id"], user["user"]["id"]
            if self.write("PUT", "/projects/%s/users/%s/roles/%s" % (project, user, self.role)) is not None:
                self.grants.add((project, user))
            if turn % 5 == 1 and self.write("PATCH", "/projects/" + project, {"project": {"description": name}}):
                self.described[project] = name
            if turn % 5 == 4 and self.write("DELETE", "/projects/" + project) is not None:
                self.removed.add(project)


def duplicates(names):
    seen = set()
    return {name for name in names if name in seen or seen.add(name)}


def log_in(admin, name):
    user = {"name": name, "password": name, "domain": {"id": "default"}}
    body = json.dumps({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}).encode()
    return clouds.request("POST", admin.auth_url + "/auth/tokens", {"Content-Type": "application/json"}, body).status


def problems(admin, clients):
    """What does not hold, a sentence each."""
    def rows(path, plural):
        return {row["id"]: row for row in admin.ask("GET", "identity", path)[plural]}
    projects, users = rows("/projects", "projects"), rows("/users", "users")
    for plural, by_key in (("projects", {p: admin.call("GET", "identity", "/projects/" + p).status for p in projects}),
                           ("users", rows("/users?domain_id=default", "users"))):
        for row in set(by_key) ^ set(projects if plural == "projects" else users):
            yield "an index of %s and the rows do not agree on %s" % (plural, row)
        for row in (row for row, status in by_key.items() if status == 404):
            yield "an index names a project that is not there: %s" % row
    grants = {(a["scope"]["project"]["id"], a["user"]["id"])
              for a in admin.ask("GET", "identity", "/role_assignments")["role_assignments"]
              if "project" in a["scope"] and "user" in a}
    for kind, there in (("project", projects), ("user", users)):
        for name in duplicates([row["name"] for row in there.values()]):
            yield "two %ss are named %s" % (kind, name)
    for client in clients:
        for name, row in client.projects.items():
            if row in client.removed and row in projects:
                yield "project %s was removed and is there" % name
            # A removal that was not answered may have happened.
            if row not in projects and row not in client.removed and int(name.split("-")[1]) % 5 != 4:
                yield "project %s was acknowledged and is not there" % name
        for row, text in client.described.items():
            if row in projects and projects[row]["description"] != text:
                yield "a change of project %s was acknowledged and is not there" % row
        for name, row in client.users.items():
            if users.get(row, {}).get("name") != name:
                yield "user %s was acknowledged and is not there" % name
        for place in client.grants - grants:
            if place[0] in projects:
                yield "an assignment was acknowledged and is not there: %s" % (place,)
        for name in list(client.users)[:2]:
            if log_in(admin, name) != 201:
                yield "user %s was acknowledged with a password that does not work" % name
    for project, user in grants:
        if project not in projects or user not in users:
            yield "an assignment is left of what is not there: %s %s" % (project, user)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build")
    parser.add_argument("--writes", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--quick", action="store_true", help="what every run of the tests does")
    wanted = parser.parse_args()
    if wanted.quick:
        wanted.writes, wanted.kills = 600, 2
    clouds.end_in_order_on_signals()
    build, chance = clouds.build_folder(wanted.build), random.Random(wanted.seed)
    cloud = clouds.Cloud(build, hosts=1, without=("compute", "agent", "objectstore"), settings=["identity.bcrypt_rounds=4"])
    admin = cloud.login()
    admin.endpoints["identity"] = admin.auth_url
    role = admin.ask("GET", "identity", "/roles?name=reader")["roles"][0]["id"]
    rounds = max(1, wanted.writes // (3 * CLIENTS))
    clients = [Client(admin, role, number, rounds) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    killed = 0
    while killed < wanted.kills and any(client.is_alive() for client in clients):
        time.sleep(chance.uniform(0.1, 1.0))
        os.kill(cloud.pid_of("cumulet-identity"), signal.SIGKILL)
        killed += 1
    for client in clients:
        client.join()
    cloud.pid_of("cumulet-identity")
    acknowledged = sum(client.acknowledged for client in clients)
    print("# seed %d: %d writes acknowledged, %d not, %d kills" % (
        wanted.seed, acknowledged, sum(client.unanswered for client in clients), killed))
    found = sorted(set(problems(admin, clients)))
    for problem in found[:20]:
        print("not ok " + problem)
    fine = not found and acknowledged > 0 and killed > 0
    if fine:
        print("ok identity_writes: nothing that was acknowledged is lost, nothing is half there")
    print("%d passed, %d failed" % (fine, not fine))
    cloud.close()
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
