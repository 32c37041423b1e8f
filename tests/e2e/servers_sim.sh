# Servers on simulated hosts, in the words of the stock client, and their states by curl.
. "$E2E_FOLDER/lib.sh"
clean_up() {
    as_demo
    ask GET compute /servers
    for each in $(get '.servers[].id'); do ask DELETE compute "/servers/$each"; done
    ask DELETE compute /os-keypairs/e2e-server-key
    ask GET network /v2.0/floatingips
    for each in $(get '.floatingips[].id'); do ask DELETE network "/v2.0/floatingips/$each"; done
    as_admin
    ask DELETE compute /flavors/e2e-giant
    ask DELETE compute "/os-quota-sets/${project_of[demo]}"
}
# is STATUS [TASK]: the server $id has that status and no task, or that one.
is() {
    ask GET compute "/servers/$id"
    [ "$(get .server.status)" = "$1" ] && [ "$(get '.server["OS-EXT-STS:task_state"]')" = "${2:-null}" ]
}
act() { expect "${2:-202}" POST compute "/servers/$id/action" "$1"; }
becomes() { eventually 20 is "$1"; }
absent() { ask GET compute "/servers/$id"; [ "$code" = 404 ]; }
used() {
    ask GET compute /limits
    get "[.limits.absolute.totalInstancesUsed, .limits.absolute.totalCoresUsed, .limits.absolute.totalRAMUsed] | join(\" \")"
}
# make [NAME] [more JSON]: a server of m1.tiny by curl; its id is in $id.
make() {
    ask POST compute /servers "$(jq -n --arg n "${1:-one}" --arg i "$image" --arg w "$network" --argjson m "${2:-"{}"}" \
        '{server: ({name: $n, imageRef: $i, flavorRef: "1", networks: [{uuid: $w}]} + $m)}')" -H 'OpenStack-API-Version: compute 2.60'
    id=$(get .server.id)
}

it "a keypair, and nothing in use"
os keypair create --private-key "$E2E_WORK/key" e2e-server-key >/dev/null
expect 200 GET image '/v2/images?name=tiny'
image=$(get '.images[0].id')
expect 200 GET network '/v2.0/networks?name=private'
network=$(get '.networks[0].id')
same '0 0 0' "$(used)"

it "openstack server create --wait"
printf '#!/bin/sh\necho hello\n' >"$E2E_WORK/user-data"
os server create --image tiny --flavor m1.tiny --network private --key-name e2e-server-key \
    --user-data "$E2E_WORK/user-data" --property colour=blue --wait first -f json >"$E2E_WORK/created"
same ACTIVE "$(jq -r .status "$E2E_WORK/created")"
id=$(jq -r .id "$E2E_WORK/created")
same '1 1 512' "$(used)"

it "openstack server list and show"
list=$(os server list -f json)
has '"first"' "$list"
has '10\.0\.0\.' "$list"
has '"tiny"' "$list"
shown=$(os server show first -f json)
same e2e-server-key "$(jq -r .key_name <<<"$shown")"
has blue "$(jq -c .properties <<<"$shown")"

it "the host is for administrators"
expect 200 GET compute "/servers/$id"
same null "$(get '.server["OS-EXT-SRV-ATTR:host"]')"
same 1 "$(get '.server["OS-EXT-STS:power_state"]')"
as_admin
expect 200 GET compute "/servers/$id"
host=$(get '.server["OS-EXT-SRV-ATTR:host"]')
[ "$host" != null ] || wrong 'no host'
as_demo

it "stop and start"
os server stop first
becomes SHUTOFF
expect 200 GET compute "/servers/$id"
same 4 "$(get '.server["OS-EXT-STS:power_state"]')"
act '{"os-stop":null}' 409
has 'Cannot .stop. instance' "$(get .conflictingRequest.message)"
os server start first
becomes ACTIVE

it "openstack server reboot, soft and hard"
os server reboot --wait first >/dev/null
becomes ACTIVE
os server reboot --hard --wait first >/dev/null
becomes ACTIVE

it "pause and unpause"
act '{"pause":null}'
becomes PAUSED
expect 200 GET compute "/servers/$id"
same 3 "$(get '.server["OS-EXT-STS:power_state"]')"
act '{"pause":null}' 409
act '{"unpause":null}'
becomes ACTIVE

it "suspend and resume"
act '{"suspend":null}'
becomes SUSPENDED
act '{"resume":null}'
becomes ACTIVE

it "a locked server is left alone by its owner until it is unlocked"
act '{"lock":null}'
expect 200 GET compute "/servers/$id" '' -H 'OpenStack-API-Version: compute 2.9'
same true "$(get .server.locked)"
as_admin
act '{"lock":null}'
as_demo
act '{"os-stop":null}' 409
expect 409 DELETE compute "/servers/$id"
as_admin
act '{"unlock":null}'
as_demo
act '{"os-stop":null}'
becomes SHUTOFF
act '{"os-start":null}'
becomes ACTIVE

it "openstack pause, unpause, suspend, resume, lock, unlock"
for verb in pause unpause suspend resume lock unlock; do
    os server $verb first
    case $verb in pause) becomes PAUSED ;; suspend) becomes SUSPENDED ;; *) becomes ACTIVE ;; esac
done

it "openstack server resize, revert, confirm"
os server resize --flavor m1.small --wait first
becomes VERIFY_RESIZE
os server resize revert first
becomes ACTIVE
expect 200 GET compute "/servers/$id"
same 1 "$(get .server.flavor.id)"
os server resize --flavor m1.small --wait first
os server resize confirm first
becomes ACTIVE
act '{"confirmResize":null}' 409

it "openstack server rescue, unrescue, rebuild"
os server rescue first >/dev/null
becomes RESCUE
act '{"reboot":{"type":"HARD"}}' 409
os server unrescue first
becomes ACTIVE
os server rebuild --wait first >/dev/null
becomes ACTIVE

it "openstack server image create makes an image that boots"
os server image create --name shot --wait first >/dev/null
becomes ACTIVE
same "snapshot 512" "$(os image show shot -f json | jq -r '.properties.image_type + " " + (.size | tostring)')"
os server create --image shot --flavor m1.small --network private --wait fromshot >/dev/null
os server delete --wait fromshot
os image delete shot

it "openstack server shelve, unshelve"
os server shelve first
becomes SHELVED_OFFLOADED
os server unshelve first
becomes ACTIVE
same '' "$(os image list --name first-shelved -f value)"

it "openstack server event list tells all of it from the change log"
events=$(os server event list first -f value -c Action | sort -u | tr '\n' ' ')
for action in create stop start reboot pause unpause suspend resume lock unlock resize confirmResize rescue rebuild shelve; do has "\b$action\b" "$events"; done
expect 200 GET compute "/servers/$id/os-instance-actions"
request=$(get '[.instanceActions[] | select(.action == "create")][0].request_id')
has '^req-' "$request"
expect 200 GET compute "/servers/$id/os-instance-actions/$request" '' -H 'OpenStack-API-Version: compute 2.51'
same Success "$(get '.instanceAction.events[-1].result')"
same "$request" "$(get .instanceAction.request_id)"
same "${project_of[demo]}" "$(get .instanceAction.project_id)"
same 'create_schedule create_ports create_spawn' "$(get '[.instanceAction.events[] | .event] | reverse | join(" ")' | sed 's/ *$//')"

it "metadata and a new name"
expect 200 PUT compute "/servers/$id" '{"server":{"name":"renamed"}}'
same renamed "$(get .server.name)"
expect 200 POST compute "/servers/$id/metadata" '{"metadata":{"shape":"round"}}'
expect 200 GET compute "/servers/$id/metadata"
same 'blue round' "$(get '[.metadata.colour, .metadata.shape] | join(" ")')"
expect 200 GET compute '/servers?name=renam'
same "$id" "$(get '.servers[0].id')"

it "a floating address by the stock client"
address=$(os floating ip create public -f value -c floating_ip_address)
os server add floating ip renamed "$address"
has_address() { ask GET compute "/servers/$id"; grep -q "$address" <<<"$reply"; }
eventually 10 has_address
same floating "$(get ".server.addresses.private[] | select(.addr == \"$address\") | .\"OS-EXT-IPS:type\"")"
os server remove floating ip renamed "$address"
gone_address() { ask GET compute "/servers/$id"; ! grep -q "$address" <<<"$reply"; }
eventually 10 gone_address

it "the simulated console is readable"
act '{"os-getConsoleOutput":{"length":10}}' 200
has '"output"' "$reply"

it "usage is counted from the change log"
expect 200 GET compute "/os-simple-tenant-usage/${project_of[demo]}?detailed=1"
same renamed "$(get '[.tenant_usage.server_usages[] | select(.state != "terminated")][0].name')"

it "openstack server delete --wait leaves nothing in use"
os server delete --wait renamed
expect 404 GET compute "/servers/$id"
same '0 0 0' "$(used)"
expect 200 GET network "/v2.0/ports?device_id=$id"
same 0 "$(get '.ports | length')"

it "quota: passed is 403, and nothing of it is taken"
as_admin
expect 200 PUT compute "/os-quota-sets/${project_of[demo]}" '{"quota_set":{"instances":2}}'
as_demo
make many '{"min_count":3,"max_count":3}'
same 403 "$code"
has 'Quota exceeded for instances: Requested 3, but already used 0 of 2 instances' "$(get .forbidden.message)"
same '0 0 0' "$(used)"

it "20 racing creates at a limit of 2 give exactly 2"
url=$(endpoint compute)/servers
body=$(jq -n --arg i "$image" --arg w "$network" '{server: {name: "race", imageRef: $i, flavorRef: "1", networks: [{uuid: $w}]}}')
seq 20 | xargs -P 20 -I{} curl -sS -o /dev/null -w '%{http_code}\n' -H "X-Auth-Token: ${token_of[demo]}" \
    -H 'Content-Type: application/json' -d "$body" "$url" >"$E2E_WORK/race"
same 2 "$(grep -c 202 "$E2E_WORK/race")" "accepted"
same 18 "$(grep -c 403 "$E2E_WORK/race")" "refused"
expect 200 GET compute /servers
same 2 "$(get '.servers | length')"
for id in $(get '.servers[].id'); do expect 204 DELETE compute "/servers/$id"; eventually 20 absent; done
as_admin
expect 202 DELETE compute "/os-quota-sets/${project_of[demo]}"
as_demo

it "no valid host: the server ends in ERROR and says why"
as_admin
expect 200 POST compute /flavors '{"flavor":{"id":"e2e-giant","name":"e2e.giant","ram":8388608,"vcpus":1,"disk":1}}'
expect 200 PUT compute "/os-quota-sets/${project_of[demo]}" '{"quota_set":{"ram":-1}}'
as_demo
make giant '{"flavorRef":"e2e-giant"}'
same 202 "$code"
eventually 20 is ERROR
has 'No valid host' "$(get .server.fault.message)"
has '[0-9]' "$(get .server.fault.message)"
same 500 "$(get .server.fault.code)"
as_admin
expect 200 GET compute "/servers/$id"
has 'memory|RAM|ram' "$(get .server.fault)"
as_demo
expect 204 DELETE compute "/servers/$id"
eventually 20 absent
same '0 0 0' "$(used)"

it "delete wins over an unfinished create"
for ((i = 0; i < 5; ++i)); do
    make quick
    same 202 "$code"
    expect 204 DELETE compute "/servers/$id"
    eventually 20 absent
done
same '0 0 0' "$(used)"

it "a server on a port that was made before, which outlives it"
expect 201 POST network /v2.0/ports "{\"port\":{\"network_id\":\"$network\",\"name\":\"e2e-own\"}}"
own=$(get .port.id)
make on-port "{\"networks\":[{\"port\":\"$own\"}]}"
same 202 "$code"
becomes ACTIVE
expect 200 GET network "/v2.0/ports/$own"
same "$id" "$(get .port.device_id)"
same ACTIVE "$(get .port.status)"
expect 204 DELETE compute "/servers/$id"
eventually 20 absent
expect 200 GET network "/v2.0/ports/$own"
same '' "$(get .port.device_id)"
expect 204 DELETE network "/v2.0/ports/$own"

it "pages of servers follow each other while rows come"
for name in p1 p2 p3; do make "$name"; same 202 "$code"; done
expect 200 GET compute '/servers?limit=2'
same 2 "$(get '.servers | length')"
first_page=$(get '[.servers[].name] | join(" ")')
next=$(get '.servers_links[] | select(.rel == "next").href')
make p4
curl -sS -H "X-Auth-Token: ${token_of[demo]}" -o "$E2E_WORK/page" "$next"
same 'p3 p2 p1' "$first_page $(jq -r '[.servers[].name] | join(" ")' "$E2E_WORK/page")"
expect 200 GET compute /servers
for id in $(get '.servers[].id'); do expect 204 DELETE compute "/servers/$id"; done
none_left() { ask GET compute /servers; [ "$(get '.servers | length')" = 0 ]; }
eventually 20 none_left
same '0 0 0' "$(used)"

it "hosts and services as the administrator sees them"
as_admin
expect 200 GET compute /os-services
same 2 "$(get '[.services[] | select(.binary == "nova-compute" and .state == "up")] | length')"
expect 200 GET compute /os-hypervisors/detail
same 2 "$(get '.hypervisors | length')"
same 0 "$(get '[.hypervisors[].running_vms] | add')"
as_demo
expect 403 GET compute /os-hypervisors
