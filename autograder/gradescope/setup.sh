#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image. It installs a Python that the
# package supports, the pinned requirements and the package, and grades an empty notebook.
# Python is always isolated (-I): else it would import what lies in the current folder.
# Pip's own variables (PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS) choose other sources.
set -Eeuo pipefail
trap 'echo "setup.sh: FAILED in line $LINENO: $BASH_COMMAND" >&2' ERR

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prefix=${AUTOGRADER_PREFIX:-/opt/cnn-autograder}
tested=$(cat "$here/python-version")
supported=("$tested" 3.12 3.13 3.11)
export DEBIAN_FRONTEND=noninteractive
# PyTorch's own index has builds without CUDA, a tenth of the size of those on PyPI.
export PIP_EXTRA_INDEX_URL=${PIP_EXTRA_INDEX_URL-https://download.pytorch.org/whl/cpu}
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

# Networks fail now and then: three more tries.
again() {
  local pause
  for pause in 3 15 45; do
    "$@" && return
    echo "setup.sh: trying again in $pause s: $*" >&2
    sleep "${AUTOGRADER_PAUSE:-$pause}"
  done
  "$@"
}

apt() {
  again apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# The path of a supported Python that can make virtual environments; the tested one if it is there.
find_python() {
  local version
  for version in "${supported[@]}"; do
    if "python$version" -I -c 'import ensurepip, venv' 2>/dev/null; then
      command -v "python$version"
      return
    fi
  done
  return 1
}

# The distribution's own Python, where that is new enough.
from_distribution() {
  apt python3 python3-venv
}

# Ubuntu's archive of other versions.
from_deadsnakes() {
  apt software-properties-common gnupg &&
    again add-apt-repository -y ppa:deadsnakes/ppa >/dev/null &&
    apt "python$tested" "python$tested-venv"
}

# A Python of its own, brought by a tool from PyPI.
from_uv() {
  export UV_PYTHON_INSTALL_DIR=/opt/python UV_PYTHON_BIN_DIR=/usr/local/bin
  python3 -I -m venv /opt/uv &&
    again /opt/uv/bin/python -I -m pip install --quiet uv &&
    again /opt/uv/bin/uv python install --default --preview "$tested"
}

# Ubuntu 22.04 has 3.11 besides its 3.10, as a release candidate.
from_universe() {
  apt "python$tested" "python$tested-venv"
}

choose_python() {
  local way
  for way in : from_distribution from_deadsnakes from_uv from_universe; do
    # The subshell keeps one way's failure from ending them all.
    ("$way") >&2 || echo "setup.sh: no Python by $way" >&2
    find_python && return
  done
  echo "setup.sh: none of Python ${supported[*]} can be installed here" >&2
  return 1
}

again apt-get update -qq
apt libseccomp2
python=$(choose_python)
echo "setup.sh: using $python ($("$python" --version))"

# An image that comes with the right torch already need not get a second one.
torch=$(grep '^torch==' "$here/requirements.txt")
options=()
if "$python" -I -c "import sys, torch; sys.exit(torch.__version__.split('+')[0] != '${torch#torch==}')" 2>/dev/null; then
  options=(--system-site-packages)
fi
"$python" -I -m venv --clear "${options[@]}" "$prefix"
pip=("$prefix/bin/python" -I -m pip install --quiet --retries 5 --timeout 60 --prefer-binary)
pip+=(--requirement "$here/requirements.txt")
# Without this, pip would take the build with CUDA where PyTorch's index does not answer.
constraint=$(mktemp)
echo "$torch${AUTOGRADER_TORCH_BUILD-+cpu}" >"$constraint"
[ ${#options[@]} -gt 0 ] || pip+=(--constraint "$constraint")
# What the requirements need in turn, in the versions that were tested, may ask for a newer Python.
# Pip tries again by itself where the network fails.
tested_versions=("${pip[@]}" --constraint "$here/constraints.txt")
if ! "${tested_versions[@]}" && ! "${tested_versions[@]}"; then
  echo "setup.sh: $("$python" --version) can't have all tested versions; choosing some itself" >&2
  again "${pip[@]}"
fi
"$prefix/bin/python" -I -m pip install --quiet --no-deps "$here"/*.whl

# What no run needs: tests of packages and headers to compile against.
site=$("$prefix/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
find "$site" -depth -type d \( -name tests -o -path '*/torch/include' -o -path '*/torch/test' \
  -o -path '*/onnx/backend/test' \) -exec rm -rf {} +
find "$site/torch/bin" -type f ! -name torch_shm_manager -delete 2>/dev/null || true
apt-get clean
rm -rf /var/lib/apt/lists/*

# Students' kernels run as users of their own, who have to find Python.
chmod -R go+rX "$prefix"
"$prefix/bin/python" -I -m autograder.gradescope.self_test "$here"
echo "setup.sh: done, $(du -sm "$prefix" | cut -f1) MB in $prefix"
