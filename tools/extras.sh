#!/usr/bin/env bash
# Installs what Refrain's decoders and tests can use but do not need, by Debian's packages only: the program ffmpeg, for the decoder of that name;
# strace, for a test of which files and sockets are opened; chromium and a font, for the tests of the page and its pictures, and Vulkan's loader, for those
# of graphics cards, which run on chromium's software device; redis-server, for those of workers on other machines, which start one of their own.
set -euo pipefail

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

missing=()
for program in ffmpeg strace chromium redis-server; do
  if command -v "$program" >/dev/null; then say "$program is here already."; else missing+=("$program"); fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

# Without a font a page has no letters, and Debian's chromium uses a loader of Vulkan of its own.
packages=("${missing[@]}")
case " ${missing[*]} " in *" chromium "*) packages+=(fonts-dejavu-core libvulkan1) ;; esac

command -v apt-get >/dev/null ||
  fail "${missing[*]} missing, and there is no apt-get to install it with: install it by this system's own means."

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || fail "${missing[*]} missing, and only root may install it: run this as root, or: sudo apt-get install ${packages[*]}"
  as_root=(sudo -n)
fi

say "Installing ${packages[*]} with apt-get."
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() { ${as_root[@]+"${as_root[@]}"} "$@" >"$log" 2>&1; }
if ! run apt-get update || ! run apt-get install --yes --no-install-recommends "${packages[@]}"; then
  tail -n 5 "$log" >&2
  fail "apt-get could not install ${packages[*]}; its last lines stand above."
fi
for program in "${missing[@]}"; do
  command -v "$program" >/dev/null || fail "apt-get has installed $program, but the PATH has no such program."
done
say "Installed: ${packages[*]}"
