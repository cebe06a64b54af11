# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of prologue.sh
# otto.set and otto.get, loaded by the first call of one of them. Runs in bash 3.2, beside whatever functions and aliases the
# script has and whatever it has done to its environment.

__otto_loaded=1

__otto_fail() {
  builtin printf 'otto.%s: %s\n' "$1" "$2" >&2
  return 1
}

__otto_set() {
  if (($# != 2)); then
    builtin printf 'usage: otto.set KEY VALUE, or otto.set KEY - to read the value from stdin\n' >&2
    return 2
  fi
  __otto_check_key set "$1" || return
  if [[ $__otto_store == shm ]]; then
    __otto_set_by __otto_helper otto-mmap-set "$1" "$2" || return
  elif [[ $__otto_send ]]; then
    __otto_set_by __otto_ask "$__otto_send" "$1" "$2" || return
  elif [[ $2 == - ]]; then
    __otto_set_file "$1" || return
  elif __otto_fits "$1" "$2"; then
    builtin printf '\0s%s\0=%s\0.' "$1" "$2" >>"$__otto_spool/journal" || __otto_fail set "cannot keep \"$1\"" || return
  else
    __otto_set_file "$1" "$2" || return
  fi
  ((BASH_VERSINFO[0] < 4)) || __otto_replace_output "$1" "$2"
}

__otto_check_key() {
  local LC_ALL=C
  if ((${#2} < 1 || ${#2} > 2048)); then
    __otto_fail "$1" "a key has 1 to 2048 bytes, this one ${#2}: \"$2\""
  fi
}

# True when the record is certain to reach the journal by one write(2): at most 4096 bytes, and no newline, because bash
# writes line by line.
__otto_fits() {
  local LC_ALL=C
  [[ $1$2 != *$'\n'* ]] && ((${#1} + ${#2} + 6 <= 4096))
}

# KEY [VALUE]: keeps VALUE, or else stdin, in a file of the spool and names it in the journal. The redirection creates the
# file under noclobber: a name that another process takes first is tried no further.
__otto_set_file() {
  local __otto_file __otto_opened='' __otto_written='' __otto_clobber=1
  case $- in *C*) __otto_clobber= ;; esac
  set -C
  while [[ ! $__otto_opened ]]; do
    __otto_file=$$-$RANDOM$RANDOM.value
    [[ ! -e $__otto_spool/$__otto_file ]] || continue
    {
      __otto_opened=1
      if (($# == 2)); then builtin printf '%s' "$2"; else PATH=$__otto_command_path command cat; fi && __otto_written=1
    } >"$__otto_spool/$__otto_file" || [[ -e $__otto_spool/$__otto_file ]] || break
  done
  [[ ! $__otto_clobber ]] || set +C
  [[ $__otto_written ]] && __otto_journal_file "$1" "$__otto_file" && return
  [[ ! $__otto_opened ]] || PATH=$__otto_command_path command rm -f "$__otto_spool/$__otto_file"
  __otto_fail set "cannot keep the value of \"$1\" in $__otto_spool"
}

# bash writes line by line. So a record whose key has a newline is put together in a file first; cat hands it on by one write(2).
__otto_journal_file() {
  local __otto_record=$__otto_spool/0$2
  if [[ $1 != *$'\n'* ]]; then
    builtin printf '\0S%s\0=%s\0.' "$1" "$2" >>"$__otto_spool/journal"
  else
    builtin printf '\0S%s\0=%s\0.' "$1" "$2" >|"$__otto_record" &&
      PATH=$__otto_command_path command cat <"$__otto_record" >>"$__otto_spool/journal" &&
      PATH=$__otto_command_path command rm -f "$__otto_record"
  fi
}

# WAY HELPER KEY VALUE. One word of a program's argv holds less than 128 KiB; a builtin's any. A lone dash means stdin here as it
# does there.
__otto_set_by() {
  local LC_ALL=C
  if [[ $4 == - || ($__otto_builtins && $1 == __otto_helper) ]] || ((${#4} <= 100000)); then
    "$1" "$2" -- "$3" "$4"
  else
    builtin printf '%s' "$4" | "$1" "$2" -- "$3" -
  fi
}

__otto_get() {
  if (($# != 1)); then
    builtin printf 'usage: otto.get TASK.KEY\n' >&2
    return 2
  fi
  [[ $1 ]] && __otto_find "$1" && return
  __otto_fail get "there is no value \"$1\"; there are: $(__otto_list_keys)"
}

__otto_get_or_default() {
  __otto_find "$1" || builtin printf '%s' "$2"
}

# Prints the value of a full key; fails when there is none.
__otto_find() {
  if ((BASH_VERSINFO[0] >= 4)) && __otto_is_map INPUT; then
    if [[ ${INPUT[$1]+x} ]]; then
      builtin printf '%s' "${INPUT[$1]}"
      return
    fi
  elif __otto_find_variable "$1"; then
    return
  fi
  # In refs first: INPUT most often has what the other one names, and bash takes long to read a list.
  __otto_find_listed "$1" refs || __otto_find_listed "$1" names
}

# The same for a value that `names` or `refs` lists.
__otto_find_listed() {
  local __otto_key __otto_dep __otto_name __otto_path
  [[ -s $__otto_spool/$2 ]] || return
  while IFS= builtin read -r -d '' __otto_key && IFS= builtin read -r -d '' __otto_dep &&
    IFS= builtin read -r -d '' __otto_name && IFS= builtin read -r -d '' __otto_path; do
    [ "$__otto_key" = "$1" ] || continue
    case $__otto_path in
      '') __otto_helper otto-mmap-get -- "$__otto_dep" "$__otto_name" ;;
      @) __otto_ask otto-recv -- "$__otto_dep" "$__otto_name" ;;
      *) PATH=$__otto_command_path command cat <"$__otto_path" ;;
    esac
    return
  done <"$__otto_spool/$2"
  return 1
}

# The same from the file that bash 4 has in INPUT.
__otto_find_variable() {
  local __otto_key __otto_value
  [[ -s $__otto_spool/vars ]] || return
  while IFS= builtin read -r -d '' __otto_key && IFS= builtin read -r -d '' __otto_value; do
    [ "$__otto_key" = "$1" ] || continue
    builtin printf '%s' "$__otto_value"
    return
  done <"$__otto_spool/vars"
  return 1
}

# The keys there are, at most twenty, separated by commas. vars has two words for each, names and refs have four.
__otto_list_keys() {
  local __otto_key __otto_rest __otto_list __otto_text=
  local -i __otto_count=0
  if [[ -s $__otto_spool/vars ]]; then
    while IFS= builtin read -r -d '' __otto_key && IFS= builtin read -r -d '' __otto_rest; do
      __otto_add_key
    done <"$__otto_spool/vars"
  fi
  for __otto_list in names refs; do
    [[ -s $__otto_spool/$__otto_list ]] || continue
    while IFS= builtin read -r -d '' __otto_key && IFS= builtin read -r -d '' __otto_rest &&
      IFS= builtin read -r -d '' __otto_rest && IFS= builtin read -r -d '' __otto_rest; do
      __otto_add_key
    done <"$__otto_spool/$__otto_list"
  done
  ((__otto_count <= 20)) || __otto_text="$__otto_text and $((__otto_count - 20)) more"
  builtin printf '%s' "${__otto_text:-none}"
}

__otto_add_key() {
  ((++__otto_count > 20)) || __otto_text=${__otto_text:+$__otto_text, }$__otto_key
}
