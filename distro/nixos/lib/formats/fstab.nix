# Lines of fstab(5): six fields, separated by blanks. Characters that would end a field or begin a comment are written in octal.
{ lib }:

let
  text = import ./text.nix { inherit lib; };

  # Line breaks could be written in octal, too, but would end a line in the units that systemd makes from fstab.
  escape = lib.replaceStrings [ "\\" " " "\t" "#" ] [ "\\134" "\\040" "\\011" "\\043" ];
  field =
    at: value:
    if value == "" then text.refuse at "nothing in a field" value else escape (text.line at value);
in
{
  /* `option` names the set whose options have the names of the fields. */
  entry =
    {
      option,
      device,
      mountPoint,
      fsType,
      options,
      passNumber ? 0,
    }:
    let
      at = name: {
        file = "/etc/fstab";
        option = "${option}.${name}";
      };
      list = if options == [ ] then [ "defaults" ] else options;
    in
    lib.concatStringsSep " " [
      (field (at "device") device)
      (field (at "mountPoint") mountPoint)
      (field (at "fsType") fsType)
      (lib.concatMapStringsSep "," (field (at "options")) list)
      "0"
      (toString passNumber)
    ]
    + "\n";
}
