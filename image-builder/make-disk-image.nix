# Takes the place of nixpkgs' nixos/lib/make-disk-image.nix: the same arguments (those of NixOS 20.09 up to today's), the same disk, made
# by bootflake's builder `disk-image` instead of a virtual machine. Arguments that it cannot honour are errors. `--image-builder nixpkgs`
# imports nixpkgs' own function instead.
{
  pkgs,
  lib,
  config,
  diskSize ? "auto",
  additionalSpace ? "512M",
  bootSize ? "256M",
  contents ? [ ],
  partitionTableType ? "legacy",
  installBootLoader ? !onlyNixStore,
  touchEFIVars ? false,
  fsType ? "ext4",
  label ? if onlyNixStore then "nix-store" else "nixos",
  configFile ? null,
  postVM ? "",
  onlyNixStore ? false,
  name ? "nixos-disk-image",
  format ? "raw",
  # Not nixpkgs': what a format has besides the disk, for "ova" the machine, for "vma" its configuration. See image-formats.nix.
  container ? { },
  baseName ? "nixos",
  deterministic ? true,
  rootGPUID ? "F222513B-DED1-49FA-B591-20CE86A2FE7F",
  rootFSUID ? rootGPUID,
  rootFSHashSeed ? rootFSUID,
  copyChannel ? !onlyNixStore,
  additionalPaths ? [ ],
  # Without effect: an image is always reproducible, and no program copies into it.
  reproducible ? false,
  populateRootWith ? "cptofs",
  # Without effect: nixpkgs builds in a virtual machine with this much memory.
  memSize ? 1024,
  OVMF ? pkgs.OVMF.fd,
  # Without effect: no firmware runs.
  efiFirmware ? null,
  # What `touchEFIVars' puts beside the image.
  efiVariables ? OVMF.variables,
}:

let
  inherit (builtins) all any elem filter head isInt isList isString length map match stringLength;

  native = import ./native.nix { inherit lib; };

  quoted = lib.concatMapStringsSep ", " (x: "\"${x}\"");

  fail = message: throw "make-disk-image: ${message}";
  instead = "Or build it as nixpkgs does, with --image-builder nixpkgs.";

  # Sizes are numbers of MiB, or texts with the units K, M, G, T of 1024.
  isSize =
    size: isInt size && size > 0 || isString size && match "[0-9]+[KMGT]?(iB|B)?" size != null;
  # A text without a unit is a number of bytes to nixpkgs.
  sizeOf =
    size:
    if isString size && match "[0-9]+" size != null then
      "${toString ((lib.toInt size + 1048575) / 1048576)}M"
    else
      size;
  diskSize' =
    if isString diskSize && match "[0-9]+" diskSize != null then lib.toInt diskSize else diskSize;

  bootLoader = import ./boot-loader.nix { inherit lib config pkgs partitionTableType native; };

  idOf =
    kind: set: field: who:
    if who == null then
      0
    else if match "[0-9]+" who != null then
      lib.toInt who
    else
      set.${who}.${field} or null;
  uidOf = idOf "user" (config.users.users or { }) "uid";
  gidOf = idOf "group" (config.users.groups or { }) "gid";

  contentFaults =
    c:
    let
      user = c.user or null;
      group = c.group or null;
      at = "contents: \"${c.target}\"";
    in
    lib.optional
      ((user == null) != (group == null))
      "${at} has only one of `user' and `group'. Set both, or none."
    ++ lib.optional
      (c.mode or null != null && match "[0-7]{3,4}" c.mode == null)
      "${at} has the mode \"${c.mode}\". Give it in octal, as \"0755\"."
    ++ lib.optional
      (uidOf user == null)
      "${at} belongs to the user \"${user}\", whose number is not known before the first boot. Set users.users.${user}.uid."
    ++ lib.optional
      (gidOf group == null)
      "${at} belongs to the group \"${group}\", whose number is not known before the first boot. Set users.groups.${group}.gid.";

  formats = import ../distro/nixos/lib/image-formats.nix;
  types = [ "hybrid" "legacy" "legacy+boot" "legacy+gpt" "efi" "efixbootldr" "none" ];

  faults =
    lib.optional
      (!elem partitionTableType types)
      "partitionTableType = \"${toString partitionTableType}\" is not known. There are ${quoted types}."
    ++ lib.optional
      (!elem format formats.names)
      "format = \"${toString format}\" has no writer. There are ${quoted formats.names}. ${instead}"
    ++ formats.containerFaults format container
    ++ lib.optional
      (fsType != "ext4")
      "fsType = \"${toString fsType}\" has no writer: the root is \"ext4\". ${instead}"
    ++ lib.optional
      (!(diskSize' == "auto" || isSize diskSize'))
      "diskSize = ${lib.generators.toPretty { } diskSize} is neither \"auto\" nor a number of MiB."
    ++ lib.optional
      (!isSize additionalSpace)
      "additionalSpace = ${lib.generators.toPretty { } additionalSpace} is no size, such as \"512M\"."
    ++ lib.optional
      (!isSize bootSize)
      "bootSize = ${lib.generators.toPretty { } bootSize} is no size, such as \"256M\"."
    ++ lib.optional
      (stringLength label > 16)
      "label = \"${label}\" is too long: ext4 has room for 16 bytes."
    ++ lib.optional (touchEFIVars && elem partitionTableType [ "legacy" "legacy+boot" "none" ]) (
      "`touchEFIVars' is for a firmware for UEFI, which starts nothing of partitionTableType = \"${partitionTableType}\". Take \"efi\" or "
      + "\"hybrid\"; or leave it out."
    )
    ++ lib.optional
      (onlyNixStore && (contents != [ ] || configFile != null || installBootLoader))
      "`onlyNixStore' makes a store and nothing else: leave out `contents' and `configFile', and set installBootLoader = false."
    ++ lib.optional (deterministic && rootFSUID == null) "`deterministic' needs a `rootFSUID'."
    ++ lib.concatMap contentFaults contents
    ++ lib.optionals (installBootLoader && !onlyNixStore) bootLoader.faults;

  checked = import ../distro/nixos/lib/checked-derivation.nix (
    value:
    if faults == [ ] then
      value
    else if length faults == 1 then
      fail (head faults)
    else
      fail
        "${toString (length faults)} things are wrong:\n${lib.concatMapStringsSep "\n" (f: "- ${f}") faults}"
  );

  # A tree that is a store path already is not copied into the store once more.
  nixpkgsSource =
    let
      path = toString pkgs.path;
    in
    if match "/nix/store/[^/]+" path != null then
      builtins.appendContext path { ${path} = { path = true; }; }
    else
      "${lib.cleanSource pkgs.path}";

  channel = native "tree" {
    name = "nixos-${config.system.nixos.version}";
    entries = [
      {
        path = "nixos";
        source = nixpkgsSource;
      }
      {
        path = "nixos/nixpkgs";
        target = ".";
      }
      {
        path = "nixos/.version-suffix";
        text = config.system.nixos.versionSuffix or "";
      }
    ];
  };

  content = c: {
    source = "${c.source}";
    inherit (c) target;
    mode = c.mode or null;
    user = uidOf (c.user or null);
    group = gidOf (c.group or null);
  };

  # The numbers that nixpkgs gives its partitions, in their order.
  partitionUuids =
    let
      first = "1C06F03B-704E-4657-B9CD-681A087A2FDC";
      second = "970C694F-AFD0-4B99-B750-CDB7A329AB6F";
    in
    {
      "legacy+gpt" = [ first second ];
      efi = [ first rootGPUID ];
      efixbootldr = [ first second rootGPUID ];
      hybrid = [ first second rootGPUID ];
    }.${partitionTableType} or [ ];

  machineDescription =
    (import ../distro/nixos/lib/machine-description.nix { inherit lib; }).machineDescription {
      inherit config;
      own = false;
    };

  fileName = formats.fileNameOf format baseName;
  image = native "disk-image" (
    {
      inherit name baseName format partitionTableType label;
      layout = "nixos";
      toplevel = "${config.system.build.toplevel}";
      additionalPaths = map (path: "${path}") additionalPaths;
      onlyStore = onlyNixStore;
      diskSize = diskSize';
      additionalSpace = sizeOf additionalSpace;
      bootSize = sizeOf bootSize;
      contents = map content contents;
      # Facts for a program that boots the image, written to nix-support/machine.json beside it.
      machine = {
        users = lib.attrNames (
          lib.filterAttrs (_: u: u.isNormalUser or false) (config.users.users or { })
        );
        hostName = config.networking.hostName or "nixos";
      };
    }
    // lib.optionalAttrs deterministic {
      uuids = {
        root = rootFSUID;
        hashSeed = rootFSHashSeed;
        partitions = partitionUuids;
      };
    }
    // lib.optionalAttrs (container != { }) { inherit container; }
    // lib.optionalAttrs (copyChannel && !onlyNixStore) { channel = "${channel}"; }
    // lib.optionalAttrs (configFile != null) { configFile = "${configFile}"; }
    // lib.optionalAttrs (installBootLoader && !onlyNixStore) { bootLoader = bootLoader.settings; }
  );

  # nixpkgs' tools for commands, without those that install a system.
  tools = [
    pkgs.rsync
    (pkgs.util-linux or pkgs.utillinux)
    pkgs.parted
    pkgs.e2fsprogs
  ] ++ lib.optional deterministic pkgs.gptfdisk;

  # As nixpkgs runs them: `set -e' alone, the file in $diskImage, and functions that its modules use.
  commands = ''
    ${lib.optionalString (!onlyNixStore) "set +u +o pipefail"}
    export PATH=${lib.makeBinPath tools}:$PATH HOME=$TMPDIR
    sectorsToBytes() { echo $(($1 * 512)); }
    sectorsToKilobytes() { echo $(($1 / 2)); }
    ${lib.optionalString reproducible (import ./normalise-vhd-footer.nix { inherit lib rootGPUID; })}
    cp -r --reflink=auto --sparse=always --no-preserve=mode ${image} $out
    sed -i "s,${image},$out," $out/nix-support/hydra-build-products
    diskImage=$out/${fileName}
    ${
      # An image's firmware has no variable for it, and starts EFI/BOOT/BOOTX64.EFI.
      lib.optionalString
        touchEFIVars
        ''
          efiVars=$out/efi-vars.fd
          cp ${efiVariables} $efiVars
          chmod 0644 $efiVars
        ''
    }
    ${postVM}
  '';
  finished =
    if postVM == "" && !touchEFIVars then
      image
    else
      pkgs.runCommand name {
        preferLocalBuild = true;
        allowSubstitutes = false;
      } commands;
in
checked (finished // {
  meta = { };
  inherit machineDescription;
  passthru =
    {
      inherit machineDescription;
    }
    # Commands may call it otherwise.
    // lib.optionalAttrs (postVM == "") { filePath = fileName; };
})
