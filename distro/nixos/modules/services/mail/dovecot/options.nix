# The options of Dovecot beside its settings, and their older names.
{ lib, pkgs, ... }:

let
  inherit (lib) mkOption;
  types = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) flag line orNullLike;
  inherit (import ../../../../lib/set-types.nix { inherit lib; }) checkedListOf setWith;
  here = [ "services" "dovecot2" ];

  words =
    example: description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit example description;
    };
  plugins =
    example: description:
    mkOption {
      type = types.submodule { options.enable = words [ example ] "The names of plugins."; };
      default = { };
      inherit description;
    };

  mailbox = types.submodule (
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.strMatching "[^\"[:cntrl:]]+";
          default = name;
          readOnly = true;
          description = "The name of the mailbox.";
        };
        auto = mkOption {
          type = types.enum [ "no" "create" "subscribe" ];
          default = "no";
          description = "Whether it is made, and users are subscribed to it.";
        };
        specialUse =
          orNullLike
            (types.enum [
              "All"
              "Archive"
              "Drafts"
              "Flagged"
              "Junk"
              "Sent"
              "Trash"
            ])
            "Junk"
            "What programs are to use it for.";
        autoexpunge = orNullLike types.str "60d" "After what time messages in it are deleted.";
      };
    }
  );
  # Before 20.09 they were a list.
  mailboxes = types.coercedTo (checkedListOf (setWith { required.name = types.str; })) (
    list:
    builtins.listToAttrs (
      map (entry: lib.nameValuePair entry.name (removeAttrs entry [ "name" ])) list
    )
  ) (types.attrsOf mailbox);

  imapsieve = types.submodule {
    options = {
      name = mkOption {
        type = types.str;
        example = "Junk";
        description =
          "The mailbox to which a message goes, or in which its flags change; `*` for any.";
      };
      from = orNullLike types.str "*" "The mailbox from which it comes; null and `*` for any.";
      causes = mkOption {
        type = types.listOf (types.enum [ "APPEND" "COPY" "FLAG" ]);
        default = [ ];
        description = "The actions that are meant; none for all of them.";
      };
      before =
        orNullLike types.path "./report-spam.sieve" "The script that runs before the user's.";
      after = orNullLike types.path "./report-spam.sieve" "The script that runs after the user's.";
    };
  };
in
{
  imports = [
    (lib.mkRenamedOptionModule (here ++ [ "mailUser" ]) (here ++ [ "settings" "mail_uid" ]))
    (lib.mkRenamedOptionModule (here ++ [ "mailGroup" ]) (here ++ [ "settings" "mail_gid" ]))
    (lib.mkRenamedOptionModule (here ++ [ "sieveScripts" ]) (here ++ [ "sieve" "scripts" ]))
    (lib.mkRemovedOptionModule
      (here ++ [ "pluginSettings" ])
      "Debian has Dovecot 2.4, whose plugins have settings as others do: set them in services.dovecot2.settings."
    )
  ];

  options.services.dovecot2 = {
    enable = lib.mkEnableOption "Dovecot, a server of mailboxes by IMAP and POP3";
    package = lib.mkPackageOption pkgs "dovecot" { };
    enableImap = flag true "Whether mailboxes are served by IMAP.";
    enablePop3 = flag false "Whether mailboxes are served by POP3.";
    enableLmtp = flag false "Whether mail is received by LMTP.";
    protocols = words [ "sieve" ] "Further protocols.";
    user = line "dovecot2" "The user of its internal processes.";
    group = line "dovecot2" "Their group.";
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "mail_debug = yes";
      description = "Lines at the end of dovecot.conf, in the language of Dovecot 2.4.";
    };
    configFile =
      orNullLike
        types.path
        "/etc/nixos/dovecot.conf"
        "The whole dovecot.conf, in place of all other settings.";
    includeFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      example = [ "/run/secrets/dovecot-passwords.conf" ];
      description = "Files, also of the machine, that dovecot.conf includes.";
    };
    mailLocation = orNullLike types.str "maildir:~/Maildir" (
      "Where mailboxes are, as Dovecot 2.3 says it; null for what `settings` have. NixOS has removed the option; "
      + "`settings.mail_driver` and `settings.mail_path` take its place."
    );
    createMailUser =
      flag
        true
        "Whether the user and the group of `settings.mail_uid` and `settings.mail_gid` are made.";
    modules = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.dovecot_pigeonhole ]";
      description = "Packages with further modules.";
    };
    mailPlugins = {
      globally = plugins "acl" "Plugins for all protocols.";
      perProtocol = mkOption {
        type =
          types.addCheck
            (types.attrsOf (
              types.submodule { options.enable = words [ "imap_acl" ] "The names of plugins."; }
            ))
            (
              value:
              lib.all (name: builtins.match "[a-z0-9_-]+" name != null) (
                if builtins.isAttrs value then lib.attrNames value else [ ]
              )
            );
        default = { };
        example = { imap.enable = [ "imap_acl" ]; };
        description = "Plugins for each protocol.";
      };
    };
    sslServerCert =
      orNullLike
        types.str
        "/var/lib/acme/mail.example.org/fullchain.pem"
        "A file in the machine with the server's certificate.";
    sslServerKey =
      orNullLike
        types.str
        "/var/lib/acme/mail.example.org/key.pem"
        "A file in the machine with its key.";
    sslCACert =
      orNullLike
        types.str
        "/etc/ssl/own-authority.pem"
        "A file in the machine with the authority of clients' certificates.";
    enableDHE =
      flag
        true
        "Whether keys may be exchanged by Diffie-Hellman, with the primes that Debian's package has.";
    enablePAM = flag true "Whether users of the machine log in with their passwords.";
    showPAMFailure = flag false "Whether users see why PAM refuses them.";
    mailboxes = mkOption {
      type = mailboxes;
      default = { };
      example = {
        Spam = {
          specialUse = "Junk";
          auto = "create";
        };
      };
      description = "Mailboxes that each user has.";
    };
    enableQuota = flag false "Whether there is a limit to what a user's mailboxes have.";
    quotaPort =
      line
        "12340"
        "The port at which Postfix asks about it, by `check_policy_service inet:localhost:12340`.";
    quotaGlobalPerUser = line "100G" "How much each user may have.";
    imapsieve.mailbox = mkOption {
      type = types.listOf imapsieve;
      default = [ ];
      description =
        "Sieve scripts that run when messages are moved. They need the plugin `imap_sieve` in `mailPlugins.perProtocol.imap.enable` "
        + "and `sieve_imapsieve` in `sieve.plugins`.";
    };
    sieve = {
      plugins = words [ "sieve_extprograms" ] "Plugins of Sieve.";
      extensions = words [
        "notify"
        "vnd.dovecot.filter"
      ] "Extensions that users' scripts may use, too.";
      globalExtensions = words [
        "vnd.dovecot.environment"
      ] "Extensions that the machine's scripts may use, too.";
      scripts = mkOption {
        type = types.attrsOf types.path;
        default = { };
        example = { before = ./spam.sieve; };
        description =
          "Scripts for all users, or folders of scripts: `before`, `before2` and so on, `after`, `default`, `discard`.";
      };
      pipeBins = mkOption {
        type = types.listOf types.path;
        default = [ ];
        description = "Programs for the extension `vnd.dovecot.pipe`.";
      };
    };
  };
}
