# A stand-in for Nextcloud's package, as Debian has none: a small program in PHP that takes the same commands and reads the same files, so
# that a test sees what the module itself does.
{ pkgs }:

pkgs.runCommandLocal "nextcloud-stand-in-0" { version = "32.0.0"; } ''
  mkdir -p "$out/apps"
  cp ${./settings.php} "$out/settings.php"
  cp ${./console.php} "$out/console.php"
  cp ${./index.php} "$out/index.php"
  cp "$out/index.php" "$out/remote.php"
  echo '<?php require __DIR__ . "/console.php";' > "$out/occ"
  echo '<?php touch(getenv("NEXTCLOUD_CONFIG_DIR") . "/cron-ran");' > "$out/cron.php"
  echo 'body { color: blue }' > "$out/apps/style.css"
  echo secret > "$out/db_structure.xml"
''
