# Keystone v3 as the stock client and curl see it.
. "$E2E_FOLDER/lib.sh"
as_admin

it "versions are told without a token"
same 300 "$(curl -sS -o "$E2E_WORK/root" -w '%{http_code}' "${OS_AUTH_URL%/v3}/")"
same v3 "$(jq -r '.versions.values[0].id' "$E2E_WORK/root" | cut -d. -f1)"
same 200 "$(curl -sS -o /dev/null -w '%{http_code}' "$OS_AUTH_URL")"

it "openstack token issue"
issued=$(os token issue -f json)
has '^20[0-9-]+T[0-9:]+\+0000$' "$(jq -r .expires <<<"$issued")"

it "a token says who asks, for what, and where services are"
expect 200 GET identity /auth/tokens '' -H "X-Subject-Token: ${token_of[demo]}"
same demo "$(get .token.user.name)"
same demo "$(get .token.project.name)"
same Default "$(get .token.user.domain.name)"
has 'member' "$(get '[.token.roles[].name] | join(" ")')"
for type in identity compute network image placement object-store; do
    has "$type" "$(get '[.token.catalog[].type] | join(" ")')"
done
has '^[0-9-]+T[0-9:]+\.[0-9]{6}Z$' "$(get .token.expires_at)"

it "a wrong password, an unknown user and a garbage token are 401"
wrong_login() {
    curl -sS -D "$E2E_WORK/head" -o "$E2E_WORK/body" -w '%{http_code}' -H 'Content-Type: application/json' "$OS_AUTH_URL/auth/tokens" \
        -d "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":{\"name\":\"$1\",\"domain\":{\"id\":\"default\"},\"password\":\"no\"}}}}}"
}
same 401 "$(wrong_login demo)"
has 'WWW-Authenticate: Keystone uri=' "$(cat "$E2E_WORK/head")"
same 401 "$(wrong_login nobody)"
same 401 "$(curl -sS -o /dev/null -w '%{http_code}' -H 'X-Auth-Token: gAAAAABgarbage' "$OS_AUTH_URL/projects")"
same 401 "$(curl -sS -o /dev/null -w '%{http_code}' "$OS_AUTH_URL/projects")"

it "openstack project, user and role commands"
os project create --description 'made by a test' e2e-project -f value -c id >"$E2E_WORK/project"
os user create --project e2e-project --password 'pä$$ wörd' e2e-user -f value -c id >"$E2E_WORK/user"
os role add --project e2e-project --user e2e-user member
project=$(<"$E2E_WORK/project") user=$(<"$E2E_WORK/user")
has 'e2e-user' "$(os role assignment list --names --project e2e-project -f value)"

it "the new user logs in, is no administrator, and sees their projects"
log_in fresh e2e-user 'pä$$ wörd' e2e-project
as fresh
expect 200 GET identity /auth/projects
same e2e-project "$(get '.projects[0].name')"
expect 403 GET identity /users
expect 403 POST identity /projects '{"project":{"name":"mine"}}'
expect 200 GET identity "/users/$user"
as_admin

it "names are unique: 409"
expect 409 POST identity /projects '{"project":{"name":"e2e-project","domain_id":"default"}}'
expect 409 POST identity /users '{"user":{"name":"e2e-user","domain_id":"default"}}'

it "a disabled user's tokens end at once, and they cannot log in"
expect 200 PATCH identity "/users/$user" '{"user":{"enabled":false}}'
expect 404 GET identity /auth/tokens '' -H "X-Subject-Token: ${token_of[fresh]}"
same 401 "$(wrong_login e2e-user)"
expect 200 PATCH identity "/users/$user" '{"user":{"enabled":true}}'

it "a revoked token is refused by every service within a second"
log_in gone e2e-user 'pä$$ wörd' e2e-project
as gone
expect 200 GET compute /flavors
as_admin
expect 204 DELETE identity /auth/tokens '' -H "X-Subject-Token: ${token_of[gone]}"
refused() { as gone; ask GET compute /flavors; as_admin; [ "$code" = 401 ]; }
eventually 1 refused

it "services, endpoints, regions and domains are listed"
for what in services endpoints regions domains roles; do
    expect 200 GET identity "/$what"
    [ "$(get ".$what | length")" -gt 0 ] || wrong "no $what"
done
has admin "$(os catalog show compute -f value -c type; os role list -f value -c Name)"

it "what was made is gone after delete"
expect 204 DELETE identity "/users/$user"
expect 204 DELETE identity "/projects/$project"
expect 404 GET identity "/users/$user"
expect 404 GET identity "/projects/$project"
