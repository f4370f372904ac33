# networking.networkmanager.ensureProfiles: connections from the configuration, with secrets that only the machine has.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) escapeShellArg mkIf;
  cfg = config.networking.networkmanager.ensureProfiles;
  inherit (import ./ini.nix { inherit lib; }) sections;
  inherit (import ../../../../lib/formats { inherit lib; }) text;

  option = [ "networking" "networkmanager" "ensureProfiles" "profiles" ];
  fileOf = name: profile: pkgs.writeText "profile" (sections (option ++ [ name ]) profile);
  makeFile =
    name: profile:
    let
      file = text.fileName {
        option = lib.showOption option;
        file = "/run/NetworkManager/system-connections";
      } name;
    in
    ''
      envsubst < ${fileOf name profile} > "$folder"/${escapeShellArg file}.nmconnection
    '';

  # { match_id = "..."; } of the agent's file.
  toml = pkgs.formats.toml { };
  entry =
    e:
    lib.filterAttrs (_: v: v != null) {
      match_id = e.matchId;
      match_uuid = e.matchUuid;
      match_type = e.matchType;
      match_iface = e.matchIface;
      match_setting = e.matchSetting;
      inherit (e) key file trim;
    };
in
{
  config = mkIf (config.networking.networkmanager.enable) (
    lib.mkMerge [
      (mkIf (cfg.profiles != { }) {
        systemd.services.NetworkManager-ensure-profiles = {
          description = "NetworkManager's connections from the configuration";
          wantedBy = [ "multi-user.target" ];
          before = [ "network-online.target" ];
          after = [ "NetworkManager.service" ];
          path = [ pkgs.debianPackages.gettext-base ];
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
            EnvironmentFile = cfg.environmentFiles;
            UMask = "0177";
          };
          script =
            ''
              folder=/run/NetworkManager/system-connections
              mkdir -p -m 0755 "$folder"
            ''
            + lib.concatStrings (lib.mapAttrsToList makeFile cfg.profiles)
            + ''
              nmcli connection reload
            '';
        };
      })
      {
        assertions = [
          {
            assertion = cfg.secrets.entries == [ ] || cfg.secrets.package != null;
            message =
              "networking.networkmanager.ensureProfiles.secrets.entries needs the program nm-file-secret-agent, which Debian does not "
              + "have. Set networking.networkmanager.ensureProfiles.secrets.package to a package with it, or use environmentFiles.";
          }
        ];
        systemd.services.nm-file-secret-agent = mkIf (cfg.secrets.entries != [ ]) {
          description = "Secrets of NetworkManager's connections";
          documentation = [ "https://github.com/lilioid/nm-file-secret-agent/" ];
          requires = [ "NetworkManager.service" ];
          after = [ "NetworkManager.service" ];
          wantedBy = [ "multi-user.target" ];
          serviceConfig = {
            Type = "notify-reload";
            ExecStart = "${
              cfg.secrets.package
            }/bin/nm-file-secret-agent --conf ${toml.generate "secrets.toml" { entry = map entry cfg.secrets.entries; }}";
            Restart = "on-failure";
          };
        };
      }
    ]
  );
}
