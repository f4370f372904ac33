# The systems that the distribution is made for, with Debian's names.
{ lib }:

let
  debian = {
    x86_64-linux = {
      debianArch = "amd64";
      linux-kernel.target = "bzImage";
    };
    aarch64-linux = {
      debianArch = "arm64";
      linux-kernel.target = "Image";
    };
  };
in
{
  /* An elaborated system, from "x86_64-linux" or { system }. */
  elaborate =
    given:
    let
      platform = lib.systems.elaborate given;
      own =
        debian.${
          platform.system
        } or (throw
          "The system `${platform.system}' is not supported. Use one of ${builtins.concatStringsSep ", " (builtins.attrNames debian)}."
        );
    in
    platform
    // {
      inherit (own) debianArch;
      __toString = self: self.system;
      # Modules of nixpkgs up to 25.11 use the name of the kernel's image.
      linux-kernel = {
        name = "debian";
        autoModules = true;
      } // own.linux-kernel;
    };
}
