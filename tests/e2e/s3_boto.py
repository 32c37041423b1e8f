"""S3 by boto3: what the command-line clients do not touch. And both APIs on one bucket space, in turn, without a stale answer."""
import concurrent.futures
import io
import json
import os
import sys
import time
import urllib.request

import boto3
import botocore.client
import botocore.exceptions

ROUNDS = int(os.environ.get("E2E_CROSS_ROUNDS", "1000"))


def token(user, password, project):
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {
        "name": user, "password": password, "domain": {"name": "Default"}}}},
        "scope": {"project": {"name": project, "domain": {"name": "Default"}}}}}
    request = urllib.request.Request(os.environ["OS_AUTH_URL"] + "/auth/tokens", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return answer.headers["X-Subject-Token"], json.load(answer)["token"]


def endpoint(document, kind):
    return next(e["url"] for s in document["catalog"] if s["type"] == kind for e in s["endpoints"]
                if e["interface"] == "public")


def ask(method, url, headers, body=None):
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


class Login:
    def __init__(self, user, password, project):
        self.token, document = token(user, password, project)
        self.project = document["project"]["id"]
        status, body = ask("POST", "%s/users/%s/credentials/OS-EC2" % (os.environ["OS_AUTH_URL"], document["user"]["id"]),
                           {"X-Auth-Token": self.token, "Content-Type": "application/json"},
                           json.dumps({"tenant_id": self.project}).encode())
        assert status == 201, body
        key = json.loads(body)["credential"]
        self.swift, self.s3_url = endpoint(document, "object-store"), endpoint(document, "s3")
        self.s3 = self.client(key)
        self.key = key

    def client(self, key, **config):
        return boto3.client("s3", endpoint_url=self.s3_url, aws_access_key_id=key["access"],
                            aws_secret_access_key=key["secret"], region_name="us-east-1",
                            config=botocore.client.Config(s3={"addressing_style": "path"}, max_pool_connections=16, **config))


def code_of(call, **arguments):
    try:
        call(**arguments)
        return ""
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]


def versions(demo, admin):
    s3 = demo.s3
    s3.create_bucket(Bucket="e2e-versions")
    s3.put_bucket_versioning(Bucket="e2e-versions", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="e2e-versions", Key="k", Body=b"one")["VersionId"]
    s3.put_object(Bucket="e2e-versions", Key="k", Body=b"two")
    assert s3.get_object(Bucket="e2e-versions", Key="k", VersionId=first)["Body"].read() == b"one"
    assert s3.delete_object(Bucket="e2e-versions", Key="k")["DeleteMarker"]
    listed = s3.list_object_versions(Bucket="e2e-versions")
    assert len(listed["Versions"]) == 2 and listed["DeleteMarkers"][0]["IsLatest"]
    s3.delete_objects(Bucket="e2e-versions", Delete={"Objects": [
        {"Key": v["Key"], "VersionId": v["VersionId"]} for v in listed["Versions"] + listed["DeleteMarkers"]]})
    s3.delete_bucket(Bucket="e2e-versions")


def large(demo, admin):
    s3 = demo.s3
    s3.create_bucket(Bucket="e2e-large")
    data = os.urandom(55 << 20)
    s3.upload_fileobj(io.BytesIO(data), "e2e-large", "big")
    back = io.BytesIO()
    s3.download_fileobj("e2e-large", "big", back)
    assert back.getvalue() == data
    assert s3.get_object(Bucket="e2e-large", Key="big", Range="bytes=8388600-8388700")["Body"].read() == data[8388600:8388701]
    s3.delete_object(Bucket="e2e-large", Key="big")
    s3.delete_bucket(Bucket="e2e-large")


def rights(demo, admin):
    s3 = demo.s3
    s3.create_bucket(Bucket="e2e-rights")
    s3.put_object(Bucket="e2e-rights", Key="o", Body=b"x")
    assert code_of(admin.s3.get_object, Bucket="e2e-rights", Key="o") == "AccessDenied"
    s3.put_bucket_policy(Bucket="e2e-rights", Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::%s:root" % admin.project}, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::e2e-rights/*"}]}))
    assert admin.s3.get_object(Bucket="e2e-rights", Key="o")["Body"].read() == b"x"
    assert code_of(admin.s3.put_object, Bucket="e2e-rights", Key="o", Body=b"y") == "AccessDenied"
    s3.delete_bucket_policy(Bucket="e2e-rights")
    s3.put_object_acl(Bucket="e2e-rights", Key="o", ACL="public-read")
    assert ask("GET", demo.s3_url + "/e2e-rights/o", {}) == (200, b"x")
    s3.delete_object(Bucket="e2e-rights", Key="o")
    s3.delete_bucket(Bucket="e2e-rights")


def form(demo, admin):
    """A browser's upload as boto3 signs it, and what its policy does not let through."""
    s3 = demo.s3
    s3.create_bucket(Bucket="e2e-form")
    signed = s3.generate_presigned_post("e2e-form", "in/${filename}", Conditions=[["content-length-range", 1, 100], {"acl": "private"}],
                                        Fields={"acl": "private"})

    def post(data, fields=None):
        body = b"".join(b"--B\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n" % (name.encode(), value.encode())
                        for name, value in (fields or signed["fields"]).items())
        body += b"--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"page.txt\"\r\n\r\n" + data + b"\r\n--B--\r\n"
        return ask("POST", signed["url"], {"Content-Type": "multipart/form-data; boundary=B"}, body)[0]

    assert post(b"hello") == 204
    assert s3.get_object(Bucket="e2e-form", Key="in/page.txt")["Body"].read() == b"hello"
    assert post(b"") == 400 and post(b"x" * 101) == 400
    assert post(b"hello", dict(signed["fields"], acl="public-read")) == 403
    assert post(b"hello", {"key": "open"}) == 403
    s3.delete_object(Bucket="e2e-form", Key="in/page.txt")
    s3.delete_bucket(Bucket="e2e-form")


def turn(demo, name, rounds):
    """One name, written by one API and asked for by the other at once."""
    stale = 0
    headers = {"X-Auth-Token": demo.token}
    url = "%s/e2e-cross/%s" % (demo.swift, name)
    listing = "%s/e2e-cross?prefix=%s" % (demo.swift, name)

    def listed_by_s3():
        return demo.s3.list_objects_v2(Bucket="e2e-cross", Prefix=name).get("KeyCount", 0)

    for number in range(rounds):
        body = b"%d" % number
        if number % 2:
            demo.s3.put_object(Bucket="e2e-cross", Key=name, Body=body)
            stale += ask("GET", url, headers) != (200, body)
            stale += name.encode() not in ask("GET", listing, headers)[1]
            demo.s3.delete_object(Bucket="e2e-cross", Key=name)
            stale += ask("GET", url, headers)[0] != 404
            stale += ask("GET", listing, headers)[1] != b""
        else:
            assert ask("PUT", url, headers, body)[0] == 201
            stale += demo.s3.get_object(Bucket="e2e-cross", Key=name)["Body"].read() != body
            stale += listed_by_s3() != 1
            assert ask("DELETE", url, headers)[0] == 204
            stale += code_of(demo.s3.get_object, Bucket="e2e-cross", Key=name) != "NoSuchKey"
            stale += listed_by_s3() != 0
    return stale


def cross(demo, admin):
    demo.s3.create_bucket(Bucket="e2e-cross")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        stale = sum(pool.map(lambda i: turn(demo, "name-%d" % i, ROUNDS // 4), range(4)))
    demo.s3.delete_bucket(Bucket="e2e-cross")
    assert stale == 0, "%d stale answers" % stale


TESTS = [("boto3: versions and delete markers", versions), ("boto3: 55 MiB in parts and back", large),
         ("boto3: policies and ACLs between projects", rights), ("boto3: an HTML form with a signed policy", form),
         ("%d rounds of PUT and DELETE by one API, GET and list by the other: no stale answer" % ROUNDS, cross)]


def main():
    demo = Login("demo", os.environ["E2E_DEMO_PASSWORD"], "demo")
    admin = Login(os.environ["OS_USERNAME"], os.environ["OS_PASSWORD"], os.environ["OS_PROJECT_NAME"])
    bad = 0
    for name, test in TESTS:
        began = time.monotonic()
        try:
            test(demo, admin)
            print("ok %s (%.1f s)" % (name, time.monotonic() - began), flush=True)
        except Exception as error:
            bad = 1
            print("not ok %s\n%s: %s" % (name, type(error).__name__, error), flush=True)
    return bad


sys.exit(main())
