# torrc: lines of a name and a value.
{ lib }:

let
  inherit (import ../../../../lib/formats { inherit lib; }) text;

  # A port or address with flags, as { port = 9050; addr = "127.0.0.1"; IsolateDestAddr = true; }.
  listener =
    v:
    let
      address = lib.optionalString (v.addr or null != null) "${v.addr}:";
      flags = lib.filterAttrs (
        name: flag: name != "addr" && name != "port" && name != "flags" && flag == true
      ) v;
    in
    lib.concatStringsSep " " (
      [ "${address}${toString (v.port or "auto")}" ] ++ v.flags or [ ] ++ lib.attrNames flags
    );
  shown =
    v:
    if v == true then
      "1"
    else if v == false then
      "0"
    else if lib.isAttrs v then
      listener v
    else
      toString v;

  # Settings whose list is one line.
  joined = {
    AutomapHostsSuffixes = ",";
    ExcludeNodes = ",";
    EntryNodes = ",";
    ExitNodes = ",";
    MyFamily = ",";
  };
in
{
  /* Lines of several sets, in their order. `option` is the path of the option that has them. */
  lines =
    option:
    lib.concatMapStrings (
      settings:
      lib.concatStrings (
        lib.mapAttrsToList (
          name: value:
          let
            at = {
              option = lib.showOption (option ++ [ name ]);
              file = "torrc";
            };
            key =
              text.restrict
                "[a-zA-Z0-9_]+"
                "anything but letters, digits and `_' in a setting's name"
                at
                name;
            line = v: "${key} ${text.line at (shown v)}\n";
          in
          if value == null then
            ""
          else if lib.isList value && joined ? ${name} then
            line (lib.concatMapStringsSep joined.${name} shown value)
          else
            lib.concatMapStrings line (lib.toList value)
        ) settings
      )
    );
}
