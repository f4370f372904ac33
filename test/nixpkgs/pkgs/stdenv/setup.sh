# The environment and the phases of a build.
set -eu -o pipefail

PATH=
for path in ${nativeBuildInputs:-} ${buildInputs:-} $initialPath; do
  if [ -d "$path/bin" ]; then PATH="$PATH${PATH:+:}$path/bin"; fi
done
export PATH

if [ -n "${NIX_ATTRS_SH_FILE:-}" ]; then . "$NIX_ATTRS_SH_FILE"; out=${outputs[out]}; fi

substituteInPlace() {
  local file=$1 content
  shift
  content=$(cat "$file"; echo .)
  content=${content%.}
  while [ $# -gt 0 ]; do
    case $1 in
      --replace) content=${content//"$2"/"$3"}; shift 3 ;;
      --subst-var) local name=$2; content=${content//"@$name@"/"${!name}"}; shift 2 ;;
      --subst-var-by) content=${content//"@$2@"/"$3"}; shift 3 ;;
      *) echo "substituteInPlace: unknown argument: $1" >&2; return 1 ;;
    esac
  done
  printf %s "$content" > "$file"
}

unpackPhase() {
  if [ -z "${src:-}" ]; then return 0; fi
  if [ -d "$src" ]; then cp -r "$src" source; else mkdir source; tar xf "$src" -C source --strip-components=1; fi
  chmod -R u+w source
  cd source
}
buildPhase() { :; }
installPhase() { :; }

genericBuild() {
  if [ -n "${buildCommandPath:-}" ]; then . "$buildCommandPath"; return; fi
  if [ -n "${buildCommand:-}" ]; then eval "$buildCommand"; return; fi
  local phase
  for phase in ${phases:-unpackPhase buildPhase installPhase}; do
    if [ -n "${!phase:-}" ]; then eval "${!phase}"; else $phase; fi
  done
}
