# IPv6 addresses as lists of eight 16-bit numbers (RFC 4291, section 2.2, the first two forms).
{ lib }:

let
  inherit (builtins) elemAt filter genList head length map match;

  pieces = 8;
  bits = 128;

  isPiece = p: p != "";
  split = lib.splitString ":";

  # "2001:DB8::1" -> its eight pieces, as text.
  expand =
    text:
    let
      invalid = throw "${text} is not a valid IPv6 address";
      halves = lib.splitString "::" text;
      given = map (half: if half == "" then [ ] else split half) halves;
      all = builtins.concatLists given;
      # "::" stands for at least one piece.
      missing = pieces - length all;
    in
    if match "[0-9A-Fa-f:]+" text == null then
      throw "${text} contains malformed characters for IPv6 address"
    else if !(builtins.all isPiece all) || length halves > 2 then
      invalid
    else if length halves == 1 then
      (if missing == 0 then all else invalid)
    else if missing < 1 then
      invalid
    else
      head given ++ genList (_: "0") missing ++ elemAt given 1;

  number =
    piece:
    let
      n = lib.fromHexString piece;
    in
    if n <= 65535 then n else throw "0x${piece} is not a valid u16 integer";

  parseAddress = text: map number (expand text);
in
{
  /* "ADDRESS" or "ADDRESS/LENGTH" -> { address, prefixLength }. */
  parse =
    text:
    let
      parts = lib.splitString "/" text;
      prefixLength = lib.toInt (elemAt parts 1);
    in
    if length parts == 1 then
      {
        address = parseAddress text;
        prefixLength = bits;
      }
    else if length parts > 2 then
      throw "${text} is not a valid IPv6 address in CIDR notation"
    else
      {
        address = parseAddress (head parts);
        prefixLength =
          if prefixLength >= 1 && prefixLength <= bits then
            prefixLength
          else
            throw
              "${text} IPv6 subnet should be in range [1;${toString bits}], got ${toString prefixLength}";
      };

  /* In lower case, without leading zeros; runs of zeros stay as they are. */
  show = lib.concatMapStringsSep ":" (piece: lib.toLower (lib.toHexString piece));
}
