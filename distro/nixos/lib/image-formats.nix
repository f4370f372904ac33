/* The formats of disk images that are written here: those of nixpkgs' make-disk-image.nix and qemu-img by their names, and what hosts
   import.

   `vpc-fixed` is a VHD for Azure, `vmdk-stream` a stream-optimized VMDK, `raw.tar.gz` the archive that Google's Compute Engine takes.
*/
let
  inherit (builtins) attrNames elem filter match stringLength substring;

  suffixes = {
    raw = "img";
    qcow2 = "qcow2";
    qcow2-compressed = "qcow2";
    qcow2-zlib = "qcow2";
    qcow2-subclusters = "qcow2";
    vdi = "vdi";
    vpc = "vhd";
    vpc-fixed = "vhd";
    vhdx = "vhdx";
    vmdk = "vmdk";
    vmdk-stream = "vmdk";
    ova = "ova";
    vma = "vma";
    "vma.zst" = "vma.zst";
    "raw.tar.gz" = "raw.tar.gz";
    "raw.gz" = "img.gz";
    "raw.xz" = "img.xz";
    "raw.zst" = "img.zst";
  };

  isVma = format: match "vma.*" format != null;

  # The attributes of the argument `container`, which say what a format has besides the disk.
  containerAttributes =
    format:
    if format == "ova" then
      [ "name" "description" "memory" "cpus" "firmware" "hardware" "osType" ]
    else if isVma format then
      [ "config" "device" "uuid" "time" ]
    else
      [ ];
in
{
  names = [
    "raw"
    "qcow2"
    "qcow2-compressed"
    "qcow2-zlib"
    "qcow2-subclusters"
    "vdi"
    "vpc"
    "vpc-fixed"
    "vhdx"
    "vmdk"
    "vmdk-stream"
    "ova"
    "vma"
    "vma.zst"
    "raw.tar.gz"
    "raw.gz"
    "raw.xz"
    "raw.zst"
  ];

  # Whether a format has nothing but the disk.
  isPlain = format: containerAttributes format == [ ];

  # The end of the name of a format's file, without its dot.
  extensionOf = format: suffixes.${format};

  # The name of a format's file. Proxmox restores an archive only if its name begins so.
  fileNameOf =
    format: baseName:
    let
      prefix = "vzdump-qemu-";
      isNamed = substring 0 (stringLength prefix) baseName == prefix;
    in
    "${if isVma format && !isNamed then prefix else ""}${baseName}.${suffixes.${format} or format}";

  # What is wrong with the argument `container`; its values are checked when the image is made.
  containerFaults =
    format: container:
    let
      known = containerAttributes format;
      unknown = filter (name: !(elem name known)) (attrNames container);
    in
    if unknown == [ ] then
      [ ]
    else
      [
        "container.${
          builtins.head unknown
        } is nothing that the format \"${format}\" has. ${
          if known == [ ] then
            "Leave `container' out."
          else
            "There are ${builtins.concatStringsSep ", " known}."
        }"
      ];
}
