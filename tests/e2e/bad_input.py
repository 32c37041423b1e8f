"""What users get wrong, and what attackers try: each is answered as OpenStack would, changes nothing, and leaves the daemons well.

Raw sockets and the standard library: curl and the stock clients refuse to send most of this.
"""
import base64
import contextlib
import json
import os
import socket
import struct
import sys
import threading
import time
import urllib.parse

sys.path[:0] = [os.path.join(os.path.dirname(os.environ["E2E_FOLDER"]), "support"), os.environ["E2E_FOLDER"]]
import checks  # noqa: E402
from checks import check, test  # noqa: E402
from cloud import Session, eventually, request  # noqa: E402

admin = Session(os.environ)
demo = Session(dict(os.environ, OS_USERNAME="demo", OS_PROJECT_NAME="demo", OS_PASSWORD=os.environ["E2E_DEMO_PASSWORD"]))
SERVICES = [name for name in ("identity", "compute", "network", "image", "object-store") if name in demo.endpoints]


def refused(answer, *statuses, says=None):
    """A fault of the wanted status in JSON that says what was wrong."""
    check(answer.status in statuses, "wanted %s, got %s" % (statuses, answer))
    if says:
        check(says.lower() in answer.body.decode(errors="replace").lower(), "no '%s' in %s" % (says, answer))
    return answer


def fault(answer):
    """The message of a JSON fault, whichever service's shape."""
    document = answer.json()
    check(isinstance(document, dict) and len(document) == 1, "not a fault: %s" % answer)
    inner = next(iter(document.values()))
    return inner["message"] if isinstance(inner, dict) else inner


def raw(service, payload, patience_s=10, half_close=False):
    """Sends bytes, returns what comes back until the server closes or falls silent."""
    address = urllib.parse.urlsplit(demo.endpoints[service])
    with socket.create_connection((address.hostname, address.port), timeout=patience_s) as wire:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            wire.sendall(payload)
        if half_close:
            wire.shutdown(socket.SHUT_WR)
        got = b""
        with contextlib.suppress(socket.timeout, ConnectionResetError):
            while True:
                part = wire.recv(65536)
                if not part:
                    break
                got += part
                if complete(got):
                    break
    return got


def complete(got):
    head, mark, body = got.partition(b"\r\n\r\n")
    if not mark:
        return False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return len(body) >= int(value)
    return False


def status_of(got):
    check(got.startswith(b"HTTP/1.1 "), "no answer: %r" % got[:100])
    return int(got[9:12])


def path_of(service, path):
    return urllib.parse.urlsplit(demo.endpoints[service]).path + path


def head(service, method, path, *headers):
    address = urllib.parse.urlsplit(demo.endpoints[service])
    lines = ["%s %s HTTP/1.1" % (method, path_of(service, path)), "Host: " + address.netloc, "X-Auth-Token: " + demo.token]
    return "\r\n".join(lines + list(headers)).encode() + b"\r\n\r\n"


def first(service, path, key):
    return demo.ask("GET", service, path)[key][0]["id"]


IMAGE = first("image", "/v2/images?name=tiny", "images")
NETWORK = first("network", "/v2.0/networks?name=private", "networks")
MISSING = "00000000-0000-4000-8000-000000000000"


def server(**more):
    body = {"name": "bad", "imageRef": IMAGE, "flavorRef": "1", "networks": [{"uuid": NETWORK}]}
    body.update(more)
    return {"server": {k: v for k, v in body.items() if v is not ...}}


def create(body, **headers):
    return demo.call("POST", "compute", "/servers", body, headers)


def footprint():
    """What a refused request must not change."""
    limits = demo.ask("GET", "compute", "/limits")["limits"]["absolute"]
    return {
        "servers": sorted(s["id"] for s in demo.ask("GET", "compute", "/servers")["servers"]),
        "ports": sorted(p["id"] for p in demo.ask("GET", "network", "/v2.0/ports")["ports"]),
        "networks": sorted(n["id"] for n in demo.ask("GET", "network", "/v2.0/networks")["networks"]),
        "images": sorted(i["id"] for i in demo.ask("GET", "image", "/v2/images")["images"] if i["name"] == "tiny"),
        "used": [limits["totalInstancesUsed"], limits["totalCoresUsed"], limits["totalRAMUsed"]],
    }


BEFORE = footprint()


@test
def unknown_property():
    """an unknown JSON property is refused, and named"""
    refused(create(server(colour="blue")), 400, says="colour")
    refused(create({"server": server()["server"], "extra": 1}), 400, says="extra")
    refused(admin.call("POST", "compute", "/flavors", {"flavor": {"name": "x", "ram": 1, "vcpus": 1, "disk": 1, "shape": 1}}),
            400, says="shape")
    refused(demo.call("POST", "network", "/v2.0/networks", {"network": {"colour": "blue"}}), 400, says="colour")


@test
def wrong_type():
    """a wrong type is refused, and its member named"""
    refused(create(server(name=7)), 400, says="name")
    refused(create(server(name={"a": 1})), 400, says="name")
    refused(create(server(networks=5)), 400, says="networks")
    refused(create(server(metadata={"a": 5})), 400)
    refused(create(server(min_count="many")), 400)
    refused(create({"server": []}), 400)
    refused(create([]), 400)
    refused(create(b"null", **{"Content-Type": "application/json"}), 400)
    refused(demo.call("POST", "network", "/v2.0/ports", {"port": {"network_id": NETWORK, "admin_state_up": "perhaps"}}), 400)
    refused(demo.call("POST", "network", "/v2.0/networks", {"network": "x"}), 400)
    refused(demo.call("POST", "image", "/v2/images", {"name": 5}), 400)
    refused(admin.call("POST", "identity", "/users", {"user": {"name": 7}}), 400)


@test
def missing_members():
    """a missing member is refused"""
    refused(create(server(name=...)), 400, says="name")
    refused(create(server(flavorRef=...)), 400, says="flavorRef")
    refused(create({}), 400)
    refused(demo.call("POST", "network", "/v2.0/ports", {"port": {}}), 400)
    refused(request("POST", demo.auth_url + "/auth/tokens", {"Content-Type": "application/json"}, b"{}"), 400)


@test
def absurd_numbers():
    """absurd numbers are refused: 400, never 500"""
    for number in (-1, 0, 10**30, "9" * 400, "-5", 2**63, 1e308):
        refused(create(server(min_count=number)), 400, 403)
        refused(create(server(max_count=number)), 400, 403)
    for limit in ("-1", "abc", "9" * 40, "1.5", "%00"):
        answer = demo.call("GET", "compute", "/servers?limit=" + limit)
        check(answer.status in (200, 400), "limit=%s: %s" % (limit, answer))
        answer = demo.call("GET", "network", "/v2.0/ports?limit=" + limit)
        check(answer.status in (200, 400), "limit=%s: %s" % (limit, answer))
        answer = demo.call("GET", "image", "/v2/images?limit=" + limit)
        check(answer.status in (200, 400), "limit=%s: %s" % (limit, answer))
    for ram in (-1, 0, 2**31, 10**30, "9" * 100):
        refused(admin.call("POST", "compute", "/flavors", {"flavor": {"name": "bad", "ram": ram, "vcpus": 1, "disk": 1}}), 400)
    refused(admin.call("PUT", "compute", "/os-quota-sets/" + demo.project_id, {"quota_set": {"instances": 10**30}}), 400)
    refused(admin.call("PUT", "compute", "/os-quota-sets/" + demo.project_id, {"quota_set": {"instances": -7}}), 400)


@test
def absurd_lengths():
    """absurd lengths are refused"""
    refused(create(server(name="x" * 256)), 400, says="name")
    refused(create(server(name="")), 400)
    huge = json.dumps(server(name="x" * 5_000_000)).encode()
    got = raw("compute", head("compute", "POST", "/servers", "Content-Type: application/json", "Content-Length: %d" % len(huge)) + huge)
    check(not got or status_of(got) in (400, 413), "five megabytes: %r" % got[:100])
    refused(create(server(user_data=base64.b64encode(b"x" * 70_000).decode())), 400)
    refused(create(server(user_data="not base64!")), 400, says="user_data")
    refused(create(server(metadata={"k" * 256: "v"})), 400)
    refused(create(server(metadata={str(i): "v" for i in range(200)})), 400, 403)
    refused(demo.call("POST", "network", "/v2.0/networks", {"network": {"name": "x" * 300}}), 400)
    refused(demo.call("POST", "compute", "/os-keypairs", {"keypair": {"name": "x" * 300}}), 400)
    refused(demo.call("POST", "image", "/v2/images", {"name": "x" * 300}), 400)
    refused(admin.call("POST", "identity", "/projects", {"project": {"name": "x" * 300}}), 400)


@test
def broken_json():
    """what is no JSON is 400"""
    for body in (b"{", b'{"server":', b"[1,", b'{"a" 1}', b"\x00\x01", b'{"server": {"name": "\x01"}}', b"{}{}", b"nan", b""):
        for service, path in (("compute", "/servers"), ("network", "/v2.0/networks"), ("image", "/v2/images"),
                              ("identity", "/auth/tokens")):
            refused(demo.call("POST", service, path, body, {"Content-Type": "application/json"}), 400)


@test
def deep_json():
    """JSON nested a hundred thousand deep is 400"""
    for service, path in (("compute", "/servers"), ("network", "/v2.0/networks"), ("identity", "/auth/tokens")):
        deep = b'{"server":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        refused(demo.call("POST", service, path, deep, {"Content-Type": "application/json"}), 400, 413)


@test
def broken_utf8():
    """broken UTF-8 is 400, in bodies and in paths"""
    for bad in (b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\xaf"):
        body = json.dumps(server(name="HERE")).encode().replace(b"HERE", bad)
        refused(demo.call("POST", "compute", "/servers", body, {"Content-Type": "application/json"}), 400)
        body = b'{"network":{"name":"' + bad + b'"}}'
        refused(demo.call("POST", "network", "/v2.0/networks", body, {"Content-Type": "application/json"}), 400)
        quoted = urllib.parse.quote(bad)
        answer = demo.call("GET", "compute", "/servers/" + quoted)
        check(answer.status in (400, 404), "path: %s" % answer)
        answer = demo.call("GET", "compute", "/servers?name=" + quoted)
        check(answer.status in (200, 400), "query: %s" % answer)
        answer = demo.call("GET", "network", "/v2.0/networks?name=" + quoted)
        check(answer.status in (200, 400), "query: %s" % answer)
        if "object-store" in SERVICES:
            refused(demo.call("PUT", "object-store", "/bad/" + quoted, b"x"), 400, 404, 412)


@test
def names_that_sting():
    """names with quotes, newlines, zero bytes and other scripts are names or are refused, never a server error"""
    for name in ("a\x00b", "a\nb", "'; DROP TABLE servers; --", "${jndi:ldap://x}", "../../../etc/passwd", "名前", "\u202e", " ", "\t"):
        answer = demo.call("POST", "network", "/v2.0/networks", {"network": {"name": name}})
        check(answer.status in (201, 400), "%r: %s" % (name, answer))
        if answer.status == 201:
            made = answer.json()["network"]
            check(demo.ask("GET", "network", "/v2.0/networks/" + made["id"])["network"]["name"] == made["name"], "another name")
            demo.call("DELETE", "network", "/v2.0/networks/" + made["id"])


@test
def content_type():
    """a wrong content type is refused"""
    body = json.dumps(server()).encode()
    refused(demo.call("POST", "compute", "/servers", body, {"Content-Type": "text/plain"}), 400, 415)
    refused(demo.call("POST", "compute", "/servers", b"<server/>", {"Content-Type": "application/xml"}), 400, 415)
    made = demo.ask("POST", "image", "/v2/images", {"name": "bad", "disk_format": "raw", "container_format": "bare"})["id"]
    refused(demo.call("PATCH", "image", "/v2/images/" + made, b"[]", {"Content-Type": "application/json"}), 415)
    refused(demo.call("PUT", "image", "/v2/images/%s/file" % made, b"x", {"Content-Type": "application/json"}), 415)
    refused(demo.call("DELETE", "image", "/v2/images/" + made), 204)


@test
def unknown_references():
    """an unknown image, flavor, network, key, zone or group is refused, and named"""
    refused(create(server(imageRef=MISSING)), 400, says=MISSING)
    refused(create(server(imageRef="tiny")), 400)
    refused(create(server(flavorRef="no-such")), 400, says="no-such")
    refused(create(server(networks=[{"uuid": MISSING}])), 400, says=MISSING)
    refused(create(server(networks=[{"port": MISSING}])), 400, says=MISSING)
    refused(create(server(networks=[{"uuid": "x"}])), 400)
    refused(create(server(networks=[{"uuid": NETWORK, "fixed_ip": "10.99.99.99"}])), 400)
    refused(create(server(networks=[{"uuid": NETWORK, "fixed_ip": "not an address"}])), 400)
    refused(create(server(key_name="no-such")), 400, says="key_name")
    refused(create(server(security_groups=[{"name": "no-such"}])), 400, says="no-such")
    refused(create(server(availability_zone="no-such")), 202, 400)
    refused(demo.call("POST", "network", "/v2.0/subnets", {"subnet": {"network_id": MISSING, "cidr": "10.1.0.0/24", "ip_version": 4}}), 404)
    refused(demo.call("POST", "network", "/v2.0/floatingips", {"floatingip": {"floating_network_id": NETWORK}}), 400)
    for each in demo.ask("GET", "compute", "/servers")["servers"]:
        demo.call("DELETE", "compute", "/servers/" + each["id"])
    eventually(lambda: not demo.ask("GET", "compute", "/servers")["servers"], 20, "servers are gone")


@test
def unknown_ids():
    """an unknown id of any form is 404"""
    for id in (MISSING, "x", "a" * 5000, "..", "%2e%2e%2f", "%00", "1%0d%0aX-Injected: 1", "*", "'", "%F0%9F%98%80"):
        for service, path in (("compute", "/servers/"), ("compute", "/flavors/"), ("compute", "/os-keypairs/"),
                              ("network", "/v2.0/networks/"), ("network", "/v2.0/ports/"), ("image", "/v2/images/")):
            answer = demo.call("GET", service, path + id.replace(" ", "%20"))
            check(answer.status in (400, 404, 414) or id == "..", "%s%s: %s" % (path, id, answer))
            check("X-Injected" not in answer.headers, "an injected header")


@test
def bad_networks():
    """impossible subnets, ports and rules are refused"""
    made = demo.ask("POST", "network", "/v2.0/networks", {"network": {"name": "bad"}})["network"]["id"]

    def subnet(**more):
        body = dict({"network_id": made, "ip_version": 4, "cidr": "10.88.0.0/24"}, **more)
        return demo.call("POST", "network", "/v2.0/subnets", {"subnet": body})
    try:
        for cidr in ("10.88.0.0/33", "300.1.1.1/24", "banana", "", "10.88.0.0", "fe80::/64", "10.88.0.0/-1", 7, None):
            check(subnet(cidr=cidr).status in (400, 201) and not (subnet(cidr=cidr).status == 201 and cidr != "10.88.0.0"),
                  "cidr %r" % (cidr,))
        refused(subnet(gateway_ip="10.99.0.1x"), 400)
        refused(subnet(cidr="10.87.0.0/24", allocation_pools=[{"start": "10.87.0.50", "end": "10.87.0.10"}]), 400, 409)
        refused(subnet(cidr="10.87.0.0/24", allocation_pools=[{"start": "10.1.0.5", "end": "10.1.0.10"}]), 400, 409)
        refused(subnet(cidr="10.87.0.0/24", ip_version=5), 400)
        refused(subnet(cidr="10.87.0.0/24", dns_nameservers=["x y"]), 400)
        refused(demo.call("POST", "network", "/v2.0/ports", {"port": {"network_id": made, "mac_address": "zz:zz"}}), 400)
        refused(demo.call("POST", "network", "/v2.0/ports", {"port": {"network_id": made, "device_owner": "network:dhcp"}}), 201, 400, 403)
    finally:
        for port in demo.ask("GET", "network", "/v2.0/ports?network_id=" + made)["ports"]:
            demo.call("DELETE", "network", "/v2.0/ports/" + port["id"])
        refused(demo.call("DELETE", "network", "/v2.0/networks/" + made), 204)


@test
def other_peoples():
    """somebody else's ids are 404, and their things stay"""
    network = admin.ask("POST", "network", "/v2.0/networks", {"network": {"name": "theirs"}})["network"]["id"]
    subnet = admin.ask("POST", "network", "/v2.0/subnets",
                       {"subnet": {"network_id": network, "ip_version": 4, "cidr": "10.66.0.0/24"}})["subnet"]["id"]
    made = admin.ask("POST", "compute", "/servers", server(name="theirs", networks=[{"uuid": network}]))["server"]["id"]
    image = admin.ask("POST", "image", "/v2/images", {"name": "theirs", "disk_format": "raw", "container_format": "bare"})["id"]
    try:
        for method, service, path, body in (
                ("GET", "compute", "/servers/" + made, None), ("DELETE", "compute", "/servers/" + made, None),
                ("PUT", "compute", "/servers/" + made, {"server": {"name": "mine"}}),
                ("POST", "compute", "/servers/%s/action" % made, {"os-stop": None}),
                ("GET", "compute", "/servers/%s/metadata" % made, None),
                ("GET", "compute", "/servers/%s/os-interface" % made, None),
                ("GET", "compute", "/servers/%s/os-instance-actions" % made, None),
                ("GET", "network", "/v2.0/networks/" + network, None), ("GET", "network", "/v2.0/subnets/" + subnet, None),
                ("DELETE", "network", "/v2.0/subnets/" + subnet, None),
                ("PUT", "network", "/v2.0/networks/" + network, {"network": {"name": "mine"}}),
                ("GET", "image", "/v2/images/" + image, None), ("GET", "image", "/v2/images/%s/file" % image, None),
                ("DELETE", "image", "/v2/images/" + image, None)):
            refused(demo.call(method, service, path, body), 404)
        refused(create(server(networks=[{"uuid": network}])), 400)
        refused(create(server(imageRef=image)), 400)
        refused(demo.call("GET", "compute", "/os-quota-sets/" + admin.project_id), 403)
        refused(demo.call("GET", "compute", "/servers?all_tenants=1"), 403)
        check(admin.ask("GET", "compute", "/servers/" + made)["server"]["name"] == "theirs", "it was changed")
        if "object-store" in SERVICES:
            root = demo.endpoints["object-store"].rsplit("/", 1)[0] + "/AUTH_" + admin.project_id
            refused(request("GET", root, {"X-Auth-Token": demo.token}), 403)
            refused(request("PUT", root + "/c", {"X-Auth-Token": demo.token}, b""), 403)
    finally:
        admin.call("DELETE", "compute", "/servers/" + made)
        admin.call("DELETE", "image", "/v2/images/" + image)
        eventually(lambda: admin.call("GET", "compute", "/servers/" + made).status == 404, 20, "it is deleted")
        refused(admin.call("DELETE", "network", "/v2.0/networks/" + network), 204)


@test
def garbage_tokens():
    """garbage tokens are 401 at every service"""
    paths = {"identity": "/users", "compute": "/servers", "network": "/v2.0/networks", "image": "/v2/images", "object-store": ""}
    altered = demo.token[:-4] + ("AAAA" if demo.token[-4:] != "AAAA" else "BBBB")
    for service in SERVICES:
        for token in ("", "x", "gAAAAAB", altered, "a" * 7000, "é".encode().decode("latin-1"), demo.token[:40], demo.token + "A"):
            answer = request("GET", demo.url(service, paths[service]), {"X-Auth-Token": token})
            check(answer.status == 401, "%s with %.30r: %s" % (service, token, answer))
            check("Keystone" in (answer.headers["WWW-Authenticate"] or "Keystone"), "no hint where to log in")
        refused(request("GET", demo.url(service, paths[service])), 401)


@test
def methods_and_paths():
    """a method that a path does not have is 405 with Allow, an unknown path 404"""
    for service, path in (("compute", "/servers/detail"), ("network", "/v2.0/networks"), ("image", "/v2/images")):
        answer = refused(demo.call("PATCH", service, path, b"{}", {"Content-Type": "application/json"}), 405)
        check("GET" in (answer.headers["Allow"] or ""), "Allow: %s" % answer.headers["Allow"])
    for service in ("identity", "compute", "network", "image"):
        refused(demo.call("GET", service, "/no/such/thing"), 404)
        got = raw(service, head(service, "BREW", "/", "Connection: close"))
        check(status_of(got) in (400, 404, 405, 501), "%r" % got[:100])


@test
def huge_headers():
    """huge and many headers, and a huge request line, are refused, and the next request is answered"""
    for service in SERVICES:
        for payload in (head(service, "GET", "/", "X-Big: " + "x" * 2_000_000),
                        head(service, "GET", "/", *["X-%d: y" % i for i in range(50_000)]),
                        head(service, "GET", "/" + "a" * 1_000_000)):
            got = raw(service, payload)
            check(not got or status_of(got) in (400, 414, 431), "%s: %r" % (service, got[:100]))
        check(request("GET", demo.url(service, "/"), {"X-Auth-Token": demo.token}).status < 500, "%s is not well" % service)


@test
def broken_http():
    """what is no HTTP is answered by 400 or a closed connection"""
    for service in SERVICES:
        for payload in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200, b"GET\r\n\r\n", b"\r\n\r\n\r\n\r\n",
                        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
                        head(service, "POST", "/", "Content-Length: -1"), head(service, "POST", "/", "Content-Length: 9x"),
                        head(service, "POST", "/", "Content-Length: 99999999999999999999999"),
                        head(service, "POST", "/", "Content-Length: 5", "Content-Length: 6") + b"12345",
                        head(service, "POST", "/", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
                        head(service, "POST", "/", "Transfer-Encoding: chunked") + b"zz\r\n\r\n",
                        head(service, "POST", "/", "Transfer-Encoding: chunked") + b"ffffffffffffffffff\r\n",
                        head(service, "POST", "/", "Transfer-Encoding: gzip")):
            got = raw(service, payload, 3, half_close=True)
            # Who does not read a body does not see that it is broken: the connection then ends after the answer.
            if service == "object-store" and b"chunked\r\n\r\n" in payload and got:
                check(status_of(got) != 500, "%r" % got[:100])
                continue
            check(not got or 400 <= status_of(got) < 600 and status_of(got) not in (500, 502),
                  "%s to ...%r: %r" % (service, payload[-60:], got[:100]))


@test
def smuggled_requests():
    """a body's length that is told twice does not smuggle a second request"""
    second = head("compute", "DELETE", "/servers/" + MISSING)
    payload = head("compute", "POST", "/servers", "Content-Type: application/json", "Content-Length: %d" % len(second),
                   "Transfer-Encoding: chunked") + b"0\r\n\r\n" + second
    got = raw("compute", payload, 3)
    check(got.count(b"HTTP/1.1 ") <= 1, "two answers: %r" % got[:300])


@test
def slow_clients():
    """two hundred slow clients hold nobody else up"""
    with contextlib.ExitStack() as stack:
        for service in ("identity", "compute", "network", "image"):
            address = urllib.parse.urlsplit(demo.endpoints[service])
            for i in range(50):
                wire = stack.enter_context(socket.create_connection((address.hostname, address.port), timeout=5))
                part = head(service, "POST", "/", "Content-Length: 1000", "Content-Type: application/json")
                wire.sendall(part[:20] if i % 2 else part + b"{")
        for service, path in (("identity", "/auth/projects"), ("compute", "/servers"), ("network", "/v2.0/networks"), ("image", "/v2/images")):
            started = time.monotonic()
            refused(demo.call("GET", service, path, timeout_s=10), 200)
            check(time.monotonic() - started < 3, "%s took %.1f s" % (service, time.monotonic() - started))


@test
def clients_that_vanish():
    """clients that vanish in the middle of request or answer leave nothing"""
    for service in SERVICES:
        for _ in range(20):
            address = urllib.parse.urlsplit(demo.endpoints[service])
            with socket.create_connection((address.hostname, address.port), timeout=5) as wire:
                # RST instead of FIN.
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                wire.sendall(head(service, "POST", "/servers", "Content-Length: 100", "Content-Type: application/json") + b"{\"se")
        check(request("GET", demo.url(service, "/"), {"X-Auth-Token": demo.token}).status < 500, "%s is not well" % service)


@test
def truncated_image():
    """a truncated image upload leaves no active image"""
    made = demo.ask("POST", "image", "/v2/images", {"name": "cut", "disk_format": "raw", "container_format": "bare"})["id"]
    try:
        raw("image", head("image", "PUT", "/v2/images/%s/file" % made, "Content-Type: application/octet-stream",
                          "Content-Length: 1000000") + b"x" * 1000, 3, half_close=True)
        raw("image", head("image", "PUT", "/v2/images/%s/file" % made, "Content-Type: application/octet-stream",
                          "Transfer-Encoding: chunked") + b"10\r\n0123456789abcdef\r\n", 3, half_close=True)
        state = eventually(lambda: (lambda image: image["status"] != "saving" and image)(demo.ask("GET", "image", "/v2/images/" + made)),
                           10, "the upload is given up")
        check(state["status"] in ("queued", "killed"), "status %s" % state["status"])
        check(demo.call("GET", "image", "/v2/images/%s/file" % made).status in (204, 404, 409), "it has data")
        refused(create(server(imageRef=made)), 400)
    finally:
        demo.call("DELETE", "image", "/v2/images/" + made)


@test
def image_against_its_word():
    """an image whose data breaks the checksum or size it promised is not active"""
    qcow2 = bytearray(b"QFI\xfb" + struct.pack(">IQIIQ", 3, 0, 0, 16, 1 << 30) + b"\0" * 600)
    lies = {
        "version 99": b"QFI\xfb" + struct.pack(">I", 99) + b"\0" * 600, "a stump": b"QFI\xfb",
        "exabytes": bytes(qcow2[:24]) + struct.pack(">Q", 1 << 62) + bytes(qcow2[32:]),
        "a backing file": b"QFI\xfb" + struct.pack(">IQIIQ", 3, 104, 11, 16, 1 << 30) + b"\0" * 72 + b"/etc/passwd" + b"\0" * 600,
        "a VMDK": b"KDMV" + struct.pack("<I", 1) + b"\0" * 600,
        "clusters of 2^63": b"QFI\xfb" + struct.pack(">IQIIQ", 3, 0, 0, 63, 1 << 30) + b"\0" * 600,
    }
    for what, data in lies.items():
        made = demo.ask("POST", "image", "/v2/images", {"name": "lie", "disk_format": "qcow2", "container_format": "bare"})["id"]
        answer = demo.call("PUT", "image", "/v2/images/%s/file" % made, data, {"Content-Type": "application/octet-stream"})
        state = demo.ask("GET", "image", "/v2/images/" + made)["status"]
        demo.call("DELETE", "image", "/v2/images/" + made)
        check(400 <= answer.status < 500 and state != "active", "%s: %s, then %s" % (what, answer, state))


@test
def truncated_object():
    """a truncated object upload stores nothing"""
    if "object-store" not in SERVICES:
        return
    refused(demo.call("PUT", "object-store", "/bad", b""), 201, 202)
    raw("object-store", head("object-store", "PUT", "/bad/cut", "Content-Length: 1000000") + b"x" * 1000, 3, half_close=True)
    refused(demo.call("GET", "object-store", "/bad/cut"), 404)
    refused(demo.call("PUT", "object-store", "/bad/" + "x" * 2000, b"x"), 400)
    refused(demo.call("PUT", "object-store", "/" + "x" * 300, b""), 400)
    refused(demo.call("PUT", "object-store", "/bad/meta", b"x", {"X-Object-Meta-K": "v" * 5000}), 400)
    refused(demo.call("DELETE", "object-store", "/bad"), 204)


@test
def a_storm_of_creates():
    """creates of garbage in parallel change nothing"""
    answers = []

    def storm(seed):
        for i in range(10):
            answers.append(create(server(name="s" * (seed * 50 + 1), flavorRef="no-%d" % i)).status)
    threads = [threading.Thread(target=storm, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(set(answers) == {400} and len(answers) == 80, "%s" % sorted(answers))


@test
def nothing_changed():
    """after all of it nothing has changed"""
    after = footprint()
    check(after == BEFORE, "before %s, after %s" % (BEFORE, after))


sys.exit(1 if checks.any_bad else 0)
