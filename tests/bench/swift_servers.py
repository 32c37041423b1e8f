"""Debian's Swift on one folder: proxy, account, container and object server, one replica, tempauth, syncs on."""
import os
import signal
import subprocess
import urllib.request

import cloud as clouds

PROXY = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 2
user = root
swift_dir = {dir}
log_level = ERROR
[pipeline:main]
pipeline = healthcheck cache tempauth proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_bench_bench = bench .admin
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{memcached}
"""
STORAGE = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 1
user = root
swift_dir = {dir}
devices = {dir}/devices
mount_check = false
log_level = ERROR
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""


class SwiftServers:
    name = "swift"

    def __init__(self, folder, ports):
        proxy, memcached, *storage = ports
        os.makedirs(os.path.join(folder, "devices", "d1"))
        self.write(os.path.join(folder, "swift.conf"), "[swift-hash]\nswift_hash_path_suffix = bench\n")
        self.write(os.path.join(folder, "proxy-server.conf"), PROXY.format(port=proxy, dir=folder, memcached=memcached))
        for kind, port in zip(("account", "container", "object"), storage):
            self.write(os.path.join(folder, kind + "-server.conf"), STORAGE.format(port=port, dir=folder, kind=kind))
            builder = os.path.join(folder, kind + ".builder")
            for step in (["create", "8", "1", "1"], ["add", "--region", "1", "--zone", "1", "--ip", "127.0.0.1", "--port",
                                                     str(port), "--device", "d1", "--weight", "1"], ["rebalance"]):
                done = subprocess.run(["swift-ring-builder", builder] + step, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                if done.returncode > 1:
                    raise clouds.CloudError("swift-ring-builder: %s" % done.stdout)
        self.processes = [subprocess.Popen(["memcached", "-u", "root", "-l", "127.0.0.1", "-p", str(memcached)])]
        environment = dict(os.environ, SWIFT_DIR=folder)
        self.log = open(os.path.join(folder, "log"), "w")
        for kind in ("account", "container", "object", "proxy"):
            command = ["/usr/bin/swift-%s-server" % kind, os.path.join(folder, kind + "-server.conf")]
            self.processes.append(subprocess.Popen(command, env=environment, stdout=self.log, stderr=self.log,
                                                   start_new_session=True))
        self.url = "http://127.0.0.1:%d" % proxy
        clouds.eventually(self.log_in, 60, "Swift answers")

    @staticmethod
    def write(file, text):
        with open(file, "w") as out:
            out.write(text)

    def log_in(self):
        request = urllib.request.Request(self.url + "/auth/v1.0",
                                         headers={"X-Storage-User": "bench:bench", "X-Storage-Pass": "bench"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                self.token = answer.headers["X-Auth-Token"]
                self.account = answer.headers["X-Storage-Url"].split("/")[-1]
                return True
        except OSError:
            return False

    def pids(self):
        """All processes but the cache: its share is small, and not Swift's."""
        found = []
        for process in self.processes[1:]:
            children = subprocess.run(["pgrep", "-P", str(process.pid)], stdout=subprocess.PIPE, text=True).stdout.split()
            found += [process.pid] + [int(pid) for pid in children]
        return found

    def close(self):
        for process in reversed(self.processes):
            try:
                if process is self.processes[0]:
                    process.terminate()
                else:
                    os.killpg(process.pid, signal.SIGTERM)
                process.wait(20)
            except (OSError, subprocess.TimeoutExpired):
                process.kill()
        self.log.close()
