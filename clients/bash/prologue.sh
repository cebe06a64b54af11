# shellcheck shell=bash
# otto's bash client: the first line of a task's script sources this file (docs/task-protocol.md).
#
# Everything here must run in bash 3.2, under any inherited shell option, and cost next to nothing: what is seldom used is
# in values.sh and loaded by the first call. prologue4.sh needs bash 4, and older ones do not even parse it. Nothing is ever
# evaluated or pasted.

# Posix mode (inherited through SHELLOPTS or POSIXLY_CORRECT) refuses a dot in a function's name and lets no function stand
# for `trap`. An ottofile's scripts are bash's.
set +o posix

__otto_clients=$OTTO_CLIENTS/bash
__otto_spool=$OTTO_SPOOL
__otto_store=$OTTO_STORE
__otto_shm_dir=${OTTO_SHM_DIR-}
__otto_socket=${OTTO_SOCKET-}
__otto_send=${OTTO_SEND-}
__otto_task=$OTTO_TASK
__otto_task_dir=$OTTO_TASK_DIR
__otto_builtins=
__otto_command_path=$PATH
__otto_loaded=

otto.set() {
  # shellcheck source-path=SCRIPTDIR source=values.sh
  [[ $__otto_loaded ]] || . "$__otto_clients/values.sh"
  __otto_set "$@"
}

otto.get() {
  # shellcheck source-path=SCRIPTDIR source=values.sh
  [[ $__otto_loaded ]] || . "$__otto_clients/values.sh"
  __otto_get "$@"
}

# The names of earlier versions of otto.
otto_set_output() {
  # To these a dash was a value like any other.
  if [[ ${2-} == - ]]; then printf %s - | otto.set "$1" -; else otto.set "$1" "${2-}"; fi
}
otto_get_input() {
  # shellcheck source-path=SCRIPTDIR source=values.sh
  [[ $__otto_loaded ]] || . "$__otto_clients/values.sh"
  __otto_get_or_default "$1" "${2-}"
}
otto_deserialize_input() { :; }

# Runs a helper, the builtin or the program, with what it was given by the runner. PATH is left alone for a builtin: to assign it
# makes bash forget where it has found its commands.
__otto_helper() {
  if [[ $__otto_builtins ]]; then
    OTTO_SHM_DIR=$__otto_shm_dir OTTO_TASK=$__otto_task OTTO_TASK_DIR=$__otto_task_dir "$@"
  else
    OTTO_SHM_DIR=$__otto_shm_dir OTTO_TASK=$__otto_task PATH=$__otto_command_path "$@"
  fi
}

# Keeps what is exported as OTTO_OUT_*, when there is any, or was when it was kept before.
__otto_keep_exported() {
  [[ ${!OTTO_OUT_@} || -e $__otto_task_dir/exported ]] || return 0
  # shellcheck source-path=SCRIPTDIR source=exported.sh
  . "$__otto_clients/exported.sh"
  __otto_write_exported
}

if [[ ${OTTO_PARAMS-} ]]; then
  # shellcheck source-path=SCRIPTDIR source=params.sh
  . "$__otto_clients/params.sh"
fi

# The same for those that ask otto.
__otto_ask() {
  OTTO_SOCKET=$__otto_socket OTTO_TASK=$__otto_task PATH=$__otto_command_path "$@"
}

# With the builtins, which exist for exactly one version of bash (native/bash/README.md), INPUT is loaded from the regions.
# Without them the values that the runner has only named come into the file first.
if [[ -s $__otto_spool/names || ${OTTO_BASH_BUILTINS-} ]]; then
  if [[ ${OTTO_BASH_BUILTINS-} == */otto-bash-"${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]}".so ]] &&
    builtin enable -f "$OTTO_BASH_BUILTINS" otto-mmap-get otto-mmap-set 2>/dev/null; then
    __otto_builtins=1
  elif [[ -s $__otto_spool/names ]]; then
    __otto_helper otto-mmap-get --list "$__otto_spool/names" >>"$__otto_spool/vars" &&
      : >|"$__otto_spool/names" || builtin exit
  fi
fi

# Runs first when the script ends, whatever way; keeps the status for the script's own handler, which follows. That may set
# OUTPUT too, and may end the shell by `exit` or, under set -e, by a command that fails. What it finds is kept in files for the
# case that it never returns: the order of all keys is known when it has.
__otto_exit_begin() {
  local -i __otto_status=$?
  if [[ ! ${__otto_exit_handler-} ]]; then
    __otto_exit_end
  elif __otto_is_own_shell; then
    __otto_keep_exported || __otto_status=$?
    __otto_keep_early || __otto_status=$?
    # shellcheck disable=SC2317 # called by the script's handler
    declare -F exit >/dev/null || exit() {
      __otto_exit_end
      builtin exit "$@"
    }
    [[ $- != *e* || ${__otto_error_handler-} ]] || builtin trap __otto_exit_end ERR
  fi
  return "$__otto_status"
}

# Only the script's own shell writes.
__otto_exit_end() {
  __otto_is_own_shell || return 0
  __otto_keep_exported || builtin exit 1
  __otto_keep_late
}

trap() {
  # shellcheck source-path=SCRIPTDIR source=trap.sh
  . "$__otto_clients/trap.sh"
  # shellcheck disable=SC2064 # a function, not the builtin
  trap "$@"
}

if ((BASH_VERSINFO[0] >= 4)); then
  # shellcheck source-path=SCRIPTDIR source=prologue4.sh
  . "$__otto_clients/prologue4.sh"
else
  # shellcheck source-path=SCRIPTDIR source=prologue3.sh
  . "$__otto_clients/prologue3.sh"
fi

builtin trap '__otto_exit_begin && :' EXIT
