"""Keystone to Keystone between two clouds of our own, with the stock client's --os-service-provider."""
import base64
import json
import os
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.join(os.path.dirname(os.environ["E2E_FOLDER"]), "support"), os.environ["E2E_FOLDER"]]
import checks  # noqa: E402
from checks import check, test  # noqa: E402
from cloud import Cloud, build_folder, end_in_order_on_signals, request  # noqa: E402

end_in_order_on_signals()
ENTITY = "https://alpha.example/idp"
work = tempfile.mkdtemp(dir=os.environ["E2E_WORK"])
key, certificate = os.path.join(work, "key.pem"), os.path.join(work, "certificate.pem")
subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                "-subj", "/CN=alpha"], check=True, stderr=subprocess.DEVNULL)


def federation_file(name, saml):
    path = os.path.join(work, name)
    with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        json.dump({"saml": saml}, file)
    return path


def start(settings):
    return Cloud(build_folder(), hosts=1, without=("compute", "objectstore", "agent"), settings=("identity.federation_file=" + settings,))


alpha = start(federation_file("alpha.json", {"own": {"entity_id": ENTITY, "key_file": key, "certificate_file": certificate}}))
beta = start(federation_file("beta.json", {"trusted": [{
    "identity_provider": "alpha", "protocol": "saml2", "entity_id": ENTITY, "certificate_file": certificate, "audience": "beta"}]}))
at_alpha, at_beta = alpha.login(), beta.login()
ENTRANCE = at_beta.auth_url + "/OS-FEDERATION/identity_providers/alpha/protocols/saml2/auth"
PAOS = {"Content-Type": "application/vnd.paos+xml"}


def openstack(cloud, *arguments, works=True, user="admin", **more):
    environment = dict(cloud.environment, **cloud.variables(user), **more)
    done = subprocess.run(["/usr/bin/openstack", *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    check((done.returncode == 0) == works, "openstack %s ended with %d: %s" % (" ".join(arguments), done.returncode, done.stdout + done.stderr))
    return done.stdout if works else done.stderr


def assertion(token, kind="", provider="beta"):
    body = {"auth": {"identity": {"methods": ["token"], "token": {"id": token}}, "scope": {"service_provider": {"id": provider}}}}
    return request("POST", at_alpha.auth_url + "/auth/OS-FEDERATION/saml2" + kind, {"Content-Type": "application/json"},
                   json.dumps(body).encode())


@test
def both_sides():
    """one cloud knows the other as service provider, the other knows it as identity provider"""
    rules = os.path.join(work, "rules.json")
    with open(rules, "w") as file:
        json.dump([{"local": [{"user": {"name": "{0}@alpha"}}, {"group": {"name": "visitors", "domain": {"name": "Default"}}}],
                    "remote": [{"type": "openstack_user"}, {"type": "openstack_roles", "any_one_of": ["member"]}]}], file)
    openstack(beta, "group", "create", "visitors")
    openstack(beta, "role", "add", "--group", "visitors", "--project", "demo", "member")
    openstack(beta, "identity", "provider", "create", "--remote-id", ENTITY, "alpha")
    openstack(beta, "mapping", "create", "--rules", rules, "alpha")
    openstack(beta, "federation", "protocol", "create", "--identity-provider", "alpha", "--mapping", "alpha", "saml2")
    openstack(alpha, "service", "provider", "create", "--auth-url", ENTRANCE, "--service-provider-url", ENTRANCE, "beta")
    answer = request("GET", at_alpha.auth_url + "/OS-FEDERATION/saml2/metadata")
    check(answer.status == 200 and ENTITY.encode() in answer.body, answer)


@test
def stock_client():
    """openstack --os-service-provider gives a token of the other cloud"""
    token = json.loads(openstack(alpha, "--os-service-provider", "beta", "--os-remote-project-name", "demo",
                                 "--os-remote-project-domain-name", "Default", "token", "issue", "-f", "json", user="demo"))
    answer = request("GET", at_beta.auth_url + "/auth/tokens", {"X-Auth-Token": at_beta.token, "X-Subject-Token": token["id"]})
    check(answer.status == 200, answer)
    said = answer.json()["token"]
    check(said["user"]["name"] == "demo@alpha" and said["project"]["name"] == "demo", said)
    check(said["user"]["OS-FEDERATION"]["identity_provider"]["id"] == "alpha", said)


@test
def once():
    """an assertion is taken once, as posted by a client or by a browser's form, and not when it was changed"""
    demo = alpha.login("demo").token
    good = assertion(demo, "/ecp")
    check(good.status == 200 and good.headers["X-sp-url"] == ENTRANCE, good)
    check(request("POST", ENTRANCE, PAOS, good.body.replace(b">demo<", b">root<")).status == 401, "changed")
    first = request("POST", ENTRANCE, PAOS, good.body)
    check(first.status == 201 and first.headers["X-Subject-Token"], first)
    check(request("POST", ENTRANCE, PAOS, good.body).status == 401, "shown again")
    form = b"SAMLResponse=" + base64.b64encode(assertion(demo).body).replace(b"+", b"%2B")
    check(request("POST", ENTRANCE, {"Content-Type": "application/x-www-form-urlencoded"}, form).status == 201, "a form")
    check(request("POST", ENTRANCE, PAOS, b"<x/>").status == 401, "something else")


@test
def refused():
    """no assertion for an unscoped token, a bad one, an unknown or a disabled service provider"""
    check(assertion("nonsense").status == 401, "a bad token")
    check(assertion(at_alpha.token, provider="none").status == 404, "unknown")
    variables = alpha.variables("demo")
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {
        "name": variables["OS_USERNAME"], "password": variables["OS_PASSWORD"], "domain": {"id": "default"}}}}, "scope": "unscoped"}}
    unscoped = request("POST", at_alpha.auth_url + "/auth/tokens", {"Content-Type": "application/json"}, json.dumps(body).encode())
    check(assertion(unscoped.headers["X-Subject-Token"]).status == 403, "unscoped")
    openstack(alpha, "service", "provider", "set", "--disable", "beta")
    check(assertion(at_alpha.token).status == 403, "disabled")


alpha.close()
beta.close()
sys.exit(1 if checks.any_bad else 0)
