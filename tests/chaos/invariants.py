"""What must hold after any crash, as the APIs and the simulated hosts' own journals tell it."""
import glob
import json
import os

import cloud as clouds

FINAL = ("ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED", "ERROR", "RESCUE", "VERIFY_RESIZE", "SHELVED_OFFLOADED")
SETTLE_S = 40


def patient(call):
    """The answer of `call` once the daemons answer again."""
    def attempt():
        try:
            return (call(),)
        except (OSError, clouds.CloudError):
            return None
    return clouds.eventually(attempt, 30, "the cloud answers")[0]


def servers_of(cloud):
    admin = patient(cloud.login)
    return patient(lambda: admin.ask("GET", "compute", "/servers/detail?all_tenants=1",
                                     headers={"X-OpenStack-Nova-API-Version": "2.47"}))["servers"]


def guests_of(cloud):
    """{guest id: host} as the simulated hosts hold them, and what is wrong with that."""
    guests, wrong = {}, []
    for file in glob.glob(os.path.join(cloud.state, "data", "agent", "sim", "*", "*")):
        host = os.path.basename(os.path.dirname(file))
        held = {}
        try:
            with open(file) as journal:
                for text in journal:
                    line = json.loads(text)
                    if "gone" in line:
                        held.pop(line["gone"], None)
                    else:
                        held[line["id"]] = line
        except (OSError, ValueError):
            continue  # being rewritten: the next look finds it whole
        for guest in held:
            if guest in guests:
                wrong.append("guest %s is on %s and on %s" % (guest, guests[guest], host))
            guests[guest] = host
    return guests, wrong


def unsettled(cloud):
    return ["server %s is %s with task %s" % (s["id"], s["status"], s["OS-EXT-STS:task_state"])
            for s in servers_of(cloud) if s["status"] not in FINAL or s["OS-EXT-STS:task_state"]]


def sums_broken(cloud):
    wrong = []
    servers = servers_of(cloud)
    for user in ("admin", "demo"):
        session = patient(lambda: cloud.login(user))
        used = patient(lambda: session.ask("GET", "compute", "/limits"))["limits"]["absolute"]
        mine = [s for s in servers if s["tenant_id"] == session.project_id]
        wanted = [len(mine), sum(s["flavor"]["vcpus"] for s in mine), sum(s["flavor"]["ram"] for s in mine)]
        told = [used["totalInstancesUsed"], used["totalCoresUsed"], used["totalRAMUsed"]]
        if told != wanted:
            wrong.append("quota of %s says %s instances, cores, MiB; its servers are %s" % (user, told, wanted))
    admin = cloud.login()
    placed = {}
    for server in servers:
        host = server["OS-EXT-SRV-ATTR:host"]
        if host:
            sums = placed.setdefault(host, [0, 0, 0])
            for index, number in enumerate((1, server["flavor"]["vcpus"], server["flavor"]["ram"])):
                sums[index] += number
    for host in patient(lambda: admin.ask("GET", "compute", "/os-hypervisors/detail"))["hypervisors"]:
        told = [host["running_vms"], host["vcpus_used"], host["memory_mb_used"]]
        sums = placed.get(host["service"]["host"], [0, 0, 0])
        if told != sums:
            wrong.append("placement of %s says %s servers, vcpus, MiB; its servers are %s" %
                         (host["hypervisor_hostname"], told, sums))
    by_id = {s["id"]: s for s in servers}
    ports = patient(lambda: admin.ask("GET", "network", "/v2.0/ports"))["ports"]
    for port in ports:
        if port["device_owner"].startswith("compute:") and port["device_id"] not in by_id:
            wrong.append("port %s belongs to the server %s that is not" % (port["id"], port["device_id"]))
    guests, doubled = guests_of(cloud)
    wrong += doubled
    for guest, host in guests.items():
        if guest not in by_id:
            wrong.append("guest %s on %s belongs to no server" % (guest, host))
        elif by_id[guest]["OS-EXT-SRV-ATTR:host"] != host:
            wrong.append("guest %s is on %s, its server on %s" % (guest, host, by_id[guest]["OS-EXT-SRV-ATTR:host"]))
    for server in servers:
        if server["status"] not in ("ERROR", "SHELVED_OFFLOADED") and server["id"] not in guests:
            wrong.append("server %s (%s) has no guest" % (server["id"], server["status"]))
    return wrong


def settles(look, patience_s=SETTLE_S):
    """The complaints that are left when the patience is at its end."""
    left = []

    def quiet():
        left[:] = look()
        return not left
    try:
        clouds.eventually(quiet, patience_s, "settled")
    except clouds.CloudError:
        pass
    return left


def broken(cloud):
    return settles(lambda: unsettled(cloud)) or settles(lambda: sums_broken(cloud), 10)


def clear(cloud):
    """Deletes what scenarios made, in whatever state it is: DELETE is legal in every state. Returns what is wrong."""
    wrong = []

    def servers_left():
        left = servers_of(cloud)
        for server in left:
            if server["OS-EXT-STS:task_state"] != "deleting":
                session = cloud.login()
                answer = patient(lambda: session.call("DELETE", "compute", "/servers/" + server["id"]))
                if answer.status == 409:  # locked
                    session.call("POST", "compute", "/servers/%s/action" % server["id"], {"unlock": None})
                elif answer.status not in (204, 404):
                    return ["DELETE of %s (%s) was answered %s" % (server["id"], server["status"], answer)]
        return ["server %s (%s, %s) is not deleted" % (s["id"], s["status"], s["OS-EXT-STS:task_state"]) for s in left]
    wrong += settles(servers_left)
    wrong += patient(lambda: clear_the_rest(cloud))
    return wrong


def clear_the_rest(cloud):
    wrong = []
    for user in ("demo", "admin"):
        session = cloud.login(user)

        def each(service, path, key, wanted=lambda row: row["name"].startswith("chaos")):
            return [row for row in session.ask("GET", service, path)[key] if wanted(row)]

        def drop(service, path):
            answer = session.call("DELETE", service, path)
            if answer.status // 100 != 2 and answer.status != 404:
                wrong.append("DELETE %s was answered %s" % (path, answer))
        mine = "project_id=" + session.project_id
        for row in each("network", "/v2.0/floatingips?" + mine, "floatingips", lambda row: True):
            drop("network", "/v2.0/floatingips/" + row["id"])
        for row in each("network", "/v2.0/routers?" + mine, "routers"):
            for port in session.ask("GET", "network", "/v2.0/ports?device_owner=network:router_interface&device_id=" + row["id"])["ports"]:
                session.call("PUT", "network", "/v2.0/routers/%s/remove_router_interface" % row["id"], {"port_id": port["id"]})
            drop("network", "/v2.0/routers/" + row["id"])
        for row in each("network", "/v2.0/ports?" + mine, "ports"):
            drop("network", "/v2.0/ports/" + row["id"])
        for row in each("network", "/v2.0/networks?" + mine, "networks"):
            drop("network", "/v2.0/networks/" + row["id"])
        for row in each("network", "/v2.0/security-groups?" + mine, "security_groups"):
            drop("network", "/v2.0/security-groups/" + row["id"])
        for row in each("image", "/v2/images?owner=" + session.project_id, "images"):
            drop("image", "/v2/images/" + row["id"])
        for row in session.ask("GET", "compute", "/os-keypairs")["keypairs"]:
            drop("compute", "/os-keypairs/" + row["keypair"]["name"])
    for row in session.ask("GET", "compute", "/os-aggregates")["aggregates"]:
        if row["name"].startswith("chaos"):
            for host in row["hosts"]:
                session.call("POST", "compute", "/os-aggregates/%d/action" % row["id"], {"remove_host": {"host": host}})
            drop("compute", "/os-aggregates/%d" % row["id"])
    for row in session.ask("GET", "compute", "/flavors?is_public=None")["flavors"]:
        if row["name"].startswith("chaos"):
            drop("compute", "/flavors/" + row["id"])
    for kind in ("users", "groups", "projects", "roles", "services", "regions", "domains"):
        for row in session.ask("GET", "identity", "/" + kind)[kind]:
            if row.get("name", row["id"]).startswith("chaos"):
                if kind == "domains":
                    session.call("PATCH", "identity", "/domains/" + row["id"], {"domain": {"enabled": False}})
                drop("identity", "/%s/%s" % (kind, row["id"]))
    return wrong


def broken_when_empty(cloud):
    def look():
        wrong = sums_broken(cloud)
        guests, _ = guests_of(cloud)
        wrong += ["guest %s is left on %s" % pair for pair in guests.items()]
        return wrong
    return settles(look, 20)
