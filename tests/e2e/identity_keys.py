"""Key rotation under load, and secrets: what was rotated refuses nobody, what is secret is in no file."""
import json
import os
import subprocess
import sys
import threading

sys.path[:0] = [os.path.join(os.path.dirname(os.environ["E2E_FOLDER"]), "support"), os.environ["E2E_FOLDER"]]
import checks  # noqa: E402
from checks import check, test  # noqa: E402
from cloud import Session, eventually, request  # noqa: E402

STATE = os.environ["E2E_STATE"]
CUMULET = os.path.join(os.environ["E2E_BUILD"], "bin", "cumulet")
KEYS = os.path.join(STATE, "data", "identity", "fernet-keys")
VAULT_KEYS = os.path.join(STATE, "data", "identity", "credential-keys")
AUDIT = os.environ["E2E_AUDIT"]
admin = Session(os.environ)


def identity(command, *arguments, works=True):
    done = subprocess.run([CUMULET, "--state", STATE, "identity", command, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    check((done.returncode == 0) == works, "%s ended with %d: %s" % (command, done.returncode, done.stdout + done.stderr))
    return done.stdout if works else done.stderr


def fresh_token():
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {
        "name": os.environ["OS_USERNAME"], "password": os.environ["OS_PASSWORD"], "domain": {"name": "Default"}}}}}}
    return request("POST", admin.auth_url + "/auth/tokens", {"Content-Type": "application/json"}, json.dumps(body).encode())


def validate(token):
    return request("GET", admin.auth_url + "/auth/tokens", {"X-Auth-Token": admin.token, "X-Subject-Token": token})


def newest(folder):
    return max(int(name) for name in os.listdir(folder) if name.isdigit())


@test
def rotation():
    """ten rotations under load refuse not one token, old or new"""
    done, problems, count = threading.Event(), [], [0]

    def load():
        mine = []
        while not done.is_set():
            answer = fresh_token()
            if answer.status != 201:
                problems.append("issue: %s" % answer)
                continue
            mine.append(answer.headers["X-Subject-Token"])
            for token in (mine[0], mine[len(mine) // 2], mine[-1]):
                count[0] += 1
                answer = validate(token)
                if answer.status != 200:
                    problems.append("validate: %s" % answer)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    before = newest(KEYS)
    try:
        for _ in range(10):
            seen = count[0]
            identity("fernet-rotate")
            eventually(lambda: count[0] > seen + 20, 30, "the load goes on")
    finally:
        done.set()
        for thread in threads:
            thread.join()
    check(newest(KEYS) == before + 10, "not ten rotations")
    check(count[0] > 200, "only %d validations" % count[0])
    check(not problems, "%d refused: %s" % (len(problems), problems[:3]))
    check(validate(admin.token).status == 200, "the token of before")


@test
def new_primary():
    """the daemon writes with the new primary without being told"""
    import base64
    import hashlib
    import hmac
    with open(os.path.join(KEYS, str(newest(KEYS)))) as file:
        key = base64.urlsafe_b64decode(file.read())

    def by_primary():
        token = fresh_token().headers["X-Subject-Token"]
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        return hmac.compare_digest(hmac.new(key[:16], raw[:-32], hashlib.sha256).digest(), raw[-32:])
    eventually(by_primary, 10, "a token of the new primary")


@test
def credentials():
    """credential keys rotate once what is stored was migrated, and secrets stay readable"""
    made = admin.ask("POST", "identity", "/credentials" if admin.endpoints["identity"].endswith("/v3") else "/v3/credentials", {
        "credential": {"type": "totp", "blob": "TOTP-SEED-SECRET", "user_id": admin.user_id}})["credential"]
    path = ("" if admin.endpoints["identity"].endswith("/v3") else "/v3") + "/credentials/" + made["id"]

    def readable():
        check(admin.ask("GET", "identity", path)["credential"]["blob"] == "TOTP-SEED-SECRET", "the blob")
    identity("credential-rotate")
    readable()
    check("credential-migrate" in identity("credential-rotate", works=False), "no advice")
    readable()
    check(int(identity("credential-migrate").split()[0]) >= 1, "nothing was migrated")
    check(identity("credential-migrate").split()[0] == "0", "migrated twice")
    for _ in range(4):
        identity("credential-rotate")
        identity("credential-migrate")
        readable()


@test
def modes():
    """key files and their folders are their owner's alone"""
    for folder in (KEYS, VAULT_KEYS):
        check(os.stat(folder).st_mode & 0o077 == 0, folder)
        for name in os.listdir(folder):
            check(os.stat(os.path.join(folder, name)).st_mode & 0o077 == 0, name)


def plain_login(name, password, project=None):
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {
        "name": name, "password": password, "domain": {"name": "Default"}}}}}}
    return request("POST", admin.auth_url + "/auth/tokens", {"Content-Type": "application/json", "User-Agent": "audit-test"},
                   json.dumps(body).encode())


def delegated_secrets(prefix):
    """Uses OAuth1, an application credential, a trust and a receipt; what is secret about each, by name."""
    secrets = {}
    oauth = openstack_oauth(prefix)
    secrets.update(oauth)
    user = "/users/%s" % admin.user_id
    app = admin.ask("POST", "identity", prefix + user + "/application_credentials", {"application_credential": {"name": "made-by-us"}})
    secrets["application secret made here"] = app["application_credential"]["secret"]
    answer = log_in({"methods": ["application_credential"], "application_credential": {
        "id": app["application_credential"]["id"], "secret": secrets["application secret made here"]}})
    check(answer.status == 201, answer)
    secrets["application credential's token"] = answer.headers["X-Subject-Token"]
    trust = admin.ask("POST", "identity", prefix + "/OS-TRUST/trusts", {"trust": {
        "trustor_user_id": admin.user_id, "trustee_user_id": admin.user_id, "project_id": admin.project_id, "impersonation": True,
        "roles": [{"name": "member"}]}})["trust"]["id"]
    answer = log_in({"methods": ["token"], "token": {"id": fresh_token().headers["X-Subject-Token"]}}, {"OS-TRUST:trust": {"id": trust}})
    check(answer.status == 201, answer)
    secrets["trust's token"] = answer.headers["X-Subject-Token"]
    two = admin.ask("POST", "identity", prefix + "/users", {"user": {"name": "two-factors", "password": "Tw0-factors-pw", "options": {
        "multi_factor_auth_enabled": True, "multi_factor_auth_rules": [["password", "totp"]]}}})["user"]["id"]
    secrets["password of two factors"] = "Tw0-factors-pw"
    answer = log_in({"methods": ["password"], "password": {"user": {"id": two, "password": secrets["password of two factors"]}}})
    check(answer.status == 401 and "Openstack-Auth-Receipt" in answer.headers, answer)
    secrets["receipt"] = answer.headers["Openstack-Auth-Receipt"]
    return secrets


def log_in(identity, scope=None):
    body = {"auth": dict({"identity": identity}, **({"scope": scope} if scope else {}))}
    return request("POST", admin.auth_url + "/auth/tokens", {"Content-Type": "application/json"}, json.dumps(body).encode())


def openstack_oauth(prefix):
    """A consumer gets an access token and logs in with it; all the secrets on the way."""
    import urllib.parse
    from oauthlib import oauth1
    consumer = admin.ask("POST", "identity", prefix + "/OS-OAUTH1/consumers", {"consumer": {}})["consumer"]
    secrets = {"consumer secret": consumer["secret"]}

    def signed(path, body=b"", **more):
        client = oauth1.Client(consumer["id"], client_secret=consumer["secret"], signature_method=oauth1.SIGNATURE_HMAC, **more)
        headers = {"Requested-Project-Id": admin.project_id}
        if body:
            headers["Content-Type"] = "application/json"
        url, headers, _ = client.sign(admin.auth_url + path, "POST", headers=headers)
        answer = request("POST", url, headers, body)
        check(answer.status == 201, answer)
        return answer

    def pair(answer):
        form = dict(urllib.parse.parse_qsl(answer.body.decode()))
        return form["oauth_token"], form["oauth_token_secret"]
    asked, secrets["request secret"] = pair(signed("/OS-OAUTH1/request_token", callback_uri="oob"))
    verifier = admin.ask("PUT", "identity", prefix + "/OS-OAUTH1/authorize/" + asked, {"roles": [{"name": "member"}]})["token"]["oauth_verifier"]
    access, secrets["access secret"] = pair(signed("/OS-OAUTH1/access_token", resource_owner_key=asked, verifier=verifier,
                                                   resource_owner_secret=secrets["request secret"]))
    body = json.dumps({"auth": {"identity": {"methods": ["oauth1"], "oauth1": {}}}}).encode()
    answer = signed("/auth/tokens", body, resource_owner_key=access, resource_owner_secret=secrets["access secret"])
    secrets["OAuth token"] = answer.headers["X-Subject-Token"]
    return secrets


@test
def secrets_in_files():
    """no password, token or secret of a workload is in any file of the cloud or of its backup"""
    prefix = "" if admin.endpoints["identity"].endswith("/v3") else "/v3"
    secrets = {"password": "Pa55-of-workload", "second password": "Pa55-number-two", "application secret": "app-SECRET-of-mine",
               "seed": "TOTP-SEED-SECRET", "wrong password": "wr0ng-guess-of-mine", "token": admin.token,
               "base32 seed": "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U", "EC2 secret given": "ec2-SECRET-of-mine", "directory password": "d1rectory-pw-of-mine",
               "passcode": "wr0ng-passcode", "wrong application secret": "wr0ng-app-secret"}
    user = admin.ask("POST", "identity", prefix + "/users", {"user": {"name": "secretive", "password": secrets["password"]}})["user"]
    admin.ask("PATCH", "identity", prefix + "/users/" + user["id"], {"user": {"password": secrets["second password"]}})
    admin.ask("POST", "identity", prefix + "/users/%s/application_credentials" % admin.user_id,
              {"application_credential": {"name": "secretive", "secret": secrets["application secret"]}})
    ec2 = admin.ask("POST", "identity", prefix + "/users/%s/credentials/OS-EC2" % admin.user_id, {"tenant_id": admin.project_id})
    secrets["EC2 secret"] = ec2["credential"]["secret"]
    for kind, blob in (("totp", secrets["base32 seed"]), ("ec2", json.dumps({"access": "a-key-of-mine", "secret": secrets["EC2 secret given"]}))):
        admin.ask("POST", "identity", prefix + "/credentials", {
            "credential": {"type": kind, "blob": blob, "user_id": user["id"], "project_id": admin.project_id}})
    domain = admin.ask("POST", "identity", prefix + "/domains", {"domain": {"name": "with-a-directory"}})["domain"]["id"]
    # A directory that nobody serves: its password is kept all the same.
    admin.ask("PUT", "identity", prefix + "/domains/%s/config" % domain, {"config": {"identity": {"driver": "ldap"}, "ldap": {
        "url": "ldap://127.0.0.1:9", "user": "cn=admin,dc=x", "password": secrets["directory password"], "suffix": "dc=x"}}})
    secrets.update(delegated_secrets(prefix))
    for name, password in (("secretive", secrets["wrong password"]), ("nobody", secrets["wrong password"])):
        check(plain_login(name, password).status == 401, "a wrong password")
    for identity_of in ({"methods": ["totp"], "totp": {"user": {"id": user["id"], "passcode": secrets["passcode"]}}},
                        {"methods": ["application_credential"], "application_credential": {
                            "id": "nobody", "secret": secrets["wrong application secret"]}}):
        check(log_in(identity_of).status == 401, "a wrong secret")
    backup = os.path.join(os.environ["E2E_WORK"], "backup")
    subprocess.run([CUMULET, "--state", STATE, "backup", "--to", backup], check=True, stdout=subprocess.DEVNULL)
    looked_at = 0
    for top in (os.path.join(STATE, "data"), os.path.join(STATE, "log"), os.path.join(backup, "cumulet-identity"), AUDIT):
        files = [top] if os.path.isfile(top) else [os.path.join(folder, name) for folder, _, names in os.walk(top) for name in names]
        for path in files:
            try:
                with open(path, "rb") as file:
                    content = file.read()
            except FileNotFoundError:
                continue  # the stores are at work
            looked_at += len(content)
            for what, secret in secrets.items():
                check(secret.encode() not in content, "%s is in %s" % (what, path))
    check(looked_at > 100_000, "only %d bytes were looked at" % looked_at)
    check(all(len(secret) > 8 for secret in secrets.values()), "a secret is too short to be looked for")
    admin.ask("PATCH", "identity", prefix + "/domains/" + domain, {"domain": {"enabled": False}})
    admin.call("DELETE", "identity", prefix + "/domains/" + domain)


@test
def audit():
    """the audit trail says who did what, and who failed to log in from where, without names of nobody or secrets"""
    prefix = "" if admin.endpoints["identity"].endswith("/v3") else "/v3"
    user = admin.ask("POST", "identity", prefix + "/users", {"user": {"name": "audited", "password": "Aud1ted-secret"}})["user"]
    check(plain_login("audited", "Aud1ted-secret").status == 201, "log in")
    check(plain_login("audited", "Wr0ng-secret").status == 401, "wrong password")
    check(plain_login("Typed-the-secret-here", "x").status == 401, "unknown user")
    admin.call("DELETE", "identity", prefix + "/users/" + user["id"])

    def events():
        with open(AUDIT) as file:
            return [json.loads(line) for line in file]

    def find(kind, **wanted):
        return [event for event in events() if event["event_type"] == kind and
                all(event["payload"].get(key) == value for key, value in wanted.items())]
    eventually(lambda: find("identity.user.deleted", resource_info=user["id"]), 5, "the deletion")
    created = find("identity.user.created", resource_info=user["id"])
    check(created and created[0]["payload"]["initiator"]["user_id"] == admin.user_id, "who created it")
    check(created[0]["payload"]["initiator"]["host"]["address"] == "127.0.0.1", "from where")
    mine = [event["payload"] for event in find("identity.authenticate") if event["payload"]["initiator"]["id"] == user["id"]]
    check([event["outcome"] for event in mine] == ["success", "failure"], mine)
    check(all(event["initiator"]["host"]["address"] == "127.0.0.1" for event in mine), "the address")
    check(mine[1]["reason"]["reasonCode"] == "401" and mine[1]["initiator"]["host"]["agent"] == "audit-test", mine[1])
    check(any(event["payload"]["initiator"]["id"] == "unknown" for event in find("identity.authenticate", outcome="failure")),
          "the unknown user")
    with open(AUDIT) as file:
        content = file.read()
    for secret in ("Aud1ted-secret", "Wr0ng-secret", "Typed-the-secret-here", admin.token):
        check(secret not in content, secret)
    check(os.stat(AUDIT).st_mode & 0o077 == 0, "others can read it")
    check(len({event["message_id"] for event in events()}) == len(events()), "an event twice")


@test
def doctor():
    """the doctor names what is unsafe and fails"""
    said = subprocess.run([CUMULET, "--state", STATE, "identity", "doctor"], stdout=subprocess.PIPE, text=True)
    check(said.returncode == 1, said.stdout)
    for what in ("lock", "nothing but a password: admin", "plain HTTP on this machine", "primary of the token keys is 0 days old"):
        check(what in said.stdout, "no '%s' in %s" % (what, said.stdout))
    primary = os.path.join(KEYS, str(newest(KEYS)))
    os.chmod(primary, 0o644)
    try:
        said = subprocess.run([CUMULET, "--state", STATE, "identity", "doctor"], stdout=subprocess.PIPE, text=True)
        check(primary + " can be read by others" in said.stdout, said.stdout)
    finally:
        os.chmod(primary, 0o600)


sys.exit(1 if checks.any_bad else 0)
