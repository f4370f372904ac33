# installManPage FILE..., installShellCompletion [--bash|--zsh|--fish] [--cmd NAME] FILE..., installBin FILE..., as in nixpkgs.

installBin() {
  local file
  for file in "$@"; do install -D -m 0755 -- "$file" "${!outputBin}/bin/$(basename "$file")"; done
}
installManPage() {
  local file section
  for file in "$@"; do
    section=${file%.gz}
    section=${section##*.}
    install -D -m 0644 -- "$file" "${!outputMan}/share/man/man${section:0:1}/$(stripHash "$(basename "$file")")"
  done
}
installShellCompletion() {
  local shell='' command='' target='' file kind
  while [ $# -gt 0 ]; do
    case $1 in
      --bash | --zsh | --fish) shell=${1#--}; shift ;;
      --cmd) command=$2; shift 2 ;;
      --name) target=$2; shift 2 ;;
      *)
        file=$1 kind=$shell
        shift
        if [ -z "$kind" ]; then
          case $file in
            *.bash) kind=bash ;;
            *.zsh | */_*) kind=zsh ;;
            *.fish) kind=fish ;;
            *) die "installShellCompletion: the shell of '$file' is unknown: put --bash, --zsh or --fish before it" ;;
          esac
        fi
        case $kind in
          bash) install -D -m 0644 "$file" "${!outputBin}/share/bash-completion/completions/${target:-${command:-$(basename "${file%.bash}")}}" ;;
          zsh) install -D -m 0644 "$file" "${!outputBin}/share/zsh/site-functions/${target:-_${command:-$(basename "${file%.zsh}" | sed 's/^_//')}}" ;;
          fish) install -D -m 0644 "$file" "${!outputBin}/share/fish/vendor_completions.d/${target:-${command:-$(basename "${file%.fish}")}.fish}" ;;
        esac
        ;;
    esac
  done
}
