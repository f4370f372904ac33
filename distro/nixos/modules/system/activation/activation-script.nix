# The activation script, which updates the running system to its configuration. Stage 2 runs it at every boot.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  scriptOptions = supportsDry: {
    options =
      {
        deps = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "users" ];
          description = "The activation scripts that must run before this one.";
        };
        text = mkOption {
          type = types.lines;
          description = "The commands of the script, for bash.";
        };
      }
      // lib.optionalAttrs supportsDry {
        supportsDryActivation = mkOption {
          type = types.bool;
          default = false;
          description =
            "Whether the script supports dry activation: it must not change anything if `$NIXOS_ACTION` is `dry-activate`.";
        };
      };
  };

  scriptType = supportsDry: types.either types.str (types.submodule (scriptOptions supportsDry));

  normal = lib.mapAttrs (
    _: v:
    if lib.isString v then
      {
        deps = [ ];
        text = v;
        supportsDryActivation = false;
      }
    else
      v
  );

  # The scripts, each after its dependencies, and otherwise by name.
  ordered =
    what: scripts:
    let
      known = normal scripts;
      visit =
        trail: state: name:
        if state.done ? ${name} then
          state
        else if lib.elem name trail then
          throw
            "${what} has scripts that depend on each other: ${lib.concatStringsSep " -> " (trail ++ [ name ])}. Remove one of these `deps'."
        else
          let
            script =
              known.${name} or (throw
                "${what}.${lib.last trail}.deps has \"${name}\", but there is no such script. Declare it: ${what}.${name} = \"\";"
              );
            before = builtins.foldl' (visit (trail ++ [ name ])) state script.deps;
          in
          {
            done = before.done // { ${name} = true; };
            order = before.order ++ [
              {
                inherit name;
                inherit (script) text;
              }
            ];
          };
    in
    (builtins.foldl' (visit [ ]) {
      done = { };
      order = [ ];
    } (lib.attrNames known)).order;

  inherit ((import ../../../lib/formats { inherit lib; }).text) line;

  # Many names have no script here: they exist because other scripts depend on them.
  snippet =
    option:
    { name, text }:
    if builtins.match "[[:space:]]*" text != null then
      ""
    else
      ''
        # ${line { inherit option; file = "a script"; } name}
        _localstatus=0
        ${text}
        if (( _localstatus > 0 )); then printf 'Activation script snippet %s failed (%s)\n' ${lib.escapeShellArg name} "$_localstatus"; fi
      '';

  script = prepare: scripts: ''
    #!/bin/bash
    # Generated from system.activationScripts. Root runs it, from its place in the system.

    systemConfig=''${systemConfig:-$(dirname "$(readlink -f "$0")")}
    export PATH=/usr/sbin:/usr/bin
    umask 0022

    ${prepare}
    # A failed script is reported, and the others still run: a machine that boots can be repaired.
    _status=0
    trap '_status=1 _localstatus=$?' ERR

    ${lib.concatMapStrings (snippet "system.activationScripts") (ordered "system.activationScripts" scripts)}
    exit $_status
  '';
in
{
  options.system = {
    activationScripts = mkOption {
      type = types.attrsOf (scriptType true);
      default = { };
      example = lib.literalExpression ''
        { stdio = { deps = [ "users" ]; text = "ln -sfn /proc/self/fd /dev/fd"; }; }
      '';
      description =
        "Scripts that bring the running system in line with its configuration. They run at every boot, so they must be "
        + "quick and safe to repeat.";
    };

    userActivationScripts = mkOption {
      type = types.attrsOf (scriptType false);
      default = { };
      example = lib.literalExpression ''{ cache.text = "mkdir -p ~/.cache"; }'';
      description = "Scripts that run as each user when the user's service manager starts.";
    };

    build.activationText = mkOption {
      type = types.str;
      internal = true;
      readOnly = true;
      description = "The whole activation script.";
    };

    build.dryActivationText = mkOption {
      type = types.str;
      internal = true;
      readOnly = true;
      description = "The script that says what activation would do, of those that can.";
    };
  };

  config = {
    system.build.activationText = script ''
      [ -d /var/lib/bootflake ] || mkdir -p /var/lib/bootflake
      [ /run/current-system -ef "$systemConfig" ] || ln -sfn "$systemConfig" /run/current-system
    '' config.system.activationScripts;
    # Those that cannot stay as names, on which others depend.
    system.build.dryActivationText = script "" (
      lib.mapAttrs (_: s: if s.supportsDryActivation then s else s // { text = ""; }) (
        normal config.system.activationScripts
      )
    );

    system.activationScripts = {
      # Names that scripts written for NixOS may depend on.
      specialfs = "";
      binsh = "";
      usrbinenv = "";
      wrappers = lib.stringAfter [ "users" ] "";
      var = lib.stringAfter [ "specialfs" ] "";
      stdio = "";
      modprobe = "";
      udevd = "";

      machineId = lib.stringAfter [ "etc" ] ''
        # systemd would take a boot without this file for an installation's first, and apply presets.
        if [ ! -s /etc/machine-id ]; then
          read -r uuid < /proc/sys/kernel/random/uuid
          echo "''${uuid//-/}" > /etc/machine-id
        fi
      '';
    };

    systemd.user.services.nixos-activation = lib.mkIf (config.system.userActivationScripts != { }) {
      description = "Run user-specific activation";
      serviceConfig.Type = "oneshot";
      serviceConfig.RemainAfterExit = true;
      wantedBy = [ "default.target" ];
      script = lib.concatMapStrings (snippet "system.userActivationScripts") (
        ordered "system.userActivationScripts" config.system.userActivationScripts
      );
    };
  };
}
