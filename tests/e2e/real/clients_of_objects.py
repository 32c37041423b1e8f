"""Programs of Debian that keep things in an object store, with ours: Glance, Horizon, duplicity."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "support")]
import cloud as clouds  # noqa: E402
from checks import Checks  # noqa: E402
from debian import CLIENT_ROOTS, Packages, default_folder  # noqa: E402
from real_glance import RealGlance  # noqa: E402
from real_horizon import RealHorizon  # noqa: E402
from real_keystone import Processes, openstack  # noqa: E402


def bytes_of(file):
    with open(file, "rb") as opened:
        return opened.read()


def try_glance(checks, packages, folder, processes, admin):
    identity = admin["OS_AUTH_URL"]
    openstack(admin, "user", "create", "--password", "real-glance-secret", "real-glance")
    for role in ("service", "member"):
        openstack(admin, "role", "add", "--user", "real-glance", "--project", "service", role)
    glance = RealGlance(packages, os.path.join(folder, "glance"), processes, identity, "real-glance", "real-glance-secret",
                        in_objects=True)
    store = clouds.Session(dict(admin, OS_USERNAME="real-glance", OS_PASSWORD="real-glance-secret", OS_PROJECT_NAME="service"))
    mine = clouds.Session(admin)
    for name, size in (("small", 1 << 20), ("large", 12 << 20)):
        data = os.urandom(size)
        with checks("Glance keeps a %s image in the object store and gives it back" % name):
            headers = {"X-Auth-Token": mine.token, "Content-Type": "application/json"}
            made = clouds.request("POST", glance.url + "/v2/images", headers,
                                  b'{"name": "%s", "disk_format": "raw", "container_format": "bare"}' % name.encode())
            assert made.status == 201, made
            url = "%s/v2/images/%s" % (glance.url, made.json()["id"])
            put = clouds.request("PUT", url + "/file", {"X-Auth-Token": mine.token, "Content-Type": "application/octet-stream"}, data)
            assert put.status == 204, put
            assert clouds.request("GET", url + "/file", {"X-Auth-Token": mine.token}).body == data
            objects = [o["name"] for o in store.ask("GET", "object-store", "/glance?format=json")]
            assert any(o.startswith(made.json()["id"]) for o in objects), objects
            assert len(objects) >= (7 if name == "large" else 1), objects
        with checks("deleting the %s image leaves nothing behind" % name):
            assert clouds.request("DELETE", url, {"X-Auth-Token": mine.token}).status == 204
            assert store.ask("GET", "object-store", "/glance?format=json") == []


def try_horizon(checks, packages, folder, processes, demo):
    horizon = RealHorizon(packages, os.path.join(folder, "horizon"), processes, demo["OS_AUTH_URL"])
    horizon.log_in(demo["OS_USERNAME"], demo["OS_PASSWORD"])
    data = os.urandom(300_000)
    with checks("Horizon's container panel makes a container and lists it"):
        horizon.json("POST", "/api/swift/containers/panel/metadata/", {"is_public": False})
        assert "panel" in [c["name"] for c in horizon.json("GET", "/api/swift/containers/")["items"]]
        about = horizon.json("GET", "/api/swift/containers/panel/metadata/")
        assert about["name"] == "panel" and int(about["container_object_count"]) == 0, about
    with checks("it uploads a file, shows it, and downloads it"):
        horizon.upload("/api/swift/containers/panel/object/a/file.bin", {}, "file.bin", data)
        names = [o["name"] for o in horizon.json("GET", "/api/swift/containers/panel/objects/?path=a%2F")["items"]]
        assert names == ["file.bin"], names
        about = horizon.json("GET", "/api/swift/containers/panel/metadata/")
        assert int(about["container_object_count"]) == 1, about
        detail = horizon.json("GET", "/api/swift/containers/panel/metadata/a/file.bin")
        assert int(detail["bytes"]) == len(data), detail
        assert horizon.ask("GET", "/api/swift/containers/panel/object/a/file.bin") == (200, data)
    with checks("it copies, makes public, and deletes"):
        horizon.json("POST", "/api/swift/containers/panel/copy/a/file.bin", {"dest_container": "panel", "dest_name": "b"})
        horizon.json("PUT", "/api/swift/containers/panel/metadata/", {"is_public": True})
        assert horizon.json("GET", "/api/swift/containers/panel/metadata/")["is_public"]
        for name in ("a/file.bin", "b"):
            horizon.json("DELETE", "/api/swift/containers/panel/object/" + name)
    with checks("and the container goes"):
        horizon.json("DELETE", "/api/swift/containers/panel/metadata/")
        assert "panel" not in [c["name"] for c in horizon.json("GET", "/api/swift/containers/")["items"]]


def try_duplicity(checks, packages, folder, demo):
    tree, back = os.path.join(folder, "tree"), os.path.join(folder, "back")
    os.makedirs(os.path.join(tree, "sub"))
    for name in ("one", "sub/two"):
        with open(os.path.join(tree, name), "wb") as file:
            file.write(os.urandom(3_000_000))
    environment = packages.environment(
        HOME=folder, SWIFT_USERNAME=demo["OS_USERNAME"], SWIFT_PASSWORD=demo["OS_PASSWORD"], SWIFT_AUTHURL=demo["OS_AUTH_URL"],
        SWIFT_AUTHVERSION="3", SWIFT_TENANTNAME=demo["OS_PROJECT_NAME"], SWIFT_USER_DOMAIN_NAME="Default",
        SWIFT_PROJECT_DOMAIN_NAME="Default", SWIFT_REGIONNAME="RegionOne")

    def duplicity(*arguments):
        done = subprocess.run(["/usr/bin/python3", packages.program("duplicity"), "--no-encryption", "--volsize", "2",
                               *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout
    with checks("duplicity backs a tree up, then what changed, verifies and restores it"):
        duplicity("full", tree, "swift://backup")
        with open(os.path.join(tree, "three"), "wb") as file:
            file.write(b"later")
        duplicity("incremental", tree, "swift://backup")
        duplicity("verify", "swift://backup", tree)
        duplicity("restore", "swift://backup", back)
        for name in ("one", "sub/two", "three"):
            assert bytes_of(os.path.join(tree, name)) == bytes_of(os.path.join(back, name)), name


def run(packages, _keystone, build, folder):
    checks, processes = Checks("clients of objects"), Processes(folder)
    clients = Packages(os.path.join(default_folder(), "clients"), CLIENT_ROOTS)
    cloud = clouds.Cloud(build, without=("compute", "agent"))
    admin, demo = cloud.variables("admin"), cloud.variables("demo")
    try:
        try_glance(checks, packages, folder, processes, admin)
        try_duplicity(checks, clients, folder, demo)
        try_horizon(checks, clients, folder, processes, demo)
    finally:
        processes.close()
        cloud.close()
    return checks
