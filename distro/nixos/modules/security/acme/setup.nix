# Folders of certificates: their owners, also after the group of one was changed, those of challenges, and locks.
{
  lib,
  cfg,
  user,
}:

let
  inherit (lib) escapeShellArg;
  webroots = lib.unique (
    builtins.filter (root: root != null) (map (cert: cert.webroot) (lib.attrValues cfg.certs))
  );
in
{
  description = "Folders of certificates";
  script =
    ''
      cd /var/lib/acme
      chown -R ${user} .lego/accounts
    ''
    + lib.concatStrings (
      lib.mapAttrsToList (name: cert: ''
        for folder in ${escapeShellArg name} .lego/${escapeShellArg name}; do
          if [ -d "$folder" ]; then
            chmod -R u=rwX,g=rX,o= "$folder"
            chown -R ${user}:${escapeShellArg cert.group} "$folder"
          fi
        done
      '') cfg.certs
    )
    + lib.concatMapStrings (root: ''
      mkdir -p ${escapeShellArg root}/.well-known/acme-challenge
      chown ${user} ${escapeShellArg root}/.well-known/acme-challenge
    '') webroots;
  serviceConfig = {
    Type = "oneshot";
    RemainAfterExit = true;
    UMask = "0022";
    StateDirectory = [
      "acme"
      "acme/.lego"
      "acme/.lego/accounts"
    ];
    StateDirectoryMode = "755";
    RuntimeDirectory = "acme";
    RuntimeDirectoryMode = "1777";
  };
}
