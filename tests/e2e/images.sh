# Glance v2.
. "$E2E_FOLDER/lib.sh"
made=()
clean_up() {
    as_demo
    for id in "${made[@]}"; do ask DELETE image "/v2/images/$id"; done
}
# new NAME FORMAT [more JSON]: registers an image, its id is in $id.
new() {
    local more=${3:-}
    expect 201 POST image /v2/images "$(jq -n --arg n "$1" --arg f "$2" --argjson m "${more:-"{}"}" \
        '{name: $n, disk_format: $f, container_format: "bare"} + $m')"
    id=$(get .id)
    made+=("$id")
}
# upload ID FILE [curl options...]
upload() { ask PUT image "/v2/images/$1/file" '' -H 'Content-Type: application/octet-stream' -T "$2" "${@:3}"; }

it "openstack image create, list, show and save"
head -c 3145728 /dev/urandom >"$E2E_WORK/disk.raw"
os image create --disk-format raw --container-format bare --file "$E2E_WORK/disk.raw" --property os_type=linux e2e-raw -f json >"$E2E_WORK/raw"
expect 200 GET image '/v2/images?name=e2e-raw'
id=$(get '.images[0].id')
made+=("$id")
same active "$(get '.images[0].status')"
same 3145728 "$(get '.images[0].size')"
same "$(md5sum <"$E2E_WORK/disk.raw" | cut -d' ' -f1)" "$(get '.images[0].checksum')"
same "$(sha512sum <"$E2E_WORK/disk.raw" | cut -d' ' -f1)" "$(get '.images[0].os_hash_value')"
same linux "$(get '.images[0].os_type')"
os image save --file "$E2E_WORK/back.raw" "$id"
cmp "$E2E_WORK/disk.raw" "$E2E_WORK/back.raw"

it "the guest image is there for everyone"
expect 200 GET image '/v2/images?name=tiny'
same public "$(get '.images[0].visibility')"
same active "$(get '.images[0].status')"

it "a qcow2 is looked into: its virtual size is known"
qemu-img create -q -f qcow2 "$E2E_WORK/good.qcow2" 64M
new e2e-qcow2 qcow2
same queued "$(get .status)"
upload "$id" "$E2E_WORK/good.qcow2"
same 204 "$code" "upload"
expect 200 GET image "/v2/images/$id"
same active "$(get .status)"
same 67108864 "$(get .virtual_size)"

it "ranges of the data"
same 206 "$(curl -sS -o "$E2E_WORK/part" -w '%{http_code}' -r 100-199 -H "X-Auth-Token: ${token_of[demo]}" "$(endpoint image)/v2/images/${made[0]}/file")"
dd if="$E2E_WORK/disk.raw" of="$E2E_WORK/part2" bs=1 skip=100 count=100 status=none
cmp "$E2E_WORK/part" "$E2E_WORK/part2"

it "a qcow2 with a backing file is refused, and stays without data"
qemu-img create -q -f qcow2 -b /etc/passwd -F raw "$E2E_WORK/backed.qcow2" 64M
new e2e-backed qcow2
upload "$id" "$E2E_WORK/backed.qcow2"
has '^4' "$code"
expect 200 GET image "/v2/images/$id"
[ "$(get .status)" != active ] || wrong "it is active"

it "a qcow2 that names a data file elsewhere is refused"
qemu-img create -q -f qcow2 -o data_file="$E2E_WORK/elsewhere",data_file_raw=on "$E2E_WORK/external.qcow2" 64M
new e2e-external qcow2
upload "$id" "$E2E_WORK/external.qcow2"
has '^4' "$code"

it "a qcow2 that claims exabytes is refused"
cp "$E2E_WORK/good.qcow2" "$E2E_WORK/huge.qcow2"
printf '\x40\0\0\0\0\0\0\0' | dd of="$E2E_WORK/huge.qcow2" bs=1 seek=24 conv=notrunc status=none
new e2e-huge qcow2
upload "$id" "$E2E_WORK/huge.qcow2"
has '^4' "$code"
expect 200 GET image "/v2/images/$id"
[ "$(get .status)" != active ] || wrong "it is active"

it "data of another format than was said is refused"
new e2e-lie raw
upload "$id" "$E2E_WORK/good.qcow2"
has '^4' "$code"
expect 200 GET image "/v2/images/$id"
[ "$(get .status)" != active ] || wrong "it is active"

it "properties are changed by JSON patches"
new e2e-patch raw
expect 200 PATCH image "/v2/images/$id" '' -H 'Content-Type: application/openstack-images-v2.1-json-patch' \
    -d '[{"op":"replace","path":"/name","value":"e2e-patched"},{"op":"add","path":"/colour","value":"blue"}]'
same e2e-patched "$(get .name)"
same blue "$(get .colour)"
expect 403 PATCH image "/v2/images/$id" '' -H 'Content-Type: application/openstack-images-v2.1-json-patch' \
    -d '[{"op":"replace","path":"/id","value":"x"}]'
expect 415 PATCH image "/v2/images/$id" '' -H 'Content-Type: text/plain' -d '[]'

it "a private image is nobody else's"
as_admin
expect 201 POST image /v2/images '{"name":"e2e-secret","disk_format":"raw","container_format":"bare"}'
secret=$(get .id)
as_demo
expect 404 GET image "/v2/images/$secret"
expect 404 DELETE image "/v2/images/$secret"
as_admin
expect 204 DELETE image "/v2/images/$secret"
as_demo

it "a user may not make an image public"
expect 403 POST image /v2/images '{"name":"e2e-public","disk_format":"raw","container_format":"bare","visibility":"public"}'

it "a protected image is not deleted"
new e2e-protected raw '{"protected":true}'
expect 403 DELETE image "/v2/images/$id"
expect 200 PATCH image "/v2/images/$id" '' -H 'Content-Type: application/openstack-images-v2.1-json-patch' \
    -d '[{"op":"replace","path":"/protected","value":false}]'
expect 204 DELETE image "/v2/images/$id"
expect 404 GET image "/v2/images/$id"

it "the schema that glanceclient asks for"
expect 200 GET image /v2/schemas/image
same image "$(get .name)"

it "pages of images follow each other"
expect 200 GET image '/v2/images?limit=1&sort=name:asc'
same 1 "$(get '.images | length')"
has '^/v2/images\?.*marker=' "$(get .next)"
