"""A real guest: QEMU through libvirt, its disk on a cached image, its tap on a bridge, DHCP, metadata, floating address, ssh."""
import glob
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.environ["E2E_FOLDER"]), "support"))
import checks  # noqa: E402
import cloud as clouds  # noqa: E402
from checks import check, needed, test  # noqa: E402
from cloud import eventually  # noqa: E402

WORK = os.environ["E2E_WORK"]
BOOT_S = 170  # without KVM a guest takes half a minute of CPU to boot


def run(*command, check_code=True, environment=None, patience_s=60):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", env=environment, timeout=patience_s)
    if check_code and done.returncode != 0:
        raise clouds.CloudError("%s ended with %d: %s" % (" ".join(command[:6]), done.returncode, done.stdout[-1500:]))
    return done.stdout


def links():
    return sorted(re.sub(r"@.*", "", line.split(": ")[1]) for line in run("ip", "-o", "link").splitlines())


def traces(ids):
    """What on this host is named after one of these ids, or is of a cloud that has one: another cloud may run here too."""
    namespaces = [line.split()[0] for line in run("ip", "netns", check_code=False).splitlines() if line]
    clouds_here = {name.split("-")[0] for name in namespaces if any(id in name for id in ids)} | facts.setdefault("clouds", set())
    facts["clouds"] = clouds_here
    short = [id[:8] for id in ids]
    found = [link for link in links() if any(id in link for id in short)]
    found += [name for name in namespaces if name.split("-")[0] in clouds_here]
    found += [line for line in run("nft", "list", "tables", check_code=False).splitlines()
              if any(name[2:] and name[2:] in line for name in clouds_here)]
    return found


def processes_below(folder):
    """Command lines of QEMUs, libvirtds and DHCP servers that belong to the cloud in that folder."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/cmdline" % name, "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
        except OSError:
            continue
        program = os.path.basename(words[0])
        if program.startswith(("qemu-system", "dnsmasq", "libvirtd", "virtlogd")) and any(folder in word for word in words):
            found.append(" ".join(words)[:300])
    return found


def guest_image():
    for folder in (os.path.join(clouds.ROOT, "build"), os.path.dirname(os.environ["E2E_BUILD"])):
        file = os.path.join(folder, "guest-image", "cumulet-guest.qcow2")
        if os.path.exists(file):
            return file
    return os.environ.get("E2E_GUEST_IMAGE")


def reason_to_skip():
    if os.getuid() != 0:
        return "bridges, taps and namespaces need root"
    for program in ("qemu-system-x86_64", "libvirtd", "dnsmasq", "nft", "ip", "ssh"):
        if not any(os.access(os.path.join(p, program), os.X_OK) for p in ("/usr/bin", "/usr/sbin", "/bin", "/sbin")):
            return program + " is not installed"
    if run("ip", "link", "add", "cumulet-e2e", "type", "bridge", check_code=False):
        return "this kernel gives no bridges"
    run("ip", "link", "del", "cumulet-e2e")
    if not guest_image():
        return "the guest image is not built (guest-image/build.sh)"
    return None


clouds.end_in_order_on_signals()
REASON = reason_to_skip()
if REASON:
    print("skip a real guest boots: " + REASON)
    sys.exit(0)

cloud = clouds.Cloud(os.environ["E2E_BUILD"], driver="kvm", hosts=1, guest_image=guest_image())
demo = cloud.login("demo")
DEMO = dict(os.environ, **cloud.variables("demo"))
KEY = os.path.join(WORK, "key")
facts = {}


def openstack(*words, patience_s=120):
    return run("/usr/bin/openstack", *words, environment=DEMO, patience_s=patience_s)


def server():
    return demo.ask("GET", "compute", "/servers/" + facts["id"])["server"]


def act(action, body, status):
    demo.ask("POST", "compute", "/servers/%s/action" % facts["id"], {action: body})
    eventually(lambda: server()["status"] == status and not server()["OS-EXT-STS:task_state"], 60, "the server is " + status)


def console():
    answer = demo.call("POST", "compute", "/servers/%s/action" % facts["id"], {"os-getConsoleOutput": {}})
    return answer.json()["output"] if answer.status == 200 else ""


def ssh(command, patience_s=60):
    """What the command prints in the guest, once it can be reached."""
    words = ["ssh", "-i", KEY, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes",
             "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=10", "cirros@" + facts["address"], command]
    last = [""]

    def attempt():
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        last[0] = done.stderr
        return (done.stdout,) if done.returncode == 0 else None
    try:
        return eventually(attempt, patience_s, "ssh")[0]
    except clouds.CloudError:
        raise clouds.CloudError("ssh %s: %s" % (command, last[0]))


@test
@needed
def creates():
    """openstack server create --wait makes a guest of QEMU"""
    with open(KEY, "w") as file:
        file.write(openstack("keypair", "create", "e2e-guest"))
    os.chmod(KEY, 0o600)
    data = os.path.join(WORK, "user-data")
    with open(data, "w") as file:
        file.write("#!/bin/sh\necho E2E user data of $(hostname) >/dev/console\n")
    made = json.loads(openstack("server", "create", "--image", "tiny", "--flavor", "m1.tiny", "--network", "private", "--key-name",
                                "e2e-guest", "--user-data", data, "--config-drive", "True", "--wait", "e2e-guest", "-f", "json"))
    facts["id"] = made["id"]
    check(made["status"] == "ACTIVE", "status %s" % made["status"])
    check(any("qemu-system" in line for line in processes_below(cloud.state)), "no QEMU runs: %s" % processes_below(cloud.state))
    facts["port"] = demo.ask("GET", "network", "/v2.0/ports?device_id=" + facts["id"])["ports"][0]


@test
def hypervisor():
    """the hypervisor's details say how guests are run"""
    hosts = cloud.login().ask("GET", "compute", "/os-hypervisors/detail")["hypervisors"]
    check(len(hosts) == 1 and hosts[0]["hypervisor_type"].lower() in ("qemu", "kvm"), "%s" % hosts)
    check(hosts[0]["running_vms"] == 1, "%s" % hosts)


@test
@needed
def boots():
    """the guest boots and tells on its console what it was given"""
    eventually(lambda: "CUMULET-GUEST: ready" in console(), BOOT_S, "the guest is ready; its console ends with\n" + "\n".join(console().splitlines()[-15:]))
    text = console()
    address = facts["port"]["fixed_ips"][0]["ip_address"]
    check(re.search(r"CUMULET-GUEST: ready hostname=e2e-guest .*ip=%s" % re.escape(address), text), "not its name and address: " +
          "".join(re.findall("CUMULET-GUEST: ready.*", text)))
    check("metadata source=config-drive" in text, "not from the config drive: " + "".join(re.findall("CUMULET-GUEST: metadata.*", text)))
    check("CUMULET-GUEST: user-data rc=0" in text, "its user data did not run")
    check("E2E user data of e2e-guest" in text, "its user data did not print")
    check("CUMULET-GUEST: ready" in openstack("console", "log", "show", "e2e-guest"), "openstack console log show has it not")


@test
@needed
def reachable():
    """ssh over a floating address, as cirros, with the key"""
    facts["address"] = openstack("floating", "ip", "create", "public", "-f", "value", "-c", "floating_ip_address").strip()
    openstack("server", "add", "floating", "ip", "e2e-guest", facts["address"])
    check(ssh("hostname").strip() == "e2e-guest", "another host name")
    check(ssh("sudo -n id -u").strip() == "0", "no sudo")


@test
def metadata():
    """the guest reads its metadata at 169.254.169.254"""
    document = json.loads(ssh("wget -qO- http://169.254.169.254/openstack/latest/meta_data.json"))
    check(document["uuid"] == facts["id"] and document["name"] == "e2e-guest", "%s" % document)
    check("E2E user data" in ssh("wget -qO- http://169.254.169.254/openstack/latest/user_data"), "no user data")
    check(ssh("wget -qO- http://169.254.169.254/latest/meta-data/instance-id").startswith("i-"), "no EC2 metadata")


@test
def guests_outlive_us():
    """the guest runs on while every process of ours is killed, and the cloud's picture of it is right afterwards"""
    boot = ssh("cat /proc/sys/kernel/random/boot_id")
    pids = {p["name"]: p["pid"] for p in cloud.status()["processes"]}
    for pid in pids.values():
        os.kill(pid, signal.SIGKILL)
    check(ssh("cat /proc/sys/kernel/random/boot_id") == boot, "it was booted anew")

    def back():
        status = cloud.status()
        return status["state"] == "ready" and all(p["pid"] != pids[p["name"]] for p in status["processes"])
    eventually(back, 60, "all processes are back")

    def seen():
        try:
            return server()["status"] == "ACTIVE" and server()["OS-EXT-STS:power_state"] == 1
        except (OSError, clouds.CloudError):
            return False
    eventually(seen, 30, "the server is known to run")
    check(ssh("cat /proc/sys/kernel/random/boot_id") == boot, "it was booted anew")


@test
def pauses():
    """pause, unpause, suspend and resume: the guest goes on where it was"""
    boot = ssh("cat /proc/sys/kernel/random/boot_id")
    act("pause", None, "PAUSED")
    act("unpause", None, "ACTIVE")
    act("suspend", None, "SUSPENDED")
    act("resume", None, "ACTIVE")
    check(ssh("cat /proc/sys/kernel/random/boot_id") == boot, "it was booted anew")


@test
def stops():
    """stop asks the guest to shut down, start boots it again"""
    act("os-stop", None, "SHUTOFF")
    check(not any("qemu-system" in line and facts["id"] in line for line in processes_below(cloud.state)), "its QEMU still runs")
    act("os-start", None, "ACTIVE")


@test
@needed
def deletes():
    """openstack server delete --wait leaves no domain, disk, tap, rule or lease on the host"""
    mac, address = facts["port"]["mac_address"], facts["port"]["fixed_ips"][0]["ip_address"]
    tap = "tap" + facts["port"]["id"][:11]
    openstack("server", "delete", "--wait", "e2e-guest")

    def left():
        found = [line for line in processes_below(cloud.state) if "qemu-system" in line]
        found += [link for link in links() if link == tap]
        if tap in run("nft", "list", "ruleset", check_code=False):
            found.append("a rule for " + tap)
        for folder in [os.path.join(cloud.state, "data", "agent")] + glob.glob("/run/cumulet-*"):
            for path, _, files in os.walk(folder):
                for name in files:
                    file = os.path.join(path, name)
                    if facts["id"] in file:
                        found.append(file)
                    elif os.path.isfile(file) and os.path.getsize(file) < 1 << 20 and not name.endswith(".log"):
                        with open(file, errors="replace") as content:
                            text = content.read()
                        found += ["%s names %s" % (file, word) for word in (mac, facts["id"]) if word in text]
        return found
    remains = []

    def clean():
        remains[:] = left()
        return not remains
    try:
        eventually(clean, 20, "")
    except clouds.CloudError:
        raise clouds.CloudError("left on the host (%s): %s" % (address, remains))
    check(demo.call("GET", "compute", "/servers/" + facts["id"]).status == 404, "the server is still there")
    floating = demo.ask("GET", "network", "/v2.0/floatingips")["floatingips"]
    check(all(not f["port_id"] for f in floating), "the floating address still has a port")


if checks.any_bad:
    for name in ("cumulet-agent", "cumulet-compute"):
        for line in cloud.log(name).splitlines()[-12:]:
            print("%s: %s" % (name, line))
    if facts.get("id"):
        print("\n".join(console().splitlines()[-15:]))
checks.given_up = False
STATE = cloud.state
IDS = [row["id"] for kind in ("networks", "routers", "ports") for row in cloud.login().ask("GET", "network", "/v2.0/" + kind)[kind]]
if not traces(IDS):
    print("no network of the cloud is on this host")
cloud.close()


@test
def host_is_as_before():
    """after `cumulet down --guests` nothing of the cloud is left on the host"""
    check(not processes_below(STATE), "processes: %s" % processes_below(STATE))
    check(not traces(IDS), "links, namespaces, tables: %s" % traces(IDS))
    check(not any(STATE in line for line in open("/proc/mounts")), "mounts")


sys.exit(1 if checks.any_bad else 0)
