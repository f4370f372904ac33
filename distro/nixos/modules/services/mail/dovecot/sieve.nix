# Sieve: the machine's scripts, which are compiled when Dovecot starts, and the settings of Dovecot 2.4 for them.
{ lib, cfg }:

let
  folder = "/var/lib/dovecot";
  on = names: lib.genAttrs names (_: true);
  inherit (lib) escapeShellArg;

  # `before2` runs before users' scripts, after `before`.
  kind =
    name:
    let
      found = builtins.match "(before|after|default|discard)[0-9]*" name;
    in
    if found == null then
      throw
        "services.dovecot2.sieve.scripts.${
          lib.strings.escapeNixIdentifier name
        } is neither `before', `after', `default' nor `discard'. Rename it to one of these, with a number if there are several."
    else
      builtins.head found;

  scripts = lib.mapAttrsToList (name: source: {
    inherit source;
    path = "${folder}/sieve/${name}";
    section = {
      "sieve_script ${name}" = {
        type = kind name;
        path = "${folder}/sieve/${name}";
      };
    };
  }) cfg.sieve.scripts;

  ofMailbox =
    number: box:
    map (
      type:
      let
        path = "${folder}/imapsieve/${type}-${toString number}.sieve";
        script = {
          "sieve_script imap-${type}-${toString number}" = {
            inherit type path;
            cause = lib.mkIf (box.causes != [ ]) (
              lib.concatMapStringsSep " " lib.toLower box.causes
            );
          };
        };
        from = lib.optionalString (box.from != null && box.from != "*") box.from;
        fromThere = if from == "" then script else { "imapsieve_from \"${from}\"" = script; };
      in
      {
        source = box.${type};
        inherit path;
        section = if box.name == "*" then fromThere else { "mailbox \"${box.name}\"" = fromThere; };
      }
    ) (builtins.filter (type: box.${type} != null) [ "before" "after" ]);
  all = scripts ++ lib.concatLists (lib.imap1 ofMailbox cfg.imapsieve.mailbox);
  # Whose the compiled scripts are.
  owner = cfg.settings.mail_uid or null;
in
{
  isUsed =
    all != [ ]
    || cfg.sieve.plugins ++ cfg.sieve.extensions ++ cfg.sieve.globalExtensions ++ cfg.sieve.pipeBins
      != [ ];

  settings =
    pipeBins:
    lib.mkMerge (map (it: it.section) all ++ [
      {
        sieve_plugins = lib.mkIf (cfg.sieve.plugins != [ ]) (on cfg.sieve.plugins);
        sieve_extensions = lib.mkIf (cfg.sieve.extensions != [ ]) (on cfg.sieve.extensions);
        sieve_global_extensions = lib.mkIf (cfg.sieve.globalExtensions != [ ]) (
          on cfg.sieve.globalExtensions
        );
        sieve_pipe_bin_dir = lib.mkIf (cfg.sieve.pipeBins != [ ]) pipeBins;
      }
    ]);

  prepare =
    "rm -rf ${folder}/sieve ${folder}/imapsieve\nmkdir -p ${folder}/sieve ${folder}/imapsieve\n"
    + lib.concatMapStrings (
      it:
      let
        path = escapeShellArg it.path;
      in
      ''
        cp -rp ${escapeShellArg "${it.source}"} ${path}
        chmod -R u+w ${path}
        sievec ${path}
      ''
    ) all
    + lib.optionalString (owner != null) ''
      chown -R ${
        escapeShellArg (
          toString owner
          + lib.optionalString
            (cfg.settings.mail_gid or null != null)
            ":${toString cfg.settings.mail_gid}"
        )
      } ${folder}/sieve ${folder}/imapsieve
    '';
}
