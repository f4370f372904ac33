# The script that gives a running Syncthing its settings, through its REST interface.
{
  lib,
  pkgs,
  cfg,
}:

let
  inherit (lib) escapeShellArg;
  isSocket = lib.hasPrefix "/" cfg.guiAddress;
  present = lib.filterAttrsRecursive (_: value: value != null);
  json = value: escapeShellArg (builtins.toJSON value);

  devices = lib.mapAttrsToList (
    _: device: present device // { deviceID = device.id; }
  ) cfg.settings.devices;

  idOf =
    folder: name:
    (
      cfg.settings.devices.${name} or (throw (
        "services.syncthing.settings.folders.${lib.strings.escapeNixIdentifier folder}.devices has the device `${name}', which is not in "
        + "services.syncthing.settings.devices. Declare it there."
      ))
    ).id;
  # Passwords are in files of the machine: jq puts them in, by the number of the device in the folder.
  sharing =
    folder: device:
    if builtins.isString device then
      { deviceId = idOf folder device; }
    else
      present (removeAttrs device [ "name" "encryptionPasswordFile" ])
      // { deviceId = idOf folder device.name; };
  passwords =
    folder:
    builtins.filter (p: p.file != null) (
      lib.imap0 (number: device: {
        inherit number;
        file = if builtins.isString device then null else device.encryptionPasswordFile;
      }) folder.devices
    );
  enabled = lib.filterAttrs (_: folder: folder.enable) cfg.settings.folders;
  postFolder =
    name: folder:
    let
      body = present (removeAttrs folder [ "enable" ]) // {
        devices = map (sharing name) folder.devices;
      };
      secret = passwords folder;
    in
    "printf %s ${json body}"
    + lib.concatMapStrings (
      p:
      " | jq --rawfile password ${escapeShellArg p.file} "
      + "'.devices[${toString p.number}].encryptionPassword = ($password | rtrimstr(\"\\n\"))'"
    ) secret
    + " | api config/folders --request POST --data-binary @-\n";

  # Removes what was made by hand.
  removeOthers = what: key: ids: ''
    api config/${what} | jq --raw-output --argjson ids ${json ids} '.[].${key} | select(. as $id | $ids | index($id) | not) | @uri' |
      while read -r id; do api "config/${what}/$id" --request DELETE; done
  '';
  others = removeAttrs (present cfg.settings) [ "devices" "folders" ];
in
pkgs.writeShellScript "syncthing-apply" ''
  set -efu -o pipefail
  umask 0077
  PATH=${lib.makeBinPath [ pkgs.curl pkgs.jq pkgs.libxml2 pkgs.coreutils ]}:$PATH

  # Nothing secret is among the arguments of a process.
  config=${escapeShellArg "${cfg.configDir}/config.xml"}
  while ! key=$(xmllint --xpath 'string(configuration/gui/apikey)' "$config" 2>/dev/null) || [ -z "$key" ]; do sleep 1; done
  printf 'X-API-Key: %s\n' "$key" > "$RUNTIME_DIRECTORY/headers"
  api() {
    local path=$1
    shift
    curl --silent --show-error --fail-with-body --location --insecure --retry 1000 --retry-delay 1 --retry-all-errors \
      --header "@$RUNTIME_DIRECTORY/headers" ${
        if isSocket then
          "--unix-socket ${escapeShellArg cfg.guiAddress} \"http://localhost/rest/$path\""
        else
          "${escapeShellArg cfg.guiAddress}\"/rest/$path\""
      } "$@"
  }

  ${lib.concatMapStrings (device: "api config/devices --request POST --data ${json device}\n") devices}
  ${lib.concatStrings (lib.mapAttrsToList postFolder enabled)}
  ${lib.optionalString cfg.overrideDevices (removeOthers "devices" "deviceID" (map (d: d.id) devices))}
  ${lib.optionalString cfg.overrideFolders (removeOthers "folders" "id" (map (folder: folder.id) (lib.attrValues enabled)))}
  ${
    lib.concatStrings (
      lib.mapAttrsToList (
        name: value:
        lib.optionalString
          (value != { })
          "api ${escapeShellArg "config/${name}"} --request ${if builtins.isAttrs value then "PATCH" else "PUT"} --data ${json value}\n"
      ) others
    )
  }
  ${
    lib.optionalString (cfg.guiPasswordFile != null) ''
      jq --null-input --rawfile password ${escapeShellArg cfg.guiPasswordFile} '{ password: ($password | rtrimstr("\n")) }' |
        api config/gui --request PATCH --data-binary @-
    ''
  }
  if api config/restart-required | jq --exit-status .requiresRestart > /dev/null; then
    api system/restart --request POST
  fi
''
