"""A cloud whose disk is full: it refuses, keeps what it has, and works again once there is room."""
import http.client
import os
import subprocess
import sys
import urllib.parse

sys.path[:0] = [os.path.join(os.path.dirname(os.environ["E2E_FOLDER"]), "support"), os.environ["E2E_FOLDER"]]
import checks  # noqa: E402
import cloud as clouds  # noqa: E402
from checks import check, test  # noqa: E402

DISK_MB = 192
LARGE_MB = 256  # more than there is
OCTETS = {"Content-Type": "application/octet-stream"}

clouds.end_in_order_on_signals()
if os.getuid() != 0:
    print("skip a cloud on a full disk: a small disk is mounted by root only")
    sys.exit(0)
build = os.environ["E2E_BUILD"]
folder = clouds.new_folder()
state = os.path.join(folder, "state")
os.mkdir(state)
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dm,mode=755" % DISK_MB, "tmpfs", state], check=True)
cloud = clouds.Cloud(build, hosts=1, without=clouds.not_built(build), folder=folder)
demo, admin = cloud.login("demo"), cloud.login("admin")
before = {p["name"]: p["pid"] for p in cloud.status()["processes"]}
filler = os.path.join(state, "filler")


def free_mb():
    disk = os.statvfs(state)
    return disk.f_bavail * disk.f_frsize / 1e6


def fill():
    """To the last byte."""
    with open(filler, "wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def put_large(service, path):
    """The status of the answer to more than there is room for, which comes while the body is still being sent."""
    address = urllib.parse.urlsplit(demo.url(service, path))
    wire = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    wire.putrequest("PUT", address.path)
    for name, value in dict(OCTETS, **{"X-Auth-Token": demo.token, "Content-Length": str(LARGE_MB << 20)}).items():
        wire.putheader(name, value)
    wire.endheaders()
    try:
        for _ in range(LARGE_MB):
            wire.send(b"\0" * (1 << 20))
    except (BrokenPipeError, ConnectionResetError):
        pass
    status = wire.getresponse().status
    wire.close()
    return status


def make_image(name):
    return demo.ask("POST", "image", "/v2/images", {"name": name, "disk_format": "raw", "container_format": "bare"})["id"]


@test
def an_image_too_many():
    """an image that finds no room is refused by 413, leaves nothing behind, and is still queued"""
    room = free_mb()
    made = make_image("large")
    status = put_large("image", "/v2/images/%s/file" % made)
    check(status == 413, "it was answered %d" % status)
    check(demo.ask("GET", "image", "/v2/images/" + made)["status"] == "queued", "it is not queued any more")
    clouds.eventually(lambda: free_mb() > room - 16, 10, "the room is given back")
    small = demo.call("PUT", "image", "/v2/images/%s/file" % made, b"small", OCTETS)
    check(small.status == 204, "a small one: %s" % small)
    demo.ask("DELETE", "image", "/v2/images/" + made)


@test
def an_object_too_many():
    """an object that finds no room is refused by 507, leaves nothing behind, and others are read as before"""
    if "object-store" not in demo.endpoints:
        return
    room = free_mb()
    for path, data in (("/full", b""), ("/full/before", b"kept")):
        made = demo.call("PUT", "object-store", path, data)
        check(made.status // 100 == 2, "PUT %s: %s" % (path, made))
    status = put_large("object-store", "/full/large")
    check(status == 507, "it was answered %d" % status)
    check(demo.call("GET", "object-store", "/full/large").status == 404, "it is there")
    clouds.eventually(lambda: free_mb() > room - 16, 10, "the room is given back")
    check(demo.call("GET", "object-store", "/full/before").body == b"kept", "the other object is damaged")


@test
def no_room_for_records():
    """with no byte left what changes nothing is answered, what changes something by 503 or 507, and nothing is half-written"""
    fill()
    asked = {
        "a key": lambda: demo.call("POST", "compute", "/os-keypairs", {"keypair": {"name": "full"}}),
        "a network": lambda: demo.call("POST", "network", "/v2.0/networks", {"network": {"name": "full"}}),
        "an image": lambda: demo.call("POST", "image", "/v2/images", {"name": "full"}),
        "a user": lambda: admin.call("POST", "identity", "/users", {"user": {"name": "full", "password": "secret"}}),
    }
    if "object-store" in demo.endpoints:
        asked["an object"] = lambda: demo.call("PUT", "object-store", "/full/none", b"x" * 100_000)
    answers = {}
    # Logs are kept in room that was reserved: it takes some changes until there is none.
    for what, ask in asked.items():
        def refused():
            answers[what] = ask()
            return answers[what].status in (503, 507)
        clouds.eventually(refused, 20, "%s is refused" % what)
    reads = [demo.call("GET", "compute", "/flavors"), demo.call("GET", "network", "/v2.0/networks"),
             demo.call("GET", "image", "/v2/images"), admin.call("GET", "identity", "/users")]
    check(all(read.status == 200 for read in reads), "reads: %s" % [str(read)[:200] for read in reads])


@test
def room_again():
    """once there is room everything works again, in the same processes, with what was acknowledged and nothing else"""
    os.remove(filler)

    def works():
        answer = demo.call("POST", "network", "/v2.0/networks", {"network": {"name": "after"}})
        return answer.status == 201
    clouds.eventually(works, 30, "a network is made")
    person = {"user": {"name": "after", "password": "secret"}}
    clouds.eventually(lambda: admin.call("POST", "identity", "/users", person).status == 201, 30, "a user is made")
    image = demo.ask("GET", "image", "/v2/images?name=tiny")["images"][0]["id"]
    server = demo.ask("POST", "compute", "/servers",
                      {"server": {"name": "after", "flavorRef": "1", "imageRef": image, "networks": "none"}},
                      {"X-OpenStack-Nova-API-Version": "2.37"})["server"]["id"]
    clouds.eventually(lambda: demo.ask("GET", "compute", "/servers/" + server)["server"]["status"] == "ACTIVE", 30, "a server runs")
    if "object-store" in demo.endpoints:
        check(demo.call("GET", "object-store", "/full/before").body == b"kept", "an object is lost")
        clouds.eventually(lambda: demo.call("PUT", "object-store", "/full/after", b"x" * 100_000).status == 201, 30, "an object is stored")
    after = {p["name"]: p["pid"] for p in cloud.status()["processes"]}
    check(before == after, "processes ended: before %s, after %s" % (before, after))


cloud.close()
sys.exit(1 if checks.any_bad else 0)
