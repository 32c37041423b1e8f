"""A real Glance API of Debian's packages with SQLite, and files or an object store, on loopback."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
import cloud as clouds  # noqa: E402
from real_keystone import free_port  # noqa: E402

CONFIG = """[DEFAULT]
bind_host = 127.0.0.1
bind_port = {port}
workers = 0
log_file = {folder}/glance.log
enabled_backends = {backends}
enforce_secure_rbac = true
[glance_store]
default_backend = {default}
[files]
filesystem_store_datadir = {folder}/images
[objects]
swift_store_auth_version = 3
swift_store_auth_address = {identity}
swift_store_user = service:{user}
swift_store_key = {password}
swift_store_user_domain_id = default
swift_store_project_domain_id = default
swift_store_user_domain_name = Default
swift_store_project_domain_name = Default
swift_store_create_container_on_put = true
swift_store_large_object_size = 5
swift_store_large_object_chunk_size = 2
swift_store_region = RegionOne
[os_glance_staging_store]
filesystem_store_datadir = {folder}/staging
[os_glance_tasks_store]
filesystem_store_datadir = {folder}/tasks
[database]
connection = sqlite:///{folder}/glance.sqlite
[paste_deploy]
flavor = keystone
config_file = {paste}
[keystone_authtoken]
www_authenticate_uri = {identity}
auth_url = {identity}
auth_type = password
username = {user}
password = {password}
project_name = service
user_domain_name = Default
project_domain_name = Default
[oslo_policy]
enforce_scope = true
enforce_new_defaults = true
"""


class RealGlance:
    def __init__(self, packages, folder, processes, identity, user, password, in_objects=False):
        """`in_objects`: images go to the object store of the catalog, from 5 MB on as segments of 2 MB."""
        for name in ("images", "staging", "tasks"):
            os.makedirs(os.path.join(folder, name))
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        config, environment = os.path.join(folder, "glance.conf"), packages.environment()
        with open(config, "w") as file:
            file.write(CONFIG.format(port=self.port, folder=folder, identity=identity, user=user, password=password,
                                     backends="objects:swift" if in_objects else "files:file",
                                     default="objects" if in_objects else "files",
                                     paste=packages.path("usr/share/glance-common/glance-api-paste.ini")))
        python = ["/usr/bin/python3"]
        subprocess.run(python + [packages.program("glance-manage"), "--config-file", config, "db_sync"], env=environment, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        processes.start("glance", python + [packages.program("glance-api"), "--config-file", config], environment)

        def answers():
            try:
                return clouds.request("GET", self.url + "/versions").status in (200, 300)
            except OSError:
                return False
        clouds.eventually(answers, 180, "the real Glance answers")
