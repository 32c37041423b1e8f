"""Users and groups of a real slapd as a domain: lists, roles, tokens; what is gone, what is down."""
import atexit
import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.environ["E2E_FOLDER"]), "support"), os.environ["E2E_FOLDER"]]
import checks  # noqa: E402
from checks import check, test  # noqa: E402
from cloud import Cloud, build_folder, end_in_order_on_signals, eventually, request  # noqa: E402

end_in_order_on_signals()
SUFFIX = "dc=example,dc=org"
PASSWORD = "d1rectory-s3cret"
GUESSES = 5


class Directory:
    """A slapd with a folder and a port of its own."""

    def __init__(self, folder):
        self.folder, self.child = folder, None
        self.port, tls_port = self.free_ports(2)
        self.url, self.tls_url = "ldap://127.0.0.1:%d" % self.port, "ldaps://127.0.0.1:%d" % tls_port
        self.authority = self.certified()
        os.mkdir(os.path.join(folder, "data"))
        with open(os.path.join(folder, "slapd.conf"), "w") as file:
            for schema in ("core", "cosine", "inetorgperson"):
                file.write("include /etc/ldap/schema/%s.schema\n" % schema)
            file.write("modulepath /usr/lib/ldap\nmoduleload back_mdb\ndatabase mdb\nsuffix %s\nrootdn cn=admin,%s\nrootpw %s\n"
                       "directory %s/data\nTLSCACertificateFile %s\nTLSCertificateFile %s/cert.pem\nTLSCertificateKeyFile %s/key.pem\naccess to attrs=userPassword by anonymous auth by * none\naccess to * by users read\n"
                       % (SUFFIX, SUFFIX, PASSWORD, folder, self.authority, folder, folder))
        self.start()
        people = "".join(self.person(n) for n in ("ann", "bob", "cy*l")) + "".join(self.person("user%03d" % i) for i in range(300))
        self.change("ldapadd", "dn: %s\nobjectClass: dcObject\nobjectClass: organization\no: example\ndc: example\n\n"
                    "dn: ou=people,%s\nobjectClass: organizationalUnit\nou: people\n\ndn: ou=groups,%s\nobjectClass: organizationalUnit\n"
                    "ou: groups\n\n%sdn: cn=devs,ou=groups,%s\nobjectClass: groupOfNames\ncn: devs\nou: devs\n"
                    "member: uid=ann,ou=people,%s\nmember: uid=bob,ou=people,%s\n" % ((SUFFIX,) * 3 + (people,) + (SUFFIX,) * 3))

    @staticmethod
    def free_ports(count):
        probes = [socket.socket() for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        ports = [probe.getsockname()[1] for probe in probes]
        for probe in probes:
            probe.close()
        return ports

    def certified(self):
        """A certificate of its own for 127.0.0.1; the path of whoever vouches for it."""
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=directory", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-keyout", os.path.join(self.folder, "key.pem"), "-out",
                        os.path.join(self.folder, "cert.pem")], check=True, stderr=subprocess.DEVNULL)
        return os.path.join(self.folder, "cert.pem")

    @staticmethod
    def person(name):
        return ("dn: uid=%s,ou=people,%s\nobjectClass: inetOrgPerson\nuid: %s\ncn: %s\nsn: %s\nmail: %s@example.org\n"
                "employeeType: active\nuserPassword: pw-%s\n\n" % (name, SUFFIX, name, name, name, name, name))

    def start(self):
        self.child = subprocess.Popen(["/usr/sbin/slapd", "-f", os.path.join(self.folder, "slapd.conf"), "-h", self.url + " " + self.tls_url, "-d", "0"],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.stop)
        eventually(self.answers, 20, "slapd answers")

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.child.terminate()
        self.child.wait()

    def change(self, command, text):
        done = subprocess.run([command, "-x", "-H", self.url, "-D", "cn=admin," + SUFFIX, "-w", PASSWORD], input=text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        check(done.returncode == 0, done.stdout)


directory = Directory(tempfile.mkdtemp(dir=os.environ["E2E_WORK"]))
cloud = Cloud(build_folder(), hosts=1, without=("compute", "objectstore", "agent"), settings=(
    "identity.ldap_mirror_s=1", "identity.lockout_failure_attempts=%d" % GUESSES, "identity.lockout_duration_s=20"))
admin = cloud.login()


def openstack(*arguments, works=True):
    environment = dict(cloud.environment, **cloud.variables())
    done = subprocess.run(["/usr/bin/openstack", *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    check((done.returncode == 0) == works, "openstack %s ended with %d: %s" % (" ".join(arguments), done.returncode, done.stdout + done.stderr))
    return done.stdout if works else done.stderr


def log_in(name, password, project=None):
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": name, "password": password, "domain": {"name": "corp"}}}}}}
    if project:
        body["auth"]["scope"] = {"project": {"name": project, "domain": {"id": "default"}}}
    return request("POST", admin.auth_url + "/auth/tokens", {"Content-Type": "application/json"}, json.dumps(body).encode())


def users():
    return {user["name"]: user for user in admin.ask("GET", "identity", "/users?domain_id=" + domain)["users"]}


domain = json.loads(openstack("domain", "create", "corp", "-f", "json"))["id"]


@test
def mirror():
    """openstack user list and group list show the directory of a domain, page by page"""
    config = {"config": {"identity": {"driver": "ldap"}, "ldap": {
        "url": directory.url, "user": "cn=admin," + SUFFIX, "password": PASSWORD, "suffix": SUFFIX, "page_size": 50,
        "user_tree_dn": "ou=people," + SUFFIX, "user_id_attribute": "uid", "user_name_attribute": "uid",
        "user_enabled_attribute": "enabledOrNot", "group_tree_dn": "ou=groups," + SUFFIX, "group_name_attribute": "cn"}}}
    admin.ask("PUT", "identity", "/domains/%s/config" % domain, config)
    eventually(lambda: len(users()) == 303, 30, "303 users")
    listed = json.loads(openstack("user", "list", "--domain", "corp", "-f", "json"))
    check({"ann", "bob", "cy*l"} <= {user["Name"] for user in listed}, listed[:5])
    check(users()["ann"]["id"] == hashlib.sha256((domain + "user" + "ann").encode()).hexdigest(), "Keystone's own ids")
    check(users()["ann"]["email"] == "ann@example.org", users()["ann"])
    members = json.loads(openstack("user", "list", "--group", "devs", "--domain", "corp", "-f", "json"))
    check(sorted(user["Name"] for user in members) == ["ann", "bob"], members)


@test
def tokens():
    """a user of the directory logs in by password and works by the roles of groups"""
    check(log_in("ann", "pw-ann").status == 201, "unscoped")
    check(log_in("ann", "pw-ann", "demo").status == 401, "no role yet")
    openstack("role", "add", "--group", "devs", "--group-domain", "corp", "--project", "demo", "member")
    answer = log_in("ann", "pw-ann", "demo")
    check(answer.status == 201 and answer.json()["token"]["user"]["domain"]["name"] == "corp", answer)
    for name, password in (("ann", "wrong"), ("ann", ""), ("nobody", "pw-ann"), ("*", "pw-ann"), ("ann)(uid=*", "pw-ann"), ("cy\\2al", "pw-cy*l")):
        check(log_in(name, password).status == 401, name + " " + password)
    check(log_in("cy*l", "pw-cy*l").status == 201, "signs in a name mean themselves")
    environment = {"OS_AUTH_URL": admin.auth_url, "OS_USERNAME": "bob", "OS_PASSWORD": "pw-bob", "OS_USER_DOMAIN_NAME": "corp",
                   "OS_PROJECT_NAME": "demo", "OS_PROJECT_DOMAIN_NAME": "Default", "OS_IDENTITY_API_VERSION": "3"}
    subprocess.run(["/usr/bin/openstack", "token", "issue"], env=dict(cloud.environment, **environment), check=True, stdout=subprocess.DEVNULL)


@test
def read_only():
    """what the directory keeps is not changed here: 403"""
    ann = users()["ann"]["id"]
    check(admin.call("PATCH", "identity", "/users/" + ann, {"user": {"name": "x"}}).status == 403, "rename")
    check(admin.call("DELETE", "identity", "/users/" + ann).status == 403, "delete")
    group = json.loads(openstack("group", "show", "--domain", "corp", "devs", "-f", "json"))["id"]
    check(admin.call("PUT", "identity", "/groups/%s/users/%s" % (group, users()["cy*l"]["id"])).status == 403, "membership")
    check(admin.call("DELETE", "identity", "/groups/" + group).status == 403, "delete group")


@test
def locked_out():
    """who guesses too often is shut out for a while, whatever the directory says: right passwords too"""
    for _ in range(GUESSES):
        check(log_in("bob", "guess").status == 401, "a guess")
    check(log_in("bob", "pw-bob").status == 401, "shut out")
    check(log_in("ann", "pw-ann").status == 201, "nobody else is")
    eventually(lambda: log_in("bob", "pw-bob").status == 201, 60, "the time is over")


def tell(**options):
    admin.ask("PATCH", "identity", "/domains/%s/config" % domain, {"config": {"ldap": options}})


@test
def encrypted():
    """over TLS, from the start or by StartTLS, and only with a certificate that somebody trusted vouches for"""
    for options in ({"url": directory.tls_url}, {"url": directory.url, "use_tls": True}):
        tell(**options, tls_cacertfile="/etc/ssl/certs/ca-certificates.crt")
        eventually(lambda: log_in("ann", "pw-ann").status == 503, 30, "a stranger's certificate is refused: %s" % options)
        tell(tls_cacertfile=directory.authority)
        eventually(lambda: log_in("ann", "pw-ann").status == 201, 30, "a trusted one is taken: %s" % options)
        directory.change("ldapadd", Directory.person("tls"))
        eventually(lambda: users().get("tls", {}).get("enabled"), 30, "mirrored: %s" % options)
        directory.change("ldapmodify", "dn: uid=tls,ou=people,%s\nchangetype: delete\n" % SUFFIX)
        eventually(lambda: not users()["tls"]["enabled"], 30, "gone again: %s" % options)
    tell(url=directory.url, use_tls=False)
    eventually(lambda: log_in("ann", "pw-ann").status == 201, 30, "in clear")


def validate(token):
    return request("GET", admin.auth_url + "/auth/tokens", {"X-Auth-Token": admin.token, "X-Subject-Token": token}).status


@test
def changes():
    """who leaves a group or the directory loses what came of it, and comes back with it"""
    ann, bob = log_in("ann", "pw-ann", "demo").headers["X-Subject-Token"], log_in("bob", "pw-bob", "demo").headers["X-Subject-Token"]
    directory.change("ldapmodify", "dn: cn=devs,ou=groups,%s\nchangetype: modify\ndelete: member\nmember: uid=bob,ou=people,%s\n" % (SUFFIX, SUFFIX))
    eventually(lambda: validate(bob) == 404, 30, "bob's token is void")
    check(validate(ann) == 200, "ann's is not")
    directory.change("ldapmodify", "dn: uid=ann,ou=people,%s\nchangetype: delete\n" % SUFFIX)
    eventually(lambda: validate(ann) == 404, 30, "ann's token is void")
    check(users()["ann"]["enabled"] is False, "and she is disabled")
    check(log_in("ann", "pw-ann").status == 401, "no more log-ins")
    directory.change("ldapadd", Directory.person("ann"))
    eventually(lambda: users()["ann"]["enabled"], 30, "ann is back")
    check(log_in("ann", "pw-ann", "demo").status == 201, "with her roles")


@test
def down():
    """a directory that is down: its users wait, nobody else does, and tokens stay good"""
    token = log_in("ann", "pw-ann", "demo").headers["X-Subject-Token"]
    directory.stop()
    started = time.monotonic()
    check(log_in("ann", "pw-ann").status == 503, "unavailable")
    check(log_in("ann", "pw-ann").status == 503, "at once")
    check(time.monotonic() - started < 6, "soon")
    check(validate(token) == 200, "her token")
    check(len(users()) == 304, "the list")
    cloud.login(fresh=True)
    directory.start()
    eventually(lambda: log_in("ann", "pw-ann").status == 201, 30, "ann logs in again")


@test
def options():
    """the domain's options: the password is never shown and nowhere on disk, and each change is in force without a restart"""
    path = "/domains/%s/config" % domain
    shown = [admin.ask("GET", "identity", path), admin.ask("GET", "identity", path + "/ldap"),
             admin.ask("PATCH", "identity", path, {"config": {"ldap": {"password": PASSWORD}}})]
    check(PASSWORD not in json.dumps(shown) and "password" not in shown[0]["config"]["ldap"], shown)
    check(admin.call("GET", "identity", path + "/ldap/password").status == 404, "the option by itself")
    subprocess.run(["sync", "-f", cloud.state], check=True)
    found = subprocess.run(["grep", "-rlaF", PASSWORD, cloud.state], stdout=subprocess.PIPE, text=True).stdout
    check(found == "", "in clear: " + found)
    tell(password="another")
    eventually(lambda: log_in("ann", "pw-ann").status == 503, 30, "the directory does not let us in with another password")
    tell(user="cn=admin,%(place)s", password=PASSWORD)
    eventually(lambda: log_in("ann", "pw-ann").status == 503, 30, "nor with a name that is none")
    tell(user="cn=admin," + SUFFIX)
    eventually(lambda: log_in("ann", "pw-ann").status == 201, 30, "mended")
    tell(user_filter="(mail=bob@example.org)")
    eventually(lambda: log_in("ann", "pw-ann").status == 401, 30, "a filter that leaves her out")
    check(admin.call("DELETE", "identity", path + "/ldap/user_filter").status == 204, "no filter")
    eventually(lambda: log_in("ann", "pw-ann").status == 201, 30, "back in")


@test
def given_up():
    """a domain whose options are taken away is an ordinary one: the directory's passwords are worth nothing, local users are"""
    check(admin.call("DELETE", "identity", "/domains/%s/config" % domain).status == 204, "delete")
    eventually(lambda: log_in("ann", "pw-ann").status == 401, 30, "the directory is asked no more")
    openstack("user", "create", "--domain", "corp", "--password", "l0cal", "own")
    check(log_in("own", "l0cal").status == 201, "a local user")


cloud.close()
directory.stop()
sys.exit(1 if checks.any_bad else 0)
