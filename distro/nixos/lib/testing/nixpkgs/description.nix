# What the driver needs to know of a test of nixpkgs, as the file test.json (src/nixos-test/description.ts).
{ lib }:

let
  native = import ../../../../../image-builder/native.nix { inherit lib; };

  textFile =
    name: path: text:
    native "tree" {
      inherit name;
      entries = [ { inherit path text; } ];
    };

  referencesOf = import ../script-references.nix { inherit lib; } (
    text: "${textFile "test-references" "references" text}"
  );

  # On the machines' own file systems: nothing is on the root before the first boot, and all that the system needs is in the store.
  imagesOf =
    {
      toplevel,
      additionalPaths,
      diskSize,
      name,
      ...
    }:
    {
      image = "${
        native "disk-image" {
          name = "nixos-test-root-${name}";
          format = "qcow2";
          partitionTableType = "none";
          label = "nixos";
          directories = [ ];
          inherit diskSize;
          # Has no other file system's UUID.
          seed = "root of ${name}";
        }
      }";
      store = "${
        native "disk-image" {
          name = "nixos-test-store-${name}";
          format = "qcow2";
          layout = "nixos";
          partitionTableType = "none";
          label = "nix-store";
          onlyStore = true;
          diskSize = "auto";
          additionalSpace = "0M";
          inherit toplevel additionalPaths;
        }
      }";
    };

  nodeOf =
    { name, references }:
    node:
    let
      machine = node.system.build.bootflakeTest;
      faults = map (
        fault:
        "The test `${name}' cannot be run by bootflake: its machine `${machine.name}' ${fault}"
      ) machine.faults;
      images = imagesOf {
        inherit (machine) name toplevel diskSize;
        additionalPaths =
          machine.additionalPaths ++ referencesOf machine.kernel.commandLine ++ references;
      };
    in
    if faults == [ ] then
      removeAttrs machine [ "additionalPaths" "diskSize" "faults" "toplevel" ]
      // images
      // { serial = "root"; }
    else
      throw (lib.concatStringsSep "\n" faults);
in
{
  /* The driver's derivation. `nodes`: the machines' configurations, by their names. */
  driverOf =
    {
      name,
      script,
      ocr,
      globalTimeout,
      nodes,
    }:
    textFile
      ((lib.strings.sanitizeDerivationName or lib.id) "nixos-test-driver-${name}")
      "test.json"
      (builtins.toJSON {
        schema = 1;
        inherit name script ocr globalTimeout;
        # Reaches the store as a whole.
        driver = "${../driver}";
        nodes =
          map
            (nodeOf {
              inherit name;
              references = referencesOf script;
            })
            (lib.attrValues nodes);
      });
}
