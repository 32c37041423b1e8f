"""A real Swift of Debian's packages: proxy, account, container and object server, one device, in one folder on loopback.

Its users are those of an identity service, or (RealSwiftAlone) its own: then it syncs containers with other clusters.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
import cloud as clouds  # noqa: E402
from real_keystone import free_port  # noqa: E402

# Swift reads /etc/swift/swift.conf unless its modules are told otherwise before they are used.
SERVER = """
import sys
import swift.common.utils as utils
utils.SWIFT_CONF_FILE = sys.argv[1] + "/swift.conf"
utils.validate_hash_conf()
from swift.common.wsgi import run_wsgi
sys.exit(run_wsgi(sys.argv[1] + "/" + sys.argv[2] + ".conf", sys.argv[2] + "-server"))
"""
RINGS = """
import sys
from swift.common.ring import RingBuilder
folder = sys.argv[1]
for name, port in zip(("account", "container", "object"), sys.argv[2:]):
    ring = RingBuilder(4, 1, 0)
    ring.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "replication_ip": "127.0.0.1",
                  "replication_port": int(port), "device": "d0", "weight": 1.0, "meta": ""})
    ring.rebalance()
    ring.get_ring().save(folder + "/" + name + ".ring.gz")
"""
STORAGE = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
devices = {folder}/devices
mount_check = false
swift_dir = {folder}
workers = 0
user = root
log_address = {folder}/no-syslog
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
# One round of container sync.
SYNC = """
import sys
import swift.common.utils as utils
folder = sys.argv[1]
utils.SWIFT_CONF_FILE = folder + "/swift.conf"
utils.validate_hash_conf()
from swift.container.sync import ContainerSync
ContainerSync({"devices": folder + "/devices", "mount_check": "false", "swift_dir": folder, "bind_ip": "127.0.0.1",
               "bind_port": sys.argv[2], "internal_client_conf_path": folder + "/internal.conf"}).run_once()
"""
INTERNAL = """[DEFAULT]
swift_dir = {folder}
log_address = {folder}/no-syslog
[pipeline:main]
pipeline = catch_errors cache symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{memcached}
[filter:symlink]
use = egg:swift#symlink
"""
PROXY_ALONE = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
swift_dir = {folder}
workers = 0
user = root
log_address = {folder}/no-syslog
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache container_sync tempauth slo symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{memcached}
[filter:container_sync]
use = egg:swift#container_sync
[filter:slo]
use = egg:swift#slo
min_segment_size = 1
[filter:symlink]
use = egg:swift#symlink
[filter:tempauth]
use = egg:swift#tempauth
{users}
"""
PROXY = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
swift_dir = {folder}
workers = 0
user = root
log_address = {folder}/no-syslog
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache authtoken keystoneauth proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{memcached}
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
www_authenticate_uri = {identity}
auth_url = {identity}
auth_type = password
username = {user}
password = {password}
project_name = service
user_domain_name = Default
project_domain_name = Default
delay_auth_decision = true
memcached_servers = 127.0.0.1:{memcached}
token_cache_time = 60
[filter:keystoneauth]
use = egg:swift#keystoneauth
operator_roles = admin, member
"""


class RealSwift:
    def __init__(self, packages, folder, processes, identity, user, password):
        self.url = "http://127.0.0.1:%d/v1/AUTH_%%(tenant_id)s" % self._start(packages, folder, processes)
        self._serve(PROXY.format(port=self.port, folder=folder, memcached=self.memcached, identity=identity, user=user,
                                 password=password))

    def _start(self, packages, folder, processes):
        """All but the proxy. Returns the port that the proxy is to take."""
        os.makedirs(os.path.join(folder, "devices", "d0"))
        self.folder, self.processes, self.environment = folder, processes, packages.environment()
        self.ports = {kind: free_port() for kind in ("account", "container", "object")}
        self.port, self.memcached = free_port(), free_port()
        with open(os.path.join(folder, "swift.conf"), "w") as file:
            file.write("[swift-hash]\nswift_hash_path_suffix = proof\nswift_hash_path_prefix = proof\n")
        subprocess.run(["/usr/bin/python3", "-c", RINGS, folder, *map(str, self.ports.values())], env=self.environment, check=True)
        processes.start("swift-memcached", [packages.program("memcached"), "-l", "127.0.0.1", "-p", str(self.memcached), "-u", "root"],
                        self.environment)
        for kind, port in self.ports.items():
            self._server(kind, STORAGE.format(kind=kind, port=port, folder=folder))
        return self.port

    def _serve(self, proxy):
        # A proxy that meets servers not yet there takes them for broken for a minute.
        for kind, port in self.ports.items():
            clouds.eventually(lambda: self._answers(port, "/recon/version"), 60, "the real Swift's %s server answers" % kind)
        self._server("proxy", proxy)
        clouds.eventually(lambda: self._answers(self.port, "/healthcheck"), 60, "the real Swift answers")

    @staticmethod
    def _answers(port, path):
        try:
            return bool(clouds.request("GET", "http://127.0.0.1:%d%s" % (port, path)).status)
        except OSError:
            return False

    def _server(self, kind, config):
        with open(os.path.join(self.folder, kind + ".conf"), "w") as file:
            file.write(config)
        self.processes.start("swift-" + kind, ["/usr/bin/python3", "-c", SERVER, self.folder, kind], self.environment)


class RealSwiftAlone(RealSwift):
    """`users` as "account:user:key group". Realms of container sync are read anew, every second, from `realms`."""

    def __init__(self, packages, folder, processes, users):
        self._start(packages, folder, processes)
        self.realms = os.path.join(folder, "container-sync-realms.conf")
        # Without the file it would look again after five minutes.
        with open(self.realms, "w") as file:
            file.write("[DEFAULT]\nmtime_check_interval = 1\n")
        with open(os.path.join(folder, "internal.conf"), "w") as file:
            file.write(INTERNAL.format(folder=folder, memcached=self.memcached))
        lines = []
        for user in users:
            account, name, key = user.split(":")
            lines.append("user_%s_%s = %s" % (account, name, key))
        self._serve(PROXY_ALONE.format(port=self.port, folder=folder, memcached=self.memcached, users="\n".join(lines)))

    def sync(self):
        """One round: what changed in its containers is sent. Returns what it said."""
        done = subprocess.run(["/usr/bin/python3", "-c", SYNC, self.folder, str(self.ports["container"])], env=self.environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise clouds.CloudError("container sync of the real Swift: " + done.stdout[-2000:])
        return done.stdout
