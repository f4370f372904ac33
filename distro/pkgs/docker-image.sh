# Makes the archive of an image: see docker-tools.nix.
root=$PWD/root
mkdir "$root"

# Folders of several sources are merged, also through links such as /bin.
merge() { tar -C "$1" -cf - . | tar -C "$root" -xf - --keep-directory-symlink --no-same-owner; }

for folder in usr etc var; do
  if [ -d "$tree/$folder" ]; then cp -a "$tree/$folder" "$root/$folder"; fi
done
chmod -R u+w "$root"
for folder in bin sbin lib lib64; do
  if [ -d "$root/usr/$folder" ]; then ln -s "usr/$folder" "$root/$folder"; fi
done
mkdir -p -m 1777 "$root/tmp"

# The files of Debian's packages are in the tree: links to their own store paths lead there.
for deb in $debs; do echo "$deb"; done | sort > debs
grep '^/nix/store/' closure | grep -v '\.drv$' | sort -u | comm -23 - debs | grep -vxF "$mentioned" > paths || :
while read -r path; do
  mkdir -p "$root/nix/store"
  cp -a "$path" "$root/nix/store/"
  chmod -R u+w "$root$path"
  find "$root$path" -type l | while IFS= read -r link; do
    target=$(readlink "$link")
    case $target in /nix/store/*) ;; *) continue ;; esac
    rest=${target#/nix/store/}
    owner=/nix/store/${rest%%/*}
    if grep -qxF "$owner" debs; then
      rm "$link"
      inTree=${target#"$owner"}
      case $inTree in /bin/* | /sbin/* | /lib/*) inTree=/usr$inTree ;; esac
      ln -s "$inTree" "$link"
    fi
  done
done < paths

for path in $roots; do merge "$path"; done
chmod -R u+w "$root"
(cd "$root"; eval "$extraCommands")

chmod 1777 "$root/tmp"
# Setuid programs, whose bits files of the store have not.
if [ -f "$tree/nix-support/special" ]; then
  while read -r mode owner group path; do
    if [ "$owner:$group" = root:root ] && [ -f "$root/$path" ]; then chmod "$mode" "$root/$path"; fi
  done < "$tree/nix-support/special"
fi
mkdir image
tar --sort=name --mtime=@1 --owner="$uid" --group="$gid" --numeric-owner --hard-dereference -C "$root" -cf layer.tar .
layer=$(sha256sum layer.tar | cut -d' ' -f1)

layers='[]' base='{}'
if [ -n "$fromImage" ]; then
  tar -C image -xf "$fromImage"
  base=$(cat "image/$(jq -r '.[0].Config' image/manifest.json)")
  layers=$(jq -c '.[0].Layers' image/manifest.json)
  chmod -R u+w image
fi
mkdir -p "image/$layer"
mv layer.tar "image/$layer/layer.tar"

jq -cS --argjson base "$base" --arg layer "sha256:$layer" --arg architecture "$architecture" --arg created "$created" '
  .config as $config | $base * {
    architecture: $architecture, os: "linux", created: $created,
    config: (($base.config // {}) * $config),
    rootfs: { type: "layers", diff_ids: (($base.rootfs.diff_ids // []) + [$layer]) },
    history: (($base.history // []) + [{ created: $created }])
  }' "$mentioned" > config.json
id=$(sha256sum config.json | cut -d' ' -f1)
mv config.json "image/$id.json"
if [ -z "$imageTag" ]; then imageTag=$(basename "$out" | cut -d- -f1); fi
jq -nc --arg config "$id.json" --arg name "$imageName:$imageTag" --argjson layers "$layers" --arg layer "$layer/layer.tar" \
  '[{ Config: $config, RepoTags: [$name], Layers: ($layers + [$layer]) }]' > image/manifest.json
rm -f image/repositories
tar --sort=name --mtime=@1 --owner=0 --group=0 --numeric-owner -C image -cf - . | gzip -n > "$out"
