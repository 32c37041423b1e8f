"""A real Horizon of Debian's packages under Django's own server, on loopback: what a browser asks of its panels."""
import http.cookiejar
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
import cloud as clouds  # noqa: E402
from real_keystone import free_port  # noqa: E402

# The folder of local settings is a link that a package's installation makes.
SETTINGS = """
import sys
import types
import openstack_dashboard.local
openstack_dashboard.local.enabled = types.ModuleType("openstack_dashboard.local.enabled")
openstack_dashboard.local.enabled.__path__ = []
sys.modules["openstack_dashboard.local.enabled"] = openstack_dashboard.local.enabled
from openstack_dashboard.settings import *  # noqa
DEBUG = False
SECRET_KEY = "only for this test"
ALLOWED_HOSTS = ["*"]
OPENSTACK_HOST = "127.0.0.1"
OPENSTACK_KEYSTONE_URL = "{identity}"
OPENSTACK_API_VERSIONS = {{"identity": 3}}
OPENSTACK_KEYSTONE_MULTIDOMAIN_SUPPORT = False
OPENSTACK_KEYSTONE_DEFAULT_DOMAIN = "Default"
SESSION_ENGINE = "django.contrib.sessions.backends.file"
SESSION_FILE_PATH = "{folder}"
CACHES = {{"default": {{"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}}
COMPRESS_ENABLED = False
COMPRESS_OFFLINE = False
MIDDLEWARE = tuple(name for name in MIDDLEWARE if "csrf" not in name.lower())
STATIC_ROOT = "{folder}/static"
SWIFT_FILE_TRANSFER_CHUNK_SIZE = 512 * 1024
"""


class RealHorizon:
    def __init__(self, packages, folder, processes, identity):
        os.makedirs(os.path.join(folder, "static"))
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        with open(os.path.join(folder, "horizon_under_test.py"), "w") as file:
            file.write(SETTINGS.format(identity=identity, folder=folder))
        environment = packages.environment(DJANGO_SETTINGS_MODULE="horizon_under_test")
        environment["PYTHONPATH"] = os.pathsep.join(
            [folder, environment["PYTHONPATH"], packages.path("usr/share/openstack-dashboard")])
        processes.start("horizon", ["/usr/bin/python3", "-m", "django", "runserver", "--noreload", "127.0.0.1:%d" % self.port],
                        environment)
        self.cookies = http.cookiejar.CookieJar()
        # Django compares a cookie with what the form says; where both come from is all the same to it.
        self.secret = "a" * 32
        self.cookies.set_cookie(http.cookiejar.Cookie(0, "csrftoken", self.secret, None, False, "127.0.0.1", False, False, "/",
                                                      True, False, None, True, None, None, {}))
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                                  urllib.request.HTTPCookieProcessor(self.cookies))

        # Pages are not drawn: that would take all of its style sheets.
        def answers():
            try:
                return self.ask("GET", "/api/config/")[0] > 0
            except OSError:
                return False
        clouds.eventually(answers, 90, "the real Horizon answers")

    def ask(self, method, path, body=None, content_type="application/json"):
        """(status, bytes), with the session's cookies."""
        headers = {"X-Requested-With": "XMLHttpRequest", "Referer": self.url + "/"}
        if body is not None:
            headers["Content-Type"] = content_type
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            with self.opener.open(urllib.request.Request(self.url + path, data=body, method=method, headers=headers),
                                  timeout=120) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def json(self, method, path, body=None):
        status, text = self.ask(method, path, body)
        assert status // 100 == 2, (method, path, status, text[-2000:])
        return json.loads(text) if text else None

    def log_in(self, user, password):
        form = urllib.parse.urlencode({"username": user, "password": password, "region": "default", "auth_type": "credentials",
                                       "csrfmiddlewaretoken": self.secret})
        status, text = self.ask("POST", "/auth/login/", form.encode(), "application/x-www-form-urlencoded")
        assert any(cookie.name == "sessionid" for cookie in self.cookies), (status, text[-2000:])

    def upload(self, path, fields, name, data):
        boundary = "horizon-under-test"
        body = b""
        for field, value in fields.items():
            body += ("--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n" % (boundary, field, value)).encode()
        body += ("--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\n"
                 "Content-Type: application/octet-stream\r\n\r\n" % (boundary, name)).encode() + data
        body += ("\r\n--%s--\r\n" % boundary).encode()
        status, text = self.ask("POST", path, body, "multipart/form-data; boundary=" + boundary)
        assert status // 100 == 2, (path, status, text[-2000:])
