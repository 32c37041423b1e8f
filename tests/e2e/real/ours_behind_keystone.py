"""Our object store and compute daemons with a real Keystone in place of cumulet-identity."""
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "support")]
import cloud as clouds  # noqa: E402
from checks import Checks  # noqa: E402
from real_keystone import Processes, openstack  # noqa: E402

SERVICES = (("swift", "object-store", "objectstore", "port", "/v1/AUTH_%(tenant_id)s"),
            ("nova", "compute", "compute", "compute_port", "/v2.1"),
            ("placement", "placement", "compute", "placement_port", ""),
            ("glance", "image", "compute", "image_port", ""),
            ("neutron", "network", "compute", "network_port", ""))
POLL_S = 2


def read_config(state):
    import tomllib
    with open(os.path.join(state, "config", "cumulet.toml"), "rb") as file:
        return tomllib.load(file)


class OursBehindKeystone:
    """The cloud is made once with our own identity service; then its daemons start again, told to ask Keystone."""

    def __init__(self, keystone, build, folder):
        self.keystone, self.processes = keystone, Processes(folder)
        self.cloud = clouds.Cloud(build)
        self.cloud.down()
        self.config = read_config(self.cloud.state)
        self._fill_keystone()
        for name in ("objectstore", "compute", "agent"):
            self._start(name, build)
        for name, _, section, port, _ in SERVICES:
            url = "http://127.0.0.1:%d/" % self.config[section][port]
            clouds.eventually(lambda: self._listens(url), 30, name + " answers")

    @staticmethod
    def _listens(url):
        try:
            clouds.request("GET", url)
            return True
        except OSError:
            return False

    def _fill_keystone(self):
        ask = self.keystone.openstack
        ask("domain", "create", "services")
        ask("project", "create", "--domain", "services", "services")
        ask("role", "create", "service")
        ask("user", "create", "--domain", "services", "--password", "validator-secret", "validator")
        ask("role", "add", "--user", "validator", "--user-domain", "services", "--project", "services", "--project-domain",
            "services", "service")
        ask("project", "create", "demo")
        ask("user", "create", "--password", "demo-secret", "demo")
        ask("role", "add", "--user", "demo", "--project", "demo", "member")
        for name, kind, section, port, path in SERVICES:
            ask("service", "create", "--name", name, kind)
            ask("endpoint", "create", "--region", "RegionOne", kind, "public",
                "http://127.0.0.1:%d%s" % (self.config[section][port], path))

    def _start(self, name, build):
        command = [os.path.join(build, "bin", "cumulet-" + name), "--config",
                   os.path.join(self.cloud.state, "config", "cumulet.toml")]
        told = {"bus.url": ""}
        if name != "agent":
            told.update({"identity_url": self.keystone.url, "username": "validator", "password": "validator-secret",
                         "user_domain": "services", "project_domain": "services", "revocation_poll_s": str(POLL_S),
                         "service_project" if name == "compute" else "project_name": "services"})
        for key, value in told.items():
            command += ["--set", "%s=%s" % (key if "." in key else name + "." + key, value)]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("OS_", "CUMULET_"))}
        self.processes.start(name, command, environment)

    def close(self):
        self.processes.close()
        self.cloud.close()


def token(variables):
    return openstack(variables, "token", "issue", "json")["id"]


def run(packages, keystone, build, folder):
    checks = Checks("ours behind Keystone")
    ours = OursBehindKeystone(keystone, build, folder)
    demo = keystone.variables("demo", "demo-secret", "demo")
    swift = "http://127.0.0.1:%d" % ours.config["objectstore"]["port"]
    nova = "http://127.0.0.1:%d/v2.1" % ours.config["compute"]["compute_port"]
    try:
        with checks("objects are stored with a token of the real Keystone"):
            file = os.path.join(folder, "object")
            with open(file, "w") as out:
                out.write("bytes of a user of Keystone\n" * 1000)
            openstack(demo, "container", "create", "box")
            openstack(demo, "object", "create", "--name", "thing", "box", file)
            openstack(demo, "object", "save", "--file", file + ".back", "box", "thing")
            assert open(file).read() == open(file + ".back").read()
        with checks("the swift client works too"):
            done = subprocess.run(["/usr/bin/swift", "list", "box"], stdout=subprocess.PIPE, text=True, check=True,
                                  env=dict(os.environ, **demo))
            assert done.stdout == "thing\n", done.stdout
        with checks("a server boots in a project of the real Keystone"):
            openstack(demo, "network", "create", "net")
            openstack(demo, "subnet", "create", "--network", "net", "--subnet-range", "10.9.0.0/24", "sub")
            flavor = openstack(demo, "flavor", "list", "json")[0]["Name"]
            images = openstack(demo, "image", "list", "json")
            if not images:
                with open(file, "w") as out:
                    out.write("disk")
                openstack(demo, "image", "create", "--disk-format", "raw", "--container-format", "bare", "--file", file, "disk")
                images = openstack(demo, "image", "list", "json")
            server = openstack(demo, "server", "create", "--flavor", flavor, "--image", images[0]["Name"], "--network", "net",
                               "--wait", "box", "json")
            assert server["status"] == "ACTIVE", server
        with checks("a member is no administrator, the administrator is"):
            assert openstack(demo, "hypervisor", "list", check=False).returncode != 0
            assert openstack(keystone.variables(), "hypervisor", "list", "json")
        with checks("a wrong token is 401 and says where to log in"):
            answer = clouds.request("GET", nova + "/servers", {"X-Auth-Token": "gAAAAABnonsense"})
            assert answer.status == 401 and keystone.url in answer.headers["WWW-Authenticate"], answer
        with checks("a revoked token is refused within the poll interval"):
            mine = token(demo)
            asks = [(nova + "/servers", 200), (swift + "/v1/AUTH_" + openstack(demo, "project", "show", "demo", "json")["id"], 204)]
            for url, wanted in asks:
                answer = clouds.request("GET" if wanted == 200 else "HEAD", url, {"X-Auth-Token": mine})
                assert answer.status == wanted, answer
            assert clouds.request("DELETE", keystone.url + "/auth/tokens",
                                  {"X-Auth-Token": mine, "X-Subject-Token": mine}).status == 204
            revoked = time.monotonic()
            for url, wanted in asks:
                clouds.eventually(lambda: clouds.request("GET", url, {"X-Auth-Token": mine}).status == 401, POLL_S + 3,
                                  "401 from " + url)
            print("# refused %.1f s after the revocation, poll every %d s" % (time.monotonic() - revoked, POLL_S))
        with checks("a changed password takes the old tokens back"):
            mine = token(demo)
            assert clouds.request("GET", nova + "/servers", {"X-Auth-Token": mine}).status == 200
            time.sleep(1.1)  # Keystone's events have the granularity of a second
            keystone.openstack("user", "set", "--password", "demo-secret-2", "demo")
            demo["OS_PASSWORD"] = "demo-secret-2"
            clouds.eventually(lambda: clouds.request("GET", nova + "/servers", {"X-Auth-Token": mine}).status == 401, POLL_S + 3,
                              "401 after the change of password")
        with checks("with Keystone away: known tokens serve on, new ones are 503, and it recovers"):
            known, fresh = token(demo), token(demo)
            assert clouds.request("GET", nova + "/servers", {"X-Auth-Token": known}).status == 200
            keystone.stop()
            assert clouds.request("GET", nova + "/servers", {"X-Auth-Token": known}).status == 200
            answer = clouds.request("GET", nova + "/servers", {"X-Auth-Token": fresh})
            assert answer.status == 503, answer
            keystone.start()
            clouds.eventually(lambda: clouds.request("GET", nova + "/servers", {"X-Auth-Token": fresh}).status == 200, 10,
                              "the daemon works again")
        with checks("no log line has a password or a token"):
            logs = "".join(ours.processes.output(name) for name in ("objectstore", "compute", "agent"))
            for secret in ("validator-secret", "demo-secret", "gAAAA"):
                assert secret not in logs, secret
    finally:
        ours.close()
    return checks
