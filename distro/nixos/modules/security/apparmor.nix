# AppArmor: policies that say what programs may do. Debian's kernels have it, and it is off until a policy is loaded.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.security.apparmor;

  loaded = lib.filterAttrs (_: policy: policy.state != "disable") cfg.policies;
  fileName = name: builtins.match "[a-zA-Z0-9_+-][a-zA-Z0-9_.+-]*" name != null;
  files = lib.mapAttrsToList (name: policy: {
    inherit (policy) state;
    path = "/etc/apparmor.d/${name}";
  }) loaded;
  load =
    action: file:
    "/usr/sbin/apparmor_parser ${action} ${lib.optionalString (file.state == "complain") "--complain "}${file.path}";
in
{
  options.security.apparmor = {
    enable = lib.mkEnableOption "AppArmor, with the policies below";
    policies = mkOption {
      type = types.attrsOf (
        types.submodule (
          { name, config, ... }:
          {
            options = {
              state = mkOption {
                type = types.enum [ "disable" "complain" "enforce" ];
                default =
                  if !config.enable then
                    "disable"
                  else if config.enforce then
                    "enforce"
                  else
                    "complain";
                defaultText = "as `enable` and `enforce` say";
                description =
                  "Whether the policy holds, only logs what it would refuse, or is not loaded.";
              };
              enable = mkOption {
                type = types.bool;
                default = true;
                description = "Whether the policy is loaded. Newer NixOS has `state` for this.";
              };
              enforce = mkOption {
                type = types.bool;
                default = true;
                description =
                  "Whether it holds, rather than only logs. Newer NixOS has `state` for this.";
              };
              profile = mkOption {
                type = types.lines;
                default = "";
                description = "The policy, as in apparmor.d(5).";
              };
              path = mkOption {
                type = types.path;
                default = pkgs.writeText name config.profile;
                defaultText = "a file with `profile`";
                description = "The policy's file.";
              };
            };
          }
        )
      );
      default = { };
      description = "Policies by the names of their files in /etc/apparmor.d.";
    };
    includes = mkOption {
      type = types.attrsOf types.lines;
      default = { };
      description = "Files in /etc/apparmor.d that policies include, by their paths there.";
    };
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose etc/apparmor.d is searched for includes.";
    };
    enableCache = mkOption {
      type = types.bool;
      default = false;
      description = "Whether compiled policies are kept in /var/cache/apparmor.";
    };
    killUnconfinedConfinables = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether programs that run without the policy that there is for them are ended when policies are loaded.";
    };
  };

  config = mkIf cfg.enable {
    assertions = map (name: {
      assertion = fileName name;
      message =
        "security.apparmor.policies has ${
          builtins.toJSON name
        }, which is no name of a file in /etc/apparmor.d. Use letters, digits and `_.+-'.";
    }) (lib.attrNames cfg.policies);

    # Debian's package has abstractions, and policies of its own in the same folder, which are not loaded.
    environment.systemPackages = [ pkgs.apparmor-utils pkgs.debianPackages.apparmor ];
    environment.etc =
      lib.mapAttrs' (
        name: policy: lib.nameValuePair "apparmor.d/${name}" { source = policy.path; }
      ) loaded
      // lib.mapAttrs' (
        name: text: lib.nameValuePair "apparmor.d/${name}" { inherit text; }
      ) cfg.includes
      // {
        "apparmor/parser.conf".text =
          (if cfg.enableCache then "write-cache\n" else "skip-cache\n")
          + "cache-loc /var/cache/apparmor\n"
          + "Include /etc/apparmor.d\n"
          + lib.concatMapStrings (p: "Include ${p}/etc/apparmor.d\n") cfg.packages;
      };
    boot.kernelParams = [ "apparmor=1" ];

    systemd.services.apparmor = {
      description = "AppArmor's policies";
      wantedBy = [ "sysinit.target" ];
      before = [ "sysinit.target" ];
      after = [ "local-fs.target" "systemd-journald-audit.socket" ];
      unitConfig = {
        DefaultDependencies = false;
        ConditionSecurity = "apparmor";
      };
      reloadIfChanged = true;
      restartTriggers = lib.mapAttrsToList (_: policy: policy.path) loaded;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        CacheDirectory = "apparmor";
        ExecStart = map (load "--replace") files ++ [ "/bin/true" ];
        # What was loaded under names that no file has any more is taken away.
        ExecReload = map (load "--replace") files ++ [ "/usr/sbin/aa-remove-unknown" ];
        ExecStartPost = lib.optional cfg.killUnconfinedConfinables (
          pkgs.writeShellScript "end-unconfined" ''
            exec ${pkgs.python3}/bin/python3 ${
              pkgs.writeText "end-unconfined.py" ''
                import json, os, signal, subprocess
                status = json.loads(subprocess.run(["/usr/sbin/aa-status", "--json"], capture_output=True, text=True).stdout or "{}")
                for processes in status.get("processes", {}).values():
                    for process in processes:
                        if process.get("status") == "unconfined":
                            os.kill(int(process["pid"]), signal.SIGTERM)
              ''
            }
          ''
        );
      };
    };
  };
}
