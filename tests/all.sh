#!/usr/bin/env bash
# Everything that CI runs, after `make dev` and the system packages: the checks, and all tests. Arguments go to pytest.
# The checks run beside the tests. The tests run in several processes, because most of them wait for other processes more
# than they compute; tests/conftest.py says which share one. Tests that measure the machine come last, with nothing beside them.
set -uo pipefail
cd "$(dirname "$0")/.."

python=.venv/bin/python
minutes=${TEST_MINUTES:-60}  # a run that takes longer is interrupted, and tells what failed up to then
workers=${TEST_WORKERS:-$((($(nproc) * 3 + 1) / 2))}
log=tests/.cache/check.log
failed=()
alone=()

mkdir -p tests/.cache
# Containers often forbid Python to keep what it compiles: then each program that a test starts, a node first of all, compiles the package
# again (1.2 s of CPU a node), and each process of pytest all tests (16 s). The package is compiled before two programs do it at once.
unset PYTHONDONTWRITEBYTECODE
"$python" -m compileall -q -j 0 src
nice make --no-print-directory check >"$log" 2>&1 &
check=$!
trap 'kill $check 2>/dev/null' EXIT

tests() {  # returns pytest's status; no tests chosen (5) is no failure: ARGS may name a file
    timeout --foreground --signal=INT --kill-after=60 "${minutes}m" "$python" -m pytest --durations=20 --maxfail=40 "$@"
    local status=$?
    [ $status -eq 5 ] && status=0
    return $status
}

# What failed beside other tests runs once more, alone: a machine that was too busy passes then, a fault does not. Many failures
# are no accident, and a run that was interrupted (2) has not said all.
again() {
    [ "$1" -eq 1 ] || return 1
    local count
    count=$("$python" -c 'import json; print(len(json.load(open(".pytest_cache/v/cache/lastfailed"))))' 2>/dev/null || echo 0)
    [ "$count" -ge 1 ] && [ "$count" -le 10 ] || return 1
    echo "$count tests failed beside others and run again, alone:"
    tests --last-failed --last-failed-no-failures none || return 1
    echo "WARNING: $count tests passed only when they ran again, alone; they are named above"
}

rm -f .pytest_cache/v/cache/lastfailed
tests -m "not slow and not alone" -n "$workers" --dist loadfile --no-loadscope-reorder "$@"
status=$?
wait $check || { cat "$log"; failed+=("the checks"); }
[ $status -eq 0 ] || again $status || failed+=("the tests")
# Only their files are imported: to import all tests takes half a minute, in which one processor would do nothing.
[ $# -gt 0 ] || mapfile -t alone < <(grep -rl --include='test_*.py' 'pytest.mark.alone' tests)
tests -m "alone and not slow" "${alone[@]}" "$@" || failed+=("the tests that run alone")

if [ ${#failed[@]} -gt 0 ]; then
    printf 'FAILED: %s\n' "${failed[@]}"
    exit 1
fi
tail -n 3 "$log"
echo "All checks and tests passed in $SECONDS s"
