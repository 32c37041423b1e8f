"""A real Keystone, filled by its own clients, is moved in; its users, tokens and secrets go on working."""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "support")]
import cloud as clouds  # noqa: E402
from checks import Checks  # noqa: E402
from real_keystone import Processes, openstack  # noqa: E402

ALGORITHMS = ("bcrypt", "scrypt", "pbkdf2_sha512")
RULES = [{"local": [{"user": {"name": "{0}"}}, {"group": {"id": "0"}}], "remote": [{"type": "REMOTE_USER"}]}]
# What is asked of both, before and after: lists of the same things.
LISTS = (("domain", "list"), ("project", "list", "--long"), ("user", "list", "--long"), ("group", "list", "--long"), ("role", "list"),
         ("implied", "role", "list"), ("role", "assignment", "list"), ("role", "assignment", "list", "--names", "--effective"),
         ("region", "list"), ("service", "list", "--long"), ("endpoint", "list"), ("credential", "list"), ("registered", "limit", "list"),
         ("limit", "list"), ("trust", "list"), ("consumer", "list"), ("identity", "provider", "list"), ("mapping", "list"),
         ("service", "provider", "list"), ("policy", "list"), ("endpoint", "group", "list"), ("project", "list", "--tags", "blue"),
         ("group", "list", "--user", "ann", "--user-domain", "acme"), ("application", "credential", "list"),
         ("ec2", "credentials", "list"), ("access", "rule", "list"))


def fill(keystone, folder):
    ask = keystone.openstack
    ask("domain", "create", "--description", "A company", "acme")
    ask("domain", "create", "--disable", "closed")
    ask("project", "create", "--domain", "acme", "--tag", "blue", "--tag", "big", "research")
    ask("project", "create", "--domain", "acme", "--parent", "research", "--immutable", "lab")
    ask("project", "create", "--property", "cost=42", "demo")
    for number, algorithm in enumerate(ALGORITHMS):
        if number > 0:
            keystone.stop()
            keystone.configure(algorithm)
            keystone.start()
        ask("user", "create", "--domain", "acme", "--password", "first-" + algorithm, "--email", "u@acme.test", "user-" + algorithm)
        ask("user", "set", "--domain", "acme", "--password", "secret-" + algorithm, "user-" + algorithm)
    ask("user", "create", "--domain", "acme", "--password", "ann-secret", "--project", "research", "--project-domain", "acme",
        "--ignore-lockout-failure-attempts", "--enable-multi-factor-auth", "--multi-factor-auth-rule", "password",
        "--multi-factor-auth-rule", "password,totp", "ann")
    ask("user", "create", "--domain", "acme", "--password", "old-secret", "user-sha512_crypt")
    ask("user", "create", "--domain", "acme", "--disable", "--password", "off-secret", "off")
    ask("user", "create", "--domain", "acme", "nopassword")
    ask("group", "create", "--domain", "acme", "--description", "Those who watch", "watchers")
    ask("group", "add", "user", "--group-domain", "acme", "--user-domain", "acme", "watchers", "ann")
    ask("role", "create", "--description", "Runs it", "operator")
    ask("role", "create", "--domain", "acme", "acme-role")
    ask("implied", "role", "create", "operator", "--implied-role", "reader")
    ask("role", "add", "--user", "ann", "--user-domain", "acme", "--project", "research", "--project-domain", "acme", "operator")
    ask("role", "add", "--user", "ann", "--user-domain", "acme", "--domain", "acme", "--inherited", "member")
    ask("role", "add", "--group", "watchers", "--group-domain", "acme", "--project", "lab", "--project-domain", "acme", "reader")
    ask("role", "add", "--user", "ann", "--user-domain", "acme", "--system", "all", "reader")
    for algorithm in ALGORITHMS + ("sha512_crypt",):
        ask("role", "add", "--user", "user-" + algorithm, "--user-domain", "acme", "--project", "research", "--project-domain", "acme",
            "member")
    ask("region", "create", "--parent-region", "RegionOne", "--description", "Below", "RegionTwo")
    ask("service", "create", "--name", "nova", "--description", "Compute", "compute")
    ask("endpoint", "create", "--region", "RegionTwo", "compute", "public", "http://nova.test:8774/v2.1")
    ask("registered", "limit", "create", "--service", "nova", "--region", "RegionOne", "--default-limit", "10", "cores")
    ask("limit", "create", "--project", "demo", "--service", "nova", "--region", "RegionOne", "--resource-limit", "5", "cores")
    rules = os.path.join(folder, "rules.json")
    with open(rules, "w") as file:
        json.dump(RULES, file)
    ask("policy", "create", "--type", "application/json", rules)
    ask("identity", "provider", "create", "--remote-id", "https://idp.test/saml", "--domain", "acme", "partner")
    ask("mapping", "create", "--rules", rules, "partner-map")
    ask("federation", "protocol", "create", "--identity-provider", "partner", "--mapping", "partner-map", "saml2")
    ask("service", "provider", "create", "--auth-url", "https://sp.test/v3/auth", "--service-provider-url", "https://sp.test/ecp", "sp")
    ask("consumer", "create", "--description", "an application")
    ask("credential", "create", "--type", "totp", "admin", "SEEDSEEDSEEDSEED")
    ask("trust", "create", "--project", "admin", "--role", "admin", "--impersonate", "admin", "admin", check=False)
    made = {"ec2": ask("ec2", "credentials", "create", "json"),
            "app": ask("application", "credential", "create", "--role", "admin", "robot", "json"),
            "limited": ask("application", "credential", "create", "--access-rules",
                           '[{"method": "GET", "path": "/v2.1/servers", "service": "compute"}]', "narrow", "json"),
            "token": ask("token", "issue", "json")["id"], "revoked": ask("token", "issue", "json")["id"]}
    ann = keystone.variables("user-bcrypt", "secret-bcrypt", "research")
    ann.update(OS_USER_DOMAIN_NAME="acme", OS_PROJECT_DOMAIN_NAME="acme")
    made["user token"] = openstack(ann, "token", "issue", "json")["id"]
    ask("token", "revoke", made["revoked"])
    # The hash of older Keystones, which this one still accepts.
    hashed = subprocess.run(["/usr/bin/python3", "-c", "from passlib.hash import sha512_crypt; print(sha512_crypt.hash('old-secret'))"],
                            env=keystone.packages.environment(), stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    keystone.mariadb.run("update password set password_hash='%s' where local_user_id = (select id from local_user where "
                         "name='user-sha512_crypt')" % hashed, "keystone")
    return made


def snapshot(variables):
    """What the stock client lists, in an order of its own."""
    seen = {}
    for command in LISTS:
        rows = openstack(variables, *command, "json")
        seen[" ".join(command)] = sorted(json.dumps(row, sort_keys=True) for row in rows)
    return seen


def validate(url, by, subject):
    return clouds.request("GET", url + "/auth/tokens", {"X-Auth-Token": by, "X-Subject-Token": subject})


def answers(url):
    try:
        return clouds.request("GET", url).status == 200
    except OSError:
        return False


def run(packages, keystone, build, folder):
    checks = Checks("import")
    made = fill(keystone, folder)
    before = snapshot(keystone.variables())
    theirs = validate(keystone.url, made["token"], made["user token"]).json()["token"]
    dump = os.path.join(folder, "keystone.sql")
    keystone.mariadb.dump("keystone", dump)
    keystone.stop()

    cloud = clouds.Cloud(build, without=("objectstore", "compute", "agent"))
    cloud.down()
    processes = Processes(folder)
    tool = [cloud.cumulet, "--state", cloud.state, "--programs", cloud.programs, "identity", "import", "--json", "--token-keys",
            os.path.join(keystone.folder, "fernet-keys"), "--credential-keys", os.path.join(keystone.folder, "credential-keys")]
    from_dump, from_server = ["--dump", dump], ["--socket", keystone.mariadb.socket]

    def move(*more):
        done = subprocess.run(tool + list(more), env=packages.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout[done.stdout.index("{"):])
    try:
        with checks("a dry run of the dump reads everything and writes nothing"):
            report = move("--dry-run", "--fresh", *from_dump)
            assert report["records"]["user"]["created"] >= 8, report
            assert not report["skipped"], report["skipped"]
        with checks("the dump is moved in"):
            report = move("--fresh", *from_dump)
            print("# " + ", ".join("%s %d" % (name, tally["created"]) for name, tally in report["records"].items()))
            assert report["records"]["user"]["created"] >= 8, report
            assert not report["skipped"], report["skipped"]
        with checks("once more, from the server itself, changes nothing"):
            report = move(*from_server)
            changed = {name: tally for name, tally in report["records"].items() if tally["created"] or tally["changed"]}
            assert not changed, changed
        # Not `cumulet up`: its own administrator's password is not the Keystone's.
        processes.start("identity", [os.path.join(cloud.programs, "cumulet-identity"), "--config",
                                     os.path.join(cloud.state, "config", "cumulet.toml"), "--set", "bus.url="], dict(os.environ))
        with open(os.path.join(cloud.state, "openrc")) as file:
            url = re.search(r"OS_AUTH_URL=[\"']?([^'\"\s]+)", file.read()).group(1)
        try:
            clouds.eventually(lambda: answers(url), 60, "cumulet-identity answers")
        finally:
            print("# " + processes.output("identity").strip().replace("\n", "\n# "))
        with checks("the import left the daemon nothing to index"):
            assert "the indexes of" not in processes.output("identity")
        with checks("while the daemon runs, an import is refused"):
            done = subprocess.run(tool + from_server, env=packages.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            assert done.returncode != 0
        admin = dict(keystone.variables(), OS_AUTH_URL=url)
        with checks("a token of the real Keystone goes on working and says the same"):
            answer = validate(url, made["token"], made["user token"])
            assert answer.status == 200, answer
            ours = answer.json()["token"]
            assert clouds.request("GET", url + "/users", {"X-Auth-Token": made["token"]}).status == 200
            for member in ("user", "project", "methods", "audit_ids", "issued_at", "expires_at", "is_domain"):
                assert ours[member] == theirs[member], (member, ours[member], theirs[member])
            # Ours has `manager` between admin and member too.
            assert {role["name"] for role in theirs["roles"]} <= {role["name"] for role in ours["roles"]}
        with checks("a token that was revoked there is refused here"):
            assert validate(url, made["token"], made["revoked"]).status == 404
        with checks("users log in with their old passwords, whatever their hash"):
            for name, password in [("user-" + each, "secret-" + each) for each in ALGORITHMS] + [("user-sha512_crypt", "old-secret")]:
                mine = dict(keystone.variables(name, password, "research"), OS_AUTH_URL=url, OS_USER_DOMAIN_NAME="acme",
                            OS_PROJECT_DOMAIN_NAME="acme")
                assert openstack(mine, "token", "issue", "json")["id"], name
                for wrong in ("first-" + name[5:], "guess"):
                    assert openstack(dict(mine, OS_PASSWORD=wrong), "token", "issue", check=False).returncode != 0, name
        with checks("application and EC2 credentials go on working"):
            app = {"OS_AUTH_URL": url, "OS_AUTH_TYPE": "v3applicationcredential", "OS_IDENTITY_API_VERSION": "3",
                   "OS_APPLICATION_CREDENTIAL_ID": made["app"].get("id") or made["app"]["ID"],
                   "OS_APPLICATION_CREDENTIAL_SECRET": made["app"].get("secret") or made["app"]["Secret"]}
            assert openstack(app, "token", "issue", "json")["id"]
            shown = openstack(admin, "ec2", "credentials", "show", made["ec2"]["access"], "json")
            assert shown["secret"] == made["ec2"]["secret"], shown
        with checks("the stock client lists the same as before"):
            after = snapshot(admin)
            # The first start of our daemon adds its own services and roles, and puts its own address in the place of the
            # Keystone's; everything else is as it was.
            for command, rows in before.items():
                missing = [row for row in (row.replace(keystone.url, url) for row in rows) if row not in after[command]]
                assert not missing, (command, missing[:3], after[command][:8])
    finally:
        processes.close()
        cloud.close()
    return checks
