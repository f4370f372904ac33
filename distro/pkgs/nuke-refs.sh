# nuke-refs [-e STORE-PATH]... FILE...: overwrites the digests of all other store paths in the files, so that these refer to nothing.
set -eu
kept=
while getopts e: option; do
  case $option in
    e) digest=${OPTARG#/nix/store/}; kept="$kept${kept:+ }${digest%%-*}" ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))

# Those that are kept have another name while the rest is overwritten.
script=
for digest in $kept; do script="${script}s|/nix/store/$digest-|/nix/STORE/$digest-|g;"; done
script="${script}s|/nix/store/[0-9a-z]{32}-|/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-|g;"
for digest in $kept; do script="${script}s|/nix/STORE/$digest-|/nix/store/$digest-|g;"; done
for file; do
  if [ ! -L "$file" ] && [ -f "$file" ]; then LC_ALL=C sed -i -E "$script" "$file"; fi
done
