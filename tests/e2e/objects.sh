# Swift as the stock clients use it.
. "$E2E_FOLDER/lib.sh"
as_demo
clean_up() {
    export OS_USERNAME=demo OS_PROJECT_NAME=demo OS_PASSWORD=$E2E_DEMO_PASSWORD
    swift delete e2e-c
    swift delete e2e-d
    swift delete e2e-d_segments
    swift delete e2e-t
    swift delete e2e-v
    swift delete e2e-r
    swift delete e2e-r_segments
    swift delete e2e-b
}
sw() { OS_USERNAME=demo OS_PROJECT_NAME=demo OS_PASSWORD=$E2E_DEMO_PASSWORD /usr/bin/swift "$@"; }

it "/info is told without a token"
base=$(endpoint object-store)
same 200 "$(curl -sS -o "$E2E_WORK/info" -w '%{http_code}' "${base%/v1/*}/info")"
has '"swift"' "$(<"$E2E_WORK/info")"

it "openstack container create, object create, object save"
head -c 20971520 /dev/urandom >"$E2E_WORK/BIG"
os container create e2e-c >/dev/null
(cd "$E2E_WORK" && os object create e2e-c BIG >/dev/null)
os object save --file "$E2E_WORK/BACK" e2e-c BIG
cmp "$E2E_WORK/BIG" "$E2E_WORK/BACK"

it "the object's ETag, size and type; HEAD, ranges and conditions"
md5=$(md5sum <"$E2E_WORK/BIG" | cut -d' ' -f1)
expect 200 HEAD object-store /e2e-c/BIG
has "^[Ee][Tt]ag: \"?$md5" "$head"
has '^[Cc]ontent-[Ll]ength: 20971520' "$head"
expect 206 GET object-store /e2e-c/BIG '' -r 1000-1999
dd if="$E2E_WORK/BIG" of="$E2E_WORK/part" bs=1000 skip=1 count=1 status=none
cmp "$E2E_WORK/body" "$E2E_WORK/part"
expect 304 GET object-store /e2e-c/BIG '' -H "If-None-Match: $md5"
expect 412 GET object-store /e2e-c/BIG '' -H 'If-Match: other'
expect 416 GET object-store /e2e-c/BIG '' -r 99999999-

it "swift upload, list, stat, download and delete"
mkdir -p "$E2E_WORK/tree/a/b"
for name in a/one a/b/two three; do head -c 5000 /dev/urandom >"$E2E_WORK/tree/$name"; done
(cd "$E2E_WORK/tree" && sw upload -q e2e-d a three)
same 'a/b/two a/one three' "$(sw list e2e-d | tr '\n' ' ' | sed 's/ $//')"
has 'Objects: 3' "$(sw stat e2e-d)"
has 'Bytes: 15000' "$(sw stat e2e-d)"
mkdir "$E2E_WORK/down"
(cd "$E2E_WORK/down" && sw download -q e2e-d)
diff -r "$E2E_WORK/tree" "$E2E_WORK/down"
sw delete -q e2e-d a/one >/dev/null
same 'a/b/two three' "$(sw list e2e-d | tr '\n' ' ' | sed 's/ $//')"

it "a listing by JSON, prefix, delimiter, limit and marker"
expect 200 GET object-store '/e2e-d?format=json&delimiter=/'
same 'a/ three' "$(get '[.[] | .subdir // .name] | join(" ")')"
expect 200 GET object-store '/e2e-d?limit=1'
same a/b/two "$reply"
expect 200 GET object-store '/e2e-d?limit=1&marker=a/b/two'
same three "$reply"

it "a write is listed at once"
for ((i = 0; i < 5; ++i)); do
    expect 201 PUT object-store "/e2e-d/now-$i" "$i"
    expect 200 GET object-store "/e2e-d?prefix=now-$i"
    same "now-$i" "$reply"
done

it "metadata of objects and containers"
expect 202 POST object-store /e2e-d/three '' -H 'X-Object-Meta-Colour: blue' -H 'Content-Length: 0'
expect 200 HEAD object-store /e2e-d/three
has '^[Xx]-[Oo]bject-[Mm]eta-[Cc]olour: blue' "$head"
expect 204 POST object-store /e2e-d '' -H 'X-Container-Meta-Shape: round' -H 'Content-Length: 0'
expect 204 HEAD object-store /e2e-d
has '^[Xx]-[Cc]ontainer-[Mm]eta-[Ss]hape: round' "$head"

it "a copy on the server's side"
expect 201 PUT object-store /e2e-d/copy '' -H 'X-Copy-From: /e2e-c/BIG' -H 'Content-Length: 0'
expect 200 HEAD object-store /e2e-d/copy
has "$md5" "$head"

it "a wrong ETag is refused and nothing is stored"
expect 422 PUT object-store /e2e-d/wrong 'data' -H 'ETag: 00000000000000000000000000000000'
expect 404 GET object-store /e2e-d/wrong

it "names of any form"
name='d%C3%A9j%C3%A0%20vu/%25/x%3Fy'
expect 201 PUT object-store "/e2e-d/$name" 'odd'
expect 200 GET object-store "/e2e-d/$name"
same odd "$reply"
expect 204 DELETE object-store "/e2e-d/$name"

it "a container that is not empty is not deleted: 409"
expect 409 DELETE object-store /e2e-d
expect 404 GET object-store /e2e-missing
expect 404 GET object-store /e2e-d/missing

it "nobody else reads it, until an ACL lets them"
same 401 "$(curl -sS -o /dev/null -w '%{http_code}' "$base/e2e-d/three")" "without a token"
expect 204 POST object-store /e2e-d '' -H 'X-Container-Read: .r:*,.rlistings' -H 'Content-Length: 0'
same 200 "$(curl -sS -o /dev/null -w '%{http_code}' "$base/e2e-d/three")" "public container"

it "large objects of segments by the stock client"
(cd "$E2E_WORK" && sw upload -q --segment-size 5242880 e2e-d BIG)
sw download -q e2e-d BIG -o "$E2E_WORK/BACK2"
cmp "$E2E_WORK/BIG" "$E2E_WORK/BACK2"

it "versions: what is replaced and deleted comes back"
expect 201 PUT object-store /e2e-v '' -H 'X-Versions-Enabled: true' -H 'Content-Length: 0'
expect 201 PUT object-store /e2e-v/o one
first=$(sed -nE 's/^x-object-version-id: *([^\r]*)\r?$/\1/Ip' <<<"$head")
expect 201 PUT object-store /e2e-v/o two
expect 204 DELETE object-store /e2e-v/o
expect 404 GET object-store /e2e-v/o
expect 200 GET object-store "/e2e-v/o?version-id=$first"
same one "$reply"
expect 200 GET object-store '/e2e-v?versions&format=json'
same 3 "$(get length)"
for id in $(get '.[].version_id'); do expect 204 DELETE object-store "/e2e-v/o?version-id=$id"; done
expect 204 DELETE object-store /e2e-v

it "an archive becomes objects"
tar -C "$E2E_WORK/tree" -czf "$E2E_WORK/tree.tgz" .
expect 200 PUT object-store '/e2e-t/pre?extract-archive=tar.gz' '' -H 'Accept: application/json' --data-binary "@$E2E_WORK/tree.tgz"
same '3 201 Created' "$(get '"\(.["Number Files Created"]) \(.["Response Status"])"')"
(cd "$E2E_WORK" && sw download -q e2e-t -D from-tar)
diff -r "$E2E_WORK/tree" "$E2E_WORK/from-tar/pre"

it "a symlink and a temporary URL by the stock client"
expect 201 PUT object-store /e2e-t/link '' -H 'X-Symlink-Target: e2e-t/pre/three' -H 'Content-Length: 0'
expect 200 GET object-store /e2e-t/link
cmp "$E2E_WORK/body" "$E2E_WORK/tree/three"
sw post e2e-t -m 'Temp-URL-Key: e2e-key' >/dev/null
for digest in sha1 sha256 sha512; do
    path=$(sw tempurl --digest "$digest" GET 600 "/v1/${base##*/v1/}/e2e-t/link" e2e-key)
    same 200 "$(curl -sS -o "$E2E_WORK/temp" -w '%{http_code}' "${base%/v1/*}$path")" "$digest"
    cmp "$E2E_WORK/temp" "$E2E_WORK/tree/three"
    same 401 "$(curl -sS -o /dev/null -w '%{http_code}' -X PUT -d x "${base%/v1/*}$path")" "$digest PUT"
done

it "a public container is a web site"
expect 201 PUT object-store /e2e-t/index.html welcome
expect 204 POST object-store /e2e-t '' -H 'X-Container-Read: .r:*,.rlistings' -H 'X-Container-Meta-Web-Index: index.html' \
    -H 'X-Container-Meta-Web-Listings: true' -H 'Content-Length: 0'
same welcome "$(curl -sSL "$base/e2e-t")"
has 'href="three"' "$(curl -sSL "$base/e2e-t/pre")"

it "a signed form puts its file without a token, a wrongly signed one does not"
expect 204 POST object-store '' '' -H 'X-Account-Meta-Temp-URL-Key: e2e-key' -H 'Content-Length: 0'
expect 201 PUT object-store /e2e-f '' -H 'Content-Length: 0'
echo 'from a form' >"$E2E_WORK/form.txt"
expires=$(($(date +%s) + 600)) folder=/v1/${base##*/v1/}/e2e-f/in/
signature() {
    printf '%s\n%s\n%s\n%s\n%s' "$folder" '' 1000 1 "$expires" | openssl dgst -sha256 -hmac "$1" -r | cut -d' ' -f1
}
post_form() {
    curl -sS -o /dev/null -w '%{http_code}' -F redirect= -F max_file_size=1000 -F max_file_count=1 -F "expires=$expires" \
        -F "signature=$(signature "$1")" -F "file=@$E2E_WORK/form.txt" "${base%/v1/*}$folder"
}
same 401 "$(post_form wrong)"
expect 404 GET object-store /e2e-f/in/form.txt
same 201 "$(post_form e2e-key)"
expect 200 GET object-store /e2e-f/in/form.txt
same 'from a form' "$reply"
expect 204 DELETE object-store /e2e-f/in/form.txt
expect 204 DELETE object-store /e2e-f

it "rclone copies a tree there, finds nothing to change, and copies it back"
if command -v rclone >/dev/null; then
    rc() {
        RCLONE_CONFIG_E2E_TYPE=swift RCLONE_CONFIG_E2E_ENV_AUTH=false RCLONE_CONFIG_E2E_AUTH="$OS_AUTH_URL" \
            RCLONE_CONFIG_E2E_USER=demo RCLONE_CONFIG_E2E_KEY="$E2E_DEMO_PASSWORD" RCLONE_CONFIG_E2E_DOMAIN=Default \
            RCLONE_CONFIG_E2E_TENANT=demo RCLONE_CONFIG_E2E_TENANT_DOMAIN=Default RCLONE_CONFIG_E2E_AUTH_VERSION=3 \
            RCLONE_CONFIG_E2E_CHUNK_SIZE=4M rclone --config /dev/null "$@"
    }
    mkdir -p "$E2E_WORK/rc"
    cp -r "$E2E_WORK/tree" "$E2E_WORK/BIG" "$E2E_WORK/rc"
    rc copy "$E2E_WORK/rc" e2e:e2e-r 2>"$E2E_WORK/rclone.log"
    rc check "$E2E_WORK/rc" e2e:e2e-r 2>>"$E2E_WORK/rclone.log" || wrong "$(tail -3 "$E2E_WORK/rclone.log")"
    rc copy e2e:e2e-r "$E2E_WORK/rc-back" 2>>"$E2E_WORK/rclone.log"
    diff -r "$E2E_WORK/rc" "$E2E_WORK/rc-back"
    rc purge e2e:e2e-r 2>>"$E2E_WORK/rclone.log"
else
    skip "rclone is not installed"
fi

it "duplicity backs a tree up, and what changed, and restores it"
if command -v duplicity >/dev/null; then
    backup() { # what it asks about objects goes by OS_* too, all else by SWIFT_* alone
        OS_USERNAME=demo OS_PROJECT_NAME=demo OS_PASSWORD=$E2E_DEMO_PASSWORD HOME="$E2E_WORK" SWIFT_AUTHURL="$OS_AUTH_URL" SWIFT_AUTHVERSION=3 SWIFT_USERNAME=demo \
            SWIFT_PASSWORD="$E2E_DEMO_PASSWORD" SWIFT_TENANTNAME=demo SWIFT_USER_DOMAIN_NAME=Default \
            SWIFT_PROJECT_DOMAIN_NAME=Default SWIFT_REGIONNAME=RegionOne PATH="/usr/bin:$PATH" \
            duplicity "$1" --no-encryption --volsize 1 "${@:2}" >>"$E2E_WORK/duplicity.log" 2>&1 ||
            wrong "$(tail -3 "$E2E_WORK/duplicity.log")"
    }
    mkdir "$E2E_WORK/kept"
    head -c 2500000 /dev/urandom >"$E2E_WORK/kept/one"
    backup full "$E2E_WORK/kept" swift://e2e-b
    echo later >"$E2E_WORK/kept/two"
    backup incremental "$E2E_WORK/kept" swift://e2e-b
    backup verify swift://e2e-b "$E2E_WORK/kept"
    backup restore swift://e2e-b "$E2E_WORK/kept-back"
    diff -r "$E2E_WORK/kept" "$E2E_WORK/kept-back"
    sw delete -q e2e-b >/dev/null
else
    skip "duplicity is not installed"
fi

it "what is deleted is gone"
os container delete --recursive e2e-c
expect 404 GET object-store /e2e-c
