# What is wrong with settings of systemd-networkd, which would ignore them: messages that name the option.
{ lib }:

let
  inherit (builtins) attrNames concatMap elem filter isString toJSON;
  inherit (lib.modules.nearest) list nearest;
  known = import ./networkd-settings.nix { inherit lib; };
  addresses = import ./addresses.nix { inherit lib; };

  manual = kind: if kind == "networkd.conf" then "networkd.conf(5)" else "systemd.${kind}(5)";

  # As systemd's parse_boolean() has it; NixOS writes booleans so.
  isBoolean =
    value:
    elem (toString value) [ "" "1" "yes" "y" "true" "t" "on" "0" "no" "n" "false" "f" "off" ];
  oneOf = names: value: isBoolean value || elem value names;
  # An empty value clears those before it.
  textOf = is: value: !(isString value) || value == "" || is value;
  each = is: textOf (value: lib.all is (filter (w: w != "") (lib.splitString " " value)));

  address = {
    is = textOf addresses.isAddress;
    what = "an address, as in 192.0.2.1";
  };
  network = {
    is = textOf addresses.isAddressOrNetwork;
    what = "an address or a network, as in 192.0.2.1/24";
  };
  gateway = names: {
    is = textOf (value: elem value names || addresses.isAddress value);
    what = "an address without its prefix length, nor ${list names}";
  };

  # Settings whose values are checked: kind -> section -> setting.
  values = {
    netdev.NetDev.Kind = {
      is = value: elem value known.kinds;
      what = "a kind of device";
      names = known.kinds;
    };
    network = {
      Network = {
        DHCP = {
          is = oneOf [ "ipv4" "ipv6" "both" "none" "v4" "v6" ];
          what = "yes, no, ipv4 or ipv6";
        };
        Address = network;
        Gateway = gateway [ "_dhcp4" "_ipv6ra" ];
        DNS = {
          is = each addresses.isNameServer;
          what = "the address of a DNS server";
        };
      };
      Address = {
        Address = network;
        Peer = network;
      };
      Route = {
        Gateway = gateway [ "_dhcp4" "_ipv6ra" "_dhcp" ];
        Destination = network;
        Source = network;
        PreferredSource = {
          is = value: isBoolean value || address.is value;
          inherit (address) what;
        };
      };
    };
  };

  didYouMean =
    name: candidates: otherwise:
    let
      near = nearest name candidates;
    in
    if near != [ ] then " Did you mean ${list near}?" else otherwise;

  /* Of a section. `homes` gives the options of other sections that have a setting, `named` the last part of a setting's option. */
  ofSection =
    {
      kind,
      section,
      option,
      homes ? _: [ ],
      named ? lib.strings.escapeNixIdentifier,
    }:
    settings:
    let
      keys = known.sections.${kind}.${section} or null;
      sameInOtherCase = name: filter (k: lib.toLower k == lib.toLower name) keys;
      unknown =
        name:
        "${option}.${named name} is not a setting of [${section}] in ${manual kind}."
        + (
          if homes name != [ ] then
            " It is one of ${list (homes name)}."
          else if sameInOtherCase name != [ ] then
            " Did you mean ${list (sameInOtherCase name)}?"
          else
            didYouMean name keys (
              if kind == "networkd.conf" then
                " Remove it."
              else
                " Remove it, or add the line to extraConfig if the machine's systemd knows it."
            )
        );
      check = values.${kind}.${section} or { };
      wrong =
        name:
        concatMap (
          value:
          lib.optional (value != null && !(check.${name}.is value)) (
            "${option}.${named name} is ${toJSON value}, which is not ${check.${name}.what}."
            + didYouMean (toString value) (check.${name}.names or [ ]) " See ${manual kind}."
          )
        ) (lib.toList settings.${name});
    in
    concatMap (
      name:
      if settings.${name} == null || keys == null || lib.hasPrefix "X-" name then
        [ ]
      else if !(elem name keys) then
        [ (unknown name) ]
      else if check ? ${name} then
        wrong name
      else
        [ ]
    ) (attrNames settings);

  # A device without these is not made.
  missing =
    option: f:
    lib.optionals (f.extraConfig == "") (
      map
        (
          name:
          "${option}.netdevConfig.${name} is not set, but systemd-networkd needs it to make a device. Set it."
        )
        (filter (name: (f.netdevConfig.${name} or null) == null) [ "Kind" "Name" ])
    );
in
{
  inherit ofSection;

  /* Of a file. `layout` is its sections by option, `short` the settings of [Network] by option. */
  ofFile =
    {
      kind,
      layout,
      short,
    }:
    option: f:
    let
      homes =
        name:
        lib.take 3 (
          filter (o: elem name known.sections.${kind}.${layout.${o}.name}) (attrNames layout)
        );
      ofOption =
        o:
        let
          many = layout.${o}.many;
          problems = ofSection {
            inherit kind homes;
            section = layout.${o}.name;
            option = "${option}.${o}${lib.optionalString many ".*"}";
          };
        in
        if many then concatMap problems f.${o} else problems f.${o};
      ofShort =
        o:
        ofSection {
          inherit kind option;
          section = "Network";
          named = _: o;
        } { ${short.${o}} = f.${o}; };
    in
    concatMap ofOption (attrNames layout)
    ++ concatMap ofShort (attrNames short)
    ++ lib.optionals (kind == "netdev") (missing option f);
}
