"""A real Keystone of Debian's packages for the length of one run: MariaDB, memcached and uwsgi with two processes, all in one folder,
on loopback, ended by process id."""
import atexit
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
import cloud as clouds  # noqa: E402

CONFIG = """[DEFAULT]
log_file = {folder}/keystone.log
[database]
connection = mysql+pymysql://root@localhost/keystone?unix_socket={folder}/mariadb.sock&charset=utf8
[token]
provider = fernet
[fernet_tokens]
key_repository = {folder}/fernet-keys
[credential]
key_repository = {folder}/credential-keys
[cache]
enabled = true
backend = dogpile.cache.memcached
memcache_servers = 127.0.0.1:{memcached}
[identity]
password_hash_algorithm = {algorithm}
password_hash_rounds = 12
[security_compliance]
unique_last_password_count = 3
[oslo_policy]
enforce_scope = true
"""
ADMIN = "bootstrap-secret"


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Processes:
    """Children that end with this object."""

    def __init__(self, folder):
        self.folder, self.children = folder, {}
        atexit.register(self.close)
        os.makedirs(folder, exist_ok=True)

    def start(self, name, command, environment, **options):
        with open(os.path.join(self.folder, name + ".out"), "ab") as log:
            self.children[name] = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                   start_new_session=True, **options)
        return self.children[name]

    def stop(self, name):
        child = self.children.pop(name, None)
        if child is None:
            return
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def close(self):
        for name in reversed(list(self.children)):
            self.stop(name)

    def output(self, name):
        with open(os.path.join(self.folder, name + ".out"), errors="replace") as file:
            return file.read()


class MariaDb:
    def __init__(self, packages, folder, processes):
        self.packages, self.socket = packages, os.path.join(folder, "mariadb.sock")
        data = os.path.join(folder, "mariadb")
        environment = packages.environment()
        if not os.path.isdir(os.path.join(data, "mysql")):
            subprocess.run([packages.program("mariadb-install-db"), "--no-defaults", "--user=root", "--datadir=" + data,
                            "--basedir=" + packages.path("usr"), "--auth-root-authentication-method=normal", "--skip-test-db"],
                           env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        processes.start("mariadbd", [packages.program("mariadbd"), "--no-defaults", "--user=root", "--datadir=" + data,
                                     "--basedir=" + packages.path("usr"), "--lc-messages-dir=" + packages.path("usr/share/mysql"),
                                     "--socket=" + self.socket, "--skip-networking", "--pid-file=" + self.socket + ".pid",
                                     "--innodb-buffer-pool-size=256M"], environment)
        clouds.eventually(lambda: self.run("select 1", check=False).returncode == 0, 60, "MariaDB answers")

    def run(self, sql, database=None, check=True):
        command = [self.packages.program("mariadb"), "--no-defaults", "--user=root", "--socket=" + self.socket, "--batch"]
        return subprocess.run(command + ([database] if database else []), input=sql, env=self.packages.environment(), check=check,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def dump(self, database, file):
        """As an operator would make it."""
        with open(file, "wb") as out:
            subprocess.run([self.packages.program("mariadb-dump"), "--no-defaults", "--user=root", "--socket=" + self.socket,
                            "--single-transaction", database], env=self.packages.environment(), check=True, stdout=out)


class RealKeystone:
    def __init__(self, packages, folder, algorithm="bcrypt", workers=2):
        self.packages, self.folder, self.workers = packages, folder, workers
        self.processes = Processes(folder)
        self.port, self.memcached = free_port(), free_port()
        self.url = "http://127.0.0.1:%d/v3" % self.port
        self.config = os.path.join(folder, "keystone.conf")
        self.configure(algorithm)
        self.mariadb = MariaDb(packages, folder, self.processes)
        self.processes.start("memcached", [packages.program("memcached"), "-l", "127.0.0.1", "-p", str(self.memcached), "-u", "root"],
                             packages.environment())
        self.mariadb.run("create database if not exists keystone character set utf8")
        self.manage("db_sync")
        for command in ("fernet_setup", "credential_setup"):
            self.manage(command, "--keystone-user", "root", "--keystone-group", "root")
        self.manage("bootstrap", "--bootstrap-password", ADMIN, "--bootstrap-public-url", self.url, "--bootstrap-internal-url",
                    self.url, "--bootstrap-admin-url", self.url, "--bootstrap-region-id", "RegionOne")
        self.start()

    def configure(self, algorithm):
        """How new passwords are hashed: in force at the next start()."""
        with open(self.config, "w") as file:
            file.write(CONFIG.format(folder=self.folder, memcached=self.memcached, algorithm=algorithm))

    def manage(self, *arguments):
        done = subprocess.run(["/usr/bin/python3", self.packages.program("keystone-manage"), "--config-file", self.config, *arguments],
                              env=self.packages.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise clouds.CloudError("keystone-manage %s: %s" % (arguments[0], done.stdout[-2000:]))
        return done.stdout

    def start(self):
        self.processes.start("uwsgi", [
            self.packages.program("uwsgi-core"), "--plugins-dir", self.packages.path("usr/lib/uwsgi/plugins"), "--plugin", "python311",
            "--http-socket", "127.0.0.1:%d" % self.port, "--wsgi-file", self.packages.program("keystone-wsgi-public"), "--master",
            "--processes", str(self.workers), "--need-app", "--die-on-term", "--buffer-size", "65535", "--disable-logging",
            "--lazy-apps", "--thunder-lock", "--enable-threads", "--add-header",
            "Connection: close"],
            self.packages.environment(OS_KEYSTONE_CONFIG_FILES=self.config))

        def answers():
            try:
                return clouds.request("GET", self.url).status == 200
            except OSError:
                return False
        clouds.eventually(answers, 90, "the real Keystone answers")

    def stop(self):
        self.processes.stop("uwsgi")

    def variables(self, user="admin", password=ADMIN, project="admin"):
        return {"OS_AUTH_URL": self.url, "OS_USERNAME": user, "OS_PASSWORD": password, "OS_PROJECT_NAME": project,
                "OS_USER_DOMAIN_NAME": "Default", "OS_PROJECT_DOMAIN_NAME": "Default", "OS_IDENTITY_API_VERSION": "3",
                "OS_REGION_NAME": "RegionOne"}

    def openstack(self, *arguments, **variables):
        """The stock client as the administrator; its JSON where there is any."""
        return openstack(self.variables(), *arguments, **variables)

    def close(self):
        self.processes.close()


def openstack(variables, *arguments, check=True, **more):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OS_")}
    environment.update(variables, **more)
    environment["PATH"] = "/usr/bin:" + environment.get("PATH", "")
    as_json = arguments[-1:] == ("json",)
    command = ["/usr/bin/openstack", *(arguments[:-1] if as_json else arguments)] + (["-f", "json"] if as_json else [])
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if check and done.returncode != 0:
        raise clouds.CloudError("openstack %s: %s" % (" ".join(arguments), done.stderr[-1500:]))
    return json.loads(done.stdout) if as_json and done.returncode == 0 else done
