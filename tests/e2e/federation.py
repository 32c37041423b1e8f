"""Federation with the stock client: providers, protocols, mappings; OpenID Connect tokens and browsers; a trusted web server."""
import base64
import http.server
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

sys.path[:0] = [os.path.join(os.path.dirname(os.environ["E2E_FOLDER"]), "support"), os.environ["E2E_FOLDER"]]
import checks  # noqa: E402
import jwt  # noqa: E402
from checks import check, test  # noqa: E402
from cloud import Cloud, build_folder, end_in_order_on_signals, request  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402

DASHBOARD = "http://dashboard.example/auth/websso/"
end_in_order_on_signals()


class Issuer(http.server.BaseHTTPRequestHandler):
    """An OpenID Connect provider of the test's own, with one key and one client."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    codes = {}

    def log_message(self, *arguments):
        pass

    def answer(self, status, document, **headers):
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in dict(headers, Content_Type="application/json", Content_Length=str(len(body))).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    @property
    def issuer(self):
        return self.server.issuer

    @classmethod
    def sign(cls, issuer, user, **more):
        claims = dict({"iss": issuer, "sub": user, "aud": "cloud", "exp": int(time.time()) + 300, "groups": ["staff", "devs"]}, **more)
        return jwt.encode(claims, cls.key, algorithm="RS256", headers={"kid": "k"})

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/.well-known/openid-configuration":
            self.answer(200, {"issuer": self.issuer, "jwks_uri": self.issuer + "/keys", "token_endpoint": self.issuer + "/token",
                              "authorization_endpoint": self.issuer + "/authorize"})
        elif url.path == "/keys":
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            self.answer(200, {"keys": [dict(key, kid="k", use="sig")]})
        elif url.path == "/authorize":
            code = "code%d" % len(self.codes)
            self.codes[code] = query
            back = query["redirect_uri"] + "?" + urllib.parse.urlencode({"code": code, "state": query["state"]})
            self.answer(302, {}, Location=back)
        else:
            self.answer(404, {})

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        client = base64.b64decode(self.headers["Authorization"].split()[1]).decode()
        if client != "client:s3cret":
            return self.answer(401, {"error": "invalid_client"})
        if form["grant_type"] == "authorization_code":
            asked = self.codes.pop(form["code"])
            return self.answer(200, {"id_token": self.sign(self.issuer, "browser", aud="client", nonce=asked["nonce"])})
        self.answer(200, {"access_token": self.sign(self.issuer, form.get("username", "robot")), "token_type": "Bearer"})


def start_issuer(certificate=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    server.issuer = "%s://127.0.0.1:%d" % ("https" if certificate else "http", server.server_address[1])
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.issuer


issuer = start_issuer()
work = tempfile.mkdtemp(dir=os.environ["E2E_WORK"])
tls = os.path.join(work, "cert.pem"), os.path.join(work, "key.pem")
subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=issuer", "-addext",
                "subjectAltName=IP:127.0.0.1", "-out", tls[0], "-keyout", tls[1]], check=True, stderr=subprocess.DEVNULL)
encrypted = start_issuer(tls)
settings = os.path.join(work, "federation.json")
with open(os.open(settings, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
    json.dump({"oidc": [{"identity_provider": "idp", "protocol": "openid", "issuer": issuer, "audiences": ["cloud"],
                         "client_id": "client", "client_secret": "s3cret"},
                        {"identity_provider": "tls", "protocol": "over_tls", "issuer": encrypted, "audiences": ["cloud"], "ca_file": tls[0]},
                        {"identity_provider": "stranger", "protocol": "over_tls", "issuer": encrypted, "audiences": ["cloud"]}]}, file)
cloud = Cloud(build_folder(), hosts=1, without=("compute", "objectstore", "agent"), settings=(
    "identity.federation_file=" + settings, 'identity.federation_trusted_proxies=["127.0.0.1"]',
    'identity.federation_trusted_dashboards=["%s"]' % DASHBOARD))
admin = cloud.login()


def openstack(*arguments, works=True, variables=None):
    environment = dict(cloud.environment, **(cloud.variables() if variables is None else variables))
    done = subprocess.run(["/usr/bin/openstack", *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    check((done.returncode == 0) == works, "openstack %s ended with %d: %s" % (" ".join(arguments), done.returncode, done.stdout + done.stderr))
    return done.stdout if works else done.stderr


def shown(*arguments, **more):
    return json.loads(openstack(*arguments, "-f", "json", **more))


def rules(local, remote):
    path = os.path.join(work, "rules.json")
    with open(path, "w") as file:
        json.dump([{"local": local, "remote": remote}], file)
    return path


OIDC_RULES = ([{"user": {"name": "{0}"}, "groups": "{1}", "domain": {"name": "Default"}}],
              [{"type": "HTTP_OIDC_SUB"}, {"type": "OIDC-groups", "whitelist": ["staff", "others"]}])


@test
def commands():
    """openstack mapping, identity provider, federation protocol and service provider: create, show, list, set, delete, errors"""
    path = rules(*OIDC_RULES)
    check(shown("mapping", "create", "--rules", path, "m")["id"] == "m", "no mapping")
    openstack("mapping", "create", "--rules", path, "m", works=False)
    check(shown("mapping", "show", "m")["rules"][0]["local"][0]["user"]["name"] == "{0}", "rules differ")
    check([m["ID"] for m in shown("mapping", "list")] == ["m"], "mappings")
    openstack("mapping", "set", "--rules", path, "m")
    bad = rules([{"user": {"name": "{0}"}}], [{"type": "x", "any_one_of": ["("], "regex": True}])
    check("400" in openstack("mapping", "create", "--rules", bad, "bad", works=False), "a broken expression is 400")
    made = shown("identity", "provider", "create", "--remote-id", issuer, "--description", "d", "idp")
    check(made["enabled"] is True and made["remote_ids"] == [issuer], made)
    check("409" in openstack("identity", "provider", "create", "--remote-id", issuer, "other", works=False), "remote ids are unique")
    openstack("identity", "provider", "set", "--description", "of the test", "idp")
    check(shown("identity", "provider", "show", "idp")["description"] == "of the test", "description")
    check([p["ID"] for p in shown("identity", "provider", "list")] == ["idp"], "providers")
    openstack("federation", "protocol", "create", "--identity-provider", "idp", "--mapping", "m", "openid")
    check("400" in openstack("federation", "protocol", "create", "--identity-provider", "idp", "--mapping", "none", "x", works=False), "400")
    check(shown("federation", "protocol", "show", "--identity-provider", "idp", "openid")["mapping"] == "m", "protocol")
    # Version 6.0 of the client sends the change, and then ends with the answer for an exit code.
    openstack("federation", "protocol", "set", "--identity-provider", "idp", "--mapping", "m", "openid", works=False)
    check([p["id"] for p in shown("federation", "protocol", "list", "--identity-provider", "idp")] == ["openid"], "protocols")
    openstack("service", "provider", "create", "--auth-url", "http://b/v3", "--service-provider-url", "http://b/sp", "beta")
    check(shown("service", "provider", "show", "beta")["relay_state_prefix"] == "ss:mem:", "service provider")
    openstack("service", "provider", "set", "--disable", "beta")
    check([p["Enabled"] for p in shown("service", "provider", "list")] == [False], "service providers")
    openstack("service", "provider", "delete", "beta")
    openstack("service", "provider", "show", "beta", works=False)
    openstack("federation", "protocol", "create", "--identity-provider", "idp", "--mapping", "m", "gone")
    openstack("federation", "protocol", "delete", "--identity-provider", "idp", "gone")
    openstack("identity", "provider", "create", "gone")
    openstack("identity", "provider", "delete", "gone")
    openstack("mapping", "create", "--rules", rules(*OIDC_RULES), "gone")
    openstack("mapping", "delete", "gone")
    openstack("group", "create", "staff")
    openstack("role", "add", "--group", "staff", "--project", "demo", "member")


def federated(kind, **more):
    return dict({"OS_AUTH_TYPE": kind, "OS_AUTH_URL": admin.auth_url, "OS_IDENTITY_PROVIDER": "idp", "OS_PROTOCOL": "openid",
                 "OS_CLIENT_ID": "client", "OS_CLIENT_SECRET": "s3cret", "OS_DISCOVERY_ENDPOINT": issuer + "/.well-known/openid-configuration",
                 "OS_PROJECT_NAME": "demo", "OS_PROJECT_DOMAIN_NAME": "Default", "OS_IDENTITY_API_VERSION": "3"}, **more)


@test
def bearer():
    """v3oidcclientcredentials, v3oidcpassword and v3oidcaccesstoken give project tokens by the groups of the mapping"""
    token = shown("token", "issue", variables=federated("v3oidcclientcredentials"))
    demo = shown("project", "show", "demo")
    check(token["project_id"] == demo["id"], token)
    user = shown("user", "show", token["user_id"])
    check(user["name"] == "robot", user)
    token = shown("token", "issue", variables=federated("v3oidcpassword", OS_USERNAME="jane", OS_PASSWORD="x"))
    check(shown("user", "show", token["user_id"])["name"] == "jane", token)
    mine = federated("v3oidcaccesstoken", OS_ACCESS_TOKEN=Issuer.sign(issuer, "jane"))
    check(shown("token", "issue", variables=mine)["user_id"] == token["user_id"], "the same user by another way")
    old = federated("v3oidcaccesstoken", OS_ACCESS_TOKEN=Issuer.sign(issuer, "jane", exp=int(time.time()) - 100))
    check("401" in openstack("token", "issue", works=False, variables=old), "an old token is 401")


def come_in(token, path="/OS-FEDERATION/identity_providers/idp/protocols/openid/auth", **headers):
    return request("POST", admin.auth_url + path, dict({"Authorization": "Bearer " + token} if token else {}, **headers))


@test
def refused():
    """no token, one of another key, for another audience, with algorithm none: 401, and headers help nobody where tokens are checked"""
    check(come_in(None).status == 401, "no token")
    check(come_in(None, **{"OIDC-sub": "jane", "OIDC-iss": issuer}).status == 401, "headers instead of a token")
    check(come_in(Issuer.sign(issuer, "jane", aud="other")).status == 401, "audience")
    check(come_in(Issuer.sign(issuer + "x", "jane")).status == 401, "issuer")
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = {"iss": issuer, "sub": "jane", "aud": "cloud", "exp": int(time.time()) + 300, "groups": ["staff"]}
    check(come_in(jwt.encode(claims, other, algorithm="RS256", headers={"kid": "k"})).status == 401, "another key")
    check(come_in(jwt.encode(claims, None, algorithm="none")).status == 401, "no signature")
    check(come_in(Issuer.sign(issuer, "jane")).status == 201, "the good one")


@test
def https():
    """an issuer behind TLS is asked for its keys when its certificate is vouched for, and believed only then"""
    for name, status in (("tls", 201), ("stranger", 503)):
        # Remote ids are unique, and nobody's here: the file says whose tokens are taken.
        openstack("identity", "provider", "create", name)
        openstack("federation", "protocol", "create", "--identity-provider", name, "--mapping", "m", "over_tls")
        path = "/OS-FEDERATION/identity_providers/%s/protocols/over_tls/auth" % name
        answer = come_in(Issuer.sign(encrypted, "jane"), path)
        check(answer.status == status, "%s: %s" % (name, answer))
    check(come_in(Issuer.sign(issuer, "jane"), path.replace("stranger", "tls")).status == 401, "another issuer's token")


@test
def proxy():
    """a trusted web server's headers are believed where no issuer is configured"""
    openstack("mapping", "create", "--rules", rules([{"user": {"name": "{0}"}}], [{"type": "HTTP_EPPN"}]), "shib")
    openstack("federation", "protocol", "create", "--identity-provider", "idp", "--mapping", "shib", "saml2")
    path = "/OS-FEDERATION/identity_providers/idp/protocols/saml2/auth"
    answer = come_in(None, path, eppn="jane@example.org")
    check(answer.status == 201 and answer.json()["token"]["user"]["name"] == "jane@example.org", answer)
    check(come_in(None, path).status == 401, "without the header")


class StopAtRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


def browse(url, cookie=None):
    opener = urllib.request.build_opener(StopAtRedirect, urllib.request.ProxyHandler({}))
    try:
        return opener.open(urllib.request.Request(url, headers={"Cookie": cookie} if cookie else {}), timeout=30)
    except urllib.error.HTTPError as error:
        return error


@test
def websso():
    """a browser goes to the provider and comes back with a token for a trusted dashboard only"""
    begin = admin.auth_url + "/auth/OS-FEDERATION/websso/openid?origin="
    check(browse(begin + "http://evil.example/").status == 401, "an unknown dashboard")
    check(browse(begin[:-8]).status == 400, "no dashboard")
    away = browse(begin + urllib.parse.quote(DASHBOARD, safe=""))
    check(away.status == 302 and away.headers["Location"].startswith(issuer + "/authorize?"), away.headers)
    cookie = away.headers["Set-Cookie"].split(";")[0]
    check("HttpOnly" in away.headers["Set-Cookie"], "the cookie is for us alone")
    back = browse(away.headers["Location"]).headers["Location"]
    check(browse(back).status == 401, "another browser")
    check(browse(back.replace("state=", "state=x"), cookie).status == 401, "another state")
    page = browse(back, cookie)
    text = page.read().decode()
    check(page.status == 200 and 'action="%s"' % DASHBOARD in text, text)
    token = text.split('id="token" value="')[1].split('"')[0]
    answer = request("GET", admin.auth_url + "/auth/tokens", {"X-Auth-Token": admin.token, "X-Subject-Token": token})
    check(answer.status == 200 and answer.json()["token"]["user"]["name"] == "browser", answer)


@test
def gone():
    """the provider is deleted: its users and their tokens are gone"""
    answer = come_in(Issuer.sign(issuer, "jane"))
    token, user = answer.headers["X-Subject-Token"], answer.json()["token"]["user"]["id"]
    openstack("identity", "provider", "delete", "idp")
    answer = request("GET", admin.auth_url + "/auth/tokens", {"X-Auth-Token": admin.token, "X-Subject-Token": token})
    check(answer.status == 404, answer)
    openstack("user", "show", user, works=False)
    check(come_in(Issuer.sign(issuer, "jane")).status == 404, "no more log-ins")


cloud.close()
sys.exit(1 if checks.any_bad else 0)
