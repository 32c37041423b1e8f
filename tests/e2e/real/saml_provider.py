"""A SAML identity provider made of Debian's pysaml2 and xmlsec1, as a program: a sign-on page, and answers as the page's user asks.

    saml_provider.py FOLDER URL     # FOLDER: key.pem, cert.pem, service_provider.xml; URL: where it answers
"""
import functools
import html
import http.server
import os
import shutil
import sys
import urllib.parse

import saml2.entity
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.authn_context import PASSWORD
from saml2.config import IdPConfig
from saml2.saml import NAME_FORMAT_URI
from saml2.server import Server
from saml2.sigver import pre_encryption_part, verify_redirect_signature
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

FOLDER, URL = sys.argv[1:3]
PEOPLE = {"jane": ("jane-secret", {"uid": ["jane"], "mail": ["jane@campus.example"], "eduPersonAffiliation": ["staff", "library"]})}
AES = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
# What the sign-on page offers: the response signed, the assertion signed, encrypted, by today's cipher.
WAYS = {"all": (True, True, True, True), "response": (True, False, True, True), "assertion": (False, True, True, True),
        "plain": (True, True, False, True), "outworn": (True, True, True, False), "unsigned": (False, False, True, True),
        "unsigned plain": (False, False, False, True)}


def provider(today):
    """`today` False: with the cipher that pysaml2 takes when it is not told otherwise, Triple DES."""
    server = Server(config=IdPConfig().load({
        "entityid": URL + "/metadata", "key_file": os.path.join(FOLDER, "key.pem"), "cert_file": os.path.join(FOLDER, "cert.pem"),
        "xmlsec_binary": shutil.which("xmlsec1"), "metadata": {"local": [os.path.join(FOLDER, "service_provider.xml")]},
        "service": {"idp": {
            "endpoints": {"single_sign_on_service": [(URL + "/sso", BINDING_HTTP_REDIRECT)]},
            "signing_algorithm": SIG_RSA_SHA256, "digest_algorithm": DIGEST_SHA256,
            "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None, "name_form": NAME_FORMAT_URI}}}}}))
    if today:
        server.sec.encrypt_assertion = functools.partial(server.sec.encrypt_assertion, key_type="aes-256")
    return server


def page(text):
    return ("<!DOCTYPE html><html><body>%s</body></html>" % text).encode()


class Pages(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def answer(self, status, body, kind="text/html"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path != "/sso":
            return self.answer(404, page("Nothing here."))
        query = dict(urllib.parse.parse_qsl(url.query))
        fields = "".join('<input type="hidden" name="%s" value="%s">' % (name, html.escape(query.get(name, "")))
                         for name in ("SAMLRequest", "RelayState", "SigAlg", "Signature"))
        self.answer(200, page('<form method="post" action="%s/login">%s<input name="user"><input name="password"><input name="way">'
                              "</form>" % (URL, fields)))

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True))
        password, attributes = PEOPLE.get(form["user"], (None, None))
        if form["password"] != password:
            return self.answer(403, page("Who?"))
        sign_response, sign_assertion, encrypt, today = WAYS[form["way"]]
        saml2.entity.pre_encryption_part = functools.partial(pre_encryption_part, msg_enc=AES) if today else pre_encryption_part
        server = provider(today)
        asked = server.parse_authn_request(form["SAMLRequest"], BINDING_HTTP_REDIRECT)
        signed = {name: form[name] for name in ("SAMLRequest", "RelayState", "SigAlg", "Signature")}
        certificates = server.metadata.certs(asked.message.issuer.text, "spsso", "signing")
        if not any(verify_redirect_signature(signed, server.sec.sec_backend, certificate) for certificate in certificates):
            return self.answer(403, page("Whose request is this?"))
        where = server.response_args(asked.message, [BINDING_HTTP_POST])
        response = server.create_authn_response(
            attributes, userid=form["user"], authn={"class_ref": PASSWORD, "authn_auth": URL}, sign_response=sign_response,
            sign_assertion=sign_assertion, encrypt_assertion=encrypt, encrypt_assertion_self_contained=True, **where)
        bound = server.apply_binding(BINDING_HTTP_POST, str(response), where["destination"], form["RelayState"], response=True)
        body = bound["data"]
        self.answer(200, body if isinstance(body, bytes) else str(body).encode())


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", urllib.parse.urlsplit(URL).port), Pages).serve_forever()
