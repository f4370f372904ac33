# Downloads a file and hands it to postFetch, as nixpkgs' fetchurl does: it is $downloadedFile.
unpackTree() { # ARCHIVE NAME strip|keep: unpacks into $out
  local folder="$NIX_BUILD_TOP/unpacked" entries
  mkdir "$folder"
  mv "$1" "$NIX_BUILD_TOP/$2"
  (cd "$folder" && unpackFile "$NIX_BUILD_TOP/$2")
  chmod -R u+w "$folder"
  if [ "$3" = keep ]; then
    mv "$folder" "$out"
    return
  fi
  mapfile -d '' entries < <(find "$folder" -mindepth 1 -maxdepth 1 -print0)
  [ ${#entries[@]} -eq 1 ] && [ -d "${entries[0]}" ] || die "the archive has not one folder at its root, but ${#entries[@]} entries: set stripRoot = false"
  mv "${entries[0]}" "$out"
}
downloadedFile=$out
if [ "${downloadToTemp-}" = 1 ]; then downloadedFile=$NIX_BUILD_TOP/file; fi
_words urls addresses
flags=()
concatTo flags curlOpts curlOptsList
fetched=
for address in "${addresses[@]}"; do
  nixLog "downloading $address"
  if curl --silent --show-error --fail --globoff --location --max-redirs 20 --proto =http,https --retry 3 --connect-timeout 30 \
    --speed-limit 1 --speed-time 120 --output "$downloadedFile" "${flags[@]}" -- "$address"; then
    fetched=1
    break
  fi
done
[ -n "$fetched" ] || die "none of the addresses could be downloaded"
if [ "${executable-}" = 1 ]; then chmod +x "$downloadedFile"; fi
eval "$postFetch"
