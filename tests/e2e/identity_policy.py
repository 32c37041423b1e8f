"""The operator's policy file: it replaces rules by name, a signal makes it be read again, and one that makes no sense changes nothing."""
import os
import signal
import sys
import tempfile

sys.path[:0] = [os.path.join(os.path.dirname(os.environ["E2E_FOLDER"]), "support"), os.environ["E2E_FOLDER"]]
import checks  # noqa: E402
from checks import check, test  # noqa: E402
from cloud import Cloud, build_folder, end_in_order_on_signals, eventually  # noqa: E402

end_in_order_on_signals()
path = os.path.join(tempfile.mkdtemp(dir=os.environ["E2E_WORK"]), "policy.yaml")


def write(text):
    with open(path, "w") as file:
        file.write(text)


write('"identity:list_users": "rule:admin_required or role:member"\n"identity:create_user": "!"\n"admin_or_owner": "role:keeper"\n')
cloud = Cloud(build_folder(), hosts=1, without=("compute", "objectstore", "agent"), settings=("identity.policy_file=" + path,))
admin, demo = cloud.login(), cloud.login("demo")


def listing():
    return demo.call("GET", "identity", "/users").status


def creating(name):
    return admin.call("POST", "identity", "/users", {"user": {"name": name}}).status


def read_again():
    os.kill(cloud.pid_of("cumulet-identity"), signal.SIGHUP)


@test
def overridden():
    """rules of the file stand in the place of defaults, for more and for less; the others stay"""
    check(listing() == 200, "members may list users")
    check(creating("a") == 403, "nobody may create one")
    check(demo.call("GET", "identity", "/domains").status == 403, "a rule that the file does not name")


@test
def changed():
    """after SIGHUP the file as it is then holds"""
    write('"identity:list_projects": "role:member"\n')
    read_again()
    eventually(lambda: listing() == 403, 30, "the default is back")
    check(creating("a") == 201, "the other one too")
    check(demo.call("GET", "identity", "/projects").status == 200, "and the new one holds")


@test
def broken():
    """one that cannot be read, refers to nothing or to itself leaves the rules as they are, and the log says why"""
    for text, why in (('"identity:list_users": "role:member', "YAML"), ('"identity:list_users": "rule:nobody_has_this"\n', "nobody_has_this"),
                      ('"a": "rule:b"\n"b": "rule:a"\n', "itself"), ('"identity:list_users": "(role:member"\n', "identity:list_users")):
        write(text)
        before = len(cloud.log("cumulet-identity"))
        read_again()
        eventually(lambda: why in cloud.log("cumulet-identity")[before:], 30, "the log names " + why)
        check(listing() == 403 and demo.call("GET", "identity", "/projects").status == 200, text)


cloud.close()
sys.exit(1 if checks.any_bad else 0)
