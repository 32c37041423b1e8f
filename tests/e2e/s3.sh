# S3 as its stock clients use it: awscli, s3cmd, rclone; boto3 through s3_boto.py. Keys are EC2 credentials.
. "$E2E_FOLDER/lib.sh"
as_demo
export HOME=$E2E_WORK AWS_EC2_METADATA_DISABLED=true AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=
made=$(os ec2 credentials create -f json)
AWS_ACCESS_KEY_ID=$(jq -r .access <<<"$made") AWS_SECRET_ACCESS_KEY=$(jq -r .secret <<<"$made")
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
base=$(endpoint s3)
host=${base#http://}
clean_up() {
    aws s3 rb --force s3://e2e-s3
    aws s3 rb --force s3://e2e-sync
    os ec2 credentials delete "$AWS_ACCESS_KEY_ID"
}
s3aws() { /usr/bin/aws --endpoint-url "$base" "$@"; }
aws() { s3aws "$@"; }
cmd() {
    /usr/bin/s3cmd --no-progress --access_key="$AWS_ACCESS_KEY_ID" --secret_key="$AWS_SECRET_ACCESS_KEY" --no-ssl \
        --host="$host" --host-bucket="$host" "$@"
}
rc() {
    RCLONE_CONFIG=/dev/null RCLONE_CONFIG_C_TYPE=s3 RCLONE_CONFIG_C_PROVIDER=Other RCLONE_CONFIG_C_ENDPOINT=$base \
        RCLONE_CONFIG_C_ENV_AUTH=true RCLONE_CONFIG_C_FORCE_PATH_STYLE=true \
        env -u AWS_CA_BUNDLE /usr/bin/rclone "$@"
}

head -c 62914560 /dev/urandom >"$E2E_WORK/BIG"
mkdir -p "$E2E_WORK/tree/a/b"
for name in a/one 'a/b/two words' three; do head -c 50000 /dev/urandom >"$E2E_WORK/tree/$name"; done

it "awscli: make a bucket, put and get an object in parts"
aws s3 mb s3://e2e-s3 >/dev/null
aws s3 cp --quiet "$E2E_WORK/BIG" s3://e2e-s3/BIG
aws s3 cp --quiet s3://e2e-s3/BIG "$E2E_WORK/BACK"
cmp "$E2E_WORK/BIG" "$E2E_WORK/BACK"
has '^"[0-9a-f]{32}-8"$' "$(aws s3api head-object --bucket e2e-s3 --key BIG --query ETag --output text)"

it "awscli: sync there and back, list, presign, delete"
aws s3 sync --quiet "$E2E_WORK/tree" s3://e2e-s3/tree
aws s3 sync --quiet s3://e2e-s3/tree "$E2E_WORK/tree2"
diff -r "$E2E_WORK/tree" "$E2E_WORK/tree2"
same 3 "$(aws s3 ls --recursive s3://e2e-s3/tree/ | wc -l)"
same 50000 "$(curl -sS "$(aws s3 presign s3://e2e-s3/tree/three)" | wc -c)"
same 403 "$(curl -sS -o /dev/null -w '%{http_code}' "$base/e2e-s3/tree/three")" "without a signature"
aws s3 rm --quiet --recursive s3://e2e-s3/tree
same 0 "$(aws s3api list-objects-v2 --bucket e2e-s3 --prefix tree/ --query 'length(Contents || `[]`)' --output text)"

it "what S3 writes, Swift lists and reads at once, and the other way"
expect 200 GET object-store '/e2e-s3?format=json'
same "BIG 62914560" "$(get '.[] | "\(.name) \(.bytes)"')"
ask GET object-store /e2e-s3/BIG
cmp "$E2E_WORK/body" "$E2E_WORK/BIG"
expect 201 PUT object-store /e2e-s3/by-swift 'hello'
same hello "$(aws s3 cp s3://e2e-s3/by-swift -)"
aws s3 rm --quiet s3://e2e-s3/by-swift
expect 404 GET object-store /e2e-s3/by-swift

it "s3cmd: put in parts, get, list, sync, delete"
cmd put --multipart-chunk-size-mb=15 "$E2E_WORK/BIG" s3://e2e-s3/CMD >/dev/null
cmd get --force s3://e2e-s3/CMD "$E2E_WORK/BACK" >/dev/null
cmp "$E2E_WORK/BIG" "$E2E_WORK/BACK"
cmd sync "$E2E_WORK/tree/" s3://e2e-s3/cmd/ >/dev/null
same 3 "$(cmd ls -r s3://e2e-s3/cmd/ | wc -l)"
cmd del -r --force s3://e2e-s3/cmd/ >/dev/null
cmd del s3://e2e-s3/CMD >/dev/null
same '' "$(cmd ls s3://e2e-s3/CMD)"

it "s3cmd with signatures of version 2"
cmd --signature-v2 put "$E2E_WORK/tree/three" s3://e2e-s3/v2 >/dev/null
cmd --signature-v2 get --force s3://e2e-s3/v2 "$E2E_WORK/BACK" >/dev/null
cmp "$E2E_WORK/tree/three" "$E2E_WORK/BACK"

it "rclone: sync, check, server-side copy, purge"
cp "$E2E_WORK/BIG" "$E2E_WORK/tree/big"
rc sync "$E2E_WORK/tree" C:e2e-sync
rc check "$E2E_WORK/tree" C:e2e-sync 2>&1 | tail -1 >"$E2E_WORK/checked"
has '4 matching files' "$(rc check "$E2E_WORK/tree" C:e2e-sync 2>&1)"
rc check --download "$E2E_WORK/tree" C:e2e-sync 2>/dev/null
rc copyto C:e2e-sync/three C:e2e-sync/copy
same "$(md5sum <"$E2E_WORK/tree/three")" "$(rc cat C:e2e-sync/copy | md5sum)"
rc purge C:e2e-sync
same '' "$(rc lsf C: | grep e2e-sync || true)"

it "restic: back up, check every byte, restore"
export RESTIC_PASSWORD=secret RESTIC_REPOSITORY="s3:$base/e2e-s3/restic"
rs() { env -u AWS_CA_BUNDLE /usr/bin/restic -q --no-cache "$@"; }
rs init
rs backup "$E2E_WORK/tree"
rs check --read-data
rs restore latest --target "$E2E_WORK/restored"
diff -r "$E2E_WORK/tree" "$E2E_WORK/restored$E2E_WORK/tree"

it "a deleted key is refused at once"
other=$(os ec2 credentials create -f json)
as_other() {
    AWS_ACCESS_KEY_ID=$(jq -r .access <<<"$other") AWS_SECRET_ACCESS_KEY=$(jq -r .secret <<<"$other") \
        /usr/bin/aws --endpoint-url "$base" s3api head-bucket --bucket e2e-s3
}
as_other >/dev/null
os ec2 credentials delete "$(jq -r .access <<<"$other")"
refused() { ! as_other >/dev/null 2>&1; }
eventually 5 refused
