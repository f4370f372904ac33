{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  files = lib.filter (f: f.enable) (lib.attrValues config.environment.etc);
in
{
  options.environment.etc = mkOption {
    default = { };
    type = types.attrsOf (
      types.submodule (
        { name, config, ... }: {
          options = {
            enable = mkOption { type = types.bool; default = true; };
            target = mkOption { type = types.str; default = name; };
            text = mkOption { type = types.nullOr types.lines; default = null; };
            source = mkOption { type = types.path; };
            mode = mkOption { type = types.str; default = "symlink"; };
          };
          config.source = lib.mkIf (config.text != null) (
            lib.mkDefault (pkgs.writeText "etc-${lib.replaceStrings [ "/" ] [ "-" ] name}" config.text)
          );
        }
      )
    );
  };

  config.system.build.etc = pkgs.runCommand "etc" { preferLocalBuild = true; } (
    "mkdir -p $out/etc\n"
    + lib.concatMapStrings (f: ''
      mkdir -p "$(dirname $out/etc/${f.target})"
      ln -s ${f.source} $out/etc/${f.target}
      ${lib.optionalString (f.mode != "symlink") "echo ${f.mode} > $out/etc/${f.target}.mode"}
    '') files
  );
  # The links of the previous system are in /etc/.clean; files with a mode are copies.
  config.system.activationScripts.etc = ''
    echo "setting up /etc..."
    for old in $(cat /etc/.clean 2>/dev/null || true); do
      if [ -L "/etc/$old" ] && ! [ -e "${config.system.build.etc}/etc/$old" ]; then rm -f "/etc/$old"; fi
    done
    (cd ${config.system.build.etc}/etc && find . -type l ! -name '*.mode') | while read -r name; do
      name=''${name#./}
      mkdir -p "$(dirname "/etc/$name")"
      if [ -e "${config.system.build.etc}/etc/$name.mode" ]; then
        cp -L "${config.system.build.etc}/etc/$name" "/etc/$name.tmp"
        chmod "$(cat "${config.system.build.etc}/etc/$name.mode")" "/etc/$name.tmp"
        mv "/etc/$name.tmp" "/etc/$name"
      else
        ln -sfn "/etc/static/$name" "/etc/$name.tmp"
        mv -T "/etc/$name.tmp" "/etc/$name"
      fi
      echo "$name"
    done > /etc/.clean.new
    mv /etc/.clean.new /etc/.clean
    ln -sfn ${config.system.build.etc}/etc /etc/static
  '';
}
