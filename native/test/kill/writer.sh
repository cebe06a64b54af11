# shellcheck shell=bash
# Sets values through the bash builtin until it is killed; writers.h has the contract. Arguments: BUILTIN, then the usual.
enable -f "$1" otto-mmap-set || exit 9
first_key=$3 keys=$4 first_number=$5
IFS=, read -ra lengths <<<"$6"

value_of() { # key, number, length; the result is in REPLY
  local head
  printf -v head '%08x:%08x:%08x:%04x|' "$1" "$2" "$3" $((($1 * 31 + $2 * 17 + $3 * 7) & 0xffff))
  printf -v REPLY '%*s' $((($3 + 31) / 32)) ''
  REPLY=${REPLY// /$head}
  REPLY=${REPLY:0:$3}
}

echo ready
for ((i = 0; i < keys * 64; i++)); do
  ((key = first_key + i % keys, number = first_number + i))
  ((key % 4 == 0 && number % 8 == 5)) && continue # this program deletes nothing
  value_of "$key" "$number" "${lengths[number % ${#lengths[@]}]}"
  otto-mmap-set "key-$key" "$REPLY"
  case $? in
    0) echo "$key $number" ;;
    3) ;; # no space
    *) exit 8 ;;
  esac
done
sleep 3600
