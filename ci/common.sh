# What the scripts in this folder share: sourced, never run. Goes to the repository's root.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=ci/versions
source "$root/ci/versions"

# Empty means unset, and what the caller wrote relative to their folder stays right from ours.
for name in LIBTORCH_ROOT PLASTICITY_DATA XDG_CACHE_HOME; do
  if [[ -z ${!name:-} ]]; then
    unset "$name"
  elif [[ ${!name} != /* ]]; then
    export "$name=$PWD/${!name}"
  fi
done
cd "$root" || exit

cache=${XDG_CACHE_HOME:-$HOME/.cache}/plasticity
test_modules=$cache/$test_wheel # the Python modules that only tests need
logs=$root/build/logs

say() { printf 'plasticity: %s\n' "$*"; }

# fail STATUS MESSAGE: one line, and out. 2 is for usage and surroundings.
fail() {
  printf 'error: %s\n' "$2" >&2
  exit "$1"
}

have() { command -v "$1" >/dev/null 2>&1; }

# help_from SCRIPT: the comment at its top.
help_from() { sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$1"; }

# at_home PATH: with ~ for the home folder.
at_home() { printf '%s' "${1/#$HOME\//\~/}"; }

# duration SECONDS: 41 s, 3 min 12 s, 1 h 02 min
duration() {
  local s=$1
  if ((s < 60)); then
    printf '%d s' "$s"
  elif ((s < 3600)); then
    printf '%d min %02d s' $((s / 60)) $((s % 60))
  else
    printf '%d h %02d min' $((s / 3600)) $((s % 3600 / 60))
  fi
}

# watched TITLE LOG COMMAND...: runs it with its output in LOG; on a terminal a line shows how far it is.
watched() {
  local title=$1 log=$2 ticker='' status=0
  shift 2
  mkdir -p "$(dirname "$log")"
  : >"$log"
  if [[ -t 1 ]]; then
    tick "${title%% (*}" "$log" &
    ticker=$!
  fi
  "$@" </dev/null >>"$log" 2>&1 || status=$?
  if [[ -n $ticker ]]; then
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    printf '\r\033[K'
  fi
  return "$status"
}

# tick TITLE LOG: rewrites one terminal line each second, with Ninja's last [done/all] when LOG has one.
tick() {
  local start=$SECONDS done_of_all
  while kill -0 $$ 2>/dev/null; do
    done_of_all=$(tail -c 2000 "$2" | grep -oE '^\[[0-9]+/[0-9]+\]' | tail -n 1) || true
    printf '\r\033[Kplasticity: %s ... %s%s' "$1" "${done_of_all:+$done_of_all }" "$(duration $((SECONDS - start)))"
    sleep 1
  done
}

# step TITLE LOG COMMAND...: "plasticity: TITLE ... 41 s", or the end of LOG and COMMAND's status.
step() {
  local title=$1 log=$2 start=$SECONDS status=0
  [[ -t 1 ]] || printf 'plasticity: %s ... ' "$title"
  watched "$@" || status=$?
  [[ ! -t 1 ]] || printf 'plasticity: %s ... ' "$title"
  if ((status == 0)); then
    printf '%s\n' "$(duration $((SECONDS - start)))"
    return
  fi
  printf 'failed after %s\n' "$(duration $((SECONDS - start)))"
  tail -n 30 "$log" >&2
  printf 'error: %s failed; the whole log is %s\n' "${title%% (*}" "$log" >&2
  return "$status"
}

gpu_answers() { have nvidia-smi && timeout 20 nvidia-smi -L >/dev/null 2>&1; }

# LibTorch. The order is cmake/FindLibTorch.cmake's; ci/build hands it what is found here.

# libtorch_version FOLDER: as its headers say (0 where they do not); nothing where FOLDER holds no LibTorch.
libtorch_version() {
  local header version=''
  [[ -e $1/lib/libtorch_cpu.so && -e $1/include/ATen/ATen.h ]] || return 0
  for header in torch/headeronly/version.h torch/csrc/api/include/torch/version.h; do
    [[ -z $version && -e $1/include/$header ]] || continue
    version=$(sed -nE 's/^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+).*/\2/p' "$1/include/$header" | paste -sd.)
  done
  printf '%s' "${version:-0}"
}

# new_enough VERSION
new_enough() { [[ -n $1 ]] && printf '%s\n%s\n' "$torch_minimum" "$1" | sort -VC; }

# python_torch: the folder of the torch package that python3 would import, without importing it.
python_torch() {
  have python3 || return 0
  python3 -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')" \
    2>/dev/null || true
}

# find_libtorch cpu|cuda: prints the LibTorch to build with; fails where there is none yet.
find_libtorch() {
  local kind=$1 folder from_python
  if [[ -n ${LIBTORCH_ROOT:-} ]]; then
    for folder in "$LIBTORCH_ROOT" "$LIBTORCH_ROOT/torch"; do
      if new_enough "$(libtorch_version "$folder")"; then
        printf '%s' "$folder"
        return
      fi
    done
    return 1
  fi
  from_python=$(python_torch)
  if new_enough "$(libtorch_version "$from_python")" &&
    [[ $kind == cpu || -e $from_python/lib/libtorch_cuda.so ]]; then
    printf '%s' "$from_python"
    return
  fi
  for folder in "$cache/libtorch-$torch_version-cuda/torch" "$cache/libtorch-$torch_version-cpu/torch"; do
    # The lean wheel has the CUDA half too, but not the libraries that it needs.
    [[ $kind == cpu || $folder == *-cuda/torch ]] || continue
    if new_enough "$(libtorch_version "$folder")"; then
      printf '%s' "$folder"
      return
    fi
  done
  return 1
}

# Where the repository has a folder of data sets beside it, that is the default.
default_data() {
  if [[ -z ${PLASTICITY_DATA:-} && -d $root/../shared/data ]]; then
    PLASTICITY_DATA=$(cd "$root/../shared/data" && pwd)
    export PLASTICITY_DATA
  fi
}
