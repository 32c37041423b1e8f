"""What somebody who means harm may ask of identity: sizes, guesses, and tokens that were taken back; a cloud of its own."""
import json
import os
import signal
import sys
import threading
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.environ["E2E_FOLDER"]), "support"), os.environ["E2E_FOLDER"]]
import checks  # noqa: E402
import cloud as clouds  # noqa: E402
from checks import check, test  # noqa: E402

ATTEMPTS = 5
POLL_S = 2
DEEP = 100_000
# What a request may cost that is refused for its size: nothing but reading it.
MOST_CPU_S, MOST_MEMORY_MB = 0.5, 48

clouds.end_in_order_on_signals()
build = os.environ["E2E_BUILD"]
cloud = clouds.Cloud(build, hosts=1, without=clouds.not_built(build), settings=[
    "identity.lockout_failure_attempts=%d" % ATTEMPTS, "identity.bcrypt_rounds=9", "compute.revocation_poll_s=%d" % POLL_S,
    "objectstore.revocation_poll_s=%d" % POLL_S])
admin = cloud.login("admin")
admin.endpoints["identity"] = admin.auth_url
identity = cloud.pid_of("cumulet-identity")


def cpu_s():
    with open("/proc/%d/stat" % identity) as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb():
    with open("/proc/%d/status" % identity) as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1e3


def refused_cheaply(what, method, path, body, *statuses):
    """One request with the body (bytes or JSON), which must be refused, quickly and without much memory."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    cpu, peak, started = cpu_s(), peak_mb(), time.monotonic()
    try:
        answer = admin.call(method, "identity", path, body, {"Content-Type": "application/json"}, timeout_s=120)
        check(answer.status in statuses, "%s: %s" % (what, answer))
        said = answer.status
    except OSError as error:
        check(413 in statuses, "%s: %s" % (what, error))
        said = "closed"  # the answer came before the body was sent, and the client did not look
    took, cpu, grown = time.monotonic() - started, cpu_s() - cpu, peak_mb() - peak
    print("# %s, %.1f MB: %s after %.0f ms, %.0f ms of CPU, %.1f MB more at the peak" % (
        what, len(body) / 1e6, said, took * 1e3, cpu * 1e3, grown))
    check(cpu <= MOST_CPU_S, "%s: %.2f s of CPU" % (what, cpu))
    check(grown <= MOST_MEMORY_MB, "%s: %.0f MB" % (what, grown))


def log_in_body(password, name="admin"):
    return {"auth": {"identity": {"methods": ["password"], "password": {"user": {
        "name": name, "password": password, "domain": {"name": "Default"}}}}}}


def log_in(name, password):
    return clouds.request("POST", admin.auth_url + "/auth/tokens", {"Content-Type": "application/json"},
                          json.dumps(log_in_body(password, name)).encode())


@test
def long_passwords():
    """passwords of ten megabytes, and of just what a body may have, are refused without a hash"""
    refused_cheaply("a password of 10 MB", "POST", "/auth/tokens", log_in_body("x" * 10_000_000), 400, 413)
    refused_cheaply("a password of 900 KB", "POST", "/auth/tokens", log_in_body("x" * 900_000), 401)
    refused_cheaply("a new user's password of 10 MB", "POST", "/users", {"user": {"name": "u", "password": "x" * 10_000_000}}, 400, 413)
    refused_cheaply("a new user's password of 900 KB", "POST", "/users", {"user": {"name": "u", "password": "x" * 900_000}}, 400)
    app = {"application_credential": {"id": "x", "secret": "x" * 900_000}}
    refused_cheaply("an application credential's secret of 900 KB", "POST", "/auth/tokens",
                    {"auth": {"identity": dict(app, methods=["application_credential"])}}, 401)
    totp = {"user": {"id": admin.user_id, "passcode": "1" * 900_000}}
    refused_cheaply("a passcode of 900 KB", "POST", "/auth/tokens", {"auth": {"identity": {"methods": ["totp"], "totp": totp}}}, 401)
    refused_cheaply("a user's name of 900 KB", "POST", "/auth/tokens", log_in_body("x", "n" * 900_000), 400, 401)


@test
def many_roles():
    """ten thousand roles in a request are refused"""
    roles = [{"id": "%032x" % n} for n in range(10_000)]
    refused_cheaply("an application credential of 10,000 roles", "POST", "/users/%s/application_credentials" % admin.user_id,
                    {"application_credential": {"name": "a", "roles": roles}}, 400)
    refused_cheaply("a trust of 10,000 roles", "POST", "/OS-TRUST/trusts", {"trust": {
        "trustor_user_id": admin.user_id, "trustee_user_id": admin.user_id, "project_id": admin.project_id, "impersonation": False,
        "roles": roles}}, 400)
    refused_cheaply("10,000 access rules", "POST", "/users/%s/application_credentials" % admin.user_id, {"application_credential": {
        "name": "a", "access_rules": [{"path": "/v2/%d" % n, "method": "GET", "service": "s"} for n in range(10_000)]}}, 400)
    refused_cheaply("a log-in by 10,000 methods", "POST", "/auth/tokens", {"auth": {"identity": {
        "methods": ["m%d" % n for n in range(10_000)]}}}, 400, 401)


@test
def deep_json():
    """JSON nested a hundred thousand deep is refused, wherever it is sent"""
    for method, path in (("POST", "/auth/tokens"), ("POST", "/users"), ("PUT", "/OS-FEDERATION/mappings/m"), ("POST", "/policies"),
                         ("POST", "/credentials"), ("PUT", "/domains/default/config")):
        refused_cheaply("%s nested deep" % path, method, path, b'{"auth":' + b"[" * DEEP + b"]" * DEEP + b"}", 400)
        refused_cheaply("%s nested deep in objects" % path, method, path, b'{"a":' * DEEP + b"1" + b"}" * DEEP, 400)


@test
def mappings():
    """expressions that would run away or take gigabytes are harmless or refused"""
    def rules(*patterns):
        return {"mapping": {"rules": [{"local": [{"user": {"name": "{0}"}}], "remote": [
            {"type": "v"}, {"type": "w", "any_one_of": list(patterns), "regex": True}]}]}}
    for pattern in ("(((a{100}){100}){100}){100}", "(" * 20_000 + ")" * 20_000, "x" * 500_000, "(?P<"):
        refused_cheaply("the expression %s…" % pattern[:20], "PUT", "/OS-FEDERATION/mappings/bad", rules(pattern), 400)
    refused_cheaply("10,000 expressions", "PUT", "/OS-FEDERATION/mappings/bad", rules(*["(a+)+%d$" % n for n in range(10_000)]), 400)
    check(admin.call("GET", "identity", "/OS-FEDERATION/mappings/bad").status == 404, "it was made")


@test
def tokens_of_any_length():
    """tokens that are none are refused, however long"""
    for length in (1, 255, 4096, 60_000):
        answer = clouds.request("GET", admin.auth_url + "/users", {"X-Auth-Token": "g" * length})
        check(answer.status in (401, 431, 400), "%d bytes: %s" % (length, answer))
        answer = admin.call("GET", "identity", "/auth/tokens", headers={"X-Subject-Token": "gAAAA" + "A" * length})
        check(answer.status in (404, 431, 400), "%d bytes: %s" % (length, answer))


@test
def guesses():
    """of 64 guesses at the same moment no more are tried than the lock-out allows, and then not even the right one works"""
    user = admin.ask("POST", "identity", "/users", {"user": {"name": "guessed", "password": "the-Right-1"}})["user"]["id"]
    check(log_in("guessed", "the-Right-1").status == 201, "the right password")
    words = ["guess-%d" % n for n in range(63)]
    words.insert(40, "the-Right-1")
    answers, gate = {}, threading.Barrier(64)

    def guess(word):
        gate.wait()
        answers[word] = log_in("guessed", word)
    threads = [threading.Thread(target=guess, args=(word,)) for word in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check({answer.status for word, answer in answers.items() if word != "the-Right-1"} == {401}, "a guess got in")
    check(len({answer.body for word, answer in answers.items() if word != "the-Right-1"}) == 1, "the words differ")
    late = log_in("guessed", "the-Right-1")
    check(late.status == 401 and late.body == answers["guess-0"].body, "it is not locked out: %s" % late)
    check(admin.call("PATCH", "identity", "/users/" + user, {"user": {"enabled": True}}).status == 200, "an administrator helps")
    check(log_in("guessed", "the-Right-1").status == 201, "after help")


READS = {"identity": "/auth/catalog", "compute": "/servers", "network": "/v2.0/networks", "image": "/v2/images", "object-store": ""}


def answers_of(session):
    return {service: session.call("GET", service, path).status for service, path in READS.items() if service in session.endpoints}


def works_everywhere(session):
    check({status // 100 for status in answers_of(session).values()} == {2}, "before: %s" % answers_of(session))


def revoke(session):
    check(admin.call("DELETE", "identity", "/auth/tokens", headers={"X-Subject-Token": session.token}).status == 204, "the revocation")


@test
def revocation():
    """a token that is revoked is refused by every service at once"""
    demo = cloud.login("demo", fresh=True)
    works_everywhere(demo)
    revoke(demo)
    started = time.monotonic()
    clouds.eventually(lambda: set(answers_of(demo).values()) == {401}, 1, "every service refuses it")
    print("# refused everywhere after %.0f ms" % ((time.monotonic() - started) * 1e3))


@test
def revocation_without_bus():
    """with the bus cut it is refused by every service within the poll interval"""
    demo, bus = cloud.login("demo", fresh=True), cloud.pid_of("nats-server")
    works_everywhere(demo)
    os.kill(bus, signal.SIGSTOP)
    try:
        started = time.monotonic()
        revoke(demo)
        check(time.monotonic() - started < 1, "the revocation waited for the bus")
        check(demo.call("GET", "identity", "/auth/catalog").status == 401, "identity itself believes it")
        clouds.eventually(lambda: set(answers_of(demo).values()) == {401}, POLL_S + 2, "every service refuses it")
        print("# refused everywhere after %.1f s, polls are %d s apart" % (time.monotonic() - started, POLL_S))
        # What takes all tokens of a user back reaches as far.
        user = admin.ask("POST", "identity", "/users", {"user": {"name": "leaver", "password": "x-leaver", "default_project_id": demo.project_id}})
        user = user["user"]["id"]
        role = admin.ask("GET", "identity", "/roles?name=member")["roles"][0]["id"]
        admin.ask("PUT", "identity", "/projects/%s/users/%s/roles/%s" % (demo.project_id, user, role))
        leaver = clouds.Session(dict(cloud.variables("demo"), OS_USERNAME="leaver", OS_PASSWORD="x-leaver"))
        works_everywhere(leaver)
        admin.ask("PATCH", "identity", "/users/" + user, {"user": {"enabled": False}})
        clouds.eventually(lambda: set(answers_of(leaver).values()) == {401}, POLL_S + 2, "every service refuses who was disabled")
    finally:
        os.kill(bus, signal.SIGCONT)


cloud.close()
sys.exit(1 if checks.any_bad else 0)
