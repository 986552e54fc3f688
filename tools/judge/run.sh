#!/bin/sh
# Lets clients that others wrote judge the WeCom simulator (PROTOCOL.md section 4): two finance SDK wrappers, an HTTP
# client, and the official callback library; and a stranger's tools judge an exported conversation and its proofs. Needs python3, node and npm; everything is installed below target/.
#
#   JUDGE_MESSAGES   messages of the past (default 3000)
#   JUDGE_PROFILE    debug (default) or release
#   JUDGE_BUILD      no: take the programs that are already built
#   CARGO            what to build with (default cargo)
set -eu
cd "$(dirname "$0")/../.."
profile="${JUDGE_PROFILE:-debug}"
venv=target/judge-venv
modules=target/judge-node

if [ "${JUDGE_BUILD:-yes}" = yes ]; then
    flag=""
    [ "$profile" = debug ] || flag="--$profile"
    # shellcheck disable=SC2086 # the flag is one word or none
    ${CARGO:-cargo} build --quiet $flag --workspace --bins --lib
fi

# Installed again only when the list of versions changed.
if ! cmp -s tools/judge/python/requirements.txt "$venv/installed.txt"; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r tools/judge/python/requirements.txt
    cp tools/judge/python/requirements.txt "$venv/installed.txt"
fi
mkdir -p "$modules"
if ! cmp -s tools/judge/node/package.json "$modules/package.json"; then
    cp tools/judge/node/package.json "$modules/package.json"
    npm install --silent --no-audit --no-fund --prefix "$modules"
fi

XINLU_SIMULATOR="$PWD/target/$profile/xinlu-simulator"
XINLU_SERVER="$PWD/target/$profile/xinlu"
XINLU_SDK="$PWD/target/$profile/libwework_finance_sdk.so"
NODE_PATH="$PWD/$modules/node_modules"
JUDGE_SHARED="$PWD/../shared"
JUDGE_SCHEMA="$PWD/crates/simulator/faults.schema.json"
export XINLU_SIMULATOR XINLU_SERVER XINLU_SDK NODE_PATH JUDGE_SHARED JUDGE_SCHEMA
"$venv/bin/python" -B -m unittest discover --start-directory tools/judge/python --pattern 'test_*.py' "$@"
