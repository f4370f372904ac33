# services.dovecot2.settings: its type, and the text of dovecot.conf.
{ lib }:

let
  types = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../../lib/formats { inherit lib; }) text;

  at = path: {
    option = lib.showOption ([ "services" "dovecot2" "settings" ] ++ path);
    file = "dovecot.conf";
  };
  isSection = value: builtins.isAttrs value && !lib.isDerivation value;

  /* A setting or a section, and those of a list. A list of words is a value; a section's name is after its type, or in `_section`. */
  entry =
    indent: path: name: value:
    let
      here = path ++ [ name ];
      key =
        text.restrict
          "[^{}#\"'=[:cntrl:]]*(\"[^\"{}[:cntrl:]]*\")?"
          "braces, quotes, `=', `#' or line breaks in its name"
          (at here)
          name;
      line = v: "${indent}${key} = ${text.line (at here) v}\n";
    in
    if value == null then
      ""
    else if builtins.isBool value then
      line (lib.boolToYesNo value)
    else if isSection value then
      section indent here key value
    else if builtins.isList value && builtins.all builtins.isString value then
      line (lib.concatStringsSep " " value)
    else if builtins.isList value then
      lib.concatMapStrings (entry indent path name) value
    else
      line (toString value);
  section =
    indent: path: key: value:
    let
      words = lib.splitString " " key;
      own = value._section or value.section or { };
      type = own.type or (builtins.head words);
      name = own.name or (lib.concatStringsSep " " (builtins.tail words));
      title =
        text.restrict
          "[^{}#[:cntrl:]]+"
          "braces, `#' or line breaks in a section's name"
          (at path)
          (lib.concatStringsSep " " ([ type ] ++ lib.optional (name != "") name));
      inner = lib.mapAttrsToList (entry "${indent}  " path) (
        removeAttrs value ([
          "_section"
        ] ++ lib.optional (isSection (value.section or null)) "section")
      );
    in
    "${indent}${title} {\n${lib.concatStrings inner}${indent}}\n";
  # Dovecot wants to know first which version's language this is.
  first = [ "dovecot_config_version" "dovecot_storage_version" ];
in
{
  type =
    let
      atoms = [
        types.int
        types.str
        types.bool
        types.package
        (types.lazyAttrsOf value)
      ];
      value = types.nullOr (types.oneOf (atoms ++ [ (types.listOf (types.oneOf atoms)) ])) // {
        description = "Dovecot value";
      };
    in
    types.submodule { freeformType = types.lazyAttrsOf value; };

  /* The text of dovecot.conf: its settings, with `includes` after the versions. */
  text =
    settings: includes:
    lib.concatMapStrings (name: entry "" [ ] name (settings.${name} or null)) first
    + lib.concatMapStrings (file: "!include ${text.line (at [ ]) "${file}"}\n") includes
    + lib.concatStrings (lib.mapAttrsToList (entry "" [ ]) (removeAttrs settings first));

  /* `maildir:~/mail:INBOX=/x` of Dovecot 2.3 as settings of 2.4. */
  location =
    value:
    let
      plain = builtins.replaceStrings [ "%u" "%n" "%d" "%h" ] [
        "%{user}"
        "%{user | username}"
        "%{user | domain}"
        "%{home}"
      ] value;
      parts = lib.splitString ":" plain;
      more = builtins.tail (builtins.tail parts);
      names = {
        INBOX = "mail_inbox_path";
        INDEX = "mail_index_path";
        CONTROL = "mail_control_path";
        LAYOUT = "mailbox_list_layout";
        UTF-8 = "mailbox_list_utf8";
        DIRNAME = "mailbox_directory_name";
        VOLATILEDIR = "mail_volatile_path";
        INDEXPVT = "mail_index_private_path";
        INDEXCACHE = "mail_cache_path";
      };
      option =
        part:
        let
          words = lib.splitString "=" part;
          key = builtins.head words;
        in
        lib.nameValuePair
          (
            names.${key} or (throw (
              "services.dovecot2.mailLocation has `${part}', which has no setting here. Set mail_driver and others of Dovecot 2.4 in "
              + "services.dovecot2.settings instead."
            ))
          )
          (if key == "UTF-8" then true else lib.concatStringsSep "=" (builtins.tail words));
    in
    if builtins.length parts < 2 || builtins.match ".*%[a-zA-Z0-9].*" plain != null then
      throw (
        "services.dovecot2.mailLocation is `${value}', which cannot be translated to Dovecot 2.4. Set mail_driver and mail_path in "
        + "services.dovecot2.settings instead."
      )
    else
      {
        mail_driver = builtins.head parts;
        mail_path = builtins.elemAt parts 1;
      }
      // builtins.listToAttrs (map option more);
}
