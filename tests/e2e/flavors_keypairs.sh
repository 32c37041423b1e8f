# Flavors and keypairs.
. "$E2E_FOLDER/lib.sh"
clean_up() {
    as_admin
    ask DELETE compute /flavors/e2e-flavor
    as_demo
    for name in e2e-key e2e-key2; do ask DELETE compute "/os-keypairs/$name"; done
}

it "openstack flavor list shows the usual flavors"
list=$(os flavor list -f json)
for name in m1.tiny m1.small m1.medium m1.large m1.xlarge; do has "\"$name\"" "$list"; done

it "openstack flavor show"
tiny=$(os flavor show m1.tiny -f json)
same 512 "$(jq .ram <<<"$tiny")"
same 1 "$(jq .vcpus <<<"$tiny")"

it "a user may not make flavors, an administrator may"
body='{"flavor":{"id":"e2e-flavor","name":"e2e.flavor","ram":64,"vcpus":1,"disk":1}}'
expect 403 POST compute /flavors "$body"
as_admin
expect 200 POST compute /flavors "$body"
same e2e.flavor "$(get .flavor.name)"
expect 409 POST compute /flavors "$body"
as_demo
expect 200 GET compute /flavors/e2e-flavor
same 64 "$(get .flavor.ram)"

it "extra specs"
as_admin
expect 200 POST compute /flavors/e2e-flavor/os-extra_specs '{"extra_specs":{"hw:cpu_policy":"shared"}}'
expect 200 GET compute /flavors/e2e-flavor/os-extra_specs
same shared "$(get '.extra_specs["hw:cpu_policy"]')"
expect 200 DELETE compute /flavors/e2e-flavor/os-extra_specs/hw:cpu_policy
expect 404 GET compute /flavors/e2e-flavor/os-extra_specs/hw:cpu_policy

it "a deleted flavor is gone"
expect 202 DELETE compute /flavors/e2e-flavor
expect 404 GET compute /flavors/e2e-flavor
as_demo

it "pages of flavors follow each other by their links"
expect 200 GET compute '/flavors?limit=2'
same 2 "$(get '.flavors | length')"
next=$(get '.flavors_links[] | select(.rel == "next").href')
same 200 "$(curl -sS -o "$E2E_WORK/page" -w '%{http_code}' -H "X-Auth-Token: ${token_of[demo]}" "$next")"
same 2 "$(jq '.flavors | length' "$E2E_WORK/page")"
same 0 "$(jq --arg first "$(get '[.flavors[].id] | join(" ")')" \
    '[.flavors[].id | select(. as $id | $first | split(" ") | index($id))] | length' "$E2E_WORK/page")"

it "openstack keypair create makes a pair that ssh-keygen reads"
os keypair create --private-key "$E2E_WORK/private" e2e-key >/dev/null
chmod 600 "$E2E_WORK/private"
public=$(ssh-keygen -y -f "$E2E_WORK/private" | cut -d' ' -f1-2)
expect 200 GET compute /os-keypairs/e2e-key
same "$public" "$(get .keypair.public_key | cut -d' ' -f1-2)"
echo "$public" >"$E2E_WORK/e2e-key.pub"
same "$(ssh-keygen -l -E md5 -f "$E2E_WORK/e2e-key.pub" | cut -d' ' -f2 | cut -d: -f2-)" "$(get .keypair.fingerprint)"

it "a public key is imported, listed by its owner alone and deleted"
ssh-keygen -q -t ed25519 -N '' -f "$E2E_WORK/own"
body=$(jq -n --arg k "$(<"$E2E_WORK/own.pub")" '{keypair: {name: "e2e-key2", public_key: $k}}')
expect 200 POST compute /os-keypairs "$body"
expect 409 POST compute /os-keypairs "$body"
expect 400 POST compute /os-keypairs '{"keypair":{"name":"e2e-key3","public_key":"ssh-rsa nonsense"}}'
has 'e2e-key2' "$(os keypair list -f value -c Name)"
as_admin
expect 404 GET compute /os-keypairs/e2e-key2
as_demo
expect 202 DELETE compute /os-keypairs/e2e-key2
expect 404 GET compute /os-keypairs/e2e-key2

it "microversions: both headers, echoed; 406 above the range, 400 when malformed"
expect 200 GET compute / '' -H 'OpenStack-API-Version: compute 2.1'
has 'OpenStack-API-Version: compute 2\.1' "$head"
expect 200 GET compute /flavors '' -H 'X-OpenStack-Nova-API-Version: 2.10'
has 'X-OpenStack-Nova-API-Version: 2\.10' "$head"
has 'Vary:' "$head"
expect 406 GET compute /flavors '' -H 'OpenStack-API-Version: compute 2.999'
expect 400 GET compute /flavors '' -H 'OpenStack-API-Version: compute two'
expect 200 GET compute /flavors '' -H 'OpenStack-API-Version: compute latest'
