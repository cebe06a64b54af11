#!/bin/sh
# apply.sh PATCH REPOSITORY COPY SOURCE...: copies the sources (paths below native/) to COPY (a directory named native) and patches them.
set -eu
patch=$1 repository=$2 copy=$3
shift 3
rm -rf "$copy"
for source in "$@"; do
  mkdir -p "$copy/$(dirname "$source")"
  cp "$repository/native/$source" "$copy/$source"
done
cd "$(dirname "$copy")"
if ! patch -p1 --batch --fuzz=0 --no-backup-if-mismatch <"$patch" >patch.log 2>&1; then
  cat patch.log
  echo "error: the mutant $patch no longer applies to native/; break the same step in the code as it is now" >&2
  rm -rf "$copy"
  exit 1
fi
