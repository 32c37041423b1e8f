"""A browser signs on to cumulet-identity through an identity provider that is not ours: Debian's pysaml2 with xmlsec1."""
import base64
import html.parser
import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "support")]
import cloud as clouds  # noqa: E402
from checks import Checks  # noqa: E402
from real_keystone import Processes, free_port, openstack  # noqa: E402

DASHBOARD = "http://dashboard.example/auth/websso/"
AUDIENCE = "https://cloud.example/sp"
METADATA = """<?xml version="1.0"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{audience}">
<SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>
<AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{consumer}" index="0" isDefault="true"/>
</SPSSODescriptor></EntityDescriptor>
"""
RULES = [{"local": [{"user": {"name": "{0}", "email": "{1}"}, "groups": "{2}", "domain": {"name": "Default"}}],
          "remote": [{"type": "uid"}, {"type": "mail"}, {"type": "eduPersonAffiliation", "whitelist": ["staff"]}]}]


def key_pair(folder, name):
    os.makedirs(folder, exist_ok=True)
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name, "-keyout", key,
                    "-out", certificate], check=True, stderr=subprocess.DEVNULL)
    return key, certificate


class Form(html.parser.HTMLParser):
    """The first form of a page."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form" and self.action is None:
            self.action = attributes["action"]
        elif tag == "input" and attributes.get("name"):
            self.fields[attributes["name"]] = attributes.get("value", "")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


class Browser:
    def __init__(self):
        self.opener = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))
        self.cookie = None  # of the cloud

    def open(self, url, form=None, cookie=None):
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            return self.opener.open(urllib.request.Request(url, data=data, headers={"Cookie": cookie} if cookie else {}), timeout=60)
        except urllib.error.HTTPError as error:
            return error


class SignOn:
    """One browser's way to the provider and back."""

    def __init__(self, identity, password="jane-secret", way="all"):
        self.browser = Browser()
        away = self.browser.open(identity + "/auth/OS-FEDERATION/websso/saml2?origin=" + urllib.parse.quote(DASHBOARD, safe=""))
        assert away.status == 302, away.read()
        self.cookie = away.headers["Set-Cookie"].split(";")[0]
        self.request = away.headers["Location"]
        login = Form(self.browser.open(self.request).read().decode())
        page = self.browser.open(login.action, dict(login.fields, user="jane", password=password, way=way))
        self.status = page.status
        text = page.read().decode()
        assert self.status in (200, 403), text
        self.back = Form(text) if self.status == 200 else None

    def response(self):
        return base64.b64decode(self.back.fields["SAMLResponse"]).decode()

    def finish(self, cookie=None, **fields):
        return self.browser.open(self.back.action, dict(self.back.fields, **fields), self.cookie if cookie is None else cookie)


def token_in(page):
    form = Form(page.read().decode())
    assert page.status == 200 and form.action == DASHBOARD, (page.status, form.action)
    return form.fields["token"]


def configured(folder, provider):
    """The federation file: whom we trust, and the key of ours that signs requests and opens assertions."""
    key, certificate = key_pair(os.path.join(folder, "ours"), "cloud")
    path = os.path.join(folder, "federation.json")
    with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        json.dump({"saml": {"trusted": [{
            "identity_provider": "campus", "protocol": "saml2", "entity_id": provider + "/metadata", "audience": AUDIENCE,
            "certificate_file": os.path.join(folder, "theirs", "cert.pem"), "sign_on_url": provider + "/sso", "key_file": key}]}}, file)
    with open(certificate) as file:
        return path, "".join(line.strip() for line in file if "CERTIFICATE" not in line)


def run(packages, _keystone, build, folder):
    checks, processes = Checks("sign-on by SAML"), Processes(folder)
    provider = "http://127.0.0.1:%d" % free_port()
    theirs = os.path.join(folder, "theirs")
    key_pair(theirs, "campus")
    settings, certificate = configured(folder, provider)
    cloud = clouds.Cloud(build, without=("objectstore", "compute", "agent"), settings=(
        "identity.federation_file=" + settings, 'identity.federation_trusted_dashboards=["%s"]' % DASHBOARD))
    admin = cloud.variables("admin")
    identity = admin["OS_AUTH_URL"]
    try:
        with open(os.path.join(theirs, "service_provider.xml"), "w") as file:
            file.write(METADATA.format(audience=AUDIENCE, certificate=certificate,
                                       consumer=identity + "/auth/OS-FEDERATION/saml2/acs"))
        processes.start("provider", ["/usr/bin/python3", os.path.join(HERE, "saml_provider.py"), theirs, provider],
                        packages.environment())
        clouds.eventually(lambda: answers(provider), 60, "the provider answers")
        rules = os.path.join(folder, "rules.json")
        with open(rules, "w") as file:
            json.dump(RULES, file)
        openstack(admin, "group", "create", "staff")
        openstack(admin, "role", "add", "--group", "staff", "--project", "demo", "member")
        openstack(admin, "mapping", "create", "--rules", rules, "campus")
        openstack(admin, "identity", "provider", "create", "--remote-id", provider + "/metadata", "campus")
        openstack(admin, "federation", "protocol", "create", "--identity-provider", "campus", "--mapping", "campus", "saml2")
        prove(checks, admin, identity)
    finally:
        cloud.close()
        processes.close()
    return checks


def answers(provider):
    try:
        return clouds.request("GET", provider + "/", timeout_s=5).status == 404
    except OSError:
        return False


def prove(checks, admin, identity):
    with checks("our signed request is taken, and its signed and encrypted answer gives a token that works on a project"):
        way = SignOn(identity)
        assert "EncryptedAssertion" in way.response() and "jane@campus" not in way.response()
        token = token_in(way.finish())
        mine = {"OS_AUTH_TYPE": "token", "OS_TOKEN": token, "OS_AUTH_URL": identity, "OS_PROJECT_NAME": "demo",
                "OS_PROJECT_DOMAIN_NAME": "Default", "OS_IDENTITY_API_VERSION": "3"}
        scoped = openstack(mine, "token", "issue", "json")
        user = openstack(admin, "user", "show", scoped["user_id"], "json")
        assert user["name"] == "jane" and user["email"] == "jane@campus.example", user
    with checks("so do an answer signed as a whole, a signed assertion in an unsigned answer, and one that is not encrypted"):
        for way in ("response", "assertion", "plain"):
            token_in(SignOn(identity, way=way).finish())
    with checks("nobody comes in who gives the provider a wrong password"):
        assert SignOn(identity, password="x").status == 403
    with checks("an answer that nobody signed is refused, in clear and encrypted"):
        for way in ("unsigned", "unsigned plain"):
            assert SignOn(identity, way=way).finish().status == 401, way
    with checks("so is one encrypted by Triple DES"):
        way = SignOn(identity, way="outworn")
        assert "tripledes" in way.response() and way.finish().status == 401
    with checks("so is one that was changed on the way"):
        way = SignOn(identity, way="plain")
        changed = way.response().replace(">jane<", ">root<")
        assert changed != way.response()
        assert way.finish(SAMLResponse=base64.b64encode(changed.encode()).decode()).status == 401
    with checks("so is one that came before, and one that another browser asked for"):
        way = SignOn(identity)
        token_in(way.finish())
        assert way.finish().status == 401
        way, other = SignOn(identity), SignOn(identity)
        assert way.finish(cookie=other.cookie).status == 401
        assert way.finish(cookie=other.cookie, RelayState=other.back.fields["RelayState"]).status == 401
        assert way.finish(cookie="").status == 401
        token_in(way.finish())
    with checks("the provider refuses a request of ours that was changed"):
        way = SignOn(identity)
        forged = Browser()
        login = Form(forged.open(way.request.replace("RelayState=", "RelayState=x")).read().decode())
        page = forged.open(login.action, dict(login.fields, user="jane", password="jane-secret", way="all"))
        assert page.status == 403, page.read()
