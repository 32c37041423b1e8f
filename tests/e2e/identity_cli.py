"""Every identity command of the stock client, tried once against what it should say, with the filters of lists and the errors.

The client runs in this process, argument lists instead of shell lines, so that 150 commands take seconds.
"""
import base64
import contextlib
import hmac
import importlib.metadata
import io
import json
import os
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.environ["E2E_FOLDER"])
import checks  # noqa: E402
from checks import check, test  # noqa: E402
from openstackclient.common import clientmanager  # noqa: E402
from openstackclient.shell import OpenStackShell  # noqa: E402

tried = set()
actor = []


def run(*words):
    """(exit code, standard output, standard error) of `openstack WORDS`."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = OpenStackShell().run(actor + list(words))
        except SystemExit as end:
            code = end.code
    tried.add(" ".join(words))
    # Some commands end with what they printed.
    return code if isinstance(code, int) else 0, out.getvalue(), err.getvalue()


def does(*words):
    code, out, err = run(*words)
    check(code == 0, "%s ended with %s: %s%s" % (" ".join(map(str, words)), code, out, err))
    return out


def shows(*words):
    """The document that a command prints."""
    return json.loads(does(*words, "-f", "json"))


def names(*words, column="Name"):
    return {row[column] for row in shows(*words)}


def fails(*words, says):
    code, out, err = run(*words)
    check(code != 0, "%s went through: %s" % (" ".join(map(str, words)), out))
    check(says.lower() in (out + err).lower(), "%s: no '%s' in %s" % (" ".join(map(str, words)), says, err))


def forget_clients():
    """What would end with the process: the clients of the one who acted."""
    for kind in clientmanager.ClientManager.__mro__:
        for member in vars(kind).values():
            if hasattr(member, "_handle"):
                member._handle = None


@contextlib.contextmanager
def acting_as(**options):
    """The client keeps the environment's defaults from its first command on, so options say who acts."""
    global actor
    before = actor
    # In one word: a password may begin with a dash.
    actor = ["--os-%s=%s" % (name.replace("_", "-"), value) for name, value in options.items()]
    forget_clients()
    try:
        yield
    finally:
        actor = before
        forget_clients()


def with_cloud(auth_type, auth, *words):
    """The same in a process of its own with a configuration file: for log-ins that take no user name or several methods."""
    config = {"clouds": {"other": {"auth_type": auth_type, "auth": dict(auth, auth_url=os.environ["OS_AUTH_URL"])}}}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    environment["OS_CLIENT_CONFIG_FILE"] = file_with("clouds.yaml", json.dumps(config))
    done = subprocess.run(["/usr/bin/openstack", "--os-cloud", "other", *words, "-f", "json"], env=environment,
                          capture_output=True, text=True)
    check(done.returncode == 0, done.stderr)
    return json.loads(done.stdout)


def demo():
    return acting_as(username="demo", password=os.environ["E2E_DEMO_PASSWORD"], project_name="demo")


def file_with(name, text):
    path = os.path.join(os.environ["E2E_WORK"], name)
    with open(path, "w") as file:
        file.write(text)
    return path


@test
def _():
    """domains"""
    made = shows("domain", "create", "--description", "ours", "cli-domain")
    check(made["enabled"] is True and made["description"] == "ours", made)
    fails("domain", "create", "cli-domain", says="409")
    check(shows("domain", "create", "--or-show", "cli-domain")["id"] == made["id"], "another domain")
    does("domain", "set", "--description", "theirs", "--disable", "cli-domain")
    check(shows("domain", "show", "cli-domain")["enabled"] is False, "not disabled")
    check("cli-domain" in names("domain", "list"), "not listed")
    check(names("domain", "list", "--name", "cli-domain") == {"cli-domain"}, "the filter by name")
    check("cli-domain" not in names("domain", "list", "--enabled"), "the filter by state")
    does("domain", "set", "--enable", "--name", "cli-domain-2", "cli-domain")
    fails("domain", "delete", "cli-domain-2", says="403")
    fails("domain", "show", "nowhere", says="no domain")
    does("domain", "set", "--name", "cli-domain", "--immutable", "cli-domain-2")
    fails("domain", "set", "--description", "x", "cli-domain", says="403")
    does("domain", "set", "--no-immutable", "cli-domain")


@test
def _():
    """projects, their trees, tags and properties"""
    made = shows("project", "create", "--domain", "cli-domain", "--description", "top", "--tag", "one", "--tag", "two",
                 "--property", "colour=red", "cli-top")
    check(made["tags"] == ["one", "two"], made)
    check(made.get("colour") == "red", made)
    shows("project", "create", "--domain", "cli-domain", "--parent", made["id"], "cli-below")
    fails("project", "create", "--domain", "cli-domain", "cli-top", says="409")
    shows("project", "create", "--domain", "cli-domain", "--or-show", "cli-top")
    check(names("project", "list", "--domain", "cli-domain") == {"cli-top", "cli-below"}, "the filter by domain")
    check(names("project", "list", "--parent", made["id"]) == {"cli-below"}, "the filter by parent")
    check(names("project", "list", "--tags", "one,two") == {"cli-top"}, "the filter by tags")
    check("cli-top" in names("project", "list", "--tags-any", "one,three"), "the filter by any tag")
    check("cli-top" not in names("project", "list", "--not-tags", "one,two"), "the filter by no tags")
    check("cli-top" not in names("project", "list", "--not-tags-any", "one"), "the filter by not any tag")
    check({"cli-top"} <= names("project", "list", "--long", "--sort", "name:desc"), "the long list")
    check("demo" in names("project", "list", "--user", "demo"), "the filter by user")
    check("admin" in names("project", "list", "--my-projects"), "the caller's own")
    does("project", "set", "--domain", "cli-domain", "--tag", "three", "--immutable", "cli-below")
    fails("project", "delete", "--domain", "cli-domain", "cli-below", says="403")
    does("project", "set", "--domain", "cli-domain", "--no-immutable", "cli-below")
    does("project", "set", "--domain", "cli-domain", "--remove-tag", "three", "--disable", "cli-below")
    below = shows("project", "show", "--domain", "cli-domain", "cli-below")
    check(below["tags"] == [] and below["enabled"] is False, below)
    check(shows("project", "show", "--domain", "cli-domain", "--children", "cli-top")["subtree"], "no children")
    check(shows("project", "show", "--domain", "cli-domain", "--parents", "cli-below")["parents"], "no parents")
    does("project", "set", "--domain", "cli-domain", "--clear-tags", "--name", "cli-top-2", "--property", "colour=blue",
         "cli-top")
    shown = shows("project", "show", "--domain", "cli-domain", "cli-top-2")
    check(shown["tags"] == [] and shown["colour"] == "blue", shown)
    does("project", "set", "--domain", "cli-domain", "--immutable", "cli-below")
    fails("project", "delete", "--domain", "cli-domain", "cli-below", says="403")
    fails("project", "set", "--domain", "cli-domain", "--description", "no", "cli-below", says="403")
    does("project", "set", "--domain", "cli-domain", "--no-immutable", "cli-below")
    fails("project", "delete", "--domain", "cli-domain", "cli-top-2", says="403")
    does("project", "set", "--domain", "cli-domain", "--name", "cli-top", "cli-top-2")
    fails("project", "show", "cli-nowhere", says="no project")


@test
def _():
    """users and their passwords"""
    made = shows("user", "create", "--domain", "cli-domain", "--password", "first", "--email", "a@b", "--description", "x",
                 "--project", "cli-top", "--project-domain", "cli-domain", "cli-user")
    check(made["email"] == "a@b", made)
    fails("user", "create", "--domain", "cli-domain", "cli-user", says="409")
    shows("user", "create", "--domain", "cli-domain", "--or-show", "cli-user")
    shows("user", "create", "--domain", "cli-domain", "--password", "p", "--ignore-password-expiry",
          "--ignore-lockout-failure-attempts", "--ignore-change-password-upon-first-use", "--disable",
          "--enable-multi-factor-auth", "--multi-factor-auth-rule", "password,totp", "cli-strict")
    shown = shows("user", "show", "--domain", "cli-domain", "cli-strict")
    check(shown["options"]["multi_factor_auth_rules"] == [["password", "totp"]], shown)
    does("user", "set", "--domain", "cli-domain", "--disable-multi-factor-auth", "--no-ignore-password-expiry", "--enable",
         "--name", "cli-strict-2", "--email", "c@d", "cli-strict")
    check(shows("user", "show", "--domain", "cli-domain", "cli-strict-2")["enabled"] is True, "not enabled")
    check(names("user", "list", "--domain", "cli-domain") == {"cli-user", "cli-strict-2"}, "the filter by domain")
    check({"a@b", "c@d"} <= names("user", "list", "--domain", "cli-domain", "--long", column="Email"), "the long list")
    fails("user", "show", "nobody", says="no user")
    does("role", "add", "--user", "cli-user", "--user-domain", "cli-domain", "--project", "cli-top", "--project-domain",
         "cli-domain", "member")
    check("cli-user" in names("user", "list", "--project", "cli-top"), "the filter by project")
    with acting_as(username="cli-user", password="first", user_domain_name="cli-domain", project_name="cli-top",
                   project_domain_name="cli-domain"):
        does("user", "password", "set", "--original-password", "first", "--password", "second")
        fails("token", "issue", says="401")
    with acting_as(username="cli-user", password="second", user_domain_name="cli-domain", project_name="cli-top",
                   project_domain_name="cli-domain"):
        does("token", "issue")
        fails("user", "list", says="403")
    does("user", "set", "--domain", "cli-domain", "--password", "third", "cli-user")


@test
def _():
    """groups and who is in them"""
    shows("group", "create", "--domain", "cli-domain", "--description", "all", "cli-group")
    fails("group", "create", "--domain", "cli-domain", "cli-group", says="409")
    shows("group", "create", "--domain", "cli-domain", "--or-show", "cli-group")
    does("group", "add", "user", "--group-domain", "cli-domain", "--user-domain", "cli-domain", "cli-group", "cli-user",
         "cli-strict-2")
    check("in group" in does("group", "contains", "user", "--group-domain", "cli-domain", "--user-domain", "cli-domain",
                             "cli-group", "cli-user"), "not in the group")
    check(names("user", "list", "--group", "cli-group", "--domain", "cli-domain") == {"cli-user", "cli-strict-2"},
          "the users of a group")
    check(names("group", "list", "--user", "cli-user", "--user-domain", "cli-domain") == {"cli-group"}, "groups of a user")
    check("cli-group" in names("group", "list", "--domain", "cli-domain", "--long"), "the long list")
    does("group", "remove", "user", "--group-domain", "cli-domain", "--user-domain", "cli-domain", "cli-group",
         "cli-strict-2")
    _code, _out, err = run("group", "contains", "user", "--group-domain", "cli-domain", "--user-domain", "cli-domain",
                           "cli-group", "cli-strict-2")
    check("not in group" in err, "still in the group")
    does("group", "set", "--domain", "cli-domain", "--name", "cli-group-2", "--description", "few", "cli-group")
    check(shows("group", "show", "--domain", "cli-domain", "cli-group-2")["description"] == "few", "not changed")
    does("group", "set", "--domain", "cli-domain", "--name", "cli-group", "cli-group-2")
    fails("group", "show", "nothing", says="no group")


@test
def _():
    """roles, what they imply, and who has them"""
    shows("role", "create", "--description", "prior", "cli-prior")
    shows("role", "create", "cli-implied")
    shows("role", "create", "--domain", "cli-domain", "cli-local")
    fails("role", "create", "cli-prior", says="409")
    shows("role", "create", "--or-show", "cli-prior")
    check("cli-local" in names("role", "list", "--domain", "cli-domain"), "the roles of a domain")
    check({"cli-prior", "cli-implied"} <= names("role", "list"), "the roles")
    does("role", "set", "--name", "cli-prior-2", "--description", "y", "cli-prior")
    check(shows("role", "show", "cli-prior-2")["description"] == "y", "not changed")
    does("role", "set", "--name", "cli-prior", "cli-prior-2")
    does("role", "set", "--immutable", "cli-prior")
    fails("role", "delete", "cli-prior", says="403")
    does("role", "set", "--no-immutable", "cli-prior")
    shows("implied", "role", "create", "cli-prior", "--implied-role", "cli-implied")
    check("cli-implied" in names("implied", "role", "list", column="Implied Role Name"), "not listed")
    domain, project = ("--user-domain", "cli-domain"), ("--project", "cli-top", "--project-domain", "cli-domain")
    user, group = ("--user", "cli-user") + domain, ("--group", "cli-group", "--group-domain", "cli-domain")
    does("role", "add", *user, *project, "cli-prior")
    does("role", "add", *group, "--domain", "cli-domain", "--inherited", "cli-prior")
    does("role", "add", *user, "--system", "all", "reader")
    listed = names("role", "assignment", "list", *user, *project, "--names", column="Role")
    check(listed == {"member", "cli-prior"}, listed)
    check("cli-implied" in names("role", "assignment", "list", *user, *project, "--names", "--effective", column="Role"),
          "implied roles are not effective")
    check(names("role", "assignment", "list", *group, "--inherited", "--names", column="Role") == {"cli-prior"},
          "the inherited")
    check("reader" in names("role", "assignment", "list", "--system", "all", "--names", *user, column="Role"), "the system's")
    check(names("role", "assignment", "list", "--role", "cli-prior", "--names", column="Role") == {"cli-prior"}, "by role")
    check(shows("role", "assignment", "list", "--auth-user", "--names"), "the caller's")
    check("admin" in names("role", "assignment", "list", "--auth-project", "--names", column="Role"), "on the caller's project")
    check(names("role", "assignment", "list", "--domain", "cli-domain", "--names", column="Role") == {"cli-prior"}, "on the domain")
    check(shows("role", "show", "--domain", "cli-domain", "cli-local")["domain_id"], "not the domain's role")
    does("role", "set", "--domain", "cli-domain", "--description", "z", "cli-local")
    does("role", "remove", *user, "--system", "all", "reader")
    does("role", "remove", *group, "--domain", "cli-domain", "--inherited", "cli-prior")
    does("role", "remove", *user, *project, "cli-prior")
    fails("role", "remove", *user, *project, "cli-prior", says="404")
    does("implied", "role", "delete", "cli-prior", "--implied-role", "cli-implied")
    fails("role", "show", "nothing", says="no role")


@test
def _():
    """the catalog: regions, services, endpoints and groups of them"""
    does("region", "create", "--description", "north", "cli-north")
    does("region", "create", "--parent-region", "cli-north", "cli-town")
    fails("region", "create", "cli-north", says="409")
    check(names("region", "list", "--parent-region", "cli-north", column="Region") == {"cli-town"}, "the filter by parent")
    does("region", "set", "--description", "south", "cli-north")
    check(shows("region", "show", "cli-north")["description"] == "south", "not changed")
    made = shows("service", "create", "--name", "cli-service", "--description", "s", "cli-type")
    check(made["type"] == "cli-type", made)
    check("cli-service" in names("service", "list", "--long"), "not listed")
    does("service", "set", "--name", "cli-service-2", "--disable", "cli-service")
    does("service", "set", "--name", "cli-service", "--enable", "cli-service-2")
    check(shows("service", "show", "cli-service")["enabled"] is True, "not enabled")
    endpoint = shows("endpoint", "create", "--region", "cli-town", "cli-service", "public", "http://x/%(project_id)s")["id"]
    fails("endpoint", "create", "cli-service", "public", "http://x/%(nothing)s", says="400")
    check(names("endpoint", "list", "--service", "cli-service", "--interface", "public", "--region", "cli-town",
                column="ID") == {endpoint}, "the filters")
    does("endpoint", "set", "--url", "http://y", "--interface", "internal", endpoint)
    check(shows("endpoint", "show", endpoint)["url"] == "http://y", "not changed")
    does("endpoint", "set", "--disable", "--region", "cli-north", "--service", "cli-service", endpoint)
    check(shows("endpoint", "show", endpoint)["enabled"] is False, "not disabled")
    does("endpoint", "set", "--enable", "--region", "cli-town", endpoint)
    does("endpoint", "add", "project", "--project-domain", "Default", endpoint, "admin")
    check(names("endpoint", "list", "--endpoint", endpoint, column="Name") == {"admin"}, "projects of an endpoint")
    check(endpoint in names("endpoint", "list", "--project", "admin", "--project-domain", "Default", column="ID"),
          "endpoints of a project")
    does("endpoint", "remove", "project", endpoint, "admin")
    filters = file_with("filters.json", json.dumps({"service_id": made["id"]}))
    shows("endpoint", "group", "create", "--description", "g", "cli-endpoints", filters)
    does("endpoint", "group", "set", "--name", "cli-endpoints-2", "--description", "h", "cli-endpoints")
    check("cli-endpoints-2" in names("endpoint", "group", "list"), "not listed")
    check(shows("endpoint", "group", "show", "cli-endpoints-2")["description"] == "h", "not shown")
    does("endpoint", "group", "add", "project", "cli-endpoints-2", "demo")
    check("cli-endpoints-2" in names("endpoint", "group", "list", "--project", "demo"), "groups of a project")
    check(names("endpoint", "group", "list", "--endpointgroup", "cli-endpoints-2") == {"demo"}, "projects of a group")
    does("endpoint", "group", "set", "--filters", filters, "cli-endpoints-2")
    does("endpoint", "group", "remove", "project", "cli-endpoints-2", "demo")
    does("endpoint", "group", "delete", "cli-endpoints-2")
    check("keystone" in names("catalog", "list"), "the catalog")
    check(shows("catalog", "show", "keystone")["type"] == "identity", "a service of the catalog")
    fails("region", "delete", "cli-north", says="403")
    does("endpoint", "delete", endpoint)
    fails("endpoint", "show", endpoint, says="endpoint")


@test
def _():
    """limits"""
    registered = shows("registered", "limit", "create", "--service", "cli-service", "--default-limit", "10", "cli-things")["id"]
    check(registered in names("registered", "limit", "list", "--service", "cli-service", "--resource-name", "cli-things",
                              column="ID"), "the filters")
    check(shows("registered", "limit", "set", "--default-limit", "20", registered)["default_limit"] == 20, "not changed")
    check(shows("registered", "limit", "show", registered)["default_limit"] == 20, "not shown")
    here = shows("registered", "limit", "create", "--service", "cli-service", "--region", "cli-town", "--description", "d",
                 "--default-limit", "1", "cli-things")["id"]
    check(names("registered", "limit", "list", "--region", "cli-town", column="ID") == {here}, "the filter by region")
    does("registered", "limit", "set", "--resource-name", "cli-others", "--description", "e", here)
    limit = shows("limit", "create", "--project", "demo", "--service", "cli-service", "--resource-limit", "5", "cli-things")["id"]
    fails("limit", "create", "--project", "demo", "--service", "cli-service", "--resource-limit", "5", "cli-nothing",
          says="403")
    fails("registered", "limit", "delete", registered, says="registered limit")
    with demo():
        check(limit in names("limit", "list", "--resource-name", "cli-things", column="ID"), "not listed")
    check(shows("limit", "set", "--resource-limit", "6", limit)["resource_limit"] == 6, "not changed")
    check(shows("limit", "show", limit)["resource_limit"] == 6, "not shown")
    local = shows("limit", "create", "--project", "demo", "--service", "cli-service", "--region", "cli-town", "--description", "d",
                  "--resource-limit", "1", "cli-others")["id"]
    check(names("limit", "list", "--region", "cli-town", column="ID") == {local}, "the filter by region")
    check(names("limit", "list", "--project", "demo", "--service", "cli-service", column="ID") == {limit, local}, "by project")
    does("limit", "set", "--description", "e", local)
    does("limit", "delete", local)
    does("registered", "limit", "delete", here)
    does("limit", "delete", limit)
    does("registered", "limit", "delete", registered)


@test
def _():
    """credentials of all kinds, and access rules"""
    made = shows("credential", "create", "--type", "totp", "demo", "GEZDGNBVGY3TQOJQ")["id"]
    check(made in names("credential", "list", "--type", "totp", "--user", "demo", column="ID"), "the filters")
    check(made in names("credential", "list", "--user", "demo", "--user-domain", "Default", column="ID"), "the filter by user")
    does("credential", "set", "--user", "demo", "--type", "totp", "--data", "MZXW6", made)
    check(shows("credential", "show", made)["type"] == "totp", "not shown")
    does("credential", "delete", made)
    key = shows("ec2", "credentials", "create")["access"]
    check(key in names("ec2", "credentials", "list", column="Access"), "not listed")
    check(shows("ec2", "credentials", "show", key)["access"] == key, "not shown")
    does("ec2", "credentials", "delete", key)
    of_demo = ("--user", "demo", "--user-domain", "Default")
    key = shows("ec2", "credentials", "create", *of_demo, "--project", "demo", "--project-domain", "Default")["access"]
    check(names("ec2", "credentials", "list", *of_demo, column="Access") == {key}, "of another user")
    check(shows("ec2", "credentials", "show", *of_demo, key)["access"] == key, "not shown")
    does("ec2", "credentials", "delete", *of_demo, key)
    with demo():
        rules = json.dumps([{"service": "identity", "method": "GET", "path": "/v3/users/**"}])
        made = shows("application", "credential", "create", "--secret", "s3cret", "--role", "member", "--description", "d",
                     "--expiration", "2099-01-01T00:00:00", "--restricted", "--access-rules", rules, "cli-key")
        check(made["secret"] == "s3cret", made)
        fails("application", "credential", "create", "cli-key", says="409")
        check("cli-key" in names("application", "credential", "list"), "not listed")
        check(shows("application", "credential", "show", "cli-key")["unrestricted"] is False, "not shown")
        rule = next(iter(names("access", "rule", "list", column="ID")))
        check(shows("access", "rule", "show", rule)["path"] == "/v3/users/**", "not shown")
        fails("access", "rule", "delete", rule, says="in use")
        fails("access", "rule", "list", "--user", "admin", "--user-domain", "Default", says="403")
        fails("application", "credential", "list", "--user", "admin", "--user-domain", "Default", says="403")
        does("application", "credential", "delete", "cli-key")
        does("access", "rule", "delete", rule)
        fails("application", "credential", "show", "cli-key", says="no")


@test
def _():
    """trusts"""
    with demo():
        user = json.loads(does("token", "issue", "-f", "json"))["user_id"]
    with acting_as(project_name="admin"):
        made = shows("trust", "create", "--project", "admin", "--role", "member", "--expiration", "2099-01-01T00:00:00",
                     "admin", "demo")
        check(made["trustee_user_id"] == user, made)
        check(made["id"] in names("trust", "list", column="ID"), "not listed")
        check(shows("trust", "show", made["id"])["impersonation"] is False, "not shown")
        does("trust", "delete", made["id"])
        fails("trust", "show", made["id"], says="no")


@test
def _():
    """OAuth"""
    made = shows("consumer", "create", "--description", "application")
    check(made["id"] in names("consumer", "list", column="ID"), "not listed")
    does("consumer", "set", "--description", "other", made["id"])
    check(shows("consumer", "show", made["id"])["description"] == "other", "not changed")
    asked = shows("request", "token", "create", "--consumer-key", made["id"], "--consumer-secret", made["secret"], "--project",
                  "admin")
    verifier = shows("request", "token", "authorize", "--request-key", asked["id"], "--role", "member")["oauth_verifier"]
    given = shows("access", "token", "create", "--consumer-key", made["id"], "--consumer-secret", made["secret"],
                  "--request-key", asked["id"], "--request-secret", asked["secret"], "--verifier", verifier)
    check(given["id"], given)
    issued = with_cloud("v3oauth1", {"consumer_key": made["id"], "consumer_secret": made["secret"], "access_key": given["id"],
                                     "access_secret": given["secret"]}, "token", "issue")
    check(issued["project_id"] == shows("project", "show", "admin")["id"], issued)
    does("consumer", "delete", made["id"])


@test
def _():
    """policy documents"""
    rules = file_with("rules", "{}")
    made = shows("policy", "create", "--type", "application/json", rules)["id"]
    check(made in names("policy", "list", "--long", column="ID"), "not listed")
    does("policy", "set", "--rules", rules, made)
    does("policy", "set", "--type", "text/plain", made)
    check(shows("policy", "show", made)["type"] == "text/plain", "not changed")
    does("policy", "delete", made)
    fails("policy", "show", made, says="policy")


@test
def _():
    """federation: identity providers, mappings, protocols, service providers"""
    rules = file_with("mapping", json.dumps([{"local": [{"user": {"name": "{0}"}}], "remote": [{"type": "REMOTE_USER"}]}]))
    shows("mapping", "create", "--rules", rules, "cli-mapping")
    does("mapping", "set", "--rules", rules, "cli-mapping")
    check(shows("mapping", "show", "cli-mapping")["rules"], "no rules")
    check("cli-mapping" in names("mapping", "list", column="ID"), "not listed")
    shows("identity", "provider", "create", "--remote-id", "http://idp", "--domain", "cli-domain", "cli-idp")
    does("identity", "provider", "set", "--description", "d", "cli-idp")
    check(shows("identity", "provider", "show", "cli-idp")["description"] == "d", "not changed")
    check("cli-idp" in names("identity", "provider", "list", column="ID"), "not listed")
    fails("identity", "provider", "list", "--id", "cli-idp", says="unexpected keyword")  # version 6.0 of the client asks nobody
    does("identity", "provider", "set", "--disable", "--remote-id", "http://other-idp", "cli-idp")
    check("cli-idp" not in names("identity", "provider", "list", "--enabled", column="ID"), "the filter by state")
    does("identity", "provider", "set", "--enable", "cli-idp")
    shows("federation", "protocol", "create", "--identity-provider", "cli-idp", "--mapping", "cli-mapping", "cli-protocol")
    does("federation", "protocol", "set", "--identity-provider", "cli-idp", "--mapping", "cli-mapping", "cli-protocol")
    check(shows("federation", "protocol", "show", "--identity-provider", "cli-idp", "cli-protocol")["mapping"] == "cli-mapping",
          "not shown")
    check("cli-protocol" in names("federation", "protocol", "list", "--identity-provider", "cli-idp", column="id"), "not listed")
    does("federation", "protocol", "delete", "--identity-provider", "cli-idp", "cli-protocol")
    shows("service", "provider", "create", "--auth-url", "http://a", "--service-provider-url", "http://b", "cli-sp")
    does("service", "provider", "set", "--description", "d", "--auth-url", "http://c", "--enable", "cli-sp")
    check(shows("service", "provider", "show", "cli-sp")["description"] == "d", "not changed")
    check("cli-sp" in names("service", "provider", "list", column="ID"), "not listed")
    does("service", "provider", "delete", "cli-sp")
    does("identity", "provider", "delete", "cli-idp")
    does("mapping", "delete", "cli-mapping")
    check("admin" in names("federation", "project", "list"), "projects")
    does("federation", "domain", "list")


@test
def _():
    """tokens"""
    issued = shows("token", "issue")
    check(issued["id"].startswith("gAAAA"), issued)
    does("token", "revoke", issued["id"])
    with acting_as(password="wrong"):
        fails("token", "issue", says="401")


def passcode(seed):
    """RFC 6238, now."""
    mac = hmac.new(base64.b32decode(seed), struct.pack(">Q", int(time.time()) // 30), "sha1").digest()
    at = mac[-1] & 15
    return "%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 1000000)


@test
def _():
    """a user with multi-factor rules logs in with v3multifactor, and not with less"""
    seed = "GEZDGNBVGY3TQOJQ"
    does("user", "create", "--password", "secret", "--enable-multi-factor-auth", "--multi-factor-auth-rule", "password,totp",
         "cli-careful")
    does("credential", "create", "--type", "totp", "cli-careful", seed)
    with acting_as(username="cli-careful", password="secret", project_name=""):
        fails("token", "issue", says="Not all required auth rules were satisfied")
    # Version 6.0 of the client splits a list of methods on its command line into letters; a configuration file works.
    issued = with_cloud("v3multifactor", {"username": "cli-careful", "password": "secret", "passcode": passcode(seed),
                                          "user_domain_name": "Default", "auth_methods": ["v3password", "v3totp"]},
                        "token", "issue")
    check(issued["user_id"], issued)
    does("user", "delete", "cli-careful")


@test
def _():
    """and everything can be deleted"""
    does("service", "delete", "cli-service")
    does("region", "delete", "cli-town", "cli-north")
    does("role", "delete", "cli-prior", "cli-implied")
    does("role", "delete", "--domain", "cli-domain", "cli-local")
    does("group", "delete", "--domain", "cli-domain", "cli-group")
    does("user", "delete", "--domain", "cli-domain", "cli-user", "cli-strict-2")
    does("project", "delete", "--domain", "cli-domain", "cli-below", "cli-top")
    does("domain", "set", "--disable", "cli-domain")
    does("domain", "delete", "cli-domain")
    fails("domain", "show", "cli-domain", says="no domain")


@test
def _():
    """no command of the client was left out"""
    points = importlib.metadata.entry_points(group="openstack.identity.v3")
    wanted = {point.name.replace("_", " ") for point in points}
    left = {command for command in wanted if not any((line + " ").startswith(command + " ") for line in tried)}
    check(not left, sorted(left))


sys.exit(1 if checks.any_bad else 0)
