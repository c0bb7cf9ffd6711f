/** Every script asks the executable that kubectl itself asks, so that there is one protocol only. */
const BASH = `# bash completion for kubectl-sign_policy
_kubectl_sign_policy() {
  local line candidates=()
  while IFS= read -r line; do
    case "$line" in :[0-9]*) ;; *) candidates+=("\${line%%$'\\t'*}") ;; esac
  done < <(kubectl_complete-sign_policy "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=("\${candidates[@]}")
}
complete -o default -F _kubectl_sign_policy kubectl-sign_policy
`;

const ZSH = `#compdef kubectl-sign_policy
# zsh completion for kubectl-sign_policy
_kubectl_sign_policy() {
  local line
  local -a candidates
  for line in "\${(@f)$(kubectl_complete-sign_policy "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ "$line" == :<-> || -z "$line" ]] && continue
    candidates+=("\${line%%$'\\t'*}:\${line#*$'\\t'}")
  done
  if (( \${#candidates} )); then _describe 'sign-policy' candidates; else _files; fi
}
compdef _kubectl_sign_policy kubectl-sign_policy
`;

const FISH = `# fish completion for kubectl-sign_policy
function __kubectl_sign_policy_complete
  set -l words (commandline -opc) (commandline -ct)
  kubectl_complete-sign_policy $words[2..-1] 2>/dev/null | string match -v -r '^:[0-9]+$'
end
complete -c kubectl-sign_policy -a '(__kubectl_sign_policy_complete)'
`;

const POWERSHELL = `# PowerShell completion for kubectl-sign_policy
Register-ArgumentCompleter -Native -CommandName kubectl-sign_policy -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($wordToComplete -eq '') { $words += '' }
  & kubectl_complete-sign_policy @words 2>$null | Where-Object { $_ -notmatch '^:[0-9]+$' } | ForEach-Object {
    $value, $description = $_ -split "\`t", 2
    if (-not $description) { $description = $value }
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
  }
}
`;

const SCRIPTS: ReadonlyMap<string, string> = new Map([
  ['bash', BASH],
  ['zsh', ZSH],
  ['fish', FISH],
  ['powershell', POWERSHELL],
]);

export const SHELLS: readonly string[] = [...SCRIPTS.keys()];

/** The completion script of a shell, or undefined if the shell is not known. */
export function completionScript(shell: string): string | undefined {
  return SCRIPTS.get(shell);
}
