# An ISO 9660 image, in iso/ of the output. The arguments are those of nixpkgs' function; unsupported ones are errors.
{
  pkgs,
  lib,
  isoName ? "cd.iso",
  # Files and trees to add to the image: { source, target }.
  contents ? [ ],
  # Paths whose closures are in the image's /nix/store.
  storeContents ? [ ],
  # Paths whose closures are in the image's nix-store.squashfs.
  squashfsContents ? [ ],
  squashfsCompression ? "zstd -Xcompression-level 3",
  # What starts the image: { config, the text of GRUB's menu; bios and efi, whether it boots by these; secureBoot ? false }.
  grub ? null,
  # Whether the image boots from a disk, too.
  usbBootable ? false,
  compressImage ? false,
  # The volume's name.
  volumeID ? "",
  # Of nixpkgs: isolinux and files for it.
  bootable ? false,
  bootImage ? "",
  efiBootable ? false,
  efiBootImage ? "",
  isohybridMbrImage ? "",
  # Without effect: nixpkgs' programs, none of which runs.
  stdenv ? null,
  callPackage ? null,
  closureInfo ? null,
  xorriso ? null,
  syslinux ? null,
  libossp_uuid ? null,
  squashfsTools ? null,
  zstd ? null,
}:

let
  foreign = lib.optionals (grub == null) (
    lib.optional (bootable || bootImage != "") "bootImage"
    ++ lib.optional (efiBootable || efiBootImage != "") "efiBootImage"
    ++ lib.optional (isohybridMbrImage != "") "isohybridMbrImage"
  );
  packages = pkgs.debianPackages;
  # A separate package since trixie.
  efiPackage = packages.grub-efi-amd64-unsigned or packages.grub-efi-amd64-bin;
  secureBoot = grub.secureBoot or false;
in
if foreign != [ ] then
  throw (
    "make-iso9660-image: `${builtins.head foreign}' names a boot loader's own image, but GRUB is what starts images here. Use the argument "
    + "`grub', such as { config = \"menuentry ...\"; bios = true; efi = true; }."
  )
else
  pkgs.builtinDerivation "iso-image" {
    name = isoName;
    inherit isoName volumeID usbBootable;
    compress = compressImage;
    storeContents = map (path: "${path}") storeContents;
    contents =
      map
        (content: {
          source = "${content.source}";
          inherit (content) target;
        })
        (
          contents
          ++ lib.optional (squashfsContents != [ ]) {
            source = import ./make-squashfs.nix {
              inherit pkgs lib;
              fileName = "nix-store";
              storeContents = squashfsContents;
              comp = squashfsCompression;
            };
            target = "/nix-store.squashfs";
          }
        );
    grub = lib.optionalAttrs (grub != null) (
      { inherit (grub) config; }
      // lib.optionalAttrs (grub.bios or false) { bios = "${packages.grub-pc-bin.deb}"; }
      // lib.optionalAttrs (grub.efi or false && !secureBoot) {
        efi = "${efiPackage.deb}/usr/lib/grub/x86_64-efi/monolithic/gcdx64.efi";
      }
      # The same GRUB, signed by Debian, and the program signed by Microsoft that knows Debian's key.
      // lib.optionalAttrs (grub.efi or false && secureBoot) {
        efi =
          "${packages.grub-efi-amd64-signed.deb}/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed";
        shim = "${packages.shim-signed.deb}/usr/lib/shim/shimx64.efi.signed";
      }
    );
    passthru.filePath = "iso/${isoName}${lib.optionalString compressImage ".zst"}";
  }
