# shellcheck shell=bash
# shellcheck disable=SC2016,SC2064 # texts for the trap builtin are made here on purpose
# `trap` as a function, loaded by its first call: the script's EXIT handler runs inside otto's, which
# saves OUTPUT whatever the handler does.
#
# bash gives a function ERR, RETURN and DEBUG traps of its own. The trace attribute makes RETURN and DEBUG those of the
# caller, and a filter keeps them from running for this function's own frame. ERR has no such attribute: its text is
# constant and looks the handler up, so that what bash restores afterwards is right.

__otto_exit_text='__otto_exit_begin && :; eval "$__otto_exit_handler"; __otto_exit_end'
__otto_error_text='eval "${__otto_error_handler-}"'

trap() {
  case ${1--p} in
    -[lpP]*)
      __otto_trap_list "$@"
      return
      ;;
    --) shift ;;
  esac
  local __otto_action=- __otto_signal
  local -i __otto_status=0
  # With one word, or when the first is a number, all words are signals to be reset.
  if (($# > 1)) && [[ ! $1 || $1 == *[!0-9]* ]]; then
    __otto_action=$1
    shift
  fi
  for __otto_signal in "$@"; do
    case $__otto_signal in
      [Ee][Xx][Ii][Tt] | 0) __otto_trap_exit "$__otto_action" ;;
      [Ee][Rr][Rr])
        __otto_trap_error "$__otto_action"
        [[ ! ${__otto_error_handler-} ]] || __otto_action=$__otto_error_text
        builtin trap -- "$__otto_action" ERR
        ;;
      [Rr][Ee][Tt][Uu][Rr][Nn] | [Dd][Ee][Bb][Uu][Gg])
        __otto_trap_filter
        builtin trap -- "$__otto_action" "$__otto_signal"
        ;;
      *) builtin trap -- "$__otto_action" "$__otto_signal" || __otto_status=1 ;;
    esac
  done
  return "$__otto_status"
}
declare -ft trap

# A subshell has an EXIT trap of its own, and nothing of OUTPUT to save.
__otto_trap_exit() {
  if [[ $1 == - ]]; then unset -v __otto_exit_handler; else __otto_exit_handler=$1; fi
  if ! __otto_is_own_shell; then
    builtin trap -- "$1" EXIT
  elif [[ $1 && $1 != - ]]; then
    builtin trap -- "$__otto_exit_text" EXIT
  else
    builtin trap '__otto_exit_begin && :' EXIT
  fi
}

__otto_trap_error() {
  if [[ $1 == - ]]; then unset -v __otto_error_handler; else __otto_error_handler=$1; fi
}

# `case` leaves $? as the handler has to see it.
__otto_trap_filter() {
  local __otto_quoted
  [[ $__otto_action && $__otto_action != - ]] || return 0
  printf -v __otto_quoted %q "$__otto_action"
  __otto_action='case ${FUNCNAME[0]-} in trap) ;; *) eval '$__otto_quoted' ;; esac'
}

# Lists what the script has set: EXIT and ERR from otto's variables, all else from bash.
__otto_trap_list() {
  local -a __otto_names=()
  local __otto_options=${1--p} __otto_name
  if [[ $__otto_options == -l* ]]; then
    builtin trap -l
    return
  fi
  shift $(($# > 0))
  (($# > 0)) || set -- EXIT {1..31} ERR RETURN DEBUG
  for __otto_name in "$@"; do
    case $__otto_name in
      [Ee][Xx][Ii][Tt] | 0) __otto_trap_show "${__otto_exit_handler--}" EXIT ;;
      [Ee][Rr][Rr]) __otto_trap_show "${__otto_error_handler--}" ERR ;;
      *) builtin trap "$__otto_options" "$__otto_name" ;;
    esac
  done
}

__otto_trap_show() {
  local __otto_quote=\' __otto_escaped="'\\''"
  [[ $1 == - ]] || printf "trap -- '%s' %s\n" "${1//$__otto_quote/$__otto_escaped}" "$2"
}
