# shellcheck shell=bash
# The part of the prologue for bash 3.2, which has no associative arrays: a key in a subscript is arithmetic there. So INPUT and
# OUTPUT would lose values, or fail with words about something else. A script whose text uses them is told before it begins.

# A text that asks for bash's version is expected to know what it does.
__otto_refuse_arrays() {
  # Regular expressions stand in variables: bash 3.1 and 3.2 disagree about quotes around them.
  local __otto_reads='\$\{[#!]?(INPUT|OUTPUT)\['
  local __otto_sets='(^|[&;|(){!]|then|else|do)[[:blank:]]*OUTPUT(\[.*\]\+?=|\+?=\()'
  local __otto_line
  local -i __otto_number=0 __otto_found=0
  while IFS= builtin read -r __otto_line || [[ $__otto_line ]]; do
    __otto_number=$((__otto_number + 1))
    case ${__otto_line#"${__otto_line%%[![:blank:]]*}"} in
      '#'*) continue ;;
      *BASH_VERSI*) return 0 ;;
    esac
    ((__otto_found == 0)) || continue
    if [[ $__otto_line =~ $__otto_reads || $__otto_line =~ $__otto_sets ]]; then __otto_found=$__otto_number; fi
  done <"$0"
  ((__otto_found)) || return 0
  builtin printf '%s: line %d: this bash (%s) has no associative arrays, so INPUT and OUTPUT do not work: %s\n' "$0" "$__otto_found" \
    "$BASH_VERSION" 'use otto.get and otto.set, or name bash 4 or newer as "bash" under "otto:"' >&2
  builtin exit 1
}

if [[ -r $0 ]]; then __otto_refuse_arrays; fi
unset -f __otto_refuse_arrays

# There is no BASHPID.
__otto_is_own_shell() { ((BASH_SUBSHELL == 0)); }

# Without OUTPUT there is nothing more to keep.
__otto_keep_early() { :; }
__otto_keep_late() { :; }
