# sshd_config(5), known_hosts and authorized_keys.
{ lib }:

let
  inherit (builtins) elem isList;
  text = import ./text.nix { inherit lib; };

  asText = v: if v == true then "yes" else if v == false then "no" else toString v;
  at = option: {
    inherit option;
    file = "sshd_config";
  };

  # Keywords whose lists are one line, separated by commas or blanks. Other lists are a line for each entry.
  commaLists = [
    "Ciphers"
    "KexAlgorithms"
    "Macs"
    "MACs"
    "HostKeyAlgorithms"
    "AuthenticationMethods"
    "PubkeyAcceptedAlgorithms"
  ];
  blankLists = [
    "AllowUsers"
    "AllowGroups"
    "DenyUsers"
    "DenyGroups"
    "AuthorizedKeysFile"
    "PermitListen"
    "PermitOpen"
  ];
in
rec {
  /* A keyword with its arguments. */
  line =
    option: keyword: value:
    if builtins.match "[[:space:]]*" value != null then
      text.refuse (at option) "no value at all" value
    else
      "${keyword} ${text.line (at option) value}\n";

  /* A setting of services.openssh.settings: one value or a list, or null for none. */
  setting =
    keyword: v:
    let
      option = lib.showOption [ "services" "openssh" "settings" keyword ];
      entry = line option (
        text.restrict
          "[a-zA-Z0-9]+"
          "anything but letters and digits in a keyword"
          (at option)
          keyword
      );
    in
    if v == null then
      ""
    else if isList v then
      # Without names there would be no line, so no limit: everyone could log in.
      if
        v == [ ] && elem keyword (commaLists ++ blankLists)
      then
        text.refuse (at option) "an empty list" v
      else if elem keyword commaLists then
        entry (lib.concatMapStringsSep "," asText v)
      else if elem keyword blankLists then
        entry (lib.concatMapStringsSep " " asText v)
      else
        lib.concatMapStrings (x: entry (asText x)) v
    else
      entry (asText v);

  /* A line of ssh_known_hosts: names with commas between them, and a key. */
  knownHost =
    {
      option,
      certAuthority,
      hostNames,
      key,
    }:
    let
      where = name: {
        option = "${option}.${name}";
        file = "ssh_known_hosts";
      };
      name = text.restrict "[^[:space:][:cntrl:],]+" "blanks, commas or line breaks, nor be empty" (
        where "hostNames"
      );
    in
    lib.optionalString certAuthority "@cert-authority "
    + "${lib.concatMapStringsSep "," name hostNames} ${text.wholeLine (where "publicKey") key}\n";
}
