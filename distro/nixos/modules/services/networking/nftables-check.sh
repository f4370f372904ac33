# Has nft read the rules in "$file", which the kernel then tries without keeping them. The names of users and groups are the system's.
declare -i number=1000
for name in $userNames; do echo "$name:x:$((number++)):65534::/:/bin/sh"; done > "$root/etc/passwd"
for name in $groupNames; do echo "$name:x:$((number++)):"; done > "$root/etc/group"
for path in "${!redirects[@]}"; do
  mkdir -p "$root/$(dirname "$path")"
  [ ! -e "${redirects[$path]}" ] || cp -L "${redirects[$path]}" "$root/$path"
done
# The machine's interfaces are not here, so they are compared by name.
sed -E '/\bfib\b/! s/\b([io]if)( +([!=]= *)?[{"A-Za-z])/\1name\2/g' "$file" > "$root/$fileName"

if in_root /usr/sbin/nft -c -f "/$fileName" > messages 2>&1; then exit 0; fi
# Without namespaces nft reads the rules, and no more.
[ -e began ] || /usr/sbin/nft -c -f "$root/$fileName" > messages 2>&1 || true
sed -i "s|^/$fileName:|$fileName:|; s|^$root/$fileName:|$fileName:|" messages
if ! grep -q "^$fileName:[0-9].*Error" messages; then
  echo "not checked: $(head -n 1 messages)"
  exit 0
fi
cat messages
# A kernel without nftables refuses all rules. That is not their fault.
unable='Could not process rule: (Operation not supported|Protocol not supported|Operation not permitted)'
if grep "^$fileName:[0-9].*Error" messages | grep -qvE "$unable"; then
  echo "To build without this check, set networking.nftables.checkRuleset = false."
  exit 1
fi
