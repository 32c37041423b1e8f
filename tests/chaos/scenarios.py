"""What users do while daemons die. Each scenario stops at the first request that is not answered; what it made is called
"chaos…". Together they should pass every commit that a daemon knows."""
import random

import cloud as clouds


def first(session, service, path, key, member="id"):
    return session.ask("GET", service, path)[key][0][member]


class Guest:
    """A server of demo."""

    def __init__(self, cloud, **more):
        self.session = cloud.login("demo")
        body = {"name": "chaos", "flavorRef": "1", "imageRef": first(self.session, "image", "/v2/images?name=tiny", "images"),
                "networks": [{"uuid": first(self.session, "network", "/v2.0/networks?name=private", "networks")}]}
        body.update(more)
        self.id = self.session.ask("POST", "compute", "/servers", {"server": body},
                                   {"X-OpenStack-Nova-API-Version": "2.52"})["server"]["id"]

    def get(self):
        return self.session.ask("GET", "compute", "/servers/" + self.id)["server"]

    def becomes(self, status):
        def there():
            server = self.get()
            if server["status"] == "ERROR" and status != "ERROR":
                raise clouds.CloudError("the server is in error: %s" % server.get("fault"))
            return server["status"] == status and not server["OS-EXT-STS:task_state"]
        clouds.eventually(there, 30, "server %s is %s" % (self.id, status))

    def act(self, action, body=None, becomes=None, status=202):
        answer = self.session.call("POST", "compute", "/servers/%s/action" % self.id, {action: body})
        if answer.status != status:
            raise clouds.CloudError("%s: %s" % (action, answer))
        if becomes:
            self.becomes(becomes)

    def delete(self):
        self.session.call("DELETE", "compute", "/servers/" + self.id)
        clouds.eventually(lambda: self.session.call("GET", "compute", "/servers/" + self.id).status == 404, 30,
                          "server %s is deleted" % self.id)


def servers(cloud):
    guest = Guest(cloud)
    guest.becomes("ACTIVE")
    guest.delete()


def many_servers(cloud):
    Guest(cloud, min_count=3, max_count=3)
    session = cloud.login("demo")
    clouds.eventually(lambda: [s["status"] for s in session.ask("GET", "compute", "/servers/detail")["servers"]] == ["ACTIVE"] * 3,
                      30, "three servers run")


def power(cloud):
    guest = Guest(cloud)
    guest.becomes("ACTIVE")
    guest.act("os-stop", becomes="SHUTOFF")
    guest.act("os-start", becomes="ACTIVE")
    guest.act("reboot", {"type": "SOFT"}, "ACTIVE")
    guest.act("reboot", {"type": "HARD"}, "ACTIVE")


def pauses(cloud):
    guest = Guest(cloud)
    guest.becomes("ACTIVE")
    guest.act("pause", becomes="PAUSED")
    guest.act("unpause", becomes="ACTIVE")
    guest.act("suspend", becomes="SUSPENDED")
    guest.act("resume", becomes="ACTIVE")


def sizes(cloud):
    guest = Guest(cloud)
    guest.becomes("ACTIVE")
    guest.act("resize", {"flavorRef": "2"}, "VERIFY_RESIZE")
    guest.act("revertResize", becomes="ACTIVE")
    guest.act("resize", {"flavorRef": "2"}, "VERIFY_RESIZE")
    guest.act("confirmResize", becomes="ACTIVE", status=204)


def disks(cloud):
    guest = Guest(cloud)
    guest.becomes("ACTIVE")
    guest.act("rescue", becomes="RESCUE", status=200)
    guest.act("unrescue", becomes="ACTIVE")
    image = first(guest.session, "image", "/v2/images?name=tiny", "images")
    guest.act("rebuild", {"imageRef": image}, "ACTIVE")


def snapshots(cloud):
    guest = Guest(cloud)
    guest.becomes("ACTIVE")
    guest.act("createImage", {"name": "chaos"}, "ACTIVE")
    guest.act("shelve", becomes="SHELVED_OFFLOADED")
    guest.act("unshelve", becomes="ACTIVE")


def moves(cloud):
    guest = Guest(cloud)
    guest.becomes("ACTIVE")
    guest.session = cloud.login()
    guest.act("migrate", becomes="ACTIVE")
    guest.act("createBackup", {"name": "chaos", "backup_type": "daily", "rotation": 1}, "ACTIVE")
    guest.act("createBackup", {"name": "chaos", "backup_type": "daily", "rotation": 1}, "ACTIVE")


def aggregates(cloud):
    admin = cloud.login()
    host = first(admin, "compute", "/os-hypervisors", "hypervisors", "hypervisor_hostname")
    name = "chaos-%d" % random.randrange(10**9)
    made = admin.ask("POST", "compute", "/os-aggregates", {"aggregate": {"name": name, "availability_zone": name}})["aggregate"]["id"]
    admin.ask("POST", "compute", "/os-aggregates/%d/action" % made, {"add_host": {"host": host}})
    admin.ask("POST", "compute", "/os-aggregates/%d/action" % made, {"set_metadata": {"metadata": {"a": "b"}}})
    admin.ask("PUT", "compute", "/os-aggregates/%d" % made, {"aggregate": {"name": name + "x"}})
    admin.ask("POST", "compute", "/os-aggregates/%d/action" % made, {"remove_host": {"host": host}})
    admin.ask("DELETE", "compute", "/os-aggregates/%d" % made)


def small_changes(cloud):
    guest = Guest(cloud)
    guest.becomes("ACTIVE")
    guest.act("lock")
    guest.act("unlock")
    guest.session.ask("PUT", "compute", "/servers/" + guest.id, {"server": {"name": "chaos2"}})
    guest.session.ask("POST", "compute", "/servers/%s/metadata" % guest.id, {"metadata": {"a": "b"}})
    guest.session.ask("PUT", "compute", "/servers/%s/metadata/a" % guest.id, {"meta": {"a": "c"}})
    guest.session.ask("DELETE", "compute", "/servers/%s/metadata/a" % guest.id)
    newer = {"X-OpenStack-Nova-API-Version": "2.52"}
    guest.session.ask("PUT", "compute", "/servers/%s/tags" % guest.id, {"tags": ["x"]}, newer)
    guest.session.ask("DELETE", "compute", "/servers/%s/tags" % guest.id, headers=newer)
    cloud.login().ask("POST", "compute", "/servers/%s/action" % guest.id, {"os-resetState": {"state": "error"}})


def interfaces(cloud):
    guest = Guest(cloud)
    guest.becomes("ACTIVE")
    network = guest.session.ask("GET", "network", "/v2.0/networks?name=private")["networks"][0]["id"]
    made = guest.session.ask("POST", "compute", "/servers/%s/os-interface" % guest.id,
                             {"interfaceAttachment": {"net_id": network}})["interfaceAttachment"]["port_id"]
    path = "/servers/%s/os-interface" % guest.id

    def attached():
        return {i["port_id"]: i["port_state"] for i in guest.session.ask("GET", "compute", path)["interfaceAttachments"]}
    clouds.eventually(lambda: attached().get(made) == "ACTIVE", 20, "it is attached")
    guest.session.ask("DELETE", "compute", path + "/" + made)
    clouds.eventually(lambda: made not in attached(), 20, "it is detached")


def addresses(cloud):
    guest = Guest(cloud)
    guest.becomes("ACTIVE")
    session = guest.session
    port = first(session, "network", "/v2.0/ports?device_id=" + guest.id, "ports")
    public = first(session, "network", "/v2.0/networks?name=public", "networks")
    made = session.ask("POST", "network", "/v2.0/floatingips", {"floatingip": {"floating_network_id": public}})["floatingip"]["id"]
    session.ask("PUT", "network", "/v2.0/floatingips/" + made, {"floatingip": {"port_id": port}})
    session.ask("PUT", "network", "/v2.0/floatingips/" + made, {"floatingip": {"port_id": None}})
    session.ask("DELETE", "network", "/v2.0/floatingips/" + made)


def no_valid_host(cloud):
    admin = cloud.login()
    flavor = "chaos-%d" % random.randrange(10**9)
    admin.ask("POST", "compute", "/flavors", {"flavor": {"id": flavor, "name": flavor, "ram": 1 << 20, "vcpus": 1, "disk": 1}})
    admin.ask("PUT", "compute", "/os-quota-sets/" + cloud.login("demo").project_id, {"quota_set": {"ram": -1}})
    guest = Guest(cloud, flavorRef=flavor)
    guest.becomes("ERROR")
    guest.delete()
    admin.ask("DELETE", "compute", "/flavors/" + flavor)
    admin.ask("DELETE", "compute", "/os-quota-sets/" + cloud.login("demo").project_id)


def delete_at_once(cloud):
    for _ in range(3):
        Guest(cloud).delete()


def networks(cloud):
    demo = cloud.login("demo")
    network = demo.ask("POST", "network", "/v2.0/networks", {"network": {"name": "chaos"}})["network"]["id"]
    demo.ask("PUT", "network", "/v2.0/networks/" + network, {"network": {"name": "chaos3"}})
    subnet = demo.ask("POST", "network", "/v2.0/subnets",
                      {"subnet": {"name": "chaos", "network_id": network, "ip_version": 4, "cidr": "10.66.0.0/24"}})["subnet"]["id"]
    demo.ask("PUT", "network", "/v2.0/subnets/" + subnet, {"subnet": {"name": "chaos3"}})
    public = first(demo, "network", "/v2.0/networks?name=public", "networks")
    router = demo.ask("POST", "network", "/v2.0/routers", {"router": {"name": "chaos"}})["router"]["id"]
    demo.ask("PUT", "network", "/v2.0/routers/" + router, {"router": {"external_gateway_info": {"network_id": public}}})
    demo.ask("PUT", "network", "/v2.0/routers/%s/add_router_interface" % router, {"subnet_id": subnet})
    demo.ask("PUT", "network", "/v2.0/routers/%s/remove_router_interface" % router, {"subnet_id": subnet})
    demo.ask("DELETE", "network", "/v2.0/routers/" + router)
    port = demo.ask("POST", "network", "/v2.0/ports", {"port": {"name": "chaos", "network_id": network}})["port"]["id"]
    group = demo.ask("POST", "network", "/v2.0/security-groups", {"security_group": {"name": "chaos"}})["security_group"]["id"]
    demo.ask("PUT", "network", "/v2.0/ports/" + port, {"port": {"security_groups": [group]}})
    demo.ask("PUT", "network", "/v2.0/security-groups/" + group, {"security_group": {"name": "chaos3"}})
    rule = demo.ask("POST", "network", "/v2.0/security-group-rules",
                    {"security_group_rule": {"security_group_id": group, "direction": "ingress", "protocol": "udp"}})
    demo.ask("DELETE", "network", "/v2.0/security-group-rules/" + rule["security_group_rule"]["id"])
    demo.ask("DELETE", "network", "/v2.0/ports/" + port)
    demo.ask("DELETE", "network", "/v2.0/security-groups/" + group)
    demo.ask("DELETE", "network", "/v2.0/networks/" + network)


def images(cloud):
    demo = cloud.login("demo")
    made = demo.ask("POST", "image", "/v2/images", {"name": "chaos", "disk_format": "raw", "container_format": "bare"})["id"]
    answer = demo.call("PUT", "image", "/v2/images/%s/file" % made, b"x" * 300_000, {"Content-Type": "application/octet-stream"})
    if answer.status != 204:
        raise clouds.CloudError("upload: %s" % answer)
    patch = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
    demo.ask("PATCH", "image", "/v2/images/" + made, b'[{"op":"replace","path":"/visibility","value":"shared"}]', patch)
    demo.ask("PUT", "image", "/v2/images/%s/tags/x" % made)
    demo.ask("POST", "image", "/v2/images/%s/members" % made, {"member": cloud.login().project_id})
    demo.ask("DELETE", "image", "/v2/images/%s/members/%s" % (made, cloud.login().project_id))
    if demo.call("GET", "image", "/v2/images/%s/file" % made).body != b"x" * 300_000:
        raise clouds.CloudError("the image's data changed")
    demo.ask("DELETE", "image", "/v2/images/" + made)


def flavors_and_keys(cloud):
    admin = cloud.login()
    flavor = "chaos-%d" % random.randrange(10**9)
    admin.ask("POST", "compute", "/flavors", {"flavor": {"id": flavor, "name": flavor, "ram": 64, "vcpus": 1, "disk": 1,
                                                         "os-flavor-access:is_public": False}})
    admin.ask("POST", "compute", "/flavors/%s/os-extra_specs" % flavor, {"extra_specs": {"a": "b"}})
    admin.ask("DELETE", "compute", "/flavors/%s/os-extra_specs/a" % flavor)
    admin.ask("POST", "compute", "/flavors/%s/action" % flavor, {"addTenantAccess": {"tenant": cloud.login("demo").project_id}})
    admin.ask("POST", "compute", "/flavors/%s/action" % flavor, {"removeTenantAccess": {"tenant": cloud.login("demo").project_id}})
    admin.ask("DELETE", "compute", "/flavors/" + flavor)
    demo = cloud.login("demo")
    demo.ask("POST", "compute", "/os-keypairs", {"keypair": {"name": "chaos"}})
    demo.ask("DELETE", "compute", "/os-keypairs/chaos")
    admin.ask("PUT", "compute", "/os-quota-sets/" + demo.project_id, {"quota_set": {"instances": 17}})
    admin.ask("DELETE", "compute", "/os-quota-sets/" + demo.project_id)


def people(cloud):
    admin = cloud.login()
    name = "chaos-%d" % random.randrange(10**9)
    project = admin.ask("POST", "identity", "/projects", {"project": {"name": name, "domain_id": "default"}})["project"]["id"]
    user = admin.ask("POST", "identity", "/users", {"user": {"name": name, "password": "secret", "domain_id": "default"}})["user"]["id"]
    group = admin.ask("POST", "identity", "/groups", {"group": {"name": name, "domain_id": "default"}})["group"]["id"]
    role = admin.ask("POST", "identity", "/roles", {"role": {"name": name}})["role"]["id"]
    admin.ask("PUT", "identity", "/groups/%s/users/%s" % (group, user))
    admin.ask("PUT", "identity", "/projects/%s/users/%s/roles/%s" % (project, user, role))
    admin.ask("PATCH", "identity", "/users/" + user, {"user": {"description": "x"}})
    token = clouds.Session({"OS_USERNAME": name, "OS_PASSWORD": "secret", "OS_PROJECT_NAME": name, "OS_AUTH_URL": admin.auth_url})
    admin.ask("DELETE", "identity", "/auth/tokens", headers={"X-Subject-Token": token.token})
    admin.ask("DELETE", "identity", "/projects/%s/users/%s/roles/%s" % (project, user, role))
    admin.ask("DELETE", "identity", "/groups/%s/users/%s" % (group, user))
    admin.ask("PATCH", "identity", "/projects/" + project, {"project": {"enabled": False}})
    for kind, id in (("users", user), ("groups", group), ("roles", role), ("projects", project)):
        admin.ask("DELETE", "identity", "/%s/%s" % (kind, id))


def catalog(cloud):
    admin = cloud.login()
    name = "chaos-%d" % random.randrange(10**9)
    admin.ask("POST", "identity", "/regions", {"region": {"id": name}})
    service = admin.ask("POST", "identity", "/services", {"service": {"type": name, "name": name}})["service"]["id"]
    made = admin.ask("POST", "identity", "/endpoints", {"endpoint": {"service_id": service, "interface": "public",
                                                                     "url": "http://127.0.0.1:1", "region_id": name}})
    admin.ask("DELETE", "identity", "/endpoints/" + made["endpoint"]["id"])
    admin.ask("DELETE", "identity", "/services/" + service)
    admin.ask("DELETE", "identity", "/regions/" + name)
    domain = admin.ask("POST", "identity", "/domains", {"domain": {"name": name}})["domain"]["id"]
    admin.ask("PATCH", "identity", "/domains/" + domain, {"domain": {"enabled": False}})
    admin.ask("DELETE", "identity", "/domains/" + domain)


def objects(cloud):
    demo = cloud.login("demo")
    if "object-store" not in demo.endpoints:
        return
    for path, data in (("/chaos", b""), ("/chaos/small", b"x"), ("/chaos/large", b"y" * 3_000_000)):
        answer = demo.call("PUT", "object-store", path, data)
        if answer.status // 100 != 2:
            raise clouds.CloudError("PUT %s: %s" % (path, answer))
        if data and demo.call("GET", "object-store", path).body != data:
            raise clouds.CloudError("another object came back")
    for path in ("/chaos/small", "/chaos/large", "/chaos"):
        if demo.call("DELETE", "object-store", path).status != 204:
            raise clouds.CloudError("DELETE %s" % path)


ALL = [servers, many_servers, power, pauses, sizes, disks, snapshots, moves, small_changes, interfaces, addresses, no_valid_host, delete_at_once, aggregates, networks, images,
       flavors_and_keys, people, catalog, objects]
