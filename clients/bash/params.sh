# shellcheck shell=bash
# shellcheck disable=SC2154,SC2229 # variables of prologue.sh; names of variables stand in variables
# The params that the environment cannot hold (docs/task-protocol.md, section 1): lists become arrays, long texts variables. Runs in
# bash 3.2. Names and indices are the runner's; values are read, and nothing is evaluated.

__otto_read_params() {
  local __otto_name __otto_count
  local -i __otto_at
  while IFS= builtin read -r -d '' __otto_name && IFS= builtin read -r -d '' __otto_count; do
    # The environment has the list as JSON.
    unset -v "$__otto_name"
    if [[ $__otto_count == = ]]; then
      IFS= builtin read -r -d '' "$__otto_name" || :
      continue
    fi
    # Reading nothing makes an array that is empty and set; declare would leave it unset for `set -u`.
    IFS= builtin read -r -a "$__otto_name" </dev/null || :
    for ((__otto_at = 0; __otto_at < __otto_count; __otto_at++)); do
      IFS= builtin read -r -d '' "${__otto_name}[$__otto_at]" || :
    done
  done
}

__otto_read_params <"$__otto_task_dir/params"
unset -f __otto_read_params
