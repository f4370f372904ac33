# Checks of addresses and networks. A check returns whether a text is one; a problem is a list: of one message, or empty.
{ lib }:

let
  inherit (builtins) elemAt head match tryEval;

  byte = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
  ipv4 = "${byte}([.]${byte}){3}";

  isIPv4 = text: match ipv4 text != null;
  isIPv6 =
    text:
    let
      # The last two pieces may be an address of IPv4.
      mapped = match "(.*:)([0-9.]+)" text;
      pieces = "([0-9a-fA-F]{0,4}:){2,}[0-9a-fA-F]{0,4}";
      isPieces =
        t:
        match pieces t != null
        && (tryEval (builtins.deepSeq (lib.network.ipv6.fromString t) true)).success;
    in
    if mapped != null && lib.hasInfix "." (elemAt mapped 1) then
      isIPv4 (elemAt mapped 1) && isPieces "${head mapped}0:0"
    else
      isPieces text;

  families = {
    ipv4 = {
      title = "IPv4";
      bits = 32;
      is = isIPv4;
      other = "ipv6";
    };
    ipv6 = {
      title = "IPv6";
      bits = 128;
      is = isIPv6;
      other = "ipv4";
    };
  };
  familyOf = text: if isIPv4 text then "ipv4" else if isIPv6 text then "ipv6" else null;

  # "10.0.0.0/8" -> [ "10.0.0.0" "8" ], "10.0.0.1" -> null.
  cidr = match "([^/]*)/([0-9]{1,3})";
  isNetworkOf =
    family: text:
    let
      parts = cidr text;
    in
    parts != null
    && families.${family}.is (head parts)
    && lib.toIntBase10 (elemAt parts 1) <= families.${family}.bits;
in
rec {
  inherit isIPv4 isIPv6 familyOf;
  isAddress = text: familyOf text != null;
  /* An address with the length of its prefix, "10.0.0.0/8". */
  isNetwork = text: isNetworkOf "ipv4" text || isNetworkOf "ipv6" text;
  isAddressOrNetwork = text: isAddress text || isNetwork text;
  /* An address, a network or a range of addresses of one family. */
  isRangeOf =
    family: text:
    let
      ends = lib.splitString "-" text;
    in
    isNetworkOf family text || builtins.length ends <= 2 && lib.all families.${family}.is ends;

  /* A MAC address, of Ethernet or InfiniBand, in one of the forms that systemd reads. */
  isMACAddress =
    text:
    match
        "[0-9a-fA-F]{1,2}((:[0-9a-fA-F]{1,2}){5}|(-[0-9a-fA-F]{1,2}){5}|(:[0-9a-fA-F]{1,2}){19})"
        text
      != null
    || match "[0-9a-fA-F]{1,4}([.][0-9a-fA-F]{1,4}){2}" text != null;

  /* A server of DNS as systemd-resolved reads it: an address, [ADDRESS]:PORT or ADDRESS:PORT, then %INTERFACE and #NAME. */
  isNameServer =
    text:
    let
      parts = match "([][0-9a-fA-F:.]+)(%[^#[:space:]]+)?(#[^[:space:]]+)?" text;
      address = head parts;
      bracketed = match "\\[([^]]*)](:[0-9]+)?" address;
      withPort = match "([0-9.]+):[0-9]+" address;
    in
    parts != null
    && (
      if bracketed != null then
        isIPv6 (head bracketed)
      else if withPort != null then
        isIPv4 (head withPort)
      else
        isAddress address
    );

  /* What is wrong with an address of `family` ("ipv4" or "ipv6"; null for either) that has no prefix. `length` is the option of the
     prefix's length, if there is one. */
  addressProblem =
    {
      family ? null,
      length ? null,
    }:
    option: value:
    let
      parts = cidr value;
      isRight = if family == null then isAddress else families.${family}.is;
      kind = if family == null then "" else " of ${families.${family}.title}";
    in
    if isRight value then
      [ ]
    else
      [
        (
          "${option} is \"${value}\", "
          + (
            if parts != null && isRight (head parts) then
              "an address with its prefix length. Write it without \"/${
                elemAt parts 1
              }\"${lib.optionalString (length != null) ", and set ${length} = ${elemAt parts 1}"}."
            else if family != null && families.${families.${family}.other}.is value then
              "an address of ${families.${families.${family}.other}.title}. Write one${kind}."
            else
              "which is not an address${kind}. Correct it."
          )
        )
      ];

  /* What is wrong with an address that may have a prefix; `family` as before. */
  networkProblem =
    {
      family ? null,
    }:
    option: value:
    let
      isRight =
        if family == null then
          isAddressOrNetwork value
        else
          families.${family}.is value || isNetworkOf family value;
      examples = {
        ipv4 = "\"192.0.2.1/24\"";
        ipv6 = "\"2001:db8::1/64\"";
      };
    in
    lib.optional (!isRight) (
      "${option} has \"${value}\", which is not an address${
        lib.optionalString (family != null) " of ${families.${family}.title}"
      }, with or without its prefix length. Write it as in ${
        if family == null then "${examples.ipv4} or ${examples.ipv6}" else examples.${family}
      }."
    );

  nameServerProblem =
    option: value:
    lib.optional (!isNameServer value) (
      "${option} has \"${value}\", which is not the address of a DNS server. Write an address, as in \"192.0.2.1\", \"[2001:db8::1]:53\" "
      + "or \"192.0.2.1#dns.example.com\"."
    );

  macAddressProblem =
    option: value:
    lib.optional (!isMACAddress value) (
      "${option} is \"${value}\", which is not a MAC address. Write it as in \"52:54:00:12:34:56\"."
    );
}
