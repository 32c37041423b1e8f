# What operators do with hosts, in the words of the stock client, and what clients before 2.36 ask Nova for.
. "$E2E_FOLDER/lib.sh"
clean_up() {
    as_demo
    ask GET compute /servers
    for each in $(get '.servers[].id'); do ask DELETE compute "/servers/$each"; done
    for each in one two three; do ask GET image "/v2/images?name=e2e-backup-$each"; for id in $(get '.images[].id'); do ask DELETE image "/v2/images/$id"; done; done
    as_admin
    ask GET compute /os-aggregates
    for each in $(get '.aggregates[].id'); do
        for one in "$host" "${other:-none}"; do ask POST compute "/os-aggregates/$each/action" "{\"remove_host\":{\"host\":\"$one\"}}"; done
        ask DELETE compute "/os-aggregates/$each"
    done
}
is() { ask GET compute "/servers/$id" && [ "$(get .server.status)" = "$1" ] && [ "$(get '.server["OS-EXT-STS:task_state"]')" = null ]; }
becomes() { eventually 20 is "$1"; }

as_admin
expect 200 GET compute /os-hypervisors
host=$(get '.hypervisors[-1].hypervisor_hostname')

it "openstack aggregate create, set, add host, show, list"
os aggregate create --zone e2e-zone e2e-aggregate >/dev/null
os aggregate set --property ssd=true e2e-aggregate
os aggregate add host e2e-aggregate "$host" >/dev/null
shown=$(os aggregate show e2e-aggregate -f json)
same e2e-zone "$(jq -r .availability_zone <<<"$shown")"
has "$host" "$shown"
has 'ssd' "$shown"
has 'e2e-aggregate' "$(os aggregate list -f value)"
has 'e2e-zone' "$(os availability zone list --compute -f value)"

it "a server that asks for the zone is put there"
as_demo
expect 200 GET image '/v2/images?name=tiny'
image=$(get '.images[0].id')
os server create --image tiny --flavor m1.tiny --network private --availability-zone e2e-zone --wait zoned -f json >"$E2E_WORK/created"
id=$(jq -r .id "$E2E_WORK/created")
as_admin
expect 200 GET compute "/servers/$id"
same "$host" "$(get '.server["OS-EXT-SRV-ATTR:host"]')"
expect 409 POST compute "$(os aggregate show e2e-aggregate -f value -c id | sed 's|.*|/os-aggregates/&/action|')" "{\"remove_host\":{\"host\":\"$host\"}}"

it "openstack server backup create keeps as many as it was told"
as_demo
for each in one two three; do
    os server backup create --name "e2e-backup-$each" --type daily --rotate 2 --wait zoned >/dev/null
    becomes ACTIVE
done
same 'e2e-backup-three e2e-backup-two' "$(os image list -f value -c Name | grep e2e-backup | sort | tr '\n' ' ' | sed 's/ $//')"

it "openstack server migrate brings it to another host, and os-migrations tells"
as_admin
os aggregate create --zone e2e-zone e2e-second >/dev/null
expect 200 GET compute /os-hypervisors
other=$(get '.hypervisors[0].hypervisor_hostname')
os aggregate add host e2e-second "$other" >/dev/null
expect 202 POST compute "/servers/$id/action" '{"migrate":null}'
becomes ACTIVE
expect 200 GET compute "/servers/$id"
same "$other" "$(get '.server["OS-EXT-SRV-ATTR:host"]')"
expect 200 GET compute "/os-migrations?instance_uuid=$id"
same 'done' "$(get '.migrations[0].status')"
expect 400 POST compute "/servers/$id/action" '{"evacuate":{"onSharedStorage":"False"}}'
has 'still in use' "$(get .badRequest.message)"
as_demo
expect 200 GET image '/v2/images?name=zoned-migrating'
same 0 "$(get '.images | length')"

it "images, security groups and floating IPs in Nova's words"
expect 200 GET compute "/images/$image"
same ACTIVE "$(get .image.status)"
expect 404 GET compute "/images/$image" '' -H 'OpenStack-API-Version: compute 2.36'
expect 200 POST compute /os-security-groups '{"security_group":{"name":"e2e-old"}}'
group=$(get .security_group.id)
expect 200 POST compute /os-security-group-rules "{\"security_group_rule\":{\"parent_group_id\":\"$group\",\"ip_protocol\":\"tcp\",\"from_port\":22,\"to_port\":22}}"
expect 202 DELETE compute "/os-security-groups/$group"
expect 200 POST compute /os-floating-ips '{"pool":"public"}'
address=$(get .floating_ip.ip) floating=$(get .floating_ip.id)
expect 202 POST compute "/servers/$id/action" "{\"addFloatingIp\":{\"address\":\"$address\"}}"
expect 200 GET compute "/os-floating-ips/$floating"
same "$id" "$(get .floating_ip.instance_id)"
has "$address" "$(os server show zoned -f json)"
expect 202 POST compute "/servers/$id/action" "{\"removeFloatingIp\":{\"address\":\"$address\"}}"
expect 202 DELETE compute "/os-floating-ips/$floating"

it "filters and changes-since of the server list"
since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
has zoned "$(os server list --status ACTIVE -f value -c Name)"
same '' "$(os server list --status SHUTOFF -f value -c Name)"
has zoned "$(os server list --name '^zon' --image tiny --flavor m1.tiny -f value -c Name)"
os server delete --wait zoned
has zoned "$(os server list --changes-since "$since" -f value -c Name)"
as_admin
has zoned "$(os server list --deleted --all-projects -f value -c Name)"
as_demo
expect 200 GET compute "/servers/$id/os-instance-actions" '' -H 'OpenStack-API-Version: compute 2.21'
same delete "$(get '.instanceActions[0].action')"

it "openstack aggregate remove host, delete"
as_admin
os aggregate remove host e2e-aggregate "$host" >/dev/null
os aggregate remove host e2e-second "$other" >/dev/null
os aggregate delete e2e-aggregate e2e-second
same '' "$(os aggregate list -f value)"
