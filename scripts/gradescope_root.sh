#!/usr/bin/env bash
# Tries the Gradescope zips in clean roots that are as close to Gradescope's as this machine allows:
# a fresh system by debootstrap, setup.sh as its builder runs it, run_autograder under half a
# processor and 768 MB where the control groups of this machine can be set.
#
#     scripts/gradescope_root.sh [--attacks] [ASSIGNMENT...]
#
# Needs root, debootstrap, and a Python (PYTHON=...) in which this package is installed. SUITE and
# MIRROR name another system; the default is this machine's. Pip's settings of this machine are
# used inside, and folders and files that they name are lent read-only. --attacks hands in tests/attacks.
set -Eeuo pipefail
trap 'echo "FAILED in line $LINENO: $BASH_COMMAND" >&2' ERR

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-$project/.venv/bin/python}
attacks=
[ "${1-}" != --attacks ] || { attacks=1 && shift; }
[ $# -gt 0 ] || set -- assignment1 assignment2 assignment3
memory=768000000 quota=50000 period=100000
[ -z "$attacks" ] || quota=100000 # they are many

# shellcheck source=/dev/null
suite=${SUITE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
# shellcheck disable=SC2016
mirror=${MIRROR:-$(apt-get indextargets --format '$(SITE) $(CODENAME)' | awk -v s="$suite" '$2 == s {print $1; exit}')}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/gradescope-root.XXXXXX")
root=$work/root
groups=() won=0

# Unmounts all below a folder; fails where something stays, which must not be removed then.
unmount() {
  local mount
  awk -v w="$1/" 'index($2 "/", w) == 1 {print $2}' /proc/mounts | sort -r |
    while read -r mount; do umount -l "$mount"; done
  ! awk -v w="$1/" 'index($2 "/", w) == 1' /proc/mounts | grep -q .
}

# shellcheck disable=SC2317 # called by the trap
clean_up() {
  local group
  unmount "$work"
  for group in "${groups[@]}"; do rmdir "$group" 2>/dev/null || true; done
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

# Pip's settings as variables for the new root, and the folders on this machine that they name.
pip_settings() {
  "$python" -m pip config list | sed -nE "s/^(global|:env:)\.([a-z-]+)='(.*)'$/\2 \3/p" |
    while read -r key value; do
      key=${key#.}
      [ "$key" = cert ] || echo "PIP_$(tr a-z- A-Z_ <<<"$key")=$value"
    done
}

lend() {
  local path
  pip_settings | grep -oE '(=|file://| )/[^ ]+' | sort -u |
    while read -r path; do
      case $path in
        file://*) path=$(dirname "${path#file://}") ;; # an index links to files beside itself
        *) path=/${path#*/} ;;
      esac
      if [ -d "$path" ]; then
        mkdir -p "$root$path"
      elif [ -f "$path" ]; then # such as constraints
        mkdir -p "$(dirname "$root$path")" && touch "$root$path"
      else
        continue
      fi
      mount --bind -o ro "$path" "$root$path"
    done
}

inside() {
  local settings
  mapfile -t settings < <(pip_settings)
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    "${settings[@]}" ${attacks:+AUTOGRADER_GRADESCOPE_SECONDS=120} PIP_CERT=/etc/ssl/lent.crt \
    chroot "$root" "$@"
}

# A group with half a processor and 768 MB: version 2 of control groups, else version 1.
limit() {
  local hierarchy=/sys/fs/cgroup name=gradescope-root-$$
  if [ -e $hierarchy/cgroup.controllers ]; then
    mkdir -p "$hierarchy/$name" && groups=("$hierarchy/$name")
    echo "$memory" >"$hierarchy/$name/memory.max"
    echo "$quota $period" >"$hierarchy/$name/cpu.max"
  elif [ -d $hierarchy/memory ] && [ -d $hierarchy/cpu ]; then
    mkdir -p "$hierarchy/memory/$name" "$hierarchy/cpu/$name"
    groups=("$hierarchy/memory/$name" "$hierarchy/cpu/$name")
    echo "$memory" >"$hierarchy/memory/$name/memory.limit_in_bytes"
    echo "$period" >"$hierarchy/cpu/$name/cpu.cfs_period_us"
    echo "$quota" >"$hierarchy/cpu/$name/cpu.cfs_quota_us"
  fi
}

peak() {
  local file
  for file in "${groups[0]-}"/memory.peak "${groups[0]-}"/memory.max_usage_in_bytes; do
    if [ -e "$file" ]; then echo "$(($(cat "$file") / 1000000)) MB" && return; fi
  done
  echo "not measured"
}

# One submission: the folders as Gradescope lays them, a fresh limit, and the result in one line.
grade() {
  local label=$1 notebook=$2 name=$3 group start
  rm -rf "$root"/autograder/{submission,results,submission_metadata.json}
  mkdir -p "$root"/autograder/{submission,results}
  chmod 755 "$root"/autograder/{source,submission,results}
  cp "$notebook" "$root/autograder/submission/$name.ipynb"
  cat >"$root/autograder/submission_metadata.json" <<'JSON'
{"id": 1, "created_at": "2026-10-01T10:00:00.000000-07:00", "assignment": {"due_date":
"2026-10-01T23:59:00.000000-07:00", "late_due_date": null, "release_date":
"2026-09-01T00:00:00.000000-07:00", "group_size": 1, "group_submission": false, "id": 1,
"course_id": 1, "title": "Lab", "total_points": "10.0"}, "submission_method": "upload",
"users": [{"email": "ana@example.edu", "id": 1, "name": "Ana"}], "previous_submissions": []}
JSON
  for group in "${groups[@]}"; do rmdir "$group"; done
  groups=() && limit
  start=$(date +%s)
  (
    for group in "${groups[@]}"; do echo $BASHPID >"$group/cgroup.procs"; done
    cd /
    inside /autograder/run_autograder
  ) >"$work/stdout" 2>&1 || echo "run_autograder: exit code $?"
  "$python" - "$label" "$root/autograder/results" $(($(date +%s) - start)) "$(peak)" <<'PYTHON'
import json, sys
from pathlib import Path
from autograder.gradescope.results import problems
label, folder, seconds, peak = sys.argv[1:]
text = Path(folder, "results.json").read_text("utf-8")
found, results = problems(text), json.loads(text)
most = sum(test["max_score"] for test in results.get("tests", []))
status = "; ".join(found) or results["extra_data"].get("outcome") or results["extra_data"]
others = sorted(p.name for p in Path(folder).iterdir() if p.name != "results.json")
print(f"{label:38} {results['score']:g} of {most:g}  {seconds} s  {peak}  {status} {others or ''}")
PYTHON
}

debootstrap --variant=minbase "$suite" "$work/base" ${mirror:+"$mirror"} >"$work/log" ||
  { tail -5 "$work/log" && exit 1; }
cp /etc/resolv.conf "$work/base/etc/resolv.conf"
mkdir -p "$work/base/etc/ssl"
cp /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/lent.crt"

for name in "$@"; do
  rm -rf --one-file-system "$work/upper" "$work/over"
  mkdir -p "$work/upper" "$work/over" "$root"
  mount -t overlay overlay -o "lowerdir=$work/base,upperdir=$work/upper,workdir=$work/over" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind --make-rslave /dev "$root/dev"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm" 2>/dev/null || true
  lend
  mkdir -p "$root"/autograder/source
  "$python" -m autograder gradescope "$name" --out "$work/$name.zip" --course "$project"
  "$python" -m zipfile -e "$work/$name.zip" "$root/autograder/source"
  cp "$root/autograder/source/run_autograder" "$root/autograder/"
  chmod +x "$root"/autograder/run_autograder
  start=$(date +%s)
  inside bash /autograder/source/setup.sh
  echo "$name: setup.sh took $(($(date +%s) - start)) s; the image grew by $(du -sm "$work/upper" | cut -f1) MB"
  if [ -n "$attacks" ]; then
    rm -rf "$work/attacks"
    "$python" "$project/scripts/attack_notebooks.py" "$name" "$work/attacks"
    cp "$work/attacks/secret" "$root/autograder/source/course/solutions/secret_of_the_staff.txt"
    for notebook in "$work"/attacks/*.ipynb; do
      [ -e "$notebook" ] || continue
      grade "$(basename "$notebook" .ipynb)" "$notebook" "$name"
      "$python" "$project/scripts/attack_notebooks.py" --verdict "$notebook" "$root/autograder" ||
        won=1
    done
  else
    grade "$name, reference" "$project/solutions/reference/$name.ipynb" "$name"
    grade "$name, untouched" "$project/assignments/$name.ipynb" "$name"
  fi
  unmount "$root"
done
exit "$won"
