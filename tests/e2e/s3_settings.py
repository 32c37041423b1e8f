"""What buckets and objects have beside bytes, by boto3 and awscli: sites, lifecycle, locks, checksums, encryption, tags, CORS."""
import base64
import datetime
import hashlib
import json
import os
import subprocess
import sys
import urllib.request
import zlib

import boto3
import botocore.client
import botocore.exceptions

BUCKET = "e2e-settings"


def openstack(*words):
    return json.loads(subprocess.run(["/usr/bin/openstack", *words, "-f", "json"], check=True, stdout=subprocess.PIPE).stdout)


class Store:
    def __init__(self):
        self.key = openstack("ec2", "credentials", "create")
        self.url = openstack("endpoint", "list", "--service", "s3", "--interface", "public")[0]["URL"]
        self.s3 = boto3.client("s3", endpoint_url=self.url, aws_access_key_id=self.key["access"], aws_secret_access_key=self.key["secret"],
                               region_name="us-east-1", config=botocore.client.Config(s3={"addressing_style": "path"}))

    def aws(self, *words):
        """awscli; what it prints."""
        environment = dict(os.environ, AWS_ACCESS_KEY_ID=self.key["access"], AWS_SECRET_ACCESS_KEY=self.key["secret"],
                           AWS_DEFAULT_REGION="us-east-1", AWS_PAGER="")
        done = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.url, *words], env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def browse(self, host, path, origin=None):
        """As a browser that finds `host` by DNS: status, headers, body."""
        headers = {"Host": host}
        if origin:
            headers["Origin"] = origin
        opener = urllib.request.build_opener(type("Stay", (urllib.request.HTTPRedirectHandler,), {"redirect_request": lambda *_: None}))
        try:
            with opener.open(urllib.request.Request(self.url + path, headers=headers)) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()


def refusal(call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def empty(s3, bucket):
    for kind in ("Versions", "DeleteMarkers"):
        for each in s3.list_object_versions(Bucket=bucket).get(kind, []):
            s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"], BypassGovernanceRetention=True)
    s3.delete_bucket(Bucket=bucket)


def site(store):
    s3 = store.s3
    s3.create_bucket(Bucket="e2e-site", ACL="public-read")
    for key, body in (("index.html", b"home"), ("sub/index.html", b"sub"), ("wrong.html", b"nothing here")):
        s3.put_object(Bucket="e2e-site", Key=key, Body=body, ContentType="text/html", ACL="public-read")
    s3.put_object(Bucket="e2e-site", Key="secret.html", Body=b"secret")
    s3.put_bucket_website(Bucket="e2e-site", WebsiteConfiguration={
        "IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "wrong.html"},
        "RoutingRules": [{"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "sub/"}}]})
    host = "e2e-site.web.test"
    assert store.browse(host, "/")[::2] == (200, b"home")
    assert store.browse(host, "/sub/")[::2] == (200, b"sub")
    assert store.browse(host, "/missing")[::2] == (404, b"nothing here")
    assert store.browse(host, "/secret.html")[0] == 403
    status, headers, _ = store.browse(host, "/old/x")
    assert status == 301 and headers["Location"].endswith("/sub/x"), headers["Location"]
    s3.delete_bucket_website(Bucket="e2e-site")
    assert store.browse(host, "/")[0] == 404
    empty(s3, "e2e-site")


def lifecycle(store):
    s3 = store.s3
    assert refusal(s3.get_bucket_lifecycle_configuration, Bucket=BUCKET) == "NoSuchLifecycleConfiguration"
    rules = [{"ID": "old", "Status": "Enabled", "Filter": {"And": {"Prefix": "log/", "Tags": [{"Key": "keep", "Value": "no"}]}},
              "Expiration": {"Days": 30}},
             {"ID": "parts", "Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
              "NoncurrentVersionExpiration": {"NoncurrentDays": 5}}]
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"] == rules
    cold = [{"ID": "cold", "Status": "Enabled", "Filter": {"Prefix": ""}, "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}]
    assert refusal(s3.put_bucket_lifecycle_configuration, Bucket=BUCKET, LifecycleConfiguration={"Rules": cold}) == "NotImplemented"
    s3.delete_bucket_lifecycle(Bucket=BUCKET)


def locks(store):
    s3 = store.s3
    bucket = "e2e-locks"
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}})
    version = s3.put_object(Bucket=bucket, Key="kept", Body=b"x")["VersionId"]
    found = s3.head_object(Bucket=bucket, Key="kept")
    assert found["ObjectLockMode"] == "GOVERNANCE"
    assert found["ObjectLockRetainUntilDate"] > datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=23)
    one = {"Bucket": bucket, "Key": "kept", "VersionId": version}
    assert refusal(s3.delete_object, **one) == "AccessDenied"
    s3.put_object_legal_hold(Bucket=bucket, Key="kept", LegalHold={"Status": "ON"})
    assert refusal(s3.delete_object, BypassGovernanceRetention=True, **one) == "AccessDenied"
    s3.put_object_legal_hold(Bucket=bucket, Key="kept", LegalHold={"Status": "OFF"})
    code, shown = store.aws("s3api", "get-object-legal-hold", "--bucket", bucket, "--key", "kept", "--query", "LegalHold.Status")
    assert (code, shown.strip()) == (0, '"OFF"'), shown
    s3.delete_object(BypassGovernanceRetention=True, **one)
    empty(s3, bucket)


def checksums(store):
    s3 = store.s3
    body = os.urandom(200_000)
    crc32 = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    sha256 = base64.b64encode(hashlib.sha256(body).digest()).decode()
    for kind, value in (("CRC32", crc32), ("SHA256", sha256)):
        assert s3.put_object(Bucket=BUCKET, Key="sum", Body=body, ChecksumAlgorithm=kind)["Checksum" + kind] == value
        answer = s3.get_object(Bucket=BUCKET, Key="sum", ChecksumMode="ENABLED")
        assert answer["Checksum" + kind] == value and answer["Body"].read() == body
    assert refusal(s3.put_object, Bucket=BUCKET, Key="sum", Body=body, ChecksumSHA256=base64.b64encode(bytes(32)).decode()) == "BadDigest"
    shown = s3.get_object_attributes(Bucket=BUCKET, Key="sum", ObjectAttributes=["Checksum", "ObjectSize"])
    assert shown["Checksum"]["ChecksumSHA256"] == sha256 and shown["ObjectSize"] == len(body)
    with open("body", "wb") as file:
        file.write(body)
    code, said = store.aws("s3api", "put-object", "--bucket", BUCKET, "--key", "sum", "--body", "body", "--checksum-algorithm", "SHA1")
    assert code == 0 and base64.b64encode(hashlib.sha1(body).digest()).decode() in said, said


def trailers(store):
    """As SDKs send bodies they cannot read twice: the checksum comes behind the data."""
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
    body = b"data" * 50_000
    total = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()

    def put(checksum):
        sent = b"".join(b"%x\r\n%s\r\n" % (len(body[at:at + 65536]), body[at:at + 65536]) for at in range(0, len(body), 65536))
        sent += b"0\r\nx-amz-checksum-crc32:%s\r\n\r\n" % checksum.encode()
        url = "%s/%s/trailer" % (store.url, BUCKET)
        request = botocore.awsrequest.AWSRequest("PUT", url, {
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-trailer": "x-amz-checksum-crc32",
            "x-amz-decoded-content-length": str(len(body)), "Content-Encoding": "aws-chunked"})
        request.context["payload_signing_enabled"] = False

        class Signer(botocore.auth.S3SigV4Auth):
            def payload(self, request):
                return "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

            def _modify_request_before_signing(self, request):
                super()._modify_request_before_signing(request)
                request.headers.replace_header("X-Amz-Content-SHA256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        Signer(botocore.credentials.Credentials(store.key["access"], store.key["secret"]), "s3", "us-east-1").add_auth(request)
        made = urllib.request.Request(url, sent, dict(request.headers.items()), method="PUT")
        try:
            with urllib.request.urlopen(made) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
    assert put(total)[0] == 200
    found = store.s3.get_object(Bucket=BUCKET, Key="trailer", ChecksumMode="ENABLED")
    assert found["Body"].read() == body and found["ChecksumCRC32"] == total and "ContentEncoding" not in found
    status, said = put("AAAAAA==")
    assert status == 400 and b"<Code>BadDigest</Code>" in said, said


def encryption(store):
    s3 = store.s3
    assert s3.put_object(Bucket=BUCKET, Key="sse", Body=b"x", ServerSideEncryption="AES256")["ServerSideEncryption"] == "AES256"
    for extra in ({}, {"SSEKMSKeyId": "arn:aws:kms:us-east-1:1:key/a"}):
        assert refusal(s3.put_object, Bucket=BUCKET, Key="kms", Body=b"x", ServerSideEncryption="aws:kms", **extra) == "NotImplemented"
        assert refusal(s3.create_multipart_upload, Bucket=BUCKET, Key="kms", ServerSideEncryption="aws:kms", **extra) == "NotImplemented"
    assert refusal(s3.put_bucket_encryption, Bucket=BUCKET, ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}) == "NotImplemented"
    assert refusal(s3.head_object, Bucket=BUCKET, Key="kms") == "404"
    code, said = store.aws("s3", "cp", "body", "s3://%s/kms" % BUCKET, "--sse", "aws:kms")
    assert code != 0 and "NotImplemented" in said, said
    key = os.urandom(32)
    sealed = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}
    s3.put_object(Bucket=BUCKET, Key="sealed", Body=b"for my eyes", **sealed)
    assert s3.get_object(Bucket=BUCKET, Key="sealed", **sealed)["Body"].read() == b"for my eyes"
    assert refusal(s3.get_object, Bucket=BUCKET, Key="sealed") == "InvalidRequest"
    assert refusal(s3.get_object, Bucket=BUCKET, Key="sealed", SSECustomerAlgorithm="AES256", SSECustomerKey=os.urandom(32)) == "AccessDenied"


def beside(store):
    """Tags, CORS, public access block, ownership, policy status, one after another."""
    s3 = store.s3
    tags = [{"Key": "team", "Value": "a b"}]
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"] == tags
    s3.put_object(Bucket=BUCKET, Key="tagged", Body=b"x", Tagging="team=a%20b")
    assert s3.get_object_tagging(Bucket=BUCKET, Key="tagged")["TagSet"] == tags
    s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [{"AllowedOrigins": ["http://app.test"], "AllowedMethods": ["GET"]}]})
    s3.put_object_acl(Bucket=BUCKET, Key="tagged", ACL="public-read")
    status, headers, _ = store.browse(BUCKET + ".s3.test", "/tagged", "http://app.test")
    assert status == 200 and headers["Access-Control-Allow-Origin"] == "http://app.test"
    assert "Access-Control-Allow-Origin" not in store.browse(BUCKET + ".s3.test", "/tagged", "http://evil.test")[1]
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration={
        "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True})
    assert store.browse(BUCKET + ".s3.test", "/tagged")[0] == 403
    assert refusal(s3.put_object_acl, Bucket=BUCKET, Key="tagged", ACL="public-read") == "AccessDenied"
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    assert refusal(s3.put_object_acl, Bucket=BUCKET, Key="tagged", ACL="public-read") == "AccessControlListNotSupported"


TESTS = [("boto3: a bucket as a web site, with redirects and its own page of errors", site),
         ("boto3: lifecycle rules come back as put, transitions are refused", lifecycle),
         ("boto3, awscli: object lock, retention and legal hold", locks),
         ("boto3, awscli: checksums kept, told and compared", checksums), ("a checksum in the trailer of an unsigned body", trailers),
         ("boto3, awscli: SSE-S3, SSE-C; SSE-KMS is refused and nothing is kept", encryption),
         ("boto3: tags, CORS, public access block, ownership", beside)]


def main():
    store = Store()
    bad = 0
    store.s3.create_bucket(Bucket=BUCKET)
    for name, test in TESTS:
        try:
            test(store)
            print("ok %s" % name, flush=True)
        except Exception as error:
            bad = 1
            print("not ok %s\n%s: %s (line %d)" % (name, type(error).__name__, error, error.__traceback__.tb_next.tb_lineno), flush=True)
    empty(store.s3, BUCKET)
    return bad


sys.exit(main())
