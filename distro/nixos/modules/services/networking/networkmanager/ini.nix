# NetworkManager's configuration: sections of KEY=VALUE lines, in NetworkManager.conf(5) and nm-settings-keyfile(5).
{ lib }:

let
  inherit (import ../../../../lib/formats { inherit lib; }) text;
in
{
  /* Sections as text, without values that are null. `option` is the path of the option that has them. */
  sections =
    option: value:
    let
      at = path: {
        option = lib.showOption (option ++ path);
        file = "a file of NetworkManager's";
      };
      shown = v: if v == true then "true" else if v == false then "false" else toString v;
      line =
        section: key: v:
        lib.optionalString (v != null) (
          "${
            text.restrict
              "[^][:space:][:cntrl:]=#;[]+"
              "blanks, `=', `#', `;', brackets or line breaks in a setting's name"
              (at [ section ])
              key
          }=${text.line (at [ section key ]) (shown v)}\n"
        );
      section =
        name: settings:
        "[${text.restrict "[^][[:cntrl:]]+" "brackets or line breaks in a section's name, nor be empty" (at [ ]) name}]\n"
        + lib.concatStrings (lib.mapAttrsToList (line name) settings);
    in
    lib.concatStringsSep "\n" (lib.mapAttrsToList section value);
}
