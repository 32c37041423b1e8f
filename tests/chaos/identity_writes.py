#!/usr/bin/python3
"""Kills the identity daemon (kill -9) again and again while many clients write, and looks whether what was acknowledged is there.

    tests/chaos/identity_writes.py [--build DIR] [--writes N] [--kills N]

Each client makes projects, users and assignments between them. Afterwards every write that was answered 2xx is there, every
name is there at most once, and every assignment is between things that are there. The last line is "N passed, N failed".
"""
import argparse
import os
import signal
import sys
import threading
import time
import urllib.error

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
        self.projects, self.users, self.grants, self.unanswered = {}, {}, set(), 0

    def write(self, method, path, body=None):
        """The JSON of a 2xx answer ({} when it is empty); None when there was none."""
        try:
            answer = self.admin.call(method, "identity", path, body, timeout_s=20)
        except (OSError, urllib.error.URLError, ValueError):
            self.unanswered += 1
            time.sleep(0.05)  # the daemon is being started again
            return None
        if answer.status // 100 != 2:
            self.unanswered += 1
            return None
        return answer.json() if answer.body else {}

    def run(self):
        for turn in range(self.rounds):
            name = "w%d-%d" % (self.number, turn)
            project = self.write("POST", "/projects", {"project": {"name": name}})
            user = self.write("POST", "/users", {"user": {"name": name}})
            if project:
                self.projects[name] = project["project"]["id"]
            if user:
                self.users[name] = user["user"]["id"]
            if project and user:
                place = (project["project"]["id"], user["user"]["id"])
                if self.write("PUT", "/projects/%s/users/%s/roles/%s" % (place + (self.role,))) is not None:
                    self.grants.add(place)


def problems(admin, clients):
    """What does not hold, a sentence each."""
    projects = {p["id"]: p["name"] for p in admin.ask("GET", "identity", "/projects")["projects"]}
    users = {u["id"]: u["name"] for u in admin.ask("GET", "identity", "/users")["users"]}
    grants = {(a["scope"]["project"]["id"], a["user"]["id"])
              for a in admin.ask("GET", "identity", "/role_assignments")["role_assignments"]
              if "project" in a["scope"] and "user" in a}
    for kind, rows, of in (("project", projects, "projects"), ("user", users, "users")):
        names = list(rows.values())
        for name in {name for name in names if names.count(name) > 1}:
            yield "two %ss are named %s" % (kind, name)
        for client in clients:
            for name, row in getattr(client, of).items():
                if rows.get(row) != name:
                    yield "%s %s was acknowledged and is not there" % (kind, name)
    for client in clients:
        for place in client.grants - grants:
            yield "an assignment was acknowledged and is not there: %s" % (place,)
    for project, user in grants:
        if project not in projects or user not in users:
            yield "an assignment is left of what is not there: %s %s" % (project, user)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build")
    parser.add_argument("--writes", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=3)
    wanted = parser.parse_args()
    clouds.end_in_order_on_signals()
    build = clouds.build_folder(wanted.build)
    cloud = clouds.Cloud(build, hosts=1, without=("compute", "agent", "objectstore"))
    admin = cloud.login()
    admin.endpoints["identity"] = admin.auth_url
    role = admin.ask("GET", "identity", "/roles?name=reader")["roles"][0]["id"]
    rounds = max(1, wanted.writes // (3 * CLIENTS))
    clients = [Client(admin, role, number, rounds) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    killed = 0
    while killed < wanted.kills and any(client.is_alive() for client in clients):
        time.sleep(0.3)
        os.kill(cloud.pid_of("cumulet-identity"), signal.SIGKILL)
        killed += 1
    for client in clients:
        client.join()
    cloud.pid_of("cumulet-identity")
    acknowledged = sum(len(c.projects) + len(c.users) + len(c.grants) for c in clients)
    print("# %d writes acknowledged, %d not, %d kills" % (acknowledged, sum(c.unanswered for c in clients), killed))
    found = sorted(set(problems(admin, clients)))
    for problem in found[:20]:
        print("not ok " + problem)
    print("%d passed, %d failed" % (0 if found else 1, 1 if found else 0))
    cloud.close()
    return 1 if found or acknowledged == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
