# services.postfix.settings.main: the options of main.cf that have types of their own, and its text.
{ lib, config }:

let
  inherit (lib) mkOption;
  types = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../../lib/formats { inherit lib; }) text;
  orNull =
    type: default: description:
    mkOption {
      type = types.nullOr type;
      inherit default description;
    };
  words = types.listOf types.str;
in
{
  type = types.submodule {
    freeformType = types.attrsOf (
      types.nullOr (types.oneOf [ types.bool types.int types.str words ])
    );
    options = {
      message_size_limit = orNull types.int 10240000 "How many bytes a message may have.";
      mydestination = orNull (types.either types.str words) [
        "$myhostname"
        "localhost.$mydomain"
        "localhost"
      ] "The domains whose mail is for users of this machine.";
      myhostname =
        orNull types.str null "The machine's name in mail; null for its host name and domain.";
      mynetworks =
        orNull
          words
          null
          "The networks of clients that may send through this machine; null goes by `mynetworks_style`.";
      mynetworks_style =
        orNull
          (types.enum [ "host" "subnet" "class" ])
          "host"
          "Which of the machine's own networks are those.";
      recipient_delimiter =
        orNull types.str "" "Characters that separate an extension from a user's name.";
      relayhost =
        orNull words [ ] "The hosts that mail is sent through, such as `[relay.example.org]:587`.";
      relay_domains = orNull words [ ] "Domains of others that this machine takes mail for.";
      smtp_tls_CAfile = mkOption {
        type = types.path;
        default = "/etc/ssl/certs/ca-certificates.crt";
        description = "The certificates that other servers are checked with.";
      };
      smtp_tls_security_level = mkOption {
        type = types.enum [
          "none"
          "may"
          "encrypt"
          "dane"
          "dane-only"
          "fingerprint"
          "verify"
          "secure"
        ];
        default = "may";
        description = "Whether mail is sent by TLS.";
      };
      smtpd_tls_chain_files = mkOption {
        type = types.listOf types.path;
        default = [ ];
        example = [
          "/var/lib/acme/mail.example.org/privkey.pem"
          "/var/lib/acme/mail.example.org/fullchain.pem"
        ];
        description =
          "Files in the machine with the server's key and its certificate, in this order.";
      };
      smtpd_tls_security_level = mkOption {
        type = types.enum [ "none" "may" "encrypt" ];
        default =
          if config.services.postfix.settings.main.smtpd_tls_chain_files != [ ] then
            "may"
          else
            "none";
        defaultText =
          lib.literalExpression ''if smtpd_tls_chain_files != [ ] then "may" else "none"'';
        description = "Whether mail is received by TLS.";
      };
    };
  };

  /* The text of main.cf. A list has a line for each element; a line that is not indented would be another setting. */
  text =
    settings:
    let
      at = name: {
        option = "services.postfix.settings.main.${lib.strings.escapeNixIdentifier name}";
        file = "main.cf";
      };
      key =
        name:
        text.restrict
          "[A-Za-z_][A-Za-z0-9_.-]*"
          "anything but letters, digits, `_', `.' and `-' in a setting's name"
          (at name)
          name;
      word =
        name: value:
        if value == true then
          "yes"
        else if value == false then
          "no"
        else
          lib.concatStringsSep "\n  " (
            map (text.line (at name)) (
              builtins.filter (line: lib.trim line != "") (lib.splitString "\n" (toString value))
            )
          );
      value =
        name: v:
        if builtins.isList v then lib.concatMapStringsSep ",\n  " (word name) v else word name v;
    in
    lib.concatStrings (
      lib.mapAttrsToList (name: v: "${key name} = ${value name v}\n") (
        lib.filterAttrs (_: v: v != null) settings
      )
    );
}
