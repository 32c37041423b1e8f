#!/usr/bin/python3
"""Identity alone: CPU and time of what services and users ask most; with --against-keystone beside a real Keystone in the same run.

    tests/bench/identity.py [--build DIR] [--json FILE] [--against-keystone] [--users N]

--against-keystone unpacks and starts Debian's Keystone (tests/e2e/real: uwsgi with two processes, memcached, MariaDB) and prints ratios of
CPU, all processes of each side counted. --users N puts N projects and N users with an assignment each into a Keystone's database, moves
that in with `cumulet identity import` into a second identity beside the first, and asks both the same in turn: what a busy machine does
to one it does to the other. It prints both and their ratio; with --against-keystone also the Keystone at that size. --users 240000
takes about 10 minutes. Builds nothing.
"""
import argparse
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(os.path.dirname(HERE), "support"), os.path.join(os.path.dirname(HERE), "e2e", "real")]
import cloud as clouds  # noqa: E402

DOMAIN = {"name": "Default"}
USERS, SERVICES = 100, 10  # on both sides: what lists and catalogs hold


def cpu_s(pids):
    """User and system time of processes and of their children, dead ones included."""
    total = 0.0
    for pid in pids:
        with open("/proc/%d/stat" % pid) as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return total


def own_cpu_s(pid):
    """The same of one process whose threads stay, in nanoseconds' steps where the other has 10 ms."""
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/schedstat" % (pid, task)) as schedstat:
                total += int(schedstat.read().split()[0])
        except OSError:
            pass
    return total / 1e9


def with_children(pids):
    found = set(pids)
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name) as stat:
                    if int(stat.read().rsplit(")", 1)[1].split()[1]) in pids:
                        found.add(int(name))
            except OSError:
                pass
    return sorted(found)


class Wire(threading.local):
    """One connection a thread, kept where the server keeps it: as services do."""

    def __init__(self, url):
        self.address, self.path = urllib.parse.urlsplit(url).netloc, urllib.parse.urlsplit(url).path
        self.connection = None

    def request(self, method, path, headers, body=None):
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection(self.address, timeout=120)
            try:
                self.connection.request(method, self.path + path, body, headers)
                answer = self.connection.getresponse()
                read = clouds.Answer(answer.status, answer.headers, answer.read())
                if answer.will_close:
                    self.close()
                return read
            except (http.client.HTTPException, OSError):
                self.close()
                if fresh or attempt == 2:
                    raise

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class Side:
    """One identity service: what is asked of it, and what that costs its processes."""

    def __init__(self, url, password, pids):
        self.url, self.wire, self.password, self.pids, self.someone = url, Wire(url), password, pids, "bench-7"
        answer = self.log_in()
        self.token, self.user_id = answer.headers["X-Subject-Token"], answer.json()["token"]["user"]["id"]

    def log_in(self, password=None, user="admin"):
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {
            "name": user, "password": password or self.password, "domain": DOMAIN}}},
            "scope": {"project": {"name": user, "domain": DOMAIN}}}}
        return self.wire.request("POST", "/auth/tokens", {"Content-Type": "application/json"}, json.dumps(body).encode())

    def ask(self, method, path, body=None, headers=None):
        sent = {"X-Auth-Token": self.token, "Content-Type": "application/json"}
        sent.update(headers or {})
        answer = self.wire.request(method, path, sent, json.dumps(body).encode() if body is not None else None)
        if answer.status // 100 != 2:
            raise clouds.CloudError("%s %s%s: %s" % (method, self.url, path, answer))
        return answer

    def fill(self):
        if self.ask("GET", "/services?type=bench-0").json()["services"]:
            return  # moved in
        for n in range(USERS):
            project = self.ask("POST", "/projects", {"project": {"name": "bench-%d" % n}}).json()["project"]["id"]
            self.ask("POST", "/users", {"user": {"name": "bench-%d" % n, "email": "someone@example.org", "default_project_id": project}})
        for n in range(SERVICES):
            service = self.ask("POST", "/services", {"service": {"type": "bench-%d" % n, "name": "bench"}}).json()["service"]["id"]
            for interface in ("public", "internal", "admin"):
                self.ask("POST", "/endpoints", {"endpoint": {"service_id": service, "interface": interface, "region_id": "RegionOne",
                                                             "url": "http://bench.test/%d/$(project_id)s" % n}})
        self.token = self.log_in().headers["X-Subject-Token"]

    def cost(self, work, count):
        """CPU of one, in ms, and the median time of one."""
        work()
        pids, times = with_children(self.pids), []
        before = cpu_s(pids)
        for _ in range(count):
            started = time.perf_counter()
            work()
            times.append(time.perf_counter() - started)
        return (cpu_s(pids) - before) / count * 1000, sorted(times)[count // 2] * 1000


def expect(answer, status):
    if answer.status != status:
        raise clouds.CloudError(str(answer))


# Key, text, work, how often, the ratio that is aimed at, and whether the size of the cloud must not tell.
MEASURES = (
    ("validate", "GET /v3/auth/tokens", lambda side: side.ask("GET", "/auth/tokens", headers={"X-Subject-Token": side.token}), 100, 200, True),
    ("password", "POST /v3/auth/tokens, right password again", lambda side: expect(side.log_in(), 201), 20, 100, True),
    ("wrong", "POST /v3/auth/tokens, wrong password", lambda side: expect(side.log_in("wrong"), 401), 10, 0, True),
    ("catalog", "GET /v3/auth/catalog", lambda side: side.ask("GET", "/auth/catalog"), 50, 50, True),
    ("named", "GET /v3/users?name=", lambda side: side.ask("GET", "/users?name=" + side.someone), 30, 50, True),
    ("granted", "GET /v3/role_assignments?user.id=&include_names",
     lambda side: side.ask("GET", "/role_assignments?include_names&user.id=" + side.user_id), 30, 50, True),
    ("users page", "GET /v3/users?limit=100", lambda side: side.ask("GET", "/users?limit=100"), 30, 0, True),
    ("projects page", "GET /v3/projects?limit=100", lambda side: side.ask("GET", "/projects?limit=100"), 30, 0, True),
    ("users", "GET /v3/users, %d users" % USERS, lambda side: side.ask("GET", "/users"), 30, 50, False),
    ("projects", "GET /v3/projects, %d projects" % USERS, lambda side: side.ask("GET", "/projects"), 30, 50, False),
    ("assignments", "GET /v3/role_assignments", lambda side: side.ask("GET", "/role_assignments"), 30, 50, False))


def compare(ours, theirs, numbers, large=False):
    print("%-52s %10s %10s %10s %8s" % ("CPU of one in ms (and median time)", "ours", "Keystone", "ratio", "aim"))
    for key, text, work, count, aim, any_size in MEASURES:
        if large and not any_size:
            continue
        # Ours is cheap: enough of them for the clock of 10 ms.
        mine, mine_time = ours.cost(lambda: work(ours), count if key == "wrong" else count * 20)
        numbers[key] = {"ours_cpu_ms": mine, "ours_ms": mine_time}
        line = "%-52s %6.3f (%5.1f)" % (text, mine, mine_time)
        # A page is all there is in a Keystone, and some of its answers take minutes at that size.
        if theirs and not (large and aim == 0):
            try:
                their, their_time = theirs.cost(lambda: work(theirs), 5 if large else count)
                numbers[key].update(keystone_cpu_ms=their, keystone_ms=their_time, ratio=their / max(mine, 1e-6))
                line += " %6.1f (%5.1f) %7.0fx %s" % (their, their_time, their / max(mine, 1e-6), "> %dx" % aim if aim else "")
            except (OSError, http.client.HTTPException) as error:
                line += " no answer: %s" % error
        print(line, flush=True)


def bcrypt(password, number=0):
    """By the library that the daemon uses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import crypt
    return crypt.crypt(password, "$2b$12$abcdefghijklmnopqrst%su" % "abcdefghij"[number])


def bare_hash_ms():
    """CPU of one hash and nothing else."""
    before = time.process_time()
    bcrypt("wrong")
    return (time.process_time() - before) * 1000


def compare_with_hash(ours, numbers, text, work, count=8):
    """Whether a log-in costs more than its hash: one of each in turn."""
    hashes, logins = [], []
    for number in range(count):
        hashes.append(bare_hash_ms())
        before = own_cpu_s(ours.pids[0])
        work(number)
        logins.append((own_cpu_s(ours.pids[0]) - before) * 1000)
    alone, whole = sorted(hashes)[count // 2], sorted(logins)[count // 2]
    numbers[text] = {"hash_cpu_ms": alone, "ours_cpu_ms": whole}
    print("%-52s %6.1f ms, its hash alone %.1f ms: %.3f times" % (text, whole, alone, whole / alone), flush=True)


def log_in_times(ours, numbers):
    """Whether time tells a user that does not exist from a wrong password."""
    def one(name):
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": name, "password": "x", "domain": DOMAIN}}}}}
        started = time.perf_counter()
        expect(ours.wire.request("POST", "/auth/tokens", {"Content-Type": "application/json"}, json.dumps(body).encode()), 401)
        return (time.perf_counter() - started) * 1000
    known, unknown = [], []
    for n in range(40):
        known.append(one("admin"))
        unknown.append(one("nobody-%d" % n))
    for name, times in (("wrong password", known), ("unknown user", unknown)):
        times.sort()
        numbers["time of " + name] = {"p10_ms": times[4], "p50_ms": times[20], "p90_ms": times[36]}
        print("%-52s p10 %.1f, p50 %.1f, p90 %.1f ms" % ("refused log-in: " + name, times[4], times[20], times[36]), flush=True)


def load_users(ours, first, count, threads=8):
    """Projects and users with a role each, as an operator onboards them; returns the seconds."""
    role = next(r["id"] for r in ours.ask("GET", "/roles?name=member").json()["roles"])
    problems, position, lock = [], [first], threading.Lock()

    def work():
        while True:
            with lock:
                n = position[0]
                if n >= first + count or problems:
                    return
                position[0] += 1
            try:
                project = ours.ask("POST", "/projects", {"project": {"name": "many-%d" % n}}).json()["project"]["id"]
                user = ours.ask("POST", "/users", {"user": {"name": "many-%d" % n, "default_project_id": project}}).json()["user"]["id"]
                ours.ask("PUT", "/projects/%s/users/%s/roles/%s" % (project, user, role))
            except Exception as error:  # noqa: BLE001
                problems.append(error)
    started = time.monotonic()
    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if problems:
        raise problems[0]
    return time.monotonic() - started


def resident_mb(pid):
    with open("/proc/%d/statm" % pid) as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


# A Keystone's own tables; the password is the administrator's.
FILL = """
insert into project (id, name, extra, description, enabled, domain_id, parent_id, is_domain)
    select md5(concat('project', seq)), concat('many-', seq), '{{}}', '', 1, 'default', 'default', 0 from seq_1_to_{count};
insert into user (id, extra, enabled, default_project_id, created_at, domain_id)
    select md5(concat('user', seq)), '{{"email": "someone@example.org"}}', 1, md5(concat('project', seq)), now(), 'default'
    from seq_1_to_{count};
insert into local_user (user_id, domain_id, name)
    select md5(concat('user', seq)), 'default', concat('many-', seq) from seq_1_to_{count};
insert into password (local_user_id, self_service, password_hash, created_at, created_at_int)
    select id, 0, (select max(p.password_hash) from password p join local_user l on p.local_user_id = l.id where l.name = 'admin'),
           now(), unix_timestamp() * 1000000 from local_user where name like 'many-%';
insert into assignment (type, actor_id, target_id, role_id, inherited)
    select 'UserProject', md5(concat('user', seq)), md5(concat('project', seq)), (select id from role where name = 'member'), 0
    from seq_1_to_{count};
"""


class Moved:
    """A second identity of ours, on what `cumulet identity import` took out of a Keystone's database."""

    def __init__(self, cloud, keystone, folder, numbers):
        from real_keystone import ADMIN, Processes, free_port
        port = free_port()
        state, config = os.path.join(folder, "moved"), os.path.join(folder, "moved.toml")
        with open(config, "w") as file:
            file.write('[bus]\nurl = ""\n[identity]\nstate_dir = "%s"\nport = %d\n' % (state, port))
        started = time.monotonic()
        done = subprocess.run([os.path.join(cloud.programs, "cumulet-identity-import"), "--config", config, "import", "--json", "--fresh",
                               "--token-keys", os.path.join(keystone.folder, "fernet-keys"), "--credential-keys",
                               os.path.join(keystone.folder, "credential-keys"), "--socket", keystone.mariadb.socket],
                              env=keystone.packages.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise clouds.CloudError("import: " + done.stdout[-1000:] + done.stderr[-1000:])
        numbers["import_s"] = time.monotonic() - started
        self.url, self.password = "http://127.0.0.1:%d/v3" % port, ADMIN
        self.processes = Processes(os.path.join(folder, "moved-log"))
        started = time.monotonic()
        self.pid = self.processes.start("identity", [os.path.join(cloud.programs, "cumulet-identity"), "--config", config],
                                        dict(os.environ)).pid
        clouds.eventually(lambda: answers(self.url), 120, "cumulet-identity answers")
        numbers["start_s"] = time.monotonic() - started

    def close(self):
        self.processes.close()


def answers(url):
    try:
        return clouds.request("GET", url).status == 200
    except OSError:
        return False


def is_calm(pid):
    """Whether the process has nothing to do: RocksDB tidies up for a while after millions of writes."""
    before = cpu_s([pid])
    time.sleep(2)
    return cpu_s([pid]) - before < 0.03


def restart(cloud, small):
    """Puts what the small cloud wrote so far into files, where the large one has its rows since it was moved in: what is left
    is the difference in size."""
    before = small.pids[0]
    os.kill(before, signal.SIGTERM)
    clouds.eventually(lambda: cloud.pid_of("cumulet-identity") != before, 30, "identity is there again")
    small.pids = [cloud.pid_of("cumulet-identity")]
    small.wire.close()


def compare_sizes(small, large, numbers, rounds=12):
    """What the same costs in a small cloud and in a large one: asked in turn, the best quarter of the rounds, since a busy
    machine only ever makes them dearer."""
    print("%-52s %10s %10s %8s" % ("CPU of one in ms (best quarter of %d rounds)" % rounds, "small", "large", "aim: within 20 %"))
    for key, text, work, count, _, any_size in MEASURES:
        if not any_size:
            continue
        each = 1 if key == "wrong" else count * 10
        costs = {side: [] for side in (small, large)}
        for side in costs:
            for _ in range(3):
                work(side)
        for _ in range(rounds):
            for side, found in costs.items():
                before = own_cpu_s(side.pids[0])
                for _ in range(each):
                    work(side)
                found.append((own_cpu_s(side.pids[0]) - before) / each * 1000)
        one, other = (sorted(found)[rounds // 4] for found in costs.values())
        numbers[key] = {"small_cpu_ms": one, "large_cpu_ms": other, "ratio": other / one}
        print("%-52s %10.4f %10.4f %+7.1f %%" % (text, one, other, (other / one - 1) * 100), flush=True)


def measure_many(cloud, small, keystone, theirs, folder, count, numbers):
    """The same with `count` projects, users and assignments, and then 7,000 more."""
    from real_keystone import ADMIN
    keystone.mariadb.run(FILL.format(count=count), "keystone")
    with_own_hash = ["many-%d" % (1 + number * (count // 10)) for number in range(8)]
    for number, name in enumerate(with_own_hash):
        keystone.mariadb.run("update password set password_hash='%s' where local_user_id = (select id from local_user where name='%s')" % (
            bcrypt(ADMIN, number), name), "keystone")
    large = numbers["large"] = {}
    moved = Moved(cloud, keystone, folder, numbers)
    try:
        print("%d projects, users and assignments moved in in %.0f s; the first start took %.1f s" % (
            count, numbers["import_s"], numbers["start_s"]), flush=True)
        ours = Side(moved.url, moved.password, [moved.pid])
        ours.someone = "many-%d" % (count // 2)
        numbers["memory_moved_mb"] = resident_mb(moved.pid)
        ours.fill()
        clouds.eventually(lambda: is_calm(moved.pid), 120, "the store is done with what was moved in")
        restart(cloud, small)
        compare_sizes(small, ours, large)
        compare_with_hash(ours, large, "a user's first log-in, of %d users" % count,
                          lambda number: expect(ours.log_in(user=with_own_hash[number]), 201))
        if theirs:
            theirs.someone = ours.someone
            compare(ours, theirs, large.setdefault("against_keystone", {}), large=True)
        took = numbers["onboarding_7000_s"] = load_users(ours, count + 1, 7000)
        print("7,000 more in %.0f s (aim: < 120)" % took)
        cpu, median = ours.cost(lambda: ours.ask("GET", "/users?limit=1000"), 20)
        large["page"] = {"ours_cpu_ms": cpu, "ours_ms": median}
        print("%-52s %6.3f (%5.1f)" % ("GET /v3/users?limit=1000", cpu, median))
        cpu, median = ours.cost(lambda: ours.ask("GET", "/users"), 3)
        large["whole"] = {"ours_cpu_ms": cpu, "ours_ms": median}
        print("%-52s %6.1f (%5.1f)" % ("GET /v3/users: the 100,000 of the configured limit", cpu, median))
        numbers["memory_large_mb"] = resident_mb(moved.pid)
        print("%-52s %.1f MB after the import, %.1f MB now" % (
            "resident memory of ours", numbers["memory_moved_mb"], numbers["memory_large_mb"]))
    finally:
        moved.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build")
    parser.add_argument("--json", default=os.path.join(clouds.ROOT, "build", "bench-identity.json"))
    parser.add_argument("--against-keystone", action="store_true")
    parser.add_argument("--users", type=int, default=0)
    options = parser.parse_args()
    clouds.end_in_order_on_signals()
    numbers, keystone, folder = {}, None, tempfile.mkdtemp(prefix="cumulet-bench-")
    cloud = clouds.Cloud(clouds.build_folder(options.build), without=("objectstore", "compute", "agent"))
    try:
        variables = cloud.variables("admin")
        pid = cloud.pid_of("cumulet-identity")
        ours, theirs = Side(variables["OS_AUTH_URL"], variables["OS_PASSWORD"], [pid]), None
        if options.against_keystone or options.users:
            from debian import Packages
            from real_keystone import ADMIN, RealKeystone
            keystone = RealKeystone(Packages(), os.path.join(folder, "keystone"))
        if options.against_keystone:
            theirs = Side(keystone.url, ADMIN, [child.pid for child in keystone.processes.children.values()])
            theirs.fill()
        ours.fill()
        compare(ours, theirs, numbers)
        compare_with_hash(ours, numbers, "a wrong password", lambda number: expect(ours.log_in("wrong"), 401))
        log_in_times(ours, numbers)
        numbers["memory_mb"] = resident_mb(pid)
        print("%-52s %.1f MB" % ("resident memory of ours", numbers["memory_mb"]))
        if options.users:
            measure_many(cloud, ours, keystone, theirs, folder, options.users, numbers)
    finally:
        if keystone:
            keystone.close()
        cloud.close()
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(os.path.dirname(options.json), exist_ok=True)
        with open(options.json, "w") as out:
            json.dump(numbers, out, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
