# services.openldap.settings: the type of an entry, and its LDIF as in ldif(5).
{ lib }:

let
  inherit (lib) mkOption;
  types = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../../lib/formats { inherit lib; }) text;

  # The text of a value may have several lines; a file is read when the configuration is loaded.
  value = lib.types.either lib.types.str (
    lib.types.submodule {
      options = {
        path = mkOption {
          type = types.nullOr types.path;
          default = null;
          description = "A file with the value, also one of the machine.";
        };
        base64 = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "The value in base64.";
        };
      };
    }
  );
  options = {
    attrs = mkOption {
      type = types.attrsOf (types.either value (types.listOf value));
      default = { };
      description = "The attributes of the entry.";
    };
    children = mkOption {
      # Entries below entries, to any depth.
      type = types.attrsOf (types.submodule { inherit options; });
      visible = "shallow";
      default = { };
      description = "The entries below it, by the first part of their names.";
    };
    includes = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "LDIF files after the entry, and before those below it.";
    };
  };

  at = dn: name: {
    option = "services.openldap.settings, entry ${dn}, attribute ${name}";
    file = "config.ldif";
  };
  line =
    dn: name: v:
    let
      key =
        text.restrict
          "[A-Za-z][A-Za-z0-9;-]*"
          "anything but letters, digits, `-' and `;' in an attribute's name"
          (at dn name)
          name;
    in
    if builtins.isString v then
      "${key}: ${builtins.replaceStrings [ "\n" ] [ "\n " ] (lib.removeSuffix "\n" v)}\n"
    else if v.path != null then
      "${key}:< file://${text.line (at dn name) "${toString v.path}"}\n"
    else
      "${key}:: ${text.word (at dn name) v.base64}\n";
  entry =
    dn: e:
    "dn: ${text.line (at dn "dn") dn}\n"
    + lib.concatStrings (
      lib.mapAttrsToList (
        name: values: lib.concatMapStrings (line dn name) (lib.toList values)
      ) e.attrs
    )
    + "\n"
    + lib.concatMapStrings (
      file: "include: file://${text.line (at dn "includes") file}\n\n"
    ) e.includes
    + lib.concatStrings (lib.mapAttrsToList (name: child: entry "${name},${dn}" child) e.children);
in
{
  type = types.submodule { inherit options; };
  inherit entry;
}
