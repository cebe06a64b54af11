/** Variables that bash does not let a script set, or whose value it makes itself. */
const OF_BASH =
  /^(?:_|BASH(?:_.*|OPTS|PID)?|SHELLOPTS|SHLVL|UID|EUID|PPID|DIRSTACK|FUNCNAME|GROUPS|HISTCMD|LINENO|PIPESTATUS|S?RANDOM|SECONDS|EPOCH(?:SECONDS|REALTIME)|COMP_.*|OPT(?:ARG|IND|ERR)|MAPFILE|REPLY|COPROC)$/;

/** Variables with a meaning for bash, Python, Node, the loader of programs or make: another value would break a script. */
const OF_PROGRAMS =
  /^(?:PATH|IFS|ENV|HOME|SHELL|PWD|OLDPWD|CDPATH|TMPDIR|TMOUT|GLOBIGNORE|EXECIGNORE|POSIXLY_CORRECT|PS[0-4]|PROMPT_COMMAND|MAKEFLAGS|MAKELEVEL|MFLAGS|(?:LD|DYLD|LC|NODE|NPM|MALLOC|GLIBC)_.*|LANG|LANGUAGE|PYTHON.*)$/;

/** What is wrong with a name that a script is to have a variable by; null when nothing is. */
export function variableProblem(name: string): string | null {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'a variable is made of letters, digits and "_"';
  if (name === 'INPUT' || name === 'OUTPUT' || /^OTTO(?:_|$)/.test(name)) return 'otto itself uses this name';
  if (OF_BASH.test(name)) return 'bash has a variable of this name that a script cannot set';
  if (OF_PROGRAMS.test(name)) return 'programs take this variable for something else';
  return null;
}
