#!/usr/bin/env bash
# Installs what Refrain can use but does not need: the program ffmpeg, for the decoder of that name. By Debian's packages only.
set -euo pipefail

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

if command -v ffmpeg >/dev/null; then
  say "ffmpeg is here already: $(ffmpeg -version | sed -n 1p)"
  exit 0
fi

command -v apt-get >/dev/null ||
  fail "ffmpeg is missing, and there is no apt-get to install it with: install it by this system's own means."

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || fail "ffmpeg is missing, and only root may install it: run this as root, or: sudo apt-get install ffmpeg"
  as_root=(sudo -n)
fi

say "Installing ffmpeg with apt-get."
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() { ${as_root[@]+"${as_root[@]}"} "$@" >"$log" 2>&1; }
if ! run apt-get update || ! run apt-get install --yes --no-install-recommends ffmpeg; then
  tail -n 5 "$log" >&2
  fail "apt-get could not install ffmpeg; its last lines stand above."
fi
command -v ffmpeg >/dev/null || fail "apt-get has installed ffmpeg, but the PATH has no such program."
say "Installed: $(ffmpeg -version | sed -n 1p)"
