# Shell code that writes php.ini: Debian's own, the extensions, and the lines of the package. With a package of another system its own.
{ lib }:

# `target' is the file, in quotes, and `text' shell code whose output is the last lines.
{
  php,
  target,
  text,
}:
let
  version = php.phpVersion or "";
in
(
  if version == "" then
    ''
      cat "${php}/etc/php.ini" > ${target}
    ''
  else
    ''
      cat /usr/lib/php/${version}/php.ini-production > ${target}
      # Extensions, in the order of the priorities that their files say.
      for file in /usr/share/php${version}-*/*/*.ini /etc/php/${version}/mods-available/*.ini; do
        [ -e "$file" ] || continue
        priority=$(sed -nE 's/^; priority=([0-9]+).*/\1/p' "$file")
        printf '%03d %s\n' "''${priority:-20}" "$file"
      done | sort | while read -r _ file; do
        grep -E '^(zend_)?extension' "$file" >> ${target} || true
      done
    ''
)
+ ''
  printf '\nsendmail_path = "/run/wrappers/bin/sendmail -t -i"\n' >> ${target}
  cat "$packageIniPath" <(echo) ${text} >> ${target}
''
