#!/usr/bin/env bash
# The chain of part c by hand through Redis, on a Unix socket, nothing saved. A string in Redis holds at most 512 MiB, so the value
# travels in parts. Arguments: the socket, the source, its length, the length of a part.
set -euo pipefail
socket=$1 source=$2 bytes=$3 part=$4
here=$(dirname "${BASH_SOURCE[0]}")
parts=$(((bytes + part - 1) / part))

for ((i = 0; i < parts; i++)); do
  dd if="$source" bs=1M skip="$((i * part))" count="$part" iflag=skip_bytes,count_bytes status=none |
    redis-cli -s "$socket" -x SET "a:$i" > /dev/null
done
python3 "$here/redis_stage.py" "$socket" "$parts"
node "$here/redis-stage.mjs" "$socket" "$parts"
total=0
for ((i = 0; i < parts; i++)); do
  # redis-cli ends what it prints by a newline.
  ((total += $(redis-cli -s "$socket" GET "c:$i" | wc -c) - 1))
done
((total == bytes))
