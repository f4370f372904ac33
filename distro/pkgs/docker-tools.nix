# dockerTools: images of OCI containers, as archives that `docker load` and `podman load` take. An image has one layer.
#
# Its root is the merged tree of the Debian packages that it mentions and of what they depend on, like a machine's /usr, and the store
# paths of everything else that it mentions. In it, packages' store paths lead to that tree.
{ lib, self }:

let
  inherit (builtins) toJSON;

  isOfDebian = import ./is-debian.nix;
  refused =
    what: set: why: if set then throw "dockerTools: ${what} is not available: ${why}." else (x: x);

  buildImage =
    {
      name,
      tag ? null,
      fromImage ? null,
      copyToRoot ? null,
      # Their name until 23.05, and that of buildLayeredImage.
      contents ? null,
      config ? null,
      architecture ? "amd64",
      created ? "1970-01-01T00:00:01Z",
      extraCommands ? "",
      runAsRoot ? null,
      fakeRootCommands ? "",
      uid ? 0,
      gid ? 0,
      meta ? { },
      passthru ? { },
      ...
    }:
    let
      given = if copyToRoot != null then copyToRoot else contents;
      roots = lib.optionals (given != null) (lib.toList given);
      # What the image mentions, and with it the store paths that it has.
      mentioned = self.writeText "image-mentions" (
        toJSON {
          roots = map (p: "${p}") roots;
          config = if config == null then { } else config;
        }
      );
      tree = self.debianTree {
        name = "image-tree";
        packages = self.debianRoots [ "${mentioned}" ];
        essential = false;
      };
    in
    refused
      "runAsRoot"
      (runAsRoot != null && runAsRoot != "")
      "a build has no root. Use extraCommands"
      (refused
        "fakeRootCommands"
        (fakeRootCommands != "")
        "a build has no root. Use extraCommands"
        (self.runCommand "docker-image-${baseNameOf name}.tar.gz" {
          inherit architecture created gid meta mentioned tree uid;
          passthru = {
            imageName = name;
            imageTag = if tag == null then "latest" else tag;
            buildArgs = { inherit name tag; };
          } // passthru;
          nativeBuildInputs = [ self.jq ];
          imageName = name;
          imageTag = if tag == null then "" else tag;
          fromImage = if fromImage == null then "" else "${fromImage}";
          exportReferencesGraph = [ "closure" "${mentioned}" ];
          debs = map (package: "${self.debianPackages.${package}.deb}") tree.passthru.packages;
          roots = map (p: "${p}") (builtins.filter (p: !isOfDebian p) roots);
          extraCommands = extraCommands;
        } (builtins.readFile ./docker-image.sh))
      );

  # A program whose output is the image.
  streamed =
    image: self.writeShellScript "stream-${baseNameOf image.imageName}" "exec zcat ${image}";
in
{
  dockerTools = {
    inherit buildImage;
    buildLayeredImage = buildImage;
    streamLayeredImage = args: streamed (buildImage args);
    pullImage =
      { imageName, ... }:
      throw (
        "dockerTools.pullImage: no image is pulled while building. Have ${imageName} pulled when the container starts (`image' "
        + "without `imageFile'), or take a file that `podman save' has written."
      );
    # For copyToRoot.
    binSh = self.bash;
    usrBinEnv = self.coreutils;
    caCertificates = self.cacert;
  };
}
