# A root for programs that want more of a system than builders have: /usr and /nix, a /run, and what is put below "$root"/etc.
export root=$PWD/root
mkdir -p "$root"/{etc,run,tmp,usr,nix,proc,dev}
for folder in bin lib lib64 sbin; do
  [ ! -e "/usr/$folder" ] || ln -s "usr/$folder" "$root/$folder"
done

enter_root() {
  for folder in usr nix proc dev; do mount --rbind "/$folder" "$root/$folder"; done
  prepare_root
  : > began
  exec chroot "$root" "$@"
}
# What a check mounts besides.
prepare_root() { :; }

# in_root PROGRAM ARGUMENT...: runs it there, as root of namespaces of its own. There is no file `began' where builders may make none.
in_root() {
  rm -f began
  export -f enter_root prepare_root
  unshare --user --map-root-user --mount --net bash -ec 'enter_root "$@"' - "$@"
}
