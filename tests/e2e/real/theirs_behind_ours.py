"""A real Swift and a real Glance, with their own keystonemiddleware, authenticate against cumulet-identity."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "support")]
import cloud as clouds  # noqa: E402
from checks import Checks  # noqa: E402
from real_glance import RealGlance  # noqa: E402
from real_keystone import Processes, openstack  # noqa: E402
from real_swift import RealSwift  # noqa: E402


def fill(admin, swift_url, glance_url):
    for user in ("real-swift", "real-glance"):
        openstack(admin, "user", "create", "--password", user + "-secret", user)
        openstack(admin, "role", "add", "--user", user, "--project", "service", "service")
    for name, kind, url in (("swift", "object-store", swift_url), ("glance", "image", glance_url)):
        found = openstack(admin, "service", "list", "json")
        if kind not in [service["Type"] for service in found]:
            openstack(admin, "service", "create", "--name", name, kind)
        openstack(admin, "endpoint", "create", "--region", "RegionOne", kind, "public", url)


def token(variables):
    return openstack(variables, "token", "issue", "json")["id"]


def run(packages, _keystone, build, folder):
    checks, processes = Checks("theirs behind ours"), Processes(folder)
    cloud = clouds.Cloud(build, without=("objectstore", "compute", "agent"))
    admin, demo = cloud.variables("admin"), cloud.variables("demo")
    identity = admin["OS_AUTH_URL"]
    try:
        swift = RealSwift(packages, os.path.join(folder, "swift"), processes, identity, "real-swift", "real-swift-secret")
        glance = RealGlance(packages, os.path.join(folder, "glance"), processes, identity, "real-glance", "real-glance-secret")
        fill(admin, swift.url, glance.url)
        project = openstack(demo, "token", "issue", "json")["project_id"]
        account = "http://127.0.0.1:%d/v1/AUTH_%s" % (swift.port, project)
        file = os.path.join(folder, "file")
        with open(file, "w") as out:
            out.write("bytes in a real Swift\n" * 5000)
        with checks("the openstack client stores an object in the real Swift"):
            openstack(demo, "container", "create", "box")
            openstack(demo, "object", "create", "--name", "thing", "box", file)
            openstack(demo, "object", "save", "--file", file + ".back", "box", "thing")
            assert open(file).read() == open(file + ".back").read()
        with checks("the swift client lists it, and a public container needs no token"):
            done = subprocess.run(["/usr/bin/swift", "list", "box"], stdout=subprocess.PIPE, text=True, check=True,
                                  env=dict(os.environ, **demo))
            assert done.stdout == "thing\n", done.stdout
            subprocess.run(["/usr/bin/swift", "post", "-r", ".r:*", "box"], check=True, env=dict(os.environ, **demo))
            assert clouds.request("GET", account + "/box/thing").status == 200
        with checks("no token and a wrong one are 401 with our address in WWW-Authenticate"):
            for headers in ({}, {"X-Auth-Token": "gAAAAABnonsense"}):
                answer = clouds.request("GET", account, headers)
                assert answer.status == 401, answer
            assert identity in " ".join(answer.headers.get_all("WWW-Authenticate")), answer.headers
        with checks("another project's account is 403"):
            assert clouds.request("GET", account + "x", {"X-Auth-Token": token(demo)}).status == 403
        with checks("the real Glance stores an image and gives it back"):
            openstack(demo, "image", "create", "--disk-format", "raw", "--container-format", "bare", "--file", file, "disk")
            openstack(demo, "image", "save", "--file", file + ".image", "disk")
            assert open(file).read() == open(file + ".image").read()
        with checks("policy of the real Glance follows our roles and scopes"):
            assert openstack(demo, "image", "set", "--public", "disk", check=False).returncode != 0
            image = openstack(demo, "image", "show", "disk", "json")["id"]
            openstack(admin, "image", "set", "--public", image)
            assert openstack(demo, "image", "show", "disk", "json")["visibility"] == "public"
        with checks("an application credential of ours works at both"):
            made = openstack(demo, "application", "credential", "create", "app", "json")
            app = {"OS_AUTH_URL": identity, "OS_AUTH_TYPE": "v3applicationcredential", "OS_IDENTITY_API_VERSION": "3",
                   "OS_APPLICATION_CREDENTIAL_ID": made["ID" if "ID" in made else "id"],
                   "OS_APPLICATION_CREDENTIAL_SECRET": made["Secret" if "Secret" in made else "secret"],
                   "OS_REGION_NAME": "RegionOne"}
            assert openstack(app, "container", "list", "json") == [{"Name": "box"}]
            assert [image["Name"] for image in openstack(app, "image", "list", "json")] == ["disk"]
        with checks("a token that was revoked before it was ever shown is refused by both"):
            mine = token(demo)
            assert clouds.request("DELETE", identity + "/auth/tokens", {"X-Auth-Token": mine, "X-Subject-Token": mine}).status == 204
            assert clouds.request("GET", account, {"X-Auth-Token": mine}).status == 401
            assert clouds.request("GET", glance.url + "/v2/images", {"X-Auth-Token": mine}).status == 401
        with checks("both go on after cumulet-identity was started again"):
            os.kill(cloud.pid_of("cumulet-identity"), 9)
            cloud.pid_of("cumulet-identity")
            fresh = clouds.eventually(lambda: openstack(demo, "token", "issue", check=False, ).returncode == 0, 30, "a token")
            assert fresh
            fresh = token(demo)
            assert clouds.request("GET", account, {"X-Auth-Token": fresh}).status == 200
            assert clouds.request("GET", glance.url + "/v2/images", {"X-Auth-Token": fresh}).status == 200
    finally:
        processes.close()
        cloud.close()
    return checks
