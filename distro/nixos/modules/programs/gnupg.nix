# GnuPG and its agent, which sockets of each user's session start.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.gnupg;
  inherit (import ../../lib/formats { inherit lib; }) text;

  settings = types.attrsOf (
    types.nullOr (
      types.oneOf [
        types.str
        types.int
        types.bool
        (types.listOf types.str)
      ]
    )
  );
  # gpg-agent(1) reads one option in a line: a word and the rest.
  configuration = lib.concatStrings (
    lib.flatten (
      lib.mapAttrsToList (
        name: value:
        let
          at = {
            option = "programs.gnupg.agent.settings.${name}";
            file = "/etc/gnupg/gpg-agent.conf";
          };
          key = text.uncommentedWord at name;
          line = v: "${key} ${text.line at (toString v)}\n";
        in
        if value == null || value == false then
          [ ]
        else if value == true then
          "${key}\n"
        else if builtins.isList value then
          map line value
        else
          line value
      ) cfg.agent.settings
    )
  );

  socket = description: file: fileDescriptor: {
    inherit description;
    wantedBy = [ "sockets.target" ];
    socketConfig = {
      ListenStream = "%t/gnupg/${file}";
      FileDescriptorName = fileDescriptor;
      Service = "gpg-agent.service";
      SocketMode = "0600";
      DirectoryMode = "0700";
    };
  };
in
{
  imports = [
    (lib.mkRemovedOptionModule
      [ "programs" "gnupg" "agent" "pinentryFlavor" ]
      "Use programs.gnupg.agent.pinentryPackage instead, for instance `pkgs.pinentry-curses'."
    )
  ];

  options.programs.gnupg = {
    package = lib.mkPackageOption pkgs "gnupg" { };
    agent = {
      enable =
        lib.mkEnableOption
          "GnuPG's agent, which keeps keys for each user's session and starts on first use";
      enableSSHSupport = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the agent serves ssh, too, in place of ssh-agent (`SSH_AUTH_SOCK`).";
      };
      enableExtraSocket = mkOption {
        type = types.bool;
        default = false;
        description =
          "Whether there is a socket of fewer rights, for agents that are forwarded to other machines.";
      };
      enableBrowserSocket = mkOption {
        type = types.bool;
        default = false;
        description = "Whether there is a socket for web browsers.";
      };
      pinentryPackage = mkOption {
        type = types.nullOr types.package;
        default = pkgs.pinentry-curses;
        defaultText = lib.literalExpression "pkgs.pinentry-curses";
        example = lib.literalExpression "pkgs.pinentry-tty";
        description = "The program that asks for passphrases. If null, users choose it.";
      };
      settings = mkOption {
        type = settings;
        default = { };
        example = { default-cache-ttl = 600; };
        description =
          "Options in /etc/gnupg/gpg-agent.conf, as in gpg-agent(1). true gives an option without a value.";
      };
    };
    dirmngr.enable =
      lib.mkEnableOption "GnuPG's daemon for certificates and key servers, started on first use";
  };

  config = lib.mkMerge [
    (mkIf cfg.agent.enable {
      environment.systemPackages = [ cfg.package ] ++ lib.toList cfg.agent.pinentryPackage;
      programs.gnupg.agent.settings = mkIf (cfg.agent.pinentryPackage != null) {
        pinentry-program = lib.mkDefault (lib.getExe cfg.agent.pinentryPackage);
      };
      environment.etc."gnupg/gpg-agent.conf".text = configuration;
      environment.interactiveShellInit = ''
        export GPG_TTY=$(tty)
      '';

      systemd.user.services.gpg-agent = {
        description = "GnuPG cryptographic agent and passphrase cache";
        requires = [ "gpg-agent.socket" ];
        serviceConfig = {
          ExecStart = "${cfg.package}/bin/gpg-agent --supervised";
          ExecReload = "${cfg.package}/bin/gpgconf --reload gpg-agent";
        };
      };
      systemd.user.sockets = {
        gpg-agent = socket "GnuPG cryptographic agent and passphrase cache" "S.gpg-agent" "std";
        gpg-agent-ssh = mkIf cfg.agent.enableSSHSupport (
          socket "GnuPG cryptographic agent in place of ssh-agent" "S.gpg-agent.ssh" "ssh"
        );
        gpg-agent-extra = mkIf cfg.agent.enableExtraSocket (
          socket "GnuPG cryptographic agent with fewer rights" "S.gpg-agent.extra" "extra"
        );
        gpg-agent-browser = mkIf cfg.agent.enableBrowserSocket (
          socket "GnuPG cryptographic agent for web browsers" "S.gpg-agent.browser" "browser"
        );
      };
    })
    (mkIf (cfg.agent.enable && cfg.agent.enableSSHSupport) {
      # The agent asks for passphrases at the terminal that was used last, which ssh makes its own.
      programs.ssh.extraConfig = ''
        Match host * exec "${cfg.package}/bin/gpg-connect-agent --quiet updatestartuptty /bye >/dev/null 2>&1"
      '';
      environment.extraInit = ''
        if [ -z "$SSH_AUTH_SOCK" ]; then
          export SSH_AUTH_SOCK=$(${cfg.package}/bin/gpgconf --list-dirs agent-ssh-socket)
        fi
      '';
      assertions = [
        {
          assertion = !config.programs.ssh.startAgent;
          message =
            "programs.gnupg.agent.enableSSHSupport and programs.ssh.startAgent both set SSH_AUTH_SOCK. Turn one of them off.";
        }
      ];
    })
    (mkIf cfg.dirmngr.enable {
      environment.systemPackages = [ pkgs.debianPackages.dirmngr ];
      systemd.user.services.dirmngr = {
        description = "GnuPG network certificate management daemon";
        requires = [ "dirmngr.socket" ];
        serviceConfig = {
          ExecStart = "/usr/bin/dirmngr --supervised";
          ExecReload = "${cfg.package}/bin/gpgconf --reload dirmngr";
        };
      };
      systemd.user.sockets.dirmngr = {
        description = "GnuPG network certificate management daemon";
        wantedBy = [ "sockets.target" ];
        socketConfig = {
          ListenStream = "%t/gnupg/S.dirmngr";
          SocketMode = "0600";
          DirectoryMode = "0700";
        };
      };
    })
  ];
}
