# Authentication. The files of declared services are made from their options, as on NixOS. Those of other packages are Debian's; they
# include common-auth and its four siblings, which in Debian maintainer scripts generate.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.security.pam;
  formats = import ../../lib/formats { inherit lib; };
  service = import ./pam-service.nix { inherit lib; };

  # A separate package since trixie.
  hasLastlog2 = lib.versionAtLeast pkgs.debianRelease.version "13";
  rulesOf = import ./pam-rules.nix {
    inherit lib;
    pam = cfg // {
      lastlogModule = if hasLastlog2 then "pam_lastlog2.so" else "pam_lastlog.so";
      makeHomeDir = cfg.makeHomeDir // {
        skelDirectory = argument "makeHomeDir.skelDirectory" cfg.makeHomeDir.skelDirectory;
      };
      sshAgentAuth = cfg.sshAgentAuth // {
        authorizedKeysFiles =
          map (argument "sshAgentAuth.authorizedKeysFiles") cfg.sshAgentAuth.authorizedKeysFiles;
      };
      u2f = cfg.u2f // {
        settings = lib.mapAttrs' (
          name: value:
          lib.nameValuePair (argument "u2f.settings" name) (
            if builtins.isString value then argument "u2f.settings" value else value
          )
        ) cfg.u2f.settings;
      };
    };
  };
  argument = name: formats.pam.argumentOf "security.pam.${name}";

  # The rules that the options make, with the changes and additions in `given'.
  withRules =
    made: given:
    let
      complete =
        name: _:
        let
          base =
            made.${name} or {
              inherit name;
              enable = true;
              order = null;
              control = null;
              modulePath = null;
              args = [ ];
              settings = { };
            };
          changes = given.${name} or { settings = { }; };
        in
        base
        // lib.filterAttrs (_: v: v != null) (removeAttrs changes [ "settings" ])
        // { settings = base.settings // changes.settings; };
    in
    # The usual case, made quick.
    if
      given == { }
    then
      made
    else
      lib.mapAttrs complete (made // given);

  serviceDefaults =
    { name, config, ... }:
    let
      made = rulesOf config.name config;
    in
    {
      options.rules = lib.genAttrs stacks (stack: service.rules stack (withRules made.${stack}));
      config = {
        name = lib.mkDefault name;
        setLoginUid = lib.mkDefault config.startSession;
        limits = lib.mkDefault cfg.loginLimits;
        u2fAuth = lib.mkDefault cfg.u2f.enable;
        text = lib.mkDefault (serviceText name config.rules);
      };
    };
  stacks = [ "account" "auth" "password" "session" ];

  settingArgs =
    settings:
    lib.concatLists (
      lib.mapAttrsToList (
        name: value:
        if value == true then
          [ name ]
        else
          lib.optional (value != false && value != null) "${name}=${toString value}"
      ) settings
    );

  stackText =
    option: stack: rules:
    let
      where = rule: "${option}.rules.${stack}.${rule.name}";
      present = lib.sort (a: b: a.order < b.order) (
        map complete (builtins.filter (rule: rule.enable) (lib.attrValues rules))
      );
      complete =
        rule:
        let
          missing = builtins.filter (key: rule.${key} == null) [ "order" "control" "modulePath" ];
        in
        if missing == [ ] then
          rule
        else
          throw
            "${where rule} is not a rule that another option makes, so it is incomplete. Set its ${
              lib.concatMapStringsSep " and " (key: "`${key}'") missing
            }.";
      line =
        rule:
        formats.pam.rule {
          option = where rule;
          type = stack;
          inherit (rule) control modulePath;
          args = if rule.settings == { } then rule.args else rule.args ++ settingArgs rule.settings;
        };
      # Equal orders are adjacent, as the list is sorted.
      equal = builtins.filter ({ fst, snd }: fst.order == snd.order) (
        lib.zipLists present (if present == [ ] then [ ] else builtins.tail present)
      );
    in
    if equal != [ ] then
      throw
        "${
          lib.concatMapStringsSep " and " (rule: "${where rule}.order") (
            lib.attrValues (builtins.head equal)
          )
        } are the same. Change one of them."
    else
      lib.concatMapStrings line present;

  serviceText =
    name: rules:
    lib.concatMapStrings (
      stack: stackText (lib.showOption [ "security" "pam" "services" name ]) stack rules.${stack}
    ) stacks;

  # The files as pam-auth-update writes them: success skips pam_deny, the next rule.
  common =
    let
      module = kind: control: name: "${kind}\t${control}\t${name}\n";
    in
    {
      auth =
        module "auth" "[success=1 default=ignore]" "pam_unix.so nullok"
        + module "auth" "requisite" "pam_deny.so"
        + module "auth" "required" "pam_permit.so";
      account =
        module "account" "[success=1 new_authtok_reqd=done default=ignore]" "pam_unix.so"
        + module "account" "requisite" "pam_deny.so"
        + module "account" "required" "pam_permit.so";
      password =
        module "password" "[success=1 default=ignore]" "pam_unix.so obscure yescrypt"
        + module "password" "requisite" "pam_deny.so"
        + module "password" "required" "pam_permit.so";
      session-noninteractive =
        module "session" "[default=1]" "pam_permit.so"
        + module "session" "requisite" "pam_deny.so"
        + module "session" "required" "pam_permit.so"
        + module "session" "optional" "pam_umask.so"
        + module "session" "required" "pam_unix.so";
      session = common.session-noninteractive + module "session" "optional" "pam_systemd.so";
    };

  limitsText = option: lib.concatMapStrings (formats.pam.limit option);

  services = lib.filterAttrs (_: s: s.enable && s.text != null) cfg.services;
  uses = what: lib.any what (lib.attrValues services);

  # The password "" is an empty field in /etc/shadow. NixOS writes a hash of the empty password instead, which all services but ssh
  # accept; to allow the same, services for people (login, sudo, su) accept empty passwords.
  person = { allowNullPassword = lib.mkDefault true; };
  byRoot = { rootOK = lib.mkDefault true; };
  # Lets only root log in during boot and shutdown.
  noLogin = {
    rules.account.nologin = {
      order = 10050;
      control = "required";
      modulePath = "pam_nologin.so";
    };
  };
in
{
  imports =
    [
      (lib.mkRemovedOptionModule [
        "security"
        "pam"
        "allowNullPassword"
      ] "Set security.pam.services.<name>.allowNullPassword.")
      (lib.mkRenamedOptionModule
        [ "security" "pam" "enableSSHAgentAuth" ]
        [ "security" "pam" "sshAgentAuth" "enable" ]
      )
    ]
    ++ map
      (
        { name, setting }:
        lib.mkRenamedOptionModule
          [ "security" "pam" "u2f" name ]
          [ "security" "pam" "u2f" "settings" setting ]
      )
      [
        {
          name = "authFile";
          setting = "authfile";
        }
        {
          name = "appId";
          setting = "appid";
        }
        {
          name = "origin";
          setting = "origin";
        }
        {
          name = "cue";
          setting = "cue";
        }
        {
          name = "debug";
          setting = "debug";
        }
        {
          name = "interactive";
          setting = "interactive";
        }
      ];

  options.security.pam = {
    services = mkOption {
      type = types.attrsOf (types.submodule [ { inherit (service) options; } serviceDefaults ]);
      default = { };
      example = { sudo.requireWheel = true; };
      description = "PAM services by name: each has a file in /etc/pam.d.";
    };
    loginLimits = mkOption {
      type = types.listOf service.limit;
      default = [ ];
      example = [
        {
          domain = "@audio";
          type = "-";
          item = "rtprio";
          value = 95;
        }
      ];
      description = "Resource limits of users' sessions, as in limits.conf(5).";
    };
    makeHomeDir = {
      skelDirectory = mkOption {
        type = types.str;
        default = "/etc/skel";
        description = "The directory whose contents are copied to new home directories.";
      };
      umask = mkOption {
        type = types.strMatching "[0-7]{1,4}";
        default = "0077";
        description =
          "The file mode mask for new home directories: 0077 keeps out everyone but the owner.";
      };
    };
    sshAgentAuth = {
      enable =
        lib.mkEnableOption "sudo with the keys of the user's SSH agent instead of a password";
      authorizedKeysFiles = mkOption {
        type = types.listOf types.str;
        default = [ "/etc/ssh/authorized_keys.d/%u" ];
        description =
          "Files with the public keys that are accepted. %u stands for the user's name, %h for the home directory. If a "
          + "user can write to such a file, any of the user's programs can become root.";
      };
    };
    u2f = {
      enable = lib.mkEnableOption "logins with security keys (U2F), by pam_u2f";
      control = mkOption {
        type = types.enum [ "required" "requisite" "sufficient" "optional" ];
        default = "sufficient";
        description =
          "How the security key counts, as in pam.conf(5): `sufficient` makes the key enough, `required` asks for the password as well.";
      };
      settings = mkOption {
        type = types.attrsOf (
          types.nullOr (types.oneOf [ types.bool types.str types.int types.path ])
        );
        default = { };
        example = {
          authfile = "/etc/u2f-mappings";
          cue = true;
        };
        description = "Arguments of pam_u2f(8).";
      };
    };
  };

  config = {
    assertions = import ../../lib/unique-names.nix { inherit lib; } "services of PAM" (
      lib.mapAttrsToList (name: s: {
        inherit (s) name;
        option = lib.showOption [ "security" "pam" "services" name "name" ];
      }) services
    );
    environment.etc =
      lib.mapAttrs' (name: text: lib.nameValuePair "pam.d/common-${name}" { inherit text; }) common
      // lib.mapAttrs' (
        name: s:
        lib.nameValuePair
          "pam.d/${formats.text.fileName { option = "security.pam.services"; file = "/etc/pam.d"; } s.name}"
          { inherit (s) text; }
      ) services
      // lib.mapAttrs' (
        name: s:
        lib.nameValuePair "security/limits-${s.name}.conf" {
          text = limitsText (lib.showOption [ "security" "pam" "services" name "limits" ]) s.limits;
        }
      ) (lib.filterAttrs (_: s: s.limits != cfg.loginLimits) services)
      // {
        # The session variables in pam_env's format.
        "security/pam_env.conf".text =
          "PATH DEFAULT=\"/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/usr/games\"\n"
          + lib.concatStrings (
            lib.mapAttrsToList (
              name: value:
              lib.optionalString (value != null) (
                formats.pam.variable {
                  option = "environment.sessionVariables";
                  inherit name value;
                }
              )
            ) config.environment.sessionVariables
          );
        environment.text = "";
      }
      // lib.optionalAttrs (cfg.loginLimits != [ ]) {
        "security/limits.d/50-nixos.conf".text =
          limitsText "security.pam.loginLimits" cfg.loginLimits;
      };

    system.basePackages =
      lib.optional (cfg.sshAgentAuth.enable && uses (s: s.sshAgentAuth)) "libpam-ssh-agent-auth"
      ++ lib.optional (uses (s: s.u2fAuth)) "libpam-u2f"
      ++ lib.optional (uses (s: s.googleAuthenticator.enable)) "libpam-google-authenticator"
      ++ lib.optional (uses (s: s.enableGnomeKeyring)) "libpam-gnome-keyring"
      ++ lib.optional (hasLastlog2 && uses (s: s.updateWtmp)) "libpam-lastlog2"
      ++ lib.optional (uses (s: s.forwardXAuth)) "xauth";

    # The PAM module finds the agent only if sudo keeps the variable with its socket.
    security.sudo.extraConfig =
      lib.mkIf cfg.sshAgentAuth.enable "Defaults env_keep+=SSH_AUTH_SOCK\n";

    security.pam.services = {
      login = lib.mkMerge [
        person
        noLogin
        {
          startSession = lib.mkDefault true;
          showMotd = lib.mkDefault true;
          failDelay.enable = lib.mkDefault true;
        }
      ];
      su = lib.mkMerge [ person byRoot ];
      su-l = lib.mkMerge [ person byRoot ];
      sudo = person // { sshAgentAuth = lib.mkDefault true; };
      sudo-i = person // { sshAgentAuth = lib.mkDefault true; };
      passwd = { };
      # A user whose shell is not in /etc/shells may not change it.
      chsh = lib.mkMerge [
        byRoot
        {
          rules.auth.shells = {
            order = 10050;
            control = "required";
            modulePath = "pam_shells.so";
          };
        }
      ];
      chfn = byRoot;
      chpasswd = byRoot;
      newusers = byRoot;
      runuser = byRoot // {
        unixAuth = lib.mkDefault false;
        setEnvironment = lib.mkDefault false;
      };
      runuser-l = byRoot // { unixAuth = lib.mkDefault false; };
      # For users' service managers, as systemd's package has it.
      systemd-user.startSession = lib.mkDefault true;
      polkit-1 = lib.mkIf config.security.polkit.enable person;
    };

    warnings =
      lib.optional
        (
          cfg.sshAgentAuth.enable
          && lib.any (
            file: lib.hasPrefix "%h" file || lib.hasPrefix "~" file
          ) cfg.sshAgentAuth.authorizedKeysFiles
        )
        (
          "security.pam.sshAgentAuth.authorizedKeysFiles has files in users' home directories: any program of a user that writes a key "
          + "there can become root. Use files that only root can write."
        );
  };
}
