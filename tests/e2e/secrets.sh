# What is secret stays out of logs, out of what the stores keep, and out of files that others can read.
. "$E2E_FOLDER/lib.sh"

as_admin
log_in admin "$OS_USERNAME" "$OS_PASSWORD" "$OS_PROJECT_NAME"
mark=$(head -c 9 /dev/urandom | od -An -tx1 | tr -d ' \n')
declare -A secret

# none_in FOLDER WHAT...: names of files below FOLDER that hold one of these secrets.
none_in() {
    local folder=$1 what found
    shift
    for what in "$@"; do
        found=$(grep -rlaF -- "${secret[$what]}" "$folder" 2>/dev/null || true)
        [ -z "$found" ] || wrong "$what is in $found"
    done
}

it "passwords, tokens and secrets are used"
secret[password]=Pw-$mark-first secret[changed]=Pw-$mark-second secret[mistyped]=Pw-$mark-mistyped
ask POST identity /users "{\"user\": {\"name\": \"u-$mark\", \"password\": \"${secret[password]}\"}}"
same 201 "$code" "$said"
user=$(jq -r .user.id <<<"$reply")
member=$(ask GET identity /roles?name=member && jq -r .roles[0].id <<<"$reply")
ask PUT identity "/projects/${project_of[admin]}/users/$user/roles/$member"
same 204 "$code" "$said"
log_in somebody "u-$mark" "${secret[password]}" "$OS_PROJECT_NAME"
secret[token]=${token_of[somebody]}
as somebody
ask POST identity "/users/$user/password" \
    "{\"user\": {\"original_password\": \"${secret[mistyped]}\", \"password\": \"${secret[changed]}\"}}"
same 401 "$code" "$said"
ask POST identity "/users/$user/password" \
    "{\"user\": {\"original_password\": \"${secret[password]}\", \"password\": \"${secret[changed]}\"}}"
same 204 "$code" "$said"
log_in somebody "u-$mark" "${secret[changed]}" "$OS_PROJECT_NAME"
secret[application]=App-$mark
ask POST identity "/users/$user/application_credentials" \
    "{\"application_credential\": {\"name\": \"a\", \"secret\": \"${secret[application]}\"}}"
same 201 "$code" "$said"
ask POST identity "/users/$user/credentials/OS-EC2" "{\"tenant_id\": \"${project_of[admin]}\"}"
has '^20' "$code"
secret[ec2]=$(jq -r .credential.secret <<<"$reply")
# Wherever a client puts it.
curl -sS -o /dev/null -H "X-Auth-Token: ${token_of[somebody]}" "$(endpoint object-store)?temp_url_sig=x" || true
curl -sS -o /dev/null -X POST -H "X-Auth-Token: ${token_of[somebody]}" -H "X-Account-Meta-Temp-URL-Key: Key-$mark" \
    "$(endpoint object-store)" || true
secret[tempurl]=Key-$mark
printf '{"auth": {"identity": {"methods": ["password"], "password": {"user": {"password": "%s"' "${secret[mistyped]}" |
    curl -sS -o /dev/null -H 'Content-Type: application/json' -d @- "$OS_AUTH_URL/auth/tokens" || true
for each in ec2 token; do [ "${#secret[$each]}" -gt 20 ] || wrong "no $each"; done

it "the logs hold none of them"
none_in "$E2E_STATE/log" password changed mistyped token application ec2 tempurl
secret[admin]=$OS_PASSWORD secret[admin_token]=${token_of[admin]}
none_in "$E2E_STATE/log" admin admin_token
grep -rqaF "u-$mark" "$E2E_STATE/data/identity" || wrong "the stores are elsewhere: this test sees nothing"

it "the stores and their change logs hold no password, token or secret"
none_in "$E2E_STATE/data" password changed mistyped token application ec2 admin admin_token

it "files with secrets are their owner's alone"
for each in admin-password openrc openrc-demo clouds.yaml config/cumulet.toml; do
    [ -e "$E2E_STATE/$each" ] || wrong "there is no $each"
done
open=$(find "$E2E_STATE" \( -name '*.key' -o -name 'openrc*' -o -name 'clouds.yaml' -o -name '*password*' -o -path '*/config/*' \
    -o -path '*-keys/*' -o -path '*/store/*' \) -type f -perm /077)
# A folder that only its owner enters guards what is in it.
for each in $open; do
    folder=$(dirname "$each") guarded=0
    while [ "$folder" != / ]; do
        [ $((0$(stat -c %a "$folder") & 077)) = 0 ] && guarded=1
        [ "$folder" = "$E2E_STATE" ] && break
        folder=$(dirname "$folder")
    done
    [ $guarded = 1 ] || wrong "others can read $each"
done
