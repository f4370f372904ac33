# Types of files (MIME), and the applications that open them.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.xdg.mime;
  inherit (import ../../../lib/formats { inherit lib; }) text;

  associations =
    example: description:
    mkOption {
      type = types.attrsOf (
        types.coercedTo (types.either (types.listOf types.str) types.str) lib.toList (
          types.listOf types.str
        )
      );
      default = { };
      inherit example description;
    };
  section =
    title: name:
    let
      at = {
        option = "xdg.mime.${name}";
        file = "/etc/xdg/mimeapps.list";
      };
      entry =
        word: text.restrict "[^]=;[[:space:][:cntrl:]]+" "brackets, `=', `;' or blanks" at word;
    in
    lib.optionalString (cfg.${name} != { }) (
      "[${title}]\n"
      + lib.concatStrings (
        lib.mapAttrsToList (
          type: applications:
          "${entry type}=${lib.concatMapStrings (a: "${entry a};") applications}\n"
        ) cfg.${name}
      )
    );
  lists =
    section "Added Associations" "addedAssociations"
    + section "Default Applications" "defaultApplications"
    + section "Removed Associations" "removedAssociations";
in
{
  options.xdg.mime = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the database of file types is made, which programs with windows ask. NixOS has it by default.";
    };
    addedAssociations =
      associations
        {
          "application/pdf" = "firefox.desktop";
        }
        "Applications that open a type of file, besides those that say so themselves.";
    defaultApplications = associations {
      "image/png" = [ "gimp.desktop" ];
    } "The applications that open a type of file, the first that is there.";
    removedAssociations = associations {
      "audio/mp3" = [ "mpv.desktop" ];
    } "Applications that do not open a type of file, although they say so.";
  };

  config = lib.mkMerge [
    (lib.mkIf (lists != "") { environment.etc."xdg/mimeapps.list".text = lists; })
    (lib.mkIf cfg.enable {
      environment.systemPackages = [
        pkgs.debianPackages.shared-mime-info
        pkgs.debianPackages.desktop-file-utils
      ];
      systemd.services.mime-database = {
        description = "Database of file types";
        wantedBy = [ "multi-user.target" ];
        unitConfig.ConditionPathExists = "!/usr/share/mime/mime.cache";
        serviceConfig.Type = "oneshot";
        script = ''
          update-mime-database /usr/share/mime
          [ ! -d /usr/share/applications ] || update-desktop-database /usr/share/applications
        '';
      };
    })
  ];
}
