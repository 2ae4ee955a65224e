#!/usr/bin/env bash
# Everything that CI runs, after `make dev` and the system packages: the checks, and all tests. Arguments go to pytest.
# The checks run beside the tests. The tests run in several processes, because most of them wait for other processes more
# than they compute; tests/conftest.py says which share one. Tests that measure the machine come last, with nothing beside them.
set -uo pipefail
cd "$(dirname "$0")/.."

python=.venv/bin/python
minutes=${TEST_MINUTES:-45}  # a run that takes longer is interrupted, and tells what failed up to then
workers=${TEST_WORKERS:-$((($(nproc) * 3 + 1) / 2))}
log=tests/.cache/check.log
failed=()

mkdir -p tests/.cache
nice make --no-print-directory check >"$log" 2>&1 &
check=$!
trap 'kill $check 2>/dev/null' EXIT

tests() {  # no tests chosen (5) is no failure: ARGS may name a file
    timeout --foreground --signal=INT --kill-after=60 "${minutes}m" "$python" -m pytest --durations=20 --maxfail=40 "$@"
    local status=$?
    [ $status -eq 0 ] || [ $status -eq 5 ]
}

tests -m "not slow and not alone" -n "$workers" --dist loadfile --no-loadscope-reorder "$@" || failed+=("the tests")
wait $check || { cat "$log"; failed+=("the checks"); }
tests -m "alone and not slow" "$@" || failed+=("the tests that run alone")

if [ ${#failed[@]} -gt 0 ]; then
    printf 'FAILED: %s\n' "${failed[@]}"
    exit 1
fi
tail -n 3 "$log"
echo "All checks and tests passed in $SECONDS s"
