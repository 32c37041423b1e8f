# Neutron v2.0.
. "$E2E_FOLDER/lib.sh"
clean_up() {
    as_demo
    for ip in ${floating:-}; do ask DELETE network "/v2.0/floatingips/$ip"; done
    if [ -n "${router:-}" ]; then
        ask PUT network "/v2.0/routers/$router/remove_router_interface" "{\"subnet_id\":\"${subnet:-}\"}"
        ask DELETE network "/v2.0/routers/$router"
    fi
    [ -n "${port:-}" ] && ask DELETE network "/v2.0/ports/$port"
    [ -n "${network:-}" ] && ask DELETE network "/v2.0/networks/$network"
    [ -n "${group:-}" ] && ask DELETE network "/v2.0/security-groups/$group"
    true
}

it "openstack network list shows the first networks"
list=$(os network list -f json)
has '"public"' "$list"
has '"private"' "$list"

it "the default group lets ping and ssh in"
expect 200 GET network "/v2.0/security-groups?name=default&project_id=${project_of[demo]}"
same 1 "$(get '.security_groups | length')"
rules=$(get '[.security_groups[0].security_group_rules[] | select(.direction == "ingress") | .protocol] | join(" ")')
has icmp "$rules"
has tcp "$rules"

it "openstack network and subnet create"
network=$(os network create e2e-net -f value -c id)
subnet=$(os subnet create --network e2e-net --subnet-range 10.77.0.0/24 --allocation-pool start=10.77.0.10,end=10.77.0.12 e2e-subnet -f value -c id)
expect 200 GET network "/v2.0/subnets/$subnet"
same 10.77.0.1 "$(get .subnet.gateway_ip)"
same true "$(get .subnet.enable_dhcp)"
expect 200 GET network "/v2.0/networks/$network"
same "$subnet" "$(get '.network.subnets[0]')"
same ACTIVE "$(get .network.status)"

it "ports get addresses of the pool until it is used up"
expect 201 POST network /v2.0/ports "{\"port\":{\"network_id\":\"$network\",\"name\":\"e2e-port\"}}"
port=$(get .port.id)
has '^10\.77\.0\.1[0-2]$' "$(get '.port.fixed_ips[0].ip_address')"
has '^fa:16:3e:' "$(get .port.mac_address)"
others=''
for ((i = 0; i < 8; ++i)); do
    ask POST network /v2.0/ports "{\"port\":{\"network_id\":\"$network\"}}"
    [ "$code" = 201 ] || break
    others+=" $(get .port.id)"
done
same 409 "$code" "a port too many"
same IpAddressGenerationFailure "$(get .NeutronError.type)"
for other in $others; do expect 204 DELETE network "/v2.0/ports/$other"; done

it "an address is given once"
expect 201 POST network /v2.0/ports "{\"port\":{\"network_id\":\"$network\",\"fixed_ips\":[{\"ip_address\":\"10.77.0.50\"}]}}"
fixed=$(get .port.id)
expect 409 POST network /v2.0/ports "{\"port\":{\"network_id\":\"$network\",\"fixed_ips\":[{\"ip_address\":\"10.77.0.50\"}]}}"
expect 400 POST network /v2.0/ports "{\"port\":{\"network_id\":\"$network\",\"fixed_ips\":[{\"ip_address\":\"10.99.0.1\"}]}}"
expect 204 DELETE network "/v2.0/ports/$fixed"

it "subnets of a network do not overlap"
expect 400 POST network /v2.0/subnets "{\"subnet\":{\"network_id\":\"$network\",\"ip_version\":4,\"cidr\":\"10.77.0.128/25\"}}"

it "a router with a gateway and an interface"
public=$(os network show public -f value -c id)
expect 201 POST network /v2.0/routers "{\"router\":{\"name\":\"e2e-router\",\"external_gateway_info\":{\"network_id\":\"$public\"}}}"
router=$(get .router.id)
expect 200 PUT network "/v2.0/routers/$router/add_router_interface" "{\"subnet_id\":\"$subnet\"}"
expect 400 PUT network "/v2.0/routers/$router/add_router_interface" "{\"subnet_id\":\"$subnet\"}"
expect 409 DELETE network "/v2.0/routers/$router"
expect 409 DELETE network "/v2.0/subnets/$subnet"

it "a floating address for a port"
address=$(os floating ip create public -f value -c floating_ip_address)
expect 200 GET network "/v2.0/floatingips?floating_ip_address=$address"
floating=$(get '.floatingips[0].id')
expect 200 PUT network "/v2.0/floatingips/$floating" "{\"floatingip\":{\"port_id\":\"$port\"}}"
has '^10\.77' "$(get .floatingip.fixed_ip_address)"
same "$router" "$(get .floatingip.router_id)"
expect 409 PUT network "/v2.0/routers/$router/remove_router_interface" "{\"subnet_id\":\"$subnet\"}"
expect 204 DELETE network "/v2.0/floatingips/$floating"
floating=''

it "security groups and rules"
expect 201 POST network /v2.0/security-groups '{"security_group":{"name":"e2e-group"}}'
group=$(get .security_group.id)
same 2 "$(get '.security_group.security_group_rules | length')" "egress rules of a new group"
rule="{\"security_group_rule\":{\"security_group_id\":\"$group\",\"direction\":\"ingress\",\"protocol\":\"tcp\",\"port_range_min\":80,\"port_range_max\":81,\"remote_ip_prefix\":\"10.0.0.0/8\"}}"
expect 201 POST network /v2.0/security-group-rules "$rule"
expect 409 POST network /v2.0/security-group-rules "$rule"
expect 400 POST network /v2.0/security-group-rules "{\"security_group_rule\":{\"security_group_id\":\"$group\",\"direction\":\"ingress\",\"protocol\":\"tcp\",\"port_range_min\":90,\"port_range_max\":81}}"
expect 200 PUT network "/v2.0/ports/$port" "{\"port\":{\"security_groups\":[\"$group\"]}}"
expect 409 DELETE network "/v2.0/security-groups/$group"

it "somebody else's network is 404, and is not in the list"
as_admin
expect 201 POST network /v2.0/networks '{"network":{"name":"e2e-foreign"}}'
foreign=$(get .network.id)
as_demo
expect 404 GET network "/v2.0/networks/$foreign"
expect 404 DELETE network "/v2.0/networks/$foreign"
expect 404 POST network /v2.0/ports "{\"port\":{\"network_id\":\"$foreign\"}}"
expect 200 GET network /v2.0/networks
same 0 "$(get '[.networks[] | select(.name == "e2e-foreign")] | length')"
as_admin
expect 204 DELETE network "/v2.0/networks/$foreign"
as_demo

it "what was made is deleted, and gone"
expect 200 PUT network "/v2.0/routers/$router/remove_router_interface" "{\"subnet_id\":\"$subnet\"}"
expect 204 DELETE network "/v2.0/routers/$router"
expect 204 DELETE network "/v2.0/ports/$port"
expect 204 DELETE network "/v2.0/security-groups/$group"
expect 204 DELETE network "/v2.0/networks/$network"
expect 404 GET network "/v2.0/subnets/$subnet"
router='' port='' group='' network=''
