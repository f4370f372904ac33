# Programs of the distribution's own, in place of those that nixpkgs has, modules call, and Debian lacks.
{ self }:

let
  nuke-references = self.writeShellScriptBin "nuke-refs" (builtins.readFile ./nuke-refs.sh) // {
    meta = {
      mainProgram = "nuke-refs";
      description = "Overwrites the digests of store paths in files, except for those of -e PATH";
    };
  };
  # nixos-generators puts it into each image for Linode. What has no such program there would be no image at all.
  missingLinodeCli =
    self.lib.warn
      "pkgs.linode-cli: Debian ${self.debianRelease.suite} has no such package. Its command says so; `pipx install linode-cli' has it."
      (self.writeShellScriptBin "linode-cli" ''
        echo "linode-cli: Debian has no such package. Install it for a user: pipx install linode-cli" >&2
        exit 127
      '');
in
{
  inherit nuke-references;
  linode-cli = self.debianPackages.linode-cli or missingLinodeCli;
  nukeReferences = nuke-references;
  sd-switch = self.writeShellScriptBin "sd-switch" (builtins.readFile ./sd-switch.sh) // {
    meta = {
      mainProgram = "sd-switch";
      description =
        "Changes the running units of a user from one generation to the next; takes the arguments of sd-switch";
    };
  };
}
