#!/usr/bin/env bash
# Tests ci/* and quickstart on a copy of them, with programs of our own in place of apt-get, pip, CMake and the rest:
# no network, nothing installed, a few seconds.
#
# usage: bash tests/ci/scripts_test.sh [TEST...]
# shellcheck disable=SC2016  # the programs of our own are written in single quotes
set -euo pipefail
shopt -s extglob

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
system_path=$PATH
system_python=$(python3 -c 'import sys; print(sys.executable)') # python3 may be a script that needs more on PATH
trap 'PATH=$system_path; rm -rf "$scratch"' EXIT
unset LIBTORCH_ROOT PLASTICITY_DATA CMAKE_BUILD_PARALLEL_LEVEL

# --- what the tests are written with ---

# fresh: a copy of the scripts in $repo, an empty cache, and $bin, the only folder on PATH.
fresh() {
  PATH=$system_path
  rm -rf "${scratch:?}"/*
  repo=$scratch/repo bin=$scratch/bin calls=$scratch/calls
  mkdir -p "$repo/.ci" "$repo/profiles" "$bin" "$scratch/home"
  cp -r "$root/ci" "$root/quickstart" "$repo/"
  cp "$root/.ci/run" "$repo/.ci/"
  : >"$calls"
  local program
  for program in awk bash cat chmod cp cut date dirname env find flock grep head ln mkdir mktemp mv nproc paste rm sed sh sha256sum sleep sort \
    stty tail tee timeout touch tr true wc; do
    ln -s "$(command -v "$program")" "$bin/$program"
  done
  export HOME=$scratch/home XDG_CACHE_HOME=$scratch/cache calls PATH=$bin
}

# fake PROGRAM: puts the script on standard input on PATH (or at PROGRAM, when it is a path). It can write to $calls.
fake() {
  local file=$bin/$1
  [[ $1 != */* ]] || file=$1
  mkdir -p "${file%/*}"
  rm -f "$file" # may be a link to the system's
  { printf '#!/usr/bin/env bash\n' && cat; } >"$file"
  chmod +x "$file"
}

fake_libtorch() { # FOLDER MAJOR MINOR
  mkdir -p "$1/lib" "$1/include/ATen" "$1/include/torch/headeronly"
  touch "$1/lib/libtorch_cpu.so" "$1/include/ATen/ATen.h"
  printf '#define TORCH_VERSION_MAJOR %s\n#define TORCH_VERSION_MINOR %s\n#define TORCH_VERSION_PATCH 0\n' "$2" "$3" \
    >"$1/include/torch/headeronly/version.h"
}

# A Debian on which all packages are there.
fake_debian() {
  fake apt-get <<<'echo "apt-get $*" >>"$calls"'
  fake sudo <<<'[[ $1 != -n ]] || shift; "$@"'
  fake dpkg-query <<<'for p in "${@:4}"; do echo "$p=installed"; done'
}

# A python3 without torch, whose pip installs a LibTorch. FAIL=1: it stops in the middle.
fake_python() {
  declare -f fake_libtorch >"$scratch/fake_libtorch.sh"
  fake python3 <<'PYTHON'
echo "python3 $*" >>"$calls"
[[ $1 == -m ]] || exit 0
[[ $3 == install ]] || exit 0
source "${calls%/*}/fake_libtorch.sh"
while [[ $1 != --target ]]; do shift; done
fake_libtorch "$2/torch" 2 11
[[ -z ${FAIL:-} ]] || { rm "$2/torch/include/ATen/ATen.h"; echo "connection broken" >&2; exit 1; }
PYTHON
}

# run COMMAND...: sets $status, $out and $err.
run() {
  status=0
  "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
  out=$(cat "$scratch/out") err=$(cat "$scratch/err")
}

expect() { # DESCRIPTION CONDITION...
  local description=$1
  shift
  checks=$((checks + 1))
  "$@" && return
  failures=$((failures + 1))
  printf 'FAILED %s: %s\n  status %s\n  out: %s\n  err: %s\n' "$current" "$description" "${status:-}" "${out:-}" "${err:-}" >&2
}
is() { [[ $1 == "$2" ]]; }
has() { [[ $1 == *"$2"* ]]; }
lacks() { [[ $1 != *"$2"* ]]; }
one_line() { [[ -n $1 && $1 != *$'\n'* ]]; }
last_line() { tail -n 1 <<<"$1"; }

# --- the tests ---

test_syntax_and_help() {
  local script
  for script in "$repo"/ci/!(*.py) "$repo/.ci/run" "$repo/quickstart"; do
    expect "bash -n ${script##*/}" bash -n "$script"
  done
  for script in setup build test docs gpu lint nightly same-results ../quickstart; do
    run "$repo/ci/$script" --help
    expect "$script --help succeeds" is "$status" 0
    expect "$script --help tells the usage" has "$out" "usage: "
    expect "$script --help has no comment signs" lacks "$out" "# "
  done
  for script in setup build docs gpu lint same-results ../quickstart; do
    run "$repo/ci/$script" --nonsense
    expect "$script refuses --nonsense" is "$status" 2
    expect "$script refuses it in one line" one_line "$err"
  done
}

test_setup_when_all_is_there() {
  fake_debian
  fake_python
  fake_libtorch "$XDG_CACHE_HOME/plasticity/libtorch-2.11.0-cpu/torch" 2 11
  run "$repo/ci/setup"
  expect "succeeds" is "$status" 0
  expect "says what it found, in one line" one_line "$out"
  expect "names the version" has "$out" "LibTorch 2.11.0"
  expect "installs nothing" lacks "$(cat "$calls")" install
}

test_setup_refuses_a_bad_libtorch_root() {
  fake_debian
  fake_python
  mkdir -p "$scratch/nothing"
  LIBTORCH_ROOT=$scratch/nothing run "$repo/ci/setup"
  expect "exit 2" is "$status" 2
  expect "one line" one_line "$err"
  expect "names the folder" has "$err" "LIBTORCH_ROOT=$scratch/nothing"

  fake_libtorch "$scratch/old" 1 13
  LIBTORCH_ROOT=$scratch/old run "$repo/ci/setup"
  expect "exit 2 for an old one" is "$status" 2
  expect "names both versions" has "$err" "is LibTorch 1.13.0; 2.6"
  expect "installs nothing" lacks "$(cat "$calls")" install
}

test_setup_takes_libtorch_root() {
  fake_debian
  fake_python
  fake_libtorch "$scratch/mine/torch" 2 6
  cd "$scratch"
  LIBTORCH_ROOT=mine run "$repo/ci/setup"
  expect "a relative path, and torch below it" is "$status" 0
  expect "found" has "$out" "LibTorch 2.6.0"
  LIBTORCH_ROOT='' run "$repo/ci/setup"
  expect "empty is unset: the wheel is installed" has "$(cat "$calls")" "pip install"
}

test_setup_takes_the_torch_of_python() {
  fake_debian
  fake_libtorch "$scratch/site/torch" 2 7
  fake python3 <<<'echo "${calls%/*}/site/torch"'
  run "$repo/ci/setup"
  expect "taken" has "$out" "LibTorch 2.7.0"

  fake_libtorch "$scratch/site/torch" 2 5
  fake_python
  run "$repo/ci/setup"
  expect "too old: the wheel is installed" has "$(cat "$calls")" "pip install"
}

test_setup_installs_the_wheel_whole() {
  fake_debian
  fake_python
  run "$repo/ci/setup"
  expect "succeeds" is "$status" 0
  expect "says what it does, in one line" one_line "$out"
  expect "names the parts" has "$out" "setting up (LibTorch 2.11 CPU, 1.3 GB in "
  expect "pins it" has "$(cat "$calls")" "torch==2.11.0 nvidia-cuda-runtime=="
  expect "without dependencies" has "$(cat "$calls")" --no-deps
  expect "it is in its place" test -e "$XDG_CACHE_HOME/plasticity/libtorch-2.11.0-cpu/torch/lib/libtorch_cpu.so"
  expect "nothing else is" is "$(find "$XDG_CACHE_HOME/plasticity" -mindepth 1 -maxdepth 1 -not -name .lock | wc -l)" 1

  : >"$calls"
  run "$repo/ci/setup"
  expect "the second time nothing is installed" lacks "$(cat "$calls")" install

  run "$repo/ci/setup" --cuda
  expect "--cuda takes the full wheel" has "$(grep 'pip install' "$calls")" "torch==2.11.0"
  expect "with its dependencies" lacks "$(cat "$calls")" --no-deps
  expect "and its own folder" test -d "$XDG_CACHE_HOME/plasticity/libtorch-2.11.0-cuda/torch"
}

test_setup_leaves_nothing_half() {
  fake_debian
  fake_python
  FAIL=1 run "$repo/ci/setup"
  expect "fails" is "$status" 1
  expect "shows the log's end" has "$err" "connection broken"
  expect "names the log" has "$err" "build/logs/setup.log"
  expect "nothing is left" is "$(find "$XDG_CACHE_HOME/plasticity" -mindepth 1 -not -name .lock)" ""

  # Killed with no chance to clean up: the next set-up does.
  mkdir -p "$XDG_CACHE_HOME/plasticity/.libtorch-2.10.0-cpu.partial/wheels/torch"
  run "$repo/ci/setup"
  expect "the next one succeeds" is "$status" 0
  expect "and clears up" is "$(find "$XDG_CACHE_HOME/plasticity" -name '*.partial')" ""
}

test_setup_waits_for_another() {
  fake_debian
  fake_python
  mkdir -p "$XDG_CACHE_HOME/plasticity"
  (
    flock 9
    sleep 1
    fake_libtorch "$XDG_CACHE_HOME/plasticity/libtorch-2.11.0-cpu/torch" 2 11
  ) 9>"$XDG_CACHE_HOME/plasticity/.lock" &
  sleep 0.3
  run "$repo/ci/setup"
  wait
  expect "succeeds" is "$status" 0
  expect "with what the other one installed" lacks "$(cat "$calls")" "pip install"
}

test_setup_installs_missing_packages_only() {
  fake_debian
  fake_python
  fake dpkg-query <<<'for p in "${@:4}"; do [[ $p == ccache ]] || echo "$p=installed"; done'
  fake_libtorch "$XDG_CACHE_HOME/plasticity/libtorch-2.11.0-cpu/torch" 2 11
  run "$repo/ci/setup"
  expect "succeeds" is "$status" 0
  expect "names the part" has "$out" "setting up (Debian packages)"
  expect "updates, then installs" is "$(grep -oE 'update|install .*' "$calls" | paste -sd' ')" \
    "update install -y --no-install-recommends ccache"
}

test_setup_installs_what_only_tests_need_when_asked() {
  fake_debian
  fake_python
  fake dpkg-query <<<'for p in "${@:4}"; do [[ $p == doxygen ]] || echo "$p=installed"; done'
  fake_libtorch "$XDG_CACHE_HOME/plasticity/libtorch-2.11.0-cpu/torch" 2 11
  run "$repo/ci/setup"
  expect "not otherwise" lacks "$(cat "$calls")" install
  run "$repo/ci/setup" --tests
  expect "succeeds" is "$status" 0
  expect "installs it" is "$(grep apt-get "$calls" | grep -oE 'install .*')" "install -y --no-install-recommends doxygen"
  expect "and Python's part, apart" has "$(grep python3 "$calls")" axe-core
  : >"$calls"
  run "$repo/ci/setup" --tests
  expect "once" lacks "$(cat "$calls")" axe-core
}

test_docs() {
  run "$repo/ci/docs"
  expect "without doxygen exit 2" is "$status" 2
  expect "and one line" one_line "$err"
  expect "that says what to do" has "$err" "ci/setup --tests"
  fake doxygen <<<'echo "doxygen $*" >>"$calls"; [[ -z ${FAIL:-} ]] || { echo "rule.h:7: error: Member x is not documented." >&2; exit 1; }'
  run "$repo/ci/docs"
  expect "succeeds" is "$status" 0
  expect "says where the page is" has "$out" "docs/api/index.html"
  FAIL=1 run "$repo/ci/docs"
  expect "a hole fails it" is "$status" 1
  expect "and is shown" has "$err" "rule.h:7"
}

test_setup_without_apt_get() {
  fake_python
  run "$repo/ci/setup"
  expect "exit 2" is "$status" 2
  expect "one line" one_line "$err"
  expect "names what is missing" has "$err" "cmake ninja c++"

  fake ninja </dev/null
  fake c++ </dev/null
  fake cmake <<<'echo "missing: fmt"; echo "missing: CURL"'
  printf 'find_package(fmt 9 REQUIRED)\nfind_package(CURL REQUIRED)\n' >"$repo/CMakeLists.txt"
  run "$repo/ci/setup"
  expect "exit 2" is "$status" 2
  expect "names CMake's packages" has "$err" "missing: fmt CURL. "
}

# A CMake that builds nothing. FAIL=1: the build breaks.
fake_cmake() {
  fake_libtorch "$XDG_CACHE_HOME/plasticity/libtorch-2.11.0-cpu/torch" 2 11
  fake ninja </dev/null
  fake cmake <<'CMAKE'
[[ $1 != --list-presets ]] || { printf 'Available configure presets:\n\n  "release" - Fast\n  "cuda"    - Other\n'; exit; }
echo "cmake $*" >>"$calls"
[[ $1 != --build || -z ${FAIL:-} ]] || { echo "rule.cc:7: error: no"; exit 1; }
CMAKE
}

test_build() {
  fake_python
  run "$repo/ci/build"
  expect "without CMake exit 2" is "$status" 2
  expect "and one line" has "$err" "Run ci/setup first."

  fake_cmake
  CMAKE_BUILD_PARALLEL_LEVEL=3 run "$repo/ci/build"
  expect "succeeds" is "$status" 0
  expect "says so in one line" one_line "$out"
  expect "with preset, jobs and time" has "$out" "plasticity: building (release, 3 jobs) ... "
  expect "hands over LibTorch" has "$(cat "$calls")" "-DLIBTORCH_ROOT=$XDG_CACHE_HOME/plasticity/libtorch-2.11.0-cpu/torch"
  run "$repo/ci/build" release plasticity
  expect "a target" has "$(cat "$calls")" "--target plasticity"
  FAIL=1 run "$repo/ci/build"
  expect "a broken build fails" is "$status" 1
  expect "and shows the log's end" has "$err" "rule.cc:7: error: no"
  run "$repo/ci/build" fast
  expect "an unknown preset: exit 2" is "$status" 2
  expect "and the known ones" has "$err" "Presets: release cuda."
  rm -r "$XDG_CACHE_HOME"
  run "$repo/ci/build"
  expect "without LibTorch exit 2" is "$status" 2
}

test_test() {
  fake_debian
  fake_python
  fake_cmake
  mkdir -p "$scratch/shared/data"
  fake ctest <<'CTEST'
echo "ctest $* data=$PLASTICITY_DATA" >>"$calls"
cat <<'TEXT'
67% tests passed, 1 tests failed out of 4

Total Test time (real) =   0.02 sec

The following tests did not run:
	  2 - b (Skipped)
	  4 - d (Disabled)

The following tests FAILED:
	  3 - c (Failed)
TEXT
exit 8
CTEST
  run "$repo/ci/test" -R golden
  expect "CTest's status" is "$status" 8
  expect "counts" is "$(last_line "$out")" "2 passed, 1 failed, 1 skipped"
  expect "hands arguments over" has "$(cat "$calls")" "-R golden"
  expect "finds data" has "$(cat "$calls")" "data=$scratch/shared/data"

  fake dpkg-query <<<'echo "$*" >>"${calls%/*}/asked"; for p in "${@:4}"; do echo "$p=installed"; done'
  fake ctest <<<'printf "100%% tests passed, 0 tests failed out of 12\n\nTotal Test time (real) = 1 sec\n"'
  run bash "$repo/.ci/run"
  expect ".ci/run passes" is "$status" 0
  expect ".ci/run sets up what tests need" has "$(cat "$scratch/asked")" doxygen
  expect "last line" is "$(last_line "$out")" "12 passed, 0 failed"

  fake ctest <<<'echo "No tests were found!!!"; exit 8'
  run "$repo/ci/test" -R nonsense
  expect "no tests: fails" is "$status" 8
  expect "no tests: counts" is "$(last_line "$out")" "0 passed, 0 failed"

  : >"$calls"
  FAIL=1 run "$repo/ci/test"
  expect "a broken build fails" is "$status" 1
  expect "and runs no test" lacks "$(cat "$calls")" ctest
}

# A plasticity that has the data sets in HAS and ends a plan with PLAN_STATUS.
fake_plasticity() { # PATH
  fake "$1" <<'PLASTICITY'
echo "plasticity $*" >>"$calls"
case "$1 $2" in
  "data info") [[ " ${HAS:-} " == *" $3 "* ]] ;;
  "data fetch") printf 'asking\nerror: no route to host\n' >&2; exit 2 ;;
  "plan "*) mkdir -p results/quickstart; touch results/quickstart/{a,b}.json; exit "${PLAN_STATUS:-0}" ;;
  "leaderboard "*) echo "the table" ;;
esac
PLASTICITY
}

test_nightly() {
  fake_debian
  fake_python
  fake_cmake
  fake "$repo/build/release/plasticity" <<'PLASTICITY'
echo "plasticity $*" >>"$calls"
case $1 in
  plan) exit "${PLAN_STATUS:-0}" ;;
  compare) exit "${COMPARE_STATUS:-0}" ;;
esac
PLASTICITY
  : >"$repo/profiles/nightly.json"
  cd "$scratch"
  run "$repo/ci/nightly" "$scratch/nights"
  expect "a first night succeeds" is "$status" 0
  expect "and says that it is one" has "$out" "the first night"
  expect "runs the plan" has "$(cat "$calls")" "plasticity plan profiles/nightly.json --results $scratch/nights/"
  expect "compares nothing" lacks "$(cat "$calls")" "plasticity compare"
  COMPARE_STATUS=1 run "$repo/ci/nightly" "$scratch/nights"
  expect "a worse second night fails" is "$status" 1
  expect "having compared both" has "$(cat "$calls")" "/results --gate profiles/gate.json --summary $scratch/nights/"
  rm -rf "$scratch/nights"
  PLAN_STATUS=3 run "$repo/ci/nightly" "$scratch/nights"
  expect "failed cells: their status" is "$status" 3
  rm -rf "$scratch/nights"
  PLAN_STATUS=124 run "$repo/ci/nightly" "$scratch/nights"
  expect "a night cut off is no failure" is "$status" 0
  expect "and goes on the next time" has "$out" "the next night goes on in"
  run "$repo/ci/nightly" "$scratch/nights"
  expect "in its own folder" is "$(find "$scratch/nights" -mindepth 1 -maxdepth 1 | wc -l)" 1
  PLASTICITY_BUDGET=soon run "$repo/ci/nightly"
  expect "a budget that is none" is "$status" 2
}

test_reliability() {
  fake_debian
  fake_cmake
  fake_libtorch "$XDG_CACHE_HOME/plasticity/libtorch-2.11.0-cpu/torch" 2 11
  fake python3 <<'PYTHON'
[[ $1 == tests/* ]] || exit 0
echo "python3 $1 $PLASTICITY_COUNT" >>"$calls"
echo "1 kills in 2 rounds"
[[ $1 != *"${FAILS:-none}"* ]]
PYTHON
  run "$repo/ci/reliability"
  expect "succeeds" is "$status" 0
  for size in "faults_test.py all" "power_loss_test.py 200" "kills_test.py 1000" "soak_test.py 1800"; do
    expect "runs $size" has "$(cat "$calls")" "python3 tests/reliability/$size"
  done
  expect "shows figures" has "$out" "1 kills in 2 rounds"
  PLASTICITY_COUNT=7 FAILS=kills run "$repo/ci/reliability" kills faults
  expect "a broken promise fails it" is "$status" 1
  expect "after all were run" has "$(tail -n 1 "$calls")" "faults_test.py 7"
  run "$repo/ci/reliability" killls
  expect "what it does not know" is "$status" 2
  expect "is told" has "$err" "knows no 'killls'"
}

test_quickstart() {
  fake_debian
  fake_python
  fake_cmake
  fake_plasticity "$repo/build/release/plasticity"
  cd "$scratch"
  HAS=cifar10 run "$repo/quickstart"
  expect "succeeds from another folder" is "$status" 0
  expect "builds the program only" has "$(cat "$calls")" "--target plasticity"
  expect "plans with the data" has "$(cat "$calls")" \
    "plasticity plan profiles/quickstart.json --data cifar10 --results results/quickstart --jobs "
  expect "measures the machine" has "$(cat "$calls")" "plasticity doctor"
  expect "fetches nothing" lacks "$(cat "$calls")" "data fetch"
  expect "shows the table" has "$out" "the table"
  expect "says where results are" has "$out" "Results   $repo/results/quickstart/ (2 files)     Markdown  "
  expect "says what is next" has "$out" "$repo/build/release/plasticity describe sphere"
  expect "with the same data" has "$out" "run --rule softhebb --task classification --data cifar10 "
  expect "no terminal, no control characters" lacks "$out$err" $'\033'

  run "$repo/quickstart"
  expect "without CIFAR-10 it succeeds" is "$status" 0
  expect "having tried to fetch it" has "$(cat "$calls")" "data fetch cifar10"
  expect "says why in one line" has "$out" "CIFAR-10 could not be had (no route to host); going on with Fashion-MNIST"
  expect "and goes on" has "$(cat "$calls")" "--data fashion-mnist"

  HAS=cifar10 PLAN_STATUS=3 run "$repo/quickstart"
  expect "failed cells: their status" is "$status" 3
  expect "and the table of the others" has "$out" "the table"
  HAS=cifar10 PLAN_STATUS=130 run "$repo/quickstart"
  expect "interrupted: its status" is "$status" 130
  expect "and no table" lacks "$out" "the table"
}

test_gpu() {
  fake_debian
  fake_python
  fake_cmake
  run "$repo/ci/gpu"
  expect "no GPU: exit 2" is "$status" 2
  expect "no GPU: one line" has "$err" "no GPU answers"

  fake nvidia-smi </dev/null
  fake ctest <<<'echo "ctest $*" >>"$calls"; exit "${CTEST_STATUS:-0}"'
  fake_plasticity "$repo/build/cuda/plasticity"
  run "$repo/ci/gpu"
  expect "succeeds" is "$status" 0
  expect "builds for CUDA" has "$(cat "$calls")" "cmake --preset cuda -DLIBTORCH_ROOT=$XDG_CACHE_HOME/plasticity/libtorch-2.11.0-cuda"
  expect "runs the GPU tests" has "$(cat "$calls")" "-L gpu"
  expect "runs the cells" has "$(cat "$calls")" "plasticity plan profiles/gpu.json --device cuda --results results/reference"
  CTEST_STATUS=8 run "$repo/ci/gpu"
  expect "a failed test fails it" is "$status" 1

  fake_plasticity "$scratch/carried/plasticity"
  cd "$scratch"
  run "$repo/ci/gpu" --build carried
  expect "without a GPU test it fails" is "$status" 1
  fake "$scratch/carried/tests/suite_test" <<<'[[ $1 == "[gpu]" ]] || exit 0; echo "suite_test $* $PLASTICITY_PROGRAM" >>"$calls"'
  fake "$scratch/carried/tests/gpu_test" <<'TEST'
[[ $1 != --list-test-names-only ]] || { echo "a GPU test"; exit 1; }
echo "gpu_test $* program=$PLASTICITY_PROGRAM libraries=$LD_LIBRARY_PATH" >>"$calls"
TEST
  run "$repo/ci/gpu" --build carried
  expect "a carried build succeeds" is "$status" 0
  expect "its GPU tests run" has "$(cat "$calls")" \
    "gpu_test [gpu] program=$scratch/carried/plasticity libraries=$XDG_CACHE_HOME/plasticity/libtorch-2.11.0-cuda/torch/lib"
  expect "its others do not" lacks "$(cat "$calls")" suite_test
  run "$repo/ci/gpu" --build nowhere
  expect "a folder without a build: exit 2" is "$status" 2
}

# A plasticity whose plan leaves one Result of version 1 with this accuracy, this curve and this state.
fake_runner() { # BUILD ACCURACY CURVE [STATE]
  fake "$1/plasticity" <<PLASTICITY
echo "\$0 \$*" >>"\$calls"
mkdir -p "\${@: -1}"
cat >"\${@: -1}/0123.json" <<'RESULT'
{"request": {"rule": {"name": "oja"}}, "state": "${4:-ok}", "metrics": {"accuracy.test": {"value": $2}},
 "curves": {"loss.rule": $3}}
RESULT
[[ ${4:-ok} == ok ]] || exit 3
PLASTICITY
  touch "$1/libplasticity_engine.so"
}

# The same of version 2, with a metric and a matrix more.
fake_runner_of_version_2() { # BUILD ACCURACY CURVE
  fake_runner "$1" "$2" "$3"
  sed -i -e 's/"metrics": {/&"calibration": {"value": 0.1}, /' \
    -e 's/"curves": {"loss.rule": \(.*\)}}/"records": {"loss.rule": {"axes": ["epoch"], "values": \1}, "m": {"axes": ["a", "b"], "values": [[1]]}}}/' \
    "$1/plasticity"
}

test_same_results() {
  fake_debian
  fake_cmake
  ln -s "$system_python" "$bin/python3"
  local before=$scratch/old/build/release after=$repo/build/release
  mkdir -p "$scratch/old/profiles"
  echo '{}' | tee "$repo/profiles/smoke.json" >"$scratch/old/profiles/smoke.json"
  cd "$scratch"
  fake_runner "$before" 0.5 '[2, 1, null]'
  fake_runner "$after" 0.5 '[2, 1, null]'
  run "$repo/ci/same-results" --build-before old/build/release
  expect "equal: succeeds" is "$status" 0
  expect "counts" is "$(last_line "$out")" "1 cells, 0 differ"
  expect "builds the working tree" has "$(cat "$calls")" "--target plasticity"
  expect "the profile of its own tree, before" has "$(cat "$calls")" "$before/plasticity plan $scratch/old/profiles/smoke.json"
  expect "the profile of its own tree, after" has "$(cat "$calls")" "$after/plasticity plan $repo/profiles/smoke.json"

  fake_runner_of_version_2 "$after" 0.5 '[2, 1, null]'
  run "$repo/ci/same-results" --build-before "$before"
  expect "version 2, equal: succeeds" is "$status" 0
  expect "counts what is new" is "$(last_line "$out")" "1 cells, 0 differ (1 new)"

  fake_runner "$after" 0.5000001 '[2, 1.0000001, null]'
  run "$repo/ci/same-results" --build-before "$before"
  expect "a difference: exit 1" is "$status" 1
  expect "names rule, metric and both numbers" has "$out" "oja 0123  accuracy.test: 0.5 -> 0.5000001"
  expect "and the curve's place" has "$out" "loss.rule by epoch: 1 of 3, first at [1]: 1 -> 1.0000001"
  expect "counts cells" is "$(last_line "$out")" "1 cells, 1 differ"
  run "$repo/ci/same-results" --build-before "$before" --tolerance 1e-6
  expect "within the tolerance: succeeds" is "$status" 0

  fake_runner "$after" null '[2]' diverged
  run "$repo/ci/same-results" --build-before "$before"
  expect "a diverged cell: exit 1" is "$status" 1
  expect "its state" has "$out" "state: ok -> diverged"
  expect "its metric" has "$out" "accuracy.test: 0.5 -> None"
  expect "its shorter curve" has "$out" "3 -> 1 values"

  fake_runner "$after" 0.5 '[2, 1, null]'
  sed -i 's/0123/4567/' "$after/plasticity"
  run "$repo/ci/same-results" --build-before "$before"
  expect "other cells: exit 1" is "$status" 1
  expect "each named" is "$(grep -c 'only' <<<"$out")" 2

  fake git <<'GIT'
echo "git $*" >>"$calls"
case $1 in
  rev-parse) [[ ${!#} != gone* ]] && echo c0ffee ;;
  worktree) mkdir -p "$6/ci" "$6/.git" && cp ci/* "$6/ci/" && cp -r "${calls%/*}"/old/* "$6/" ;;
esac
GIT
  fake_runner "$after" 0.5 '[2, 1, null]'
  run "$repo/ci/same-results"
  expect "HEAD~ by default: succeeds" is "$status" 0
  expect "built in a worktree" has "$(cat "$calls")" "git worktree add --quiet --force --detach $repo/build/before c0ffee"
  run "$repo/ci/same-results" v1
  expect "the worktree is used again" has "$(cat "$calls")" "git -C $repo/build/before checkout"
  for bad in gone "--tolerance x" "--build-before nowhere" "a b" "--build-before $before a"; do
    # shellcheck disable=SC2086  # several words
    run "$repo/ci/same-results" $bad
    expect "$bad: exit 2" is "$status" 2
    expect "$bad: one line" one_line "$err"
  done
}

test_lint() {
  fake git </dev/null
  run "$repo/ci/lint"
  expect "without clang-format 14: exit 2" is "$status" 2
  expect "says what to install" has "$err" "apt-get install clang-format-14"

  fake git <<<'case "$*" in *"*.cc") printf "suite/a.cc\0" ;; esac'
  fake clang-format-14 <<<'echo "version 14.0"'
  fake clang-tidy-14 <<<'echo "clang-tidy $*" >>"$calls"; exit "${TIDY_STATUS:-0}"'
  fake xargs <<<"PATH=$PATH:$system_path exec $(PATH=$system_path type -P xargs) \"\$@\""
  ln -s "$system_python" "$bin/python3"
  mkdir -p "$repo/suite"
  echo '#include "suite/a.h"' >"$repo/suite/a.cc"
  echo 'int A();' >"$repo/suite/a.h"
  run "$repo/ci/lint"
  expect "nothing wrong, nothing built: succeeds" is "$status" 0
  expect "says what it left out" has "$out" "headers and clang-tidy were left out"
  expect "says that it is done" is "$(last_line "$out")" "plasticity: lint: nothing to say"

  mkdir -p "$repo/build/release"
  fake "$scratch/compiler" <<<'read -r line; echo "compiled $line with $*" >>"$calls"; [[ $line != *bad.h* ]]'
  mkdir -p "$repo/build/release/Unity"
  echo "#include \"$repo/suite/a.cc\"" >"$repo/build/release/Unity/unity_0.cxx"
  cat >"$repo/build/release/compile_commands.json" <<COMMANDS
[{"directory": "$repo", "file": "$repo/build/release/Unity/unity_0.cxx",
  "command": "$scratch/compiler -O2 -include pch.h -o CMakeFiles/plasticity_suite.dir/Unity/unity_0.cxx.o -c $repo/build/release/Unity/unity_0.cxx"}]
COMMANDS
  run "$repo/ci/lint"
  expect "still nothing wrong" is "$status" 0
  expect "the header was compiled, alone" has "$(cat "$calls")" \
    'compiled #include "suite/a.h" with -O2 -fsyntax-only -x c++ -'
  expect "clang-tidy saw what changed" has "$(cat "$calls")" "clang-tidy -p build/release/each_alone --quiet suite/a.cc"
  expect "as it is compiled alone" is "$(tr -d ' \n' <"$repo/build/release/each_alone/compile_commands.json")" \
    "[{\"directory\":\"$repo\",\"file\":\"$repo/suite/a.cc\",\"arguments\":[\"$scratch/compiler\",\"-O2\",\"-c\",\"$repo/suite/a.cc\"]}]"
  TIDY_STATUS=1 run "$repo/ci/lint"
  expect "clang-tidy complains: exit 1" is "$status" 1

  touch "$repo/suite/bad.h"
  run "$repo/ci/lint"
  expect "a header that needs another one: exit 1" is "$status" 1
  expect "is named" has "$out" "suite/bad.h does not compile alone"
  rm "$repo/suite/bad.h"

  printf '#pragma once\n#include "tasks/data/cache.h"\n#include <ATen/ATen.h>\n' >"$repo/suite/a.h"
  mkdir -p "$repo/suite/base"
  cp "$repo/suite/a.h" "$repo/suite/base/b.h"
  run "$repo/ci/lint"
  expect "includes that point the wrong way: exit 1" is "$status" 1
  expect "a contract that knows a task" has "$out" 'suite/a.h:2: #include "tasks/data/cache.h"  (contracts know'
  expect "a contract may know LibTorch" lacks "$out" "suite/a.h:3"
  expect "suite/base may not" has "$out" 'suite/base/b.h:3: #include <ATen/ATen.h>'
}

# --- run them ---

checks=0 failures=0
tests=("$@")
(($# > 0)) || mapfile -t tests < <(declare -F | sed -n 's/^declare -f \(test_.*\)/\1/p')
for current in "${tests[@]}"; do
  fresh
  "$current"
  cd /
done
printf '%d checks in %d tests, %d failed\n' "$checks" "${#tests[@]}" "$failures"
((failures == 0))
