# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # variables of prologue.sh; INPUT is the script's
# The part of the prologue for bash 4 and later: the arrays INPUT and OUTPUT.

unset -v INPUT OUTPUT
declare -A INPUT=() OUTPUT=()

__otto_load_inputs() {
  local __otto_key __otto_value
  local -i __otto_at
  local -a __otto_words=()
  if ((BASH_VERSINFO[0] > 4 || BASH_VERSINFO[1] >= 4)); then
    builtin mapfile -t -d '' __otto_words <"$__otto_spool/vars"
    for ((__otto_at = 0; __otto_at + 1 < ${#__otto_words[@]}; __otto_at += 2)); do
      __otto_key=${__otto_words[__otto_at]}
      INPUT[$__otto_key]=${__otto_words[__otto_at + 1]}
    done
  else
    while IFS= builtin read -r -d '' __otto_key && IFS= builtin read -r -d '' __otto_value; do
      INPUT[$__otto_key]=$__otto_value
    done <"$__otto_spool/vars"
  fi
}

if [[ -s $__otto_spool/vars ]]; then __otto_load_inputs; fi
if [[ $__otto_builtins && -s $__otto_spool/names ]]; then
  __otto_helper otto-mmap-get -A INPUT "$__otto_spool/names" || builtin exit
fi

# Whether INPUT or OUTPUT is the prologue's array here, and not a script's own variable: a key in the subscript of any other
# kind of variable is arithmetic, which runs commands.
__otto_is_map() {
  local __otto_kind=''
  if ((BASH_VERSINFO[0] > 4 || BASH_VERSINFO[1] >= 4)); then
    local -
    set +u
    if [[ $1 == INPUT ]]; then __otto_kind=${INPUT@a}; else __otto_kind=${OUTPUT@a}; fi
  fi
  # No A may mean that this bash does not tell it of an array; `declare` always does. `%%`, because nocasematch is blind to it.
  if [ "${__otto_kind%%A*}" = "$__otto_kind" ]; then
    __otto_kind=$(declare -p "$1" 2>/dev/null || :)
    __otto_kind=${__otto_kind#declare -}
    __otto_kind=${__otto_kind%% *}
  fi
  [ "${__otto_kind%%A*}" != "$__otto_kind" ]
}

# Keeps OUTPUT: in the region where the builtin can set it there (unless the script has taken it away), in the order of
# docs/task-protocol.md, section 2, rule 5; what was written to files before is the past then.
__otto_keep_output() {
  ((${#OUTPUT[@]})) || return 0
  if [[ $__otto_builtins ]] && builtin compgen -b otto-mmap-set >/dev/null && __otto_helper builtin otto-mmap-set -A OUTPUT; then
    [[ ! -s $__otto_spool/outputs ]] || : >|"$__otto_spool/outputs"
    [[ ! -s $__otto_task_dir/outputs ]] || : >|"$__otto_task_dir/outputs"
    return 0
  fi
  __otto_save_output
}

# Writes OUTPUT into a file: the spool's, or in the shm store one in the task's directory when the spool has no room.
__otto_save_output() {
  if [[ $__otto_store == shm && $__otto_spool != "$__otto_task_dir" ]]; then
    __otto_write_output "$__otto_spool" 2>/dev/null || __otto_write_output "$__otto_task_dir"
  else
    __otto_write_output "$__otto_spool"
  fi
}

# Writes OUTPUT as records of docs/task-protocol.md, section 2. Appends: a second call cannot damage what the first wrote.
__otto_write_output() {
  local LC_ALL=C __otto_key
  local -i __otto_failed=0
  for __otto_key in "${!OUTPUT[@]}"; do
    if ((${#__otto_key} > 2048)); then
      builtin printf 'otto: a key has at most 2048 bytes, OUTPUT has one of %d: %s\n' \
        "${#__otto_key}" "$__otto_key" >&2
      __otto_failed=1
    else
      builtin printf '\0s%s\0=%s\0.' "$__otto_key" "${OUTPUT[$__otto_key]}" || __otto_failed=1
    fi
  done >>"$1/outputs" || __otto_failed=1
  if ((__otto_failed)); then
    builtin printf 'otto: not all of OUTPUT could be kept in %s\n' "$1" >&2
  fi
  return "$__otto_failed"
}

__otto_is_own_shell() { [[ $BASHPID == "$$" ]]; }

# What there is before the script's own EXIT handler runs.
__otto_keep_early() {
  if __otto_is_map OUTPUT; then __otto_save_output; fi
}

# A function that called `exit` may have an OUTPUT of its own: from in here `unset` uncovers the one below.
__otto_keep_late() {
  local __otto_frame
  for __otto_frame in "${FUNCNAME[@]}"; do
    if __otto_is_map OUTPUT; then
      __otto_keep_output || builtin exit 1
      break
    fi
    unset -v OUTPUT
  done
}

# OUTPUT is written after the journal: what otto.set gave a key must stand there too, until the script assigns it again. A
# value that only passed through (`-`) leaves OUTPUT without the key.
__otto_replace_output() {
  __otto_is_map OUTPUT && [[ ${OUTPUT[$1]+x} ]] || return 0
  if [[ $2 == - ]]; then
    unset -v 'OUTPUT[$1]'
  else
    OUTPUT[$1]=$2
  fi
}
