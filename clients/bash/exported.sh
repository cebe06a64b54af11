# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of prologue.sh
# Keeps the variables OTTO_OUT_* that are exported when the script ends (docs/task-protocol.md, section 6). Loaded only when there are
# any. Runs in bash 3.2; a later call takes the place of an earlier one.

__otto_write_exported() {
  local LC_ALL=C IFS=$'\n' __otto_name __otto_mark
  local -i __otto_failed=0
  # In a subshell, because only its output tells which ones are exported. Each is marked by a variable of this function: to look for
  # a name in a text of all names takes time with the cube of their number, and a pattern of `[[` heeds nocasematch.
  for __otto_name in $(builtin compgen -e OTTO_OUT_); do
    case $__otto_name in *[!a-zA-Z0-9_]*) continue ;; esac
    local "__otto_is_exported_$__otto_name="
  done
  for __otto_name in "${!OTTO_OUT_@}"; do
    __otto_mark=__otto_is_exported_$__otto_name
    [ "$__otto_name" != OTTO_OUT_ ] && [ "${!__otto_mark+set}" ] || continue
    builtin printf '\0s%s\0=%s\0.' "${__otto_name#OTTO_OUT_}" "${!__otto_name-}" || __otto_failed=1
  done >|"$__otto_task_dir/exported" || __otto_failed=1
  if ((__otto_failed)); then
    builtin printf 'otto: not all variables OTTO_OUT_* could be kept in %s\n' "$__otto_task_dir" >&2
  fi
  return "$__otto_failed"
}
