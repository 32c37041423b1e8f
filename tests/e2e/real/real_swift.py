"""A real Swift of Debian's packages: proxy, account, container and object server, one device, in one folder on loopback."""
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
        os.makedirs(os.path.join(folder, "devices", "d0"))
        environment = packages.environment()
        ports = {kind: free_port() for kind in ("account", "container", "object")}
        self.port, memcached = free_port(), free_port()
        self.url = "http://127.0.0.1:%d/v1/AUTH_%%(tenant_id)s" % self.port
        with open(os.path.join(folder, "swift.conf"), "w") as file:
            file.write("[swift-hash]\nswift_hash_path_suffix = proof\nswift_hash_path_prefix = proof\n")
        subprocess.run(["/usr/bin/python3", "-c", RINGS, folder, *map(str, ports.values())], env=environment, check=True)
        processes.start("swift-memcached", [packages.program("memcached"), "-l", "127.0.0.1", "-p", str(memcached), "-u", "root"],
                        environment)
        for kind, port in ports.items():
            self._server(kind, STORAGE.format(kind=kind, port=port, folder=folder), folder, processes, environment)
        self._server("proxy", PROXY.format(port=self.port, folder=folder, memcached=memcached, identity=identity, user=user,
                                           password=password), folder, processes, environment)

        def answers():
            try:
                return clouds.request("GET", "http://127.0.0.1:%d/healthcheck" % self.port).status == 200
            except OSError:
                return False
        clouds.eventually(answers, 60, "the real Swift answers")

    @staticmethod
    def _server(kind, config, folder, processes, environment):
        with open(os.path.join(folder, kind + ".conf"), "w") as file:
            file.write(config)
        processes.start("swift-" + kind, ["/usr/bin/python3", "-c", SERVER, folder, kind], environment)
