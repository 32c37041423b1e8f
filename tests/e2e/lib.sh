# Sourced by the scripts of this folder. Checks report and go on; a command that fails ends the script and its current test.
set -euo pipefail
export LC_ALL=C.UTF-8
current='' good=1 started=0

verdict() {
    [ -n "$current" ] || return 0
    local took
    took=$(awk -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
    if [ $good = 1 ]; then echo "ok $current ($took s)"; else echo "not ok $current ($took s)"; any_bad=1; fi
    current=''
}
any_bad=0

# it SENTENCE: ends the test before it and begins this one.
it() {
    verdict
    current=$* good=1 started=$EPOCHREALTIME
}

skip() {
    echo "skip $current: $*"
    current=''
}

wrong() {
    good=0
    echo "$*"
}

at_exit() {
    local ended=$?
    trap - ERR
    set +e
    if [ $ended != 0 ] && [ -n "$current" ]; then good=0; fi
    verdict
    if type -t clean_up >/dev/null; then clean_up >/dev/null 2>&1; fi
    [ $ended = 0 ] || exit $ended
    exit $any_bad
}
trap at_exit EXIT
trap 'echo "line $LINENO: \`$BASH_COMMAND\` ended with $?" >&2' ERR
set -E

# same WANTED GOT [WHAT]
same() { [ "$1" = "$2" ] || wrong "${3:-value}: wanted '$1', got '$2'"; }
# has PATTERN TEXT: an extended regular expression.
has() { grep -Eq -- "$1" <<<"$2" || wrong "no '$1' in: ${2:0:600}"; }

# eventually SECONDS COMMAND...: runs COMMAND until it succeeds.
eventually() {
    local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@" 2>/dev/null; do
        if [ "${EPOCHREALTIME/./}" -gt "$deadline" ]; then
            wrong "did not come about: $*"
            return 0
        fi
        sleep 0.05
    done
}

# log_in NAME USER PASSWORD PROJECT: makes the login NAME known to `as`.
declare -A token_of project_of
log_in() {
    local head=$E2E_WORK/head.$1 body=$E2E_WORK/token.$1
    jq -n --arg u "$2" --arg p "$3" --arg r "$4" '{auth: {identity: {methods: ["password"], password: {user:
        {name: $u, password: $p, domain: {name: "Default"}}}}, scope: {project: {name: $r, domain: {name: "Default"}}}}}' |
        curl -sS -D "$head" -o "$body" -H 'Content-Type: application/json' -d @- "$OS_AUTH_URL/auth/tokens"
    token_of[$1]=$(sed -nE 's/^x-subject-token: *([^\r]*)\r?$/\1/Ip' "$head")
    project_of[$1]=$(jq -r .token.project.id "$body")
    [ -n "${token_of[$1]}" ] || wrong "no token for $2: $(cat "$body")"
}

# endpoint SERVICE
endpoint() {
    jq -r --arg t "$1" '[.token.catalog[] | select(.type == $t) | .endpoints[] | select(.interface == "public")][0].url' \
        "$E2E_WORK/token.$who"
}
who=demo
as() { who=$1; }
as_admin() { as admin; }
as_demo() { as demo; }

# ask METHOD SERVICE PATH [BODY [curl options...]]: the status is in $code, the body in $reply, the head in $head.
code='' reply='' head=''
ask() {
    local method=$1 url
    url=$(endpoint "$2")$3
    local options=(-sS -X "$method" -H "X-Auth-Token: ${token_of[$who]}" -D "$E2E_WORK/head" -o "$E2E_WORK/body"
        -w '%{http_code}' --max-time 120)
    [ "$method" = HEAD ] && options+=(-I)
    if [ $# -gt 3 ] && [ -n "$4" ]; then options+=(-H 'Content-Type: application/json' --data-binary "$4"); fi
    [ $# -gt 4 ] && options+=("${@:5}")
    : >"$E2E_WORK/body"
    code=$(curl "${options[@]}" "$url") || true
    reply=$(tr -d '\0' <"$E2E_WORK/body") head=$(tr -d '\r' <"$E2E_WORK/head")
    said="$method $2 $3"
}
# expect STATUS METHOD SERVICE PATH [BODY [curl options...]]
expect() {
    ask "${@:2}"
    [ "$code" = "$1" ] || wrong "$said: wanted $1, got $code ${reply:0:600}"
}
# get PROGRAM: jq on the last answer.
get() { jq -r "$1" <<<"$reply"; }

# openstack as the login `demo` or, with as_admin, the administrator.
os() {
    if [ "$who" = demo ]; then
        OS_USERNAME=demo OS_PROJECT_NAME=demo OS_PASSWORD=$E2E_DEMO_PASSWORD /usr/bin/openstack "$@"
    else
        /usr/bin/openstack "$@"
    fi
}

if [ -n "${OS_AUTH_URL:-}" ]; then
    log_in admin "$OS_USERNAME" "$OS_PASSWORD" "$OS_PROJECT_NAME"
    log_in demo demo "$E2E_DEMO_PASSWORD" demo
fi
