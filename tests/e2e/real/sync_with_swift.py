"""Container sync between our object store and a real Swift of Debian, both ways: two clusters of one realm, each with users of its own."""
import hashlib
import json
import os
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "support")]
import cloud as clouds  # noqa: E402
from checks import Checks  # noqa: E402
from real_keystone import Processes  # noqa: E402
from real_swift import RealSwiftAlone  # noqa: E402
from store_alone import StoreAlone  # noqa: E402

USERS = ("test:tester:testing .admin",)
REALMS = """[DEFAULT]
mtime_check_interval = 1
[east]
key = what the operators share
cluster_ours = http://127.0.0.1:%d/v1/
cluster_theirs = http://127.0.0.1:%d/v1/
"""
# What of an object both clusters must show alike.
SAME = ("X-Timestamp", "Etag", "Content-Type", "Content-Encoding", "Content-Disposition", "X-Delete-At", "X-Object-Meta-Colour",
        "X-Static-Large-Object", "X-Symlink-Target")


class Side:
    """One cluster as its user sees it."""

    def __init__(self, name, port, sync=lambda: None):
        self.name, self.sync = name, sync
        answer = clouds.request("GET", "http://127.0.0.1:%d/auth/v1.0" % port, {"X-Auth-User": "test:tester", "X-Auth-Key": "testing"})
        assert answer.status == 200, answer
        self.account, self.token = answer.headers["X-Storage-Url"], answer.headers["X-Auth-Token"]

    def ask(self, method, path, headers=None, body=None, expect=2):
        name, _, query = path.partition("?")
        url = self.account + "/" + urllib.parse.quote(name) + ("?" + query if query else "")
        sent = {"X-Auth-Token": self.token}
        if method in ("PUT", "POST"):
            sent["Content-Type"] = "application/octet-stream"
        answer = clouds.request(method, url, dict(sent, **(headers or {})), body)
        assert expect is None or answer.status // 100 == expect, "%s %s at %s: %s" % (method, path, self.name, answer)
        return answer

    def names(self, container):
        return [entry["name"] for entry in self.ask("GET", container + "?format=json").json()]

    def everything(self, container):
        """Names, bytes and headers. A link is shown as itself."""
        shown = {}
        for name in self.names(container):
            one = self.ask("GET", container + "/" + name + "?symlink=get", expect=None)
            headers = {key: one.headers[key] for key in SAME if one.headers[key] is not None}
            shown[name] = (one.status, hashlib.md5(one.body).hexdigest(), headers)
        return shown

    def pair(self, container, other, key="of the owner"):
        self.ask("PUT", container, {"X-Container-Sync-Key": key, "X-Container-Sync-To": "//east/%s/AUTH_test/%s" % (other.name, container)})


def until_same(one, other, containers, patience_s=60):
    def same():
        one.sync()
        other.sync()
        return all(one.everything(c) == other.everything(c) for c in containers)
    try:
        clouds.eventually(same, patience_s, "both sides are the same")
    except clouds.CloudError:
        for container in containers:
            mine, theirs = one.everything(container), other.everything(container)
            for name in sorted(set(mine) | set(theirs)):
                assert mine.get(name) == theirs.get(name), (container, name, one.name, mine.get(name), other.name, theirs.get(name))
        raise


def fill(side, container):
    side.ask("PUT", container + "/small", {"X-Object-Meta-Colour": "blue", "Content-Type": "text/plain"}, b"small")
    side.ask("PUT", container + "/empty", {}, b"")
    side.ask("PUT", container + "/large", {"Content-Encoding": "identity", "Content-Disposition": "attachment"}, os.urandom(3_000_000))
    side.ask("PUT", container + "/d\u00e9j\u00e0 vu/100%/a?b", {}, b"odd")
    side.ask("PUT", container + "/ends", {"X-Delete-At": str(int(time.time()) + 3600)}, b"later")
    side.ask("PUT", container + "/changed", {}, b"before")
    side.ask("PUT", container + "/posted", {"X-Object-Meta-Colour": "red"}, b"posted")


def one_way(checks, here, there):
    box = "from-" + here.name
    way = "%s -> %s: " % (here.name, there.name)
    with checks(way + "what is there and what comes later arrives as it is"):
        here.ask("PUT", box)
        here.ask("PUT", box + "/old", {}, b"from before")
        there.ask("PUT", box, {"X-Container-Sync-Key": "of the owner"})
        here.pair(box, there)
        fill(here, box)
        until_same(here, there, [box])
        assert len(there.names(box)) == 8, there.names(box)
    with checks(way + "changes of bytes and of metadata, and deletions, arrive"):
        here.ask("PUT", box + "/changed", {}, b"after")
        here.ask("POST", box + "/posted", {"X-Object-Meta-Colour": "green"})
        here.ask("DELETE", box + "/small")
        here.ask("DELETE", box + "/old")
        until_same(here, there, [box])
        assert there.ask("GET", box + "/changed").body == b"after"
        assert there.ask("HEAD", box + "/posted").headers["X-Object-Meta-Colour"] == "green"
        assert "small" not in there.names(box) and "old" not in there.names(box)
    with checks(way + "a static large object and a link arrive as such"):
        segments = box + "-segments"
        there.ask("PUT", segments, {"X-Container-Sync-Key": "of the owner"})
        here.pair(segments, there)
        parts = [os.urandom(200_000), os.urandom(70_000)]
        manifest = []
        for number, part in enumerate(parts):
            etag = here.ask("PUT", "%s/%d" % (segments, number), {}, part).headers["Etag"].strip('"')
            manifest.append({"path": "/%s/%d" % (segments, number), "etag": etag, "size_bytes": len(part)})
        here.ask("PUT", box + "/big?multipart-manifest=put", {}, json.dumps(manifest).encode())
        here.ask("PUT", box + "/link", {"X-Symlink-Target": box + "/changed"}, b"")

        def arrived():
            here.sync()
            return {"big", "link"} <= set(there.names(box)) and len(there.names(segments)) == 2
        clouds.eventually(arrived, 60, "the manifest and the link")
        assert there.ask("GET", box + "/big").body == b"".join(parts)
        assert there.ask("HEAD", box + "/big").headers["X-Static-Large-Object"] == "True"
        assert there.ask("GET", box + "/link").body == b"after"
        assert there.ask("HEAD", box + "/link?symlink=get").headers["X-Symlink-Target"] == box + "/changed"
    with checks(way + "with another key nothing arrives"):
        there.ask("PUT", box + "-shut", {"X-Container-Sync-Key": "another"})
        here.pair(box + "-shut", there)
        here.ask("PUT", box + "-shut/o", {}, b"x")
        here.ask("PUT", box + "/last", {}, b"the round is over")

        def over():
            here.sync()
            return "last" in there.names(box)
        clouds.eventually(over, 60, "the round")
        time.sleep(2)
        here.sync()
        assert there.names(box + "-shut") == []
    with checks(way + "and arrives once the key is the same"):
        there.ask("POST", box + "-shut", {"X-Container-Sync-Key": "of the owner"})
        until_same(here, there, [box + "-shut"])


def both_ways(checks, ours, theirs, store):
    box = "both"
    with checks("both ways: each gets what the other has"):
        ours.pair(box, theirs)
        theirs.pair(box, ours)
        ours.ask("PUT", box + "/a", {}, b"ours")
        theirs.ask("PUT", box + "/b", {}, b"theirs")
        until_same(ours, theirs, [box])
        assert ours.names(box) == theirs.names(box) == ["a", "b"]
    with checks("both ways: the newer of two changes holds, whoever made it"):
        for late, early in ((ours, theirs), (theirs, ours)):
            early.ask("PUT", box + "/c", {}, b"early")
            time.sleep(0.05)
            late.ask("PUT", box + "/c", {}, b"late of " + late.name.encode())
            until_same(ours, theirs, [box])
            assert early.ask("GET", box + "/c").body == b"late of " + late.name.encode()
    with checks("both ways: a deletion holds against what was there before it, and a later put against the deletion"):
        ours.ask("DELETE", box + "/a")
        theirs.ask("DELETE", box + "/b")
        until_same(ours, theirs, [box])
        assert ours.names(box) == ["c"], ours.names(box)
        theirs.ask("PUT", box + "/a", {}, b"again")
        until_same(ours, theirs, [box])
        assert ours.ask("GET", box + "/a").body == b"again"
    with checks("both ways: at rest nothing is sent"):
        theirs.sync()
        before, log = ours.everything(box), len(open(store.log).read())
        time.sleep(3)
        theirs.sync()
        assert ours.everything(box) == theirs.everything(box) == before
        with open(store.log) as file:
            said = file.read()[log:]
        assert "PUT /v1/AUTH_test/both/" not in said and "container sync:" not in said, said


def run(packages, _keystone, build, folder):
    checks, processes = Checks("sync with swift"), Processes(folder)
    there, here = os.path.join(folder, "swift"), os.path.join(folder, "ours")
    os.makedirs(here)
    store = None
    try:
        swift = RealSwiftAlone(packages, there, processes, USERS)
        realms = os.path.join(here, "realms.conf")
        with open(realms, "w") as file:
            file.write("[DEFAULT]\nmtime_check_interval = 1\n")
        store = StoreAlone(build, here, USERS, {"container_sync_realms": realms, "container_sync_pause_s": 1})
        for file in (realms, swift.realms):
            with open(file, "w") as opened:
                opened.write(REALMS % (store.port, swift.port))
        clouds.eventually(lambda: clouds.request("GET", store.url + "/info").json()["container_sync"]["realms"], 20, "our realm")
        ours, theirs = Side("ours", store.port), Side("theirs", swift.port, swift.sync)
        one_way(checks, ours, theirs)
        one_way(checks, theirs, ours)
        both_ways(checks, ours, theirs, store)
    finally:
        processes.close()
        if store:
            store.close()
    return checks
