#!/usr/bin/env bash
# Brings what the benchmarks need to a machine that has an NVIDIA card and PyTorch, and reaches no registry.
# GPU.md beside this file tells how to use it, and what of it has been tried.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PLACE=$ROOT/.venv/lib/cria # where lib/engine/place.ts looks for libtensorflow
PIECE_MB=${PIECE_MB:-60}
XZ_LEVEL=${XZ_LEVEL:-0}
PYTHON=${CRIA_TORCH_PYTHON:-python3}

# The wheels that are packed unasked: where PyTorch is for CUDA 12, no more is lacking than these.
WHEELS="tensorflow nvidia-cuda-nvcc-cu12"

# What libtensorflow 2.21 opens before it takes a GPU: name, folder below nvidia/ where it looks, wheel that has it.
# libcusolver lies beside another library, as its own folder, nvidia/cusolver/lib, is not on the run path of
# libtensorflow_framework, which opens it.
NEEDED="libcudart.so.12   cuda_runtime nvidia-cuda-runtime-cu12
        libcublas.so.12   cublas       nvidia-cublas-cu12
        libcublasLt.so.12 cublas       nvidia-cublas-cu12
        libcudnn.so.9     cudnn        nvidia-cudnn-cu12
        libcufft.so.11    cufft        nvidia-cufft-cu12
        libcusolver.so.11 cuda_runtime nvidia-cusolver-cu12
        libcusparse.so.12 cusparse     nvidia-cusparse-cu12"

main() {
  local command=${1:-help}
  [ $# -eq 0 ] || shift
  case $command in
    pack) pack "$@" ;;
    unpack) unpack "$@" ;;
    link) link "$@" ;;
    check) check ;;
    bench) bench "$@" ;;
    help | -h | --help) usage ;;
    *) fail "Cannot run as the command must be pack, unpack, link, check or bench: current value is \"$command\"" ;;
  esac
}

usage() {
  cat <<'TEXT'
usage: gpu.sh pack FOLDER [WHEEL...]  where registries are reached: Deno, npm packages and libtensorflow, in pieces
       gpu.sh unpack FOLDER           on the GPU machine: checks the pieces, joins them, puts all in its place, links
       gpu.sh link [FOLDER...]        on the GPU machine: links the CUDA libraries of PyTorch, or of FOLDER
       gpu.sh check                   on the GPU machine: card, libraries, engine, and steps that torch has taken before
       gpu.sh bench [NAME...]         on the GPU machine: the benchmarks, beside PyTorch

PIECE_MB (60) is the size of a piece and XZ_LEVEL (0) how hard they are compressed. CRIA_TORCH_PYTHON (python3) is the
Python that has PyTorch. CRIA_CUDA_ALIAS=1 lets link take another major version where the right one is missing.
TEXT
}

# Gathers everything as it will lie below the project, and cuts the archive of it into pieces.
pack() {
  local folder=${1:-} cria pieces
  [ -n "$folder" ] || fail "Cannot pack as there must be a folder for the pieces: current value is none"
  [ ! -e "$folder" ] || fail "Cannot pack as the folder must not be there yet: current value is $folder"
  shift
  need deno python3 tar xz split sha256sum
  [ -d "$ROOT/node_modules" ] ||
    fail "Cannot pack as npm packages must be there: current value is no node_modules; run deno install --entrypoint test/bench/bench.ts"
  mkdir -p "$(dirname "$folder")"
  folder=$(cd "$(dirname "$folder")" && pwd)/$(basename "$folder")
  scratch "$folder.XXXXXX"
  cria=$SCRATCH/tree/.venv/lib/cria pieces=$SCRATCH/pieces
  mkdir -p "$cria/bin" "$pieces"
  # shellcheck disable=SC2086 -- one word for each wheel
  fetch "$cria" $WHEELS "$@"
  cp "$(deno eval 'console.log(Deno.execPath())')" "$cria/bin/deno"
  say "Compressing"
  tar -cf - --exclude='*.map' -C "$SCRATCH/tree" . -C "$ROOT" node_modules |
    xz -T0 "-$XZ_LEVEL" | split -b "${PIECE_MB}M" -d -a 3 - "$pieces/piece."
  (cd "$pieces" && sha256sum piece.* >SHA256SUMS)
  mv "$pieces" "$folder"
  say "$(wc -l <"$folder/SHA256SUMS") pieces, $(du -sh "$folder" | cut -f 1), and SHA256SUMS are in $folder"
}

# Downloads wheels, as pinned for set-up, and unpacks the parts of them that set-up would.
fetch() { # fetch TARGET WHEEL...
  local target=$1 list requirement hash platform parts wheels=$SCRATCH/wheel
  shift
  list=$(
    cd "$ROOT"
    deno eval '
      import { WHEELS } from "./lib/lab/setup/pins.ts";
      for (const name of Deno.args) {
        const wheel = WHEELS["cuda-x86_64"].find(({ requirement }) => requirement.startsWith(`${name}==`));
        if (wheel === undefined) {
          console.error(`Cannot pack as a wheel must be one that lib/lab/setup/pins.ts lists: current value is "${name}"`);
          Deno.exit(1);
        }
        console.log(wheel.requirement, wheel.sha256, wheel.platform, ...wheel.parts);
      }' "$@"
  )
  while read -r requirement hash platform parts; do
    say "Fetching $requirement"
    mkdir "$wheels"
    echo "$requirement --hash=sha256:$hash" >"$SCRATCH/requirement"
    local tags=()
    case $requirement in tensorflow*) tags=(--implementation=cp --abi=cp312) ;; esac
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version=3.12 \
      "${tags[@]}" "--platform=$platform" "--dest=$wheels" "--requirement=$SCRATCH/requirement" >/dev/null
    set -f # the parts are patterns for the script, not for the shell
    # shellcheck disable=SC2086
    python3 "$ROOT/lib/lab/setup/unpack_wheel.py" "$wheels"/"$(ls "$wheels")" "$target" $parts >/dev/null
    set +f
    rm -r "$wheels"
  done <<<"$list"
}

# Checks and joins the pieces; nothing that was there is touched before all of it is unpacked.
unpack() {
  local folder=${1:-}
  [ -f "$folder/SHA256SUMS" ] || fail "Cannot unpack as SHA256SUMS must lie with the pieces: current folder is \"$folder\""
  need sha256sum tar "$PYTHON"
  say "Checking the pieces"
  (cd "$folder" && sha256sum --check --quiet SHA256SUMS) ||
    fail "Cannot unpack as every piece must be there and whole: bring again what is listed above"
  mkdir -p "$ROOT/.venv/lib"
  scratch "$ROOT/.venv/unpack.XXXXXX"
  say "Joining and unpacking"
  (cd "$folder" && awk '{ print $2 }' SHA256SUMS | xargs cat) | decompress | tar -xf - -C "$SCRATCH"
  rm -rf "$PLACE"
  mv "$SCRATCH/.venv/lib/cria" "$PLACE"
  if [ -e "$ROOT/node_modules" ]; then
    say "Keeping the node_modules that are there"
  else
    mv "$SCRATCH/node_modules" "$ROOT/node_modules"
  fi
  link
}

# A bare machine need not have xz; PyTorch's Python has it built in.
decompress() {
  if command -v xz >/dev/null; then
    xz -dc
  else
    "$PYTHON" -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.stdin.buffer), sys.stdout.buffer, 1 << 20)'
  fi
}

# Puts every library where libtensorflow looks for it, by links, made anew each time. What was unpacked there stays.
link() {
  local places name folder wheel found missing=()
  [ -f "$PLACE/tensorflow/libtensorflow_cc.so.2" ] ||
    fail "Cannot link CUDA as libtensorflow must be there first: current value is none; run gpu.sh unpack"
  if [ -d "$PLACE/nvidia" ]; then find "$PLACE/nvidia" -type l -delete; fi
  mapfile -t places < <(cuda_folders "$@")
  for found in "${places[@]}"; do
    # The layout of the wheels is kept, as the libraries find each other by it.
    case $found in */nvidia/*/lib) link_all "$found" "$PLACE/nvidia/$(basename "$(dirname "$found")")/lib" ;; esac
  done
  while read -r name folder wheel; do
    if [ ! -e "$PLACE/nvidia/$folder/lib/$name" ]; then
      found=$(find_library "$name" "${places[@]}")
      if [ -z "$found" ]; then
        missing+=("$wheel")
        say "$name is missing; the wheel $wheel has it"
        continue
      fi
      mkdir -p "$PLACE/nvidia/$folder/lib"
      ln -sfn "$found" "$PLACE/nvidia/$folder/lib/$name"
      link_all "$(dirname "$found")" "$PLACE/nvidia/$folder/lib" # it may look for others beside itself
    fi
    say "$name is $(realpath "$PLACE/nvidia/$folder/lib/$name")"
    ldd "$PLACE/nvidia/$folder/lib/$name" 2>/dev/null | awk '/not found/ { print "  but it lacks " $1 }'
  done <<<"$NEEDED"
  [ ${#missing[@]} -eq 0 ] || fail "Cannot use the GPU as all of these libraries must be there: gpu.sh pack FOLDER $(
    printf '%s\n' "${missing[@]}" | sort -u | tr '\n' ' '
  )brings what is missing; CRIA_CUDA_ALIAS=1 takes other versions for a trial"
}

# Folders that may hold CUDA libraries, best first.
cuda_folders() {
  local folder site
  site=$("$PYTHON" -c 'import importlib.util as u; s = u.find_spec("torch"); print(s.submodule_search_locations[0] if s else "")' || true)
  for folder in "$PLACE"/nvidia/*/lib "$@" "${@/%//nvidia/*/lib}" ${site:+"$site/../nvidia"/*/lib "$site/lib"} \
    /usr/local/cuda*/lib64 /usr/local/cuda*/targets/x86_64-linux/lib; do
    # shellcheck disable=SC2086 -- a pattern made of an argument has yet to be filled in
    for folder in $folder; do
      if [ -d "$folder" ]; then (cd "$folder" && pwd); fi
    done
  done
}

find_library() { # find_library NAME FOLDER...
  local name=$1 folder other
  shift
  for folder in "$@"; do
    if [ -e "$folder/$name" ]; then
      echo "$folder/$name"
      return
    fi
  done
  [ "${CRIA_CUDA_ALIAS:-}" = 1 ] || return 0
  for folder in "$@"; do
    other=$(find "$folder" -maxdepth 1 -name "${name%.so.*}.so.[0-9]*" | sort -V | tail -n 1)
    if [ -n "$other" ]; then
      echo "Warning: $other stands in for $name, which has another interface: trust no result that was not compared" >&2
      echo "$other"
      return
    fi
  done
}

# Links the libraries of one folder into another, except those that are there.
link_all() { # link_all FROM TO
  local file
  [ "$1" != "$2" ] || return 0
  mkdir -p "$2"
  for file in "$1"/*.so*; do
    if [ -e "$file" ] && [ ! -e "$2/$(basename "$file")" ]; then ln -sfn "$file" "$2/"; fi
  done
}

check() {
  local device name folder
  cuda_environment
  command -v nvidia-smi >/dev/null || fail "Cannot use the GPU as there must be NVIDIA's driver: current value is no nvidia-smi"
  nvidia-smi -L
  "$PYTHON" -c 'import ctypes; [ctypes.CDLL(name) for name in ("libcuda.so.1", "libnvidia-ml.so.1")]' ||
    fail "Cannot use the GPU as the driver's libraries must be found: current value is above; is their folder in ld.so.conf?"
  while read -r name folder _; do
    [ -e "$PLACE/nvidia/$folder/lib/$name" ] ||
      fail "Cannot use the GPU as all of CUDA's libraries must be in place: current value is no $name; run gpu.sh link"
  done <<<"$NEEDED"
  device=$(run_deno run -A --cached-only lib/lab/commands/doctor.ts --json |
    "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["device"])' 2>/dev/null) || device="none, as the engine stopped"
  say "The engine runs on: $device"
  case $device in
    GPU*) ;;
    *)
      show_loading
      fail "Cannot use the GPU as the engine must see it: current device is $device; above is what the loader said"
      ;;
  esac
  run_deno test -A --cached-only --no-check test/train/training_test.ts
}

# Opens libtensorflow without Deno, and shows what it says of the libraries that it opens.
show_loading() {
  TF_CPP_MIN_LOG_LEVEL=0 TF_CPP_MAX_VLOG_LEVEL=1 "$PYTHON" - "$PLACE/tensorflow/libtensorflow_cc.so.2" 2>&1 <<'PYTHON' |
import ctypes, sys
tf = ctypes.CDLL(sys.argv[1])
for name in "TF_NewStatus", "TFE_NewContextOptions", "TFE_NewContext":
    getattr(tf, name).restype = ctypes.c_void_p
tf.TFE_NewContext.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
tf.TFE_NewContext(tf.TFE_NewContextOptions(), tf.TF_NewStatus())
PYTHON
    grep -E 'dso_loader|gpu_device|cuda_|cudart' || true
}

bench() {
  cuda_environment
  CRIA_TORCH_PYTHON=$(command -v "$PYTHON") run_deno run -A --cached-only test/bench/bench.ts "$@"
}

# XLA needs ptxas and libdevice, which nvidia-cuda-nvcc-cu12 has.
cuda_environment() {
  local nvcc=$PLACE/nvidia/cuda_nvcc
  if [ -d "$nvcc" ]; then
    export PATH="$nvcc/bin:$PATH"
    export XLA_FLAGS="--xla_gpu_cuda_data_dir=$nvcc${XLA_FLAGS:+ $XLA_FLAGS}"
  fi
}

run_deno() {
  local deno=$PLACE/bin/deno
  [ -x "$deno" ] || deno=$(command -v deno) || fail "Cannot run as there must be deno: current value is none; run gpu.sh unpack"
  (cd "$ROOT" && NO_COLOR=1 "$deno" "$@")
}

# A folder that goes away at the end, whatever that end is.
scratch() { # scratch PATTERN
  SCRATCH=$(mktemp -d "$1")
  trap 'rm -rf "$SCRATCH"' EXIT
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || fail "Cannot go on as there must be $tool: current value is none"
  done
}

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

main "$@"
