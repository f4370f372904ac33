# What the modules of links made of other links share: checked names and values, and parts of systemd-networkd's files.
{ lib }:

let
  text = import ./formats/text.nix { inherit lib; };
  at = path: {
    option = lib.showOption ([ "networking" ] ++ path);
    file = "a file of networkd's";
  };
in
{
  /* The name of an interface, from the option at `path` below `networking`. */
  linkName = path: text.interfaceName (at path);

  /* A value without blanks. */
  word = path: text.word (at path);

  /* A network device that is made at boot: its kind, and further sections of its file. */
  netdev = name: kind: sections: {
    netdevs."40-${name}" = {
      netdevConfig = {
        Name = name;
        Kind = kind;
      };
    } // sections;
  };

  /* What the file of an interface has because of others. */
  onLink = name: settings: { networks."40-${name}" = settings; };

  /* The same of an interface that has no addresses of its own, as it is part of another. */
  memberLink = name: networkConfig: {
    networks."40-${name}" = {
      DHCP = lib.mkOverride 0 "no";
      inherit networkConfig;
    };
  };

  /* { Key = value; } without what is null. */
  present = lib.filterAttrs (_: value: value != null);
}
