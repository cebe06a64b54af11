export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * What each shell is to load. All they do is to ask otto, which knows the ottofile; a capitalised command is never a task. In bash
 * otto also splits the line: bash would split words at colons.
 */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of otto for bash, 3.2 or newer. In ~/.bashrc: eval "$(otto completion bash)"
_otto() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("$line")
  done < <("\${1/#\\~/$HOME}" Completion --complete bash -- "$COMP_WORDBREAKS" "\${COMP_LINE:0:$COMP_POINT}" 2> /dev/null)
}
complete -o default -F _otto otto
`,
  zsh: `#compdef otto
# Completion of otto for zsh. In ~/.zshrc, after compinit: source <(otto completion zsh)
_otto() {
  local line files=
  local -a values shown
  for line in "\${(@f)$("\${(Q)words[1]}" Completion --complete zsh -- "\${(@Q)words[2,CURRENT]}" 2> /dev/null)}"; do
    case $line in
      '') ;;
      $'\\t'files) files=yes ;;
      *) values+=("\${line%%$'\\t'*}") shown+=("\${line/$'\\t'/  -- }") ;;
    esac
  done
  (( $#values )) && compadd -l -d shown -a values
  [[ -z $files ]] || _files
}
compdef _otto otto
`,
  fish: `# Completion of otto for fish. In ~/.config/fish/config.fish: otto completion fish | source
function __otto_complete
  set -l tokens (commandline -opc)
  set -l current (commandline -ct)
  for line in ($tokens[1] Completion --complete fish -- $tokens[2..-1] "$current" 2> /dev/null)
    if test "$line" = \\tfiles
      __fish_complete_path "$current"
    else
      printf '%s\\n' $line
    end
  end
end
complete -c otto -f -a '(__otto_complete)'
`,
};
