#!/usr/bin/env bash
# Packs the smaller part of the test data into one archive, the same bytes every time, so that a stranger's checkout has it too:
#   tools/pack-test-data.sh refrain-test-data.tar.gz
# The tests take it by REFRAIN_TEST_DATA, the folder it was unpacked into. What it leaves out, and which tests need that, stands in CONTRIBUTING.md.
set -euo pipefail

archive=${1:?name the archive to write: tools/pack-test-data.sh refrain-test-data.tar.gz}
data=${REFRAIN_TEST_DATA:-$(dirname "$0")/../../shared/data}
folders=(embeddings esc10-dev eval-golden field-cases golden gtzan-split hdbscan-golden msd mtt seed-runs)

for folder in "${folders[@]}"; do
  [ -d "$data/$folder" ] || { echo "$data has no $folder: name the folder of the test data by REFRAIN_TEST_DATA." >&2; exit 1; }
done
draft=$(mktemp "$archive.XXXXXX")
trap 'rm -f "$draft"' EXIT
tar --create --directory="$data" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX "${folders[@]}" | gzip --best --no-name >"$draft"
chmod 644 "$draft"
mv "$draft" "$archive"
trap - EXIT
sha256sum "$archive"
