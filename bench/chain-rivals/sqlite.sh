#!/usr/bin/env bash
# The chain of part c by hand through one SQLite database in memory's file system, without sync: as fast as SQLite can be. A blob holds
# less than 1,000,000,000 bytes, so the value travels in parts. Arguments: the database, the source, its length, the length of a part,
# the module better-sqlite3.
set -euo pipefail
database=$1 source=$2 bytes=$3 part=$4 module=$5
here=$(dirname "${BASH_SOURCE[0]}")
parts=$(((bytes + part - 1) / part))

sqlite3 "$database" 'pragma journal_mode = off; pragma synchronous = off; create table v (key text primary key, value blob)' > /dev/null
for ((i = 0; i < parts; i++)); do
  dd if="$source" of="$database.part" bs=1M skip="$((i * part))" count="$part" iflag=skip_bytes,count_bytes status=none
  sqlite3 "$database" "pragma synchronous = off; insert into v values ('a:$i', readfile('$database.part'))"
done
python3 "$here/sqlite_stage.py" "$database" "$parts"
node "$here/sqlite-stage.cjs" "$database" "$parts" "$module"
((bytes == $(sqlite3 "$database" "select sum(length(value)) from v where key like 'c:%'")))
for ((i = 0; i < parts; i++)); do
  sqlite3 "$database" "select writefile('/dev/null', value) from v where key = 'c:$i'" > /dev/null
done
