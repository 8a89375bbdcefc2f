# Completion of bench in bash. In ~/.bashrc: eval "$(bench completion bash)"
# shellcheck shell=bash disable=SC2207
_bench() {
  local kind word _
  COMPREPLY=()
  {
    IFS= read -r kind || return 0
    while IFS=$'\t' read -r word _; do COMPREPLY+=("$word"); done
  } < <(bench completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [ "$kind" = files ]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
  fi
}
complete -F _bench bench
