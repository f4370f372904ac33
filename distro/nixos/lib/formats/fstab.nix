# Lines of fstab(5): six fields, between blanks. What would end a field or begin a comment is written in octal, as mount reads it.
{ lib }:

let
  text = import ./text.nix { inherit lib; };

  # Line breaks could be written so, too, but systemd makes units of these lines, in which they would end a line.
  escape = lib.replaceStrings [ "\\" " " "\t" "#" ] [ "\\134" "\\040" "\\011" "\\043" ];
  field =
    at: value:
    if value == "" then text.refuse at "nothing in a field" value else escape (text.line at value);
in
{
  /* `option` is the name of the set that has the fields as options of the same names. */
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
