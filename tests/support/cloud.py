"""A cloud of the built binaries for the length of one test run (tests/e2e, tests/chaos, tests/bench).

Each cloud has a folder of its own below the system's temporary folder, which names its owner; what an owner that was killed
left behind is ended by process id and removed by the next run. Standard library only.
"""
import atexit
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

# Every port that `cumulet up` listens on (cli/ports.hpp), before the offset.
PORTS = (4222, 5000, 5901, 5902, 5903, 5904, 7480, 8080, 8774, 8775, 8776, 8778, 8790, 9292, 9696)
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class CloudError(Exception):
    pass


def build_folder(given=None):
    """The folder that holds bin/ and drivers/: as told, else CUMULET_BUILD, else the first that was built."""
    for folder in [given, os.environ.get("CUMULET_BUILD")]:
        if folder:
            return os.path.abspath(folder)
    for preset in ("release", "debug"):
        folder = os.path.join(ROOT, "build", preset)
        if os.access(os.path.join(folder, "bin", "cumulet"), os.X_OK):
            return folder
    raise CloudError("nothing is built: ./dev build")


def eventually(check, patience_s, what):
    """Asks until `check` returns something true, and returns that. Raises CloudError after `patience_s`."""
    deadline = time.monotonic() + patience_s
    pause = 0.002
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise CloudError("not within %g s: %s" % (patience_s, what))
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)


def start_ticks(pid):
    """When the process was started, None when there is none (a zombie is none)."""
    try:
        with open("/proc/%d/stat" % pid) as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return None if fields[0] in "ZX" else int(fields[19])
    except (OSError, IndexError):
        return None


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_offset():
    """An offset whose ports are all free now, below the range that the kernel gives to outgoing connections."""
    for _ in range(1000):
        offset = random.SystemRandom().randrange(1000, 22000)
        if all(_is_free(port + offset) for port in PORTS):
            return offset
    raise CloudError("no free ports")


def _folder_of_clouds():
    folder = os.path.join(tempfile.gettempdir(), "cumulet-tests-%d" % os.getuid())
    os.makedirs(folder, mode=0o755, exist_ok=True)
    return folder


def sweep():
    """Ends and removes the clouds whose owners are gone."""
    for name in sorted(os.listdir(_folder_of_clouds())):
        folder = os.path.join(_folder_of_clouds(), name)
        try:
            with open(os.path.join(folder, "owner.json")) as file:
                owner = json.load(file)
        except (OSError, ValueError):
            # Being made, or the owner died while making it: only age tells.
            if time.time() - os.stat(folder).st_mtime > 60:
                shutil.rmtree(folder, ignore_errors=True)
            continue
        if start_ticks(owner["pid"]) == owner["started_ticks"]:
            continue
        print("ending what an earlier run left in %s" % folder, file=sys.stderr)
        _take_down(owner["cumulet"], os.path.join(folder, "state"))
        unmount_below(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _take_down(cumulet, state):
    """`down --guests` by the command that brought the cloud up, or by ours where that one's checkout is gone."""
    try:
        programs = [cumulet, os.path.join(build_folder(), "bin", "cumulet")]
    except CloudError:
        programs = [cumulet]
    for program in programs:
        if os.access(program, os.X_OK):
            subprocess.run([program, "--state", state, "down", "--guests"], stdout=subprocess.DEVNULL)
            break
    remove_guests(state)


def unmount_below(folder):
    """What a test mounted in a cloud's folder (a small disk)."""
    with open("/proc/mounts") as mounts:
        points = [line.split()[1] for line in mounts]
    for point in reversed(points):
        if point.startswith(folder + os.sep):
            subprocess.run(["umount", "--lazy", point])


def remove_guests(state):
    """Guests outlive their cloud on purpose: ends what `down --guests` left of a cloud whose state was damaged."""
    below = os.path.join(state, "data", "agent") + os.sep
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open("/proc/%s/cmdline" % name, "rb") as file:
                command = file.read().decode(errors="replace").split("\0")
            program = os.path.basename(os.readlink("/proc/%s/exe" % name))
        except OSError:
            continue
        ours = any(below in word for word in command)
        if ours and program.startswith(("qemu-system", "libvirtd", "virtlogd", "dnsmasq")):
            os.kill(int(name), signal.SIGKILL)


def new_folder():
    """The folder of a cloud to be, this process its owner."""
    folder = tempfile.mkdtemp(prefix="%d-" % os.getpid(), dir=_folder_of_clouds())
    os.chmod(folder, 0o755)  # QEMU and dnsmasq run as other users
    return folder


def not_built(build):
    """Daemons that a cloud can do without and that this build folder does not have."""
    return [name for name in ("objectstore", "compute", "agent")
            if not os.access(os.path.join(build, "bin", "cumulet-" + name), os.X_OK)]


class Cloud:
    """Starts in the constructor; ends with close(), with the interpreter, or by the next run's sweep."""

    def __init__(self, build, driver="sim", hosts=2, settings=(), environment=None, programs=None, guest_image=None,
                 without=(), folder=None):
        self.build = build
        self.programs = programs or os.path.join(build, "bin")
        self.cumulet = os.path.join(build, "bin", "cumulet")
        self.folder = folder or new_folder()
        self.state = os.path.join(self.folder, "state")
        with open(os.path.join(self.folder, "owner.json"), "w") as file:
            json.dump({"pid": os.getpid(), "started_ticks": start_ticks(os.getpid()), "cumulet": self.cumulet}, file)
        atexit.register(self.close)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("OS_", "CUMULET_"))}
        self.environment.update(environment or {})
        self.command = ["--driver", driver, "--hosts", str(hosts)]
        for setting in settings:
            self.command += ["--set", setting]
        for daemon in without:
            self.command += ["--without", daemon]
        if guest_image:
            self.command += ["--guest-image", guest_image]
        self.tokens = {}
        self.up()

    def up(self):
        for attempt in range(3):
            self.offset = free_offset()
            done = subprocess.run(
                [self.cumulet, "--state", self.state, "--programs", self.programs, "up", "--detach", "--port-offset",
                 str(self.offset)] + self.command,
                env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode == 0:
                return
            if "in use" not in done.stdout or attempt == 2:
                raise CloudError("the cloud does not come up:\n" + done.stdout)
            # Somebody took one of the ports since we looked.
            subprocess.run([self.cumulet, "--state", self.state, "down"], stdout=subprocess.DEVNULL)

    def down(self, *options):
        subprocess.run([self.cumulet, "--state", self.state, "down"] + list(options), stdout=subprocess.DEVNULL, env=self.environment)

    def close(self):
        if not os.path.isdir(self.folder):
            return
        if os.path.isdir(self.state):
            self.down("--guests")
            remove_guests(self.state)
        keep = os.environ.get("E2E_KEEP")
        if keep:
            shutil.rmtree(keep, ignore_errors=True)
            shutil.copytree(self.folder, keep, symlinks=True, ignore=shutil.ignore_patterns("*.sock", "control-*"))
        unmount_below(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def status(self):
        done = subprocess.run([self.cumulet, "--state", self.state, "status", "--json"], stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout)

    def pid_of(self, name):
        """The process of that name, once it is ready."""
        def ready():
            for process in self.status()["processes"]:
                if process["name"] == name and process["state"] == "ready":
                    return process["pid"]
            return None
        return eventually(ready, 30, name + " is ready")

    def pids(self):
        """All processes of the cloud, the supervisor among them."""
        status = self.status()
        return [status["supervisor"]["pid"]] + [p["pid"] for p in status["processes"] if p["pid"]]

    def log(self, name):
        try:
            with open(os.path.join(self.state, "log", name + ".log"), errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def variables(self, user="admin"):
        """The OS_* variables that openrc sets."""
        file = os.path.join(self.state, "openrc" if user == "admin" else "openrc-demo")
        done = subprocess.run(["env", "-i", "bash", "-c", ". '%s'; env -0" % file], stdout=subprocess.PIPE, text=True, check=True)
        pairs = (entry.split("=", 1) for entry in done.stdout.split("\0") if "=" in entry)
        return {name: value for name, value in pairs if name.startswith("OS_")}

    def login(self, user="admin", fresh=False):
        """A Session of that user; the same one at each call unless `fresh`."""
        if fresh or user not in self.tokens:
            self.tokens[user] = Session(self.variables(user))
        return self.tokens[user]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return "%d %s" % (self.status, self.body[:500].decode(errors="replace"))


def request(method, url, headers=None, body=None, timeout_s=60):
    asked = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with _opener.open(asked, timeout=timeout_s) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


# No proxies: the cloud is on this machine.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Session:
    """A token with its catalog."""

    def __init__(self, variables):
        domain = {"name": "Default"}
        user = {"name": variables["OS_USERNAME"], "password": variables["OS_PASSWORD"], "domain": domain}
        project = {"name": variables["OS_PROJECT_NAME"], "domain": domain}
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": {"project": project}}}
        self.auth_url = variables["OS_AUTH_URL"]
        answer = request("POST", self.auth_url + "/auth/tokens", {"Content-Type": "application/json"},
                         json.dumps(body).encode())
        if answer.status != 201:
            raise CloudError("no token: %s" % answer)
        self.token = answer.headers["X-Subject-Token"]
        token = answer.json()["token"]
        self.project_id, self.user_id = token["project"]["id"], token["user"]["id"]
        self.endpoints = {service["type"]: endpoint["url"] for service in token.get("catalog", [])
                          for endpoint in service["endpoints"] if endpoint["interface"] == "public"}

    def url(self, service, path):
        return self.endpoints[service] + path

    def call(self, method, service, path, body=None, headers=None, timeout_s=60):
        """Any answer; raises only when there is none."""
        sent = {"X-Auth-Token": self.token, "Accept": "application/json"}
        data = body
        if body is not None and not isinstance(body, bytes):
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        return request(method, self.url(service, path), sent, data, timeout_s)

    def ask(self, method, service, path, body=None, headers=None):
        """The JSON of an answer that must be 2xx."""
        answer = self.call(method, service, path, body, headers)
        if answer.status // 100 != 2:
            raise CloudError("%s %s %s was answered %s" % (method, service, path, answer))
        return answer.json() if answer.body else {}


def _end(number, frame):
    sys.exit(128 + number)


def end_in_order_on_signals():
    """SIGTERM, SIGHUP end the interpreter as sys.exit does: clouds are closed."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
