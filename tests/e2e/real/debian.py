"""Debian's packages unpacked into a folder of their own: real OpenStack to test against, without installing it on the machine.

Nothing is configured, started or registered by it; removing the folder removes everything.
"""
import os
import re
import subprocess
import sys

# What the programs named in ROOTS draw in although nothing here runs it: an init system, a web of daemons.
LEFT_OUT = re.compile(r"^(libnss-systemd|systemd.*|libsystemd.*|libpam-systemd|udev|libudev1|open-iscsi|sudo|rsyslog|logrotate|"
                      r"graphviz|intltool-debian|po-debconf|openstack-pkg-tools)$")
ROOTS = ("python3-keystone", "uwsgi-core", "uwsgi-plugin-python3", "mariadb-server-core", "mariadb-client-core", "mariadb-client", "memcached",
         "python3-pymysql", "python3-pymemcache", "python3-memcache", "python3-swift", "swift-proxy", "swift-account", "swift-container", "swift-object", "python3-glance", "glance-api",
         "glance-common", "python3-glance-store", "python3-swiftclient")
# Clients of the object store that nothing else here needs: in a folder of their own.
CLIENT_ROOTS = ("openstack-dashboard", "duplicity")
PYTHON = "usr/lib/python3/dist-packages"


def default_folder():
    return os.environ.get("CUMULET_REAL_ROOT", os.path.join(os.path.expanduser("~"), ".cache", "cumulet-real"))


class Packages:
    def __init__(self, folder=None, roots=ROOTS):
        self.folder = os.path.abspath(folder or default_folder())
        self.roots = roots
        self.root = os.path.join(self.folder, "root")
        if not os.path.exists(os.path.join(self.folder, "complete")):
            self._unpack()

    def _unpack(self):
        debs = os.path.join(self.folder, "debs")
        os.makedirs(debs, exist_ok=True)
        print("# unpacking Debian's OpenStack into %s (once)" % self.folder, file=sys.stderr, flush=True)
        plan = subprocess.run(["apt-get", "install", "-s", "--no-install-recommends", *self.roots], stdout=subprocess.PIPE, text=True,
                              check=True).stdout
        names = [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]
        names = sorted({name for name in names if not LEFT_OUT.match(name)} | set(self.roots))
        subprocess.run(["apt-get", "download", "-q", *names], cwd=debs, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        for name in sorted(os.listdir(debs)):
            subprocess.run(["dpkg-deb", "-x", os.path.join(debs, name), self.root], check=True)
        # Namespace packages (paste, zope) are joined by .pth files, which Python reads in site folders only.
        with open(os.path.join(self.folder, "sitecustomize.py"), "w") as file:
            file.write("import site\nsite.addsitedir(%r)\n" % os.path.join(self.root, PYTHON))
        open(os.path.join(self.folder, "complete"), "w").close()

    def path(self, name):
        return os.path.join(self.root, name)

    def program(self, name):
        for folder in ("usr/bin", "usr/sbin"):
            file = self.path(os.path.join(folder, name))
            if os.path.exists(file):
                return file
        raise FileNotFoundError(name)

    def environment(self, **more):
        """Nobody's OS_* or proxy settings, the unpacked libraries and modules."""
        kept = {k: v for k, v in os.environ.items()
                if not k.startswith(("OS_", "CUMULET_", "PYTHON")) and not k.lower().endswith("_proxy")}
        libraries = [self.path("usr/lib/x86_64-linux-gnu"), self.path("lib/x86_64-linux-gnu")]
        kept.update(PATH="/usr/bin:/bin:/usr/sbin:/sbin:" + self.path("usr/bin") + ":" + self.path("usr/sbin"),
                    PYTHONPATH=self.folder, PYTHONDONTWRITEBYTECODE="1", LD_LIBRARY_PATH=":".join(libraries), **more)
        return kept
