# The options of Postfix beside its settings, and their older names.
{ lib, pkgs, ... }:

let
  inherit (lib) mkOption;
  types = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) flag line;
  here = [ "services" "postfix" ];
  renamed = old: new: lib.mkRenamedOptionModule (here ++ [ old ]) (here ++ [ "settings" ] ++ new);
  removed = name: instead: lib.mkRemovedOptionModule (here ++ [ name ]) instead;

  lines =
    example: description:
    mkOption {
      type = types.lines;
      default = "";
      inherit example description;
    };
  mapType =
    description:
    mkOption {
      type = types.enum [ "hash" "regexp" "pcre" ];
      default = "hash";
      inherit description;
    };
  submission =
    settings: description:
    mkOption {
      type = types.attrsOf types.str;
      default = {
        smtpd_sasl_auth_enable = "yes";
        smtpd_client_restrictions = "permit_sasl_authenticated,reject";
        milter_macro_daemon_name = "ORIGINATING";
      } // settings;
      inherit description;
    };
  files =
    description:
    mkOption {
      type = types.attrsOf types.path;
      default = { };
      inherit description;
    };
in
{
  imports = [
    (renamed "networks" [ "main" "mynetworks" ])
    (renamed "networksStyle" [ "main" "mynetworks_style" ])
    (renamed "hostname" [ "main" "myhostname" ])
    (renamed "domain" [ "main" "mydomain" ])
    (renamed "origin" [ "main" "myorigin" ])
    (renamed "destination" [ "main" "mydestination" ])
    (renamed "relayDomains" [ "main" "relay_domains" ])
    (renamed "recipientDelimiter" [ "main" "recipient_delimiter" ])
    (renamed "tlsTrustedAuthorities" [ "main" "smtp_tls_CAfile" ])
    (renamed "config" [ "main" ])
    (renamed "masterConfig" [ "master" ])
    (removed "sslCACert" "Set services.postfix.settings.main.smtp_tls_CAfile instead.")
    (removed
      "sslCert"
      "Set services.postfix.settings.main.smtpd_tls_chain_files, the key and the certificate, instead."
    )
    (removed
      "sslKey"
      "Set services.postfix.settings.main.smtpd_tls_chain_files, the key and the certificate, instead."
    )
    (removed
      "lookupMX"
      "Write the host of services.postfix.settings.main.relayhost in brackets, or without for lookupMX."
    )
    (removed
      "relayHost"
      "Set services.postfix.settings.main.relayhost = [ \"[host]:port\" ] instead."
    )
    (removed
      "relayPort"
      "Set services.postfix.settings.main.relayhost = [ \"[host]:port\" ] instead."
    )
    (removed "useSrs" "Rewrite senders with Debian's postsrsd instead.")
    (lib.mkChangedOptionModule
      (here ++ [ "useDane" ])
      (here ++ [ "settings" "main" "smtp_tls_security_level" ])
      (config: lib.mkIf config.services.postfix.useDane "dane")
    )
  ];

  options.services.postfix = {
    enable = lib.mkEnableOption "Postfix, a server of mail";
    package = lib.mkPackageOption pkgs "postfix" { };
    enableSmtp = flag true "Whether mail is received at port 25, and sent.";
    enableSubmission = flag false "Whether users submit mail at port 587, by STARTTLS.";
    enableSubmissions = flag false "Whether users submit mail at port 465, by TLS.";
    submissionOptions = submission {
      smtpd_tls_security_level = "encrypt";
    } "Settings of the service at port 587.";
    submissionsOptions =
      submission { } "Settings of the service at port 465, which always needs TLS.";
    setSendmail = flag true "Whether /run/wrappers/bin/sendmail is Postfix's.";
    user = line "postfix" "The user as whom Postfix runs.";
    group = line "postfix" "Its group.";
    setgidGroup = line "postdrop" "The group by which users put mail into the queue.";
    postmasterAlias = line "root" "Who gets the mail to postmaster: addresses between commas.";
    rootAlias = line "" "Who gets root's mail: addresses between commas.";
    extraAliases = lines "admin: alice" "Lines for the aliases, as in aliases(5).";
    aliasMapType = mapType "What the aliases are: addresses, or patterns.";
    canonical =
      lines
        "alice@example.org alice.smith@example.org"
        "Lines for the addresses that are rewritten, as in canonical(5).";
    virtual =
      lines "info@example.org alice" "Lines for the aliases of other domains, as in virtual(5).";
    virtualMapType = mapType "What `virtual` has: addresses, or patterns.";
    localRecipients = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      example = [ "alice" "@example.org" ];
      description = "The users and addresses that get mail; null for all users of the machine.";
    };
    transport =
      lines
        "example.org smtp:[mail.example.org]"
        "Lines for how mail is delivered, as in transport(5).";
    dnsBlacklists = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "zen.spamhaus.org" ];
      description = "Lists in DNS of clients that are refused.";
    };
    dnsBlacklistOverrides = lines "192.0.2.1 OK" "Clients that are let through, as in access(5).";
    extraConfig =
      lines
        ""
        "Lines that are appended to main.cf. NixOS has removed the option; `settings.main` takes its place.";
    extraMasterConf =
      lines "submission inet n - n - - smtpd" "Lines that are appended to master.cf.";
    enableHeaderChecks = flag false "Whether headers are checked.";
    headerChecks = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            pattern = line "/^.*/" "A regular expression of headers.";
            action = line "DUNNO" "What is done with them.";
          };
        }
      );
      default = [ ];
      example = [
        {
          pattern = "/^X-Spam-Flag:/";
          action = "REDIRECT spam@example.org";
        }
      ];
      description = "Checks of headers.";
    };
    extraHeaderChecks =
      lines "/^X-Spam-Flag:/ REDIRECT spam@example.org" "Lines for the checks of headers.";
    aliasFiles = files "Files of aliases, which postalias compiles: /etc/postfix/NAME.";
    mapFiles = files "Files of tables, which postmap compiles: /etc/postfix/NAME.";
  };
}
