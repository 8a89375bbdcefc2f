#compdef bench
# Completion of bench in zsh. In ~/.zshrc, after compinit: source <(bench completion zsh)
# Or as a file named _bench in a folder of $fpath.
_bench() {
  local -a lines words_ shown
  local line
  lines=("${(@f)$(bench completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "${(@)lines[2,-1]}"; do
    [[ -n $line ]] || continue
    words_+=("${line%%$'\t'*}")
    shown+=("${line//$'\t'/  }")
  done
  local -i none=1
  (( $#words_ )) && compadd -l -d shown -a words_ && none=0
  [[ ${lines[1]} == files ]] && _files && none=0
  return none
}
if [[ ${funcstack[1]} == _bench ]]; then _bench "$@"; else compdef _bench bench; fi
