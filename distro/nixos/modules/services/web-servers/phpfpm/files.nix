# php-fpm.conf and php.ini of a pool, in a folder, checked by php-fpm itself.
{
  lib,
  pkgs,
  cfg,
  name,
  it,
  text,
}:

let
  option = "services.phpfpm.pools.${lib.strings.escapeNixIdentifier name}";
  at = option: {
    inherit option;
    file = "php-fpm.conf";
  };
  key =
    option:
    text.restrict
      "[a-zA-Z0-9_.]+([[][a-zA-Z0-9_.]+[]])?"
      "anything but letters, digits, `_', `.' and brackets in a directive's name"
      (at option);
  value =
    option: v:
    if builtins.isBool v then if v then "yes" else "no" else text.line (at option) (toString v);
  lines = option: lib.mapAttrsToList (k: v: "${key option k} = ${value option v}");

  conf =
    lib.concatStringsSep "\n" (
      [ "[global]" ]
      ++ lines "services.phpfpm.settings" cfg.settings
      ++ lib.optional (cfg.extraConfig != null) cfg.extraConfig
      ++ [
        "[${
          text.restrict
            "[a-zA-Z0-9_.-]+"
            "anything but letters, digits, `_', `.' and `-' in a pool's name"
            (at "services.phpfpm.pools")
            name
        }]"
      ]
      ++ lines "${option}.settings" it.settings
      ++ lib.mapAttrsToList (
        variable: v:
        "env[${text.variableName (at "${option}.phpEnv") variable}] = ${value "${option}.phpEnv" v}"
      ) it.phpEnv
      ++ lib.optional (it.extraConfig != null) it.extraConfig
    )
    + "\n";
  php = it.phpPackage;
in
pkgs.runCommandLocal
  "phpfpm-${name}"
  {
    inherit conf;
    ini = it.phpOptions;
    packageIni = php.extraConfig or "";
    passAsFile = [ "conf" "ini" "packageIni" ];
    nativeBuildInputs = [ php ] ++ builtins.filter (p: p != null) (php.enabledExtensions or [ ]);
    fpm = "${php}/bin/php-fpm";
    # The machine has what php.ini loads.
    extensions = map (p: "${p}") (builtins.filter (p: p != null) (php.enabledExtensions or [ ]));
  }
  (
    ''
      mkdir "$out"
      cp "$confPath" "$out/php-fpm.conf"
    ''
    + import ./ini.nix { inherit lib; } {
      inherit php;
      target = "\"$out/php.ini\"";
      text = "\"$iniPath\"";
    }
    + ''
        chmod u+w "$out"/*
        # Users and groups are the machine's.
      sed -E '/^(user|group|listen\.(owner|group|acl_users|acl_groups)) *=/s/.*//' "$out/php-fpm.conf" > checked.conf
      export PHP_INI_SCAN_DIR=
        if ! "$fpm" -t -y checked.conf -c "$out/php.ini" > log 2>&1 || grep -E 'PHP (Warning|Fatal|Parse)|syntax error' log; then
          sed "s|$out/||g" log >&2
          cat -n "$out/php-fpm.conf" >&2
          echo "This comes from ${option} and services.phpfpm." >&2
          exit 1
        fi
    ''
  )
