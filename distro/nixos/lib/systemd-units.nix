# Turns the options of units into unit files.
{ lib, pkgs }:

let
  inherit (lib) concatMap concatStrings concatStringsSep optionalString;
  format = import ./formats/systemd.nix { inherit lib; };
  text = import ./formats/text.nix { inherit lib; };
  inherit (format) assignment attrsToSection environmentLines;

  # The type of the options has checked the names of units.
  setting = name: list: optionalString (list != [ ]) "${name}=${concatStringsSep " " list}\n";

  # The line of a setting, for the option `name' of the unit at `at'.
  line =
    at: name: key: value:
    optionalString (value != "") (format.setting (text.below at name) key value);

  # The [Unit] section. unitConfig comes last, so it adds to lists.
  unitSection =
    at: u:
    let
      body =
        line at "description" "Description" u.description
        + line at "documentation" "Documentation" (concatStringsSep " " u.documentation)
        + setting "Requires" u.requires
        + setting "Wants" u.wants
        + setting "Upholds" u.upholds
        + setting "After" u.after
        + setting "Before" u.before
        + setting "BindsTo" u.bindsTo
        + setting "PartOf" u.partOf
        + setting "Conflicts" u.conflicts
        + setting "Requisite" u.requisite
        + setting "OnFailure" u.onFailure
        + setting "OnSuccess" u.onSuccess
        + optionalString
          (u.startLimitBurst != null)
          "StartLimitBurst=${toString u.startLimitBurst}\n"
        + optionalString
          (u.startLimitIntervalSec != null)
          "StartLimitIntervalSec=${toString u.startLimitIntervalSec}\n"
        + attrsToSection (text.below at "unitConfig") u.unitConfig
        # A switch compares the text of units, so it includes a digest of the triggers.
        + optionalString
          (u.restartTriggers != [ ])
          "X-Restart-Triggers=${digest u.restartTriggers}\n"
        + optionalString (u.reloadTriggers != [ ]) "X-Reload-Triggers=${digest u.reloadTriggers}\n";
    in
    optionalString (body != "") "[Unit]\n${body}";

  digest =
    values:
    builtins.hashString "sha256" (
      builtins.unsafeDiscardStringContext (concatStringsSep " " (map toString values))
    );

  joined = parts: concatStringsSep "\n" (builtins.filter (p: p != "") parts);

  fileName = name: lib.strings.sanitizeDerivationName (lib.replaceStrings [ "@" ] [ "-" ] name);

  script =
    unit: kind: text:
    pkgs.writeTextFile {
      name = "unit-script-${fileName unit}-${kind}";
      executable = true;
      text = "#!/bin/bash\nset -e\n${text}\n";
    };

  checkedFile = import ./checked-file.nix { inherit lib pkgs; };
  /* The script, if shellcheck finds nothing in it. */
  strictScript =
    option: unit: kind: text:
    let
      source = script unit kind text;
    in
    checkedFile {
      inherit option source;
      inherit (source) name;
      packages = [ pkgs.shellcheck ];
      check = "shellcheck \"$file\"";
    };

  # PATH= is set only for units that name packages or run scripts; others have systemd's default.
  pathLine =
    at: s:
    let
      dirs = concatMap (p: [ "${p}/bin" "${p}/sbin" ]) s.path;
    in
    optionalString
      (s.path != [ ] || hasScript s)
      "Environment=${assignment at "PATH" "${concatStrings (map (d: "${d}:") dirs)}/usr/sbin:/usr/bin"}\n";

  scriptKinds = [ "script" "preStart" "postStart" "reload" "preStop" "postStop" ];
  hasScript = s: lib.any (k: s.${k} != "") scriptKinds;

  serviceSection =
    at: name: globalEnvironment: s:
    let
      lines = {
        script = "ExecStart";
        preStart = "ExecStartPre";
        postStart = "ExecStartPost";
        reload = "ExecReload";
        preStop = "ExecStop";
        postStop = "ExecStopPost";
      };
      suffix = {
        script = "start";
        preStart = "pre-start";
        postStart = "post-start";
        reload = "reload";
        preStop = "pre-stop";
        postStop = "post-stop";
      };
      scripts = concatStrings (
        map (
          k:
          optionalString
            (s.${k} != "")
            "${lines.${k}}=${
              if s.enableStrictShellChecks then
                strictScript (text.below at k).option name suffix.${k} s.${k}
              else
                script name suffix.${k} s.${k}
            }${optionalString (k == "script" && s.scriptArgs != "") " ${format.settingValue (text.below at "scriptArgs") s.scriptArgs}"}\n"
        ) scriptKinds
      );
      environment =
        optionalString (!isDropin "service" s) (
          environmentLines
            {
              inherit (at) file;
              option = "systemd.globalEnvironment";
            }
            (builtins.removeAttrs globalEnvironment (lib.attrNames s.environment))
        )
        + environmentLines inEnvironment (builtins.removeAttrs s.environment [ "PATH" ]);
      path =
        if s.environment.PATH or null != null then
          environmentLines inEnvironment { inherit (s.environment) PATH; }
        else
          pathLine inEnvironment s;
      inEnvironment = text.below at "environment";
      markers =
        optionalString (!s.restartIfChanged) "X-RestartIfChanged=false\n"
        + optionalString s.reloadIfChanged "X-ReloadIfChanged=true\n"
        + optionalString (!s.stopIfChanged) "X-StopIfChanged=false\n"
        + optionalString s.notSocketActivated "X-NotSocketActivated=true\n";
      body =
        path
        + environment
        + scripts
        + attrsToSection (text.below at "serviceConfig") s.serviceConfig
        + markers;
    in
    optionalString (body != "") "[Service]\n${body}";

  # Whether a unit is complete. One that does not say what it does is a drop-in for a package's unit of that name.
  complete = {
    service =
      s:
      s.script != ""
      || (
        s.serviceConfig.ExecStart or "" != ""
        && lib.head (lib.toList s.serviceConfig.ExecStart) != ""
      );
    socket =
      s:
      s.listenStreams != [ ]
      || s.listenDatagrams != [ ]
      || lib.any (n: lib.hasPrefix "Listen" n) (lib.attrNames s.socketConfig);
    timer = t: lib.any (n: lib.hasPrefix "On" n) (lib.attrNames t.timerConfig);
    path = p: p.pathConfig != { };
    target = t: !(builtins.elem t.name upstreamTargets);
    slice = _: true;
    mount = _: true;
    automount = _: true;
  };
  isDropin = kind: u: u.overrideStrategy == "asDropin" || !(complete.${kind} u);

  upstreamTargets = import ./systemd-targets.nix;

  sectionOf = title: body: optionalString (body != "") "[${title}]\n${body}";

  bodies =
    let
      # A section: the lines of its own options, then its free settings.
      section =
        at: title: option: own: u:
        sectionOf title (own + attrsToSection (text.below at option) u.${option});
      lines = at: name: key: list: concatStrings (map (line at name key) list);
    in
    {
      service = serviceSection;
      socket =
        at: _: _: s:
        section
          at
          "Socket"
          "socketConfig"
          (
            lines at "listenStreams" "ListenStream" s.listenStreams
            + lines at "listenDatagrams" "ListenDatagram" s.listenDatagrams
          )
          s;
      timer = at: _: _: section at "Timer" "timerConfig" "";
      path = at: _: _: section at "Path" "pathConfig" "";
      slice = at: _: _: section at "Slice" "sliceConfig" "";
      target = _: _: _: _: "";
      mount =
        at: _: _: m:
        section
          at
          "Mount"
          "mountConfig"
          (
            line at "what" "What" m.what
            + line at "where" "Where" m.where
            + line at "type" "Type" m.type
            + line at "options" "Options" m.options
          )
          m;
      automount =
        at: _: _: m: section at "Automount" "automountConfig" (line at "where" "Where" m.where) m;
    };

  # `set' is the path of the option that declares the unit: systemd.services, or systemd.mounts, which is a list.
  toUnit =
    set: kind: globalEnvironment: name: u:
    let
      named = u // { inherit name; };
      at = {
        file = "a unit";
        option = lib.showOption (set ++ [ name ]);
      };
    in
    {
      inherit (u) enable wantedBy requiredBy upheldBy aliases;
      overrideStrategy = if isDropin kind named then "asDropin" else "asDropinIfExists";
      text = joined [ (unitSection at u) (bodies.${kind} at name globalEnvironment u) ];
    };

  inherit (import ./systemd-escape.nix { inherit lib; }) escapeSystemdPath;

  # The units of one option; `set' is the option's path.
  byName =
    set: kind: environment: units:
    let
      name = format.unitName {
        file = "the directory of units";
        option = lib.showOption set;
      };
    in
    lib.mapAttrs' (
      n: u: lib.nameValuePair "${name n}.${kind}" (toUnit set kind environment n u)
    ) units;
  byPlace =
    set: kind: units:
    builtins.listToAttrs (
      map (
        u:
        let
          name = "${escapeSystemdPath u.where}.${kind}";
        in
        {
          inherit name;
          value = toUnit (set ++ [ "${kind}s" ]) kind { } name u;
        }
      ) units
    );

  templateOf =
    name:
    let
      parts = builtins.match "([^@]*@)[^.]*(\\..*)" name;
    in
    if parts == null then name else concatStrings parts;
in
{
  inherit toUnit format;

  /* The units of a manager whose options are at the path `set', but for those that are named after their mount points. */
  unitsByName =
    set: s: environment:
    byName (set ++ [ "services" ]) "service" environment s.services
    // byName (set ++ [ "sockets" ]) "socket" { } s.sockets
    // byName (set ++ [ "timers" ]) "timer" { } s.timers
    // byName (set ++ [ "targets" ]) "target" { } s.targets
    // byName (set ++ [ "paths" ]) "path" { } s.paths
    // byName (set ++ [ "slices" ]) "slice" { } s.slices;
  unitsByPlace = set: s: byPlace set "mount" s.mounts // byPlace set "automount" s.automounts;

  # Links that start units with targets, path -> target of the link: `wants` has the names by target, `to` returns what one leads to.
  wantsLinks =
    to: wants:
    builtins.listToAttrs (
      lib.concatLists (
        lib.mapAttrsToList (
          target: names:
          map (n: {
            name = "${target}.wants/${n}";
            value = to n;
          }) names
        ) wants
      )
    );

  /*
    A directory of unit files, as /etc/systemd/system: `units` by file name; `masked` are names that can't be started;
    `upstream` is the directory of the packages' units. `links` are further links, path -> target.
  */
  unitsDirectory =
    {
      name,
      units,
      masked ? [ ],
      links ? { },
      upstream,
      option ?
        if upstream == "/usr/lib/systemd/user" then "systemd.user.units" else "systemd.units",
    }:
    let
      checked =
        option:
        format.unitName {
          file = "the directory of units";
          inherit option;
        };
      checkedName = checked option;
      present = lib.filterAttrs (_: u: u.enable) units;
      disabled = lib.attrNames (lib.filterAttrs (_: u: !u.enable) units);

      # The file that a link leads to: here for a complete unit, else in a package.
      home =
        n: u:
        if u.overrideStrategy == "asDropin" || u.text == null || (u.text == "") then
          "${upstream}/${templateOf n}"
        else
          "/etc/systemd/${baseNameOf upstream}/${n}";

      file =
        n: u:
        if u.text == null || u.text == "" then
          [ ]
        else if u.overrideStrategy == "asDropin" then
          [
            {
              path = "${n}.d/overrides.conf";
              inherit (u) text;
            }
          ]
        else
          [
            {
              path = n;
              inherit (u) text;
            }
          ];

      linksOf =
        n: u:
        map (target: {
          path = "${target}.wants/${n}";
          target = home n u;
        }) u.wantedBy
        ++ map (target: {
          path = "${target}.requires/${n}";
          target = home n u;
        }) u.requiredBy
        ++ map (target: {
          path = "${target}.upholds/${n}";
          target = home n u;
        }) u.upheldBy
        ++ map (alias: {
          path = alias;
          target = if u.overrideStrategy == "asDropin" then home n u else n;
          # A unit of the name counts, also one that is turned off.
        }) (builtins.filter (alias: !(units ? ${alias})) u.aliases);

      maskedNames = lib.unique (
        map (checked "systemd.suppressedSystemUnits") (
          builtins.filter (n: !(present ? ${n}) || present.${n}.text == null) masked
        )
        ++ map checkedName disabled
      );
    in
    pkgs.builtinDerivation "tree" {
      inherit name;
      entries =
        lib.concatLists (
          lib.mapAttrsToList (
            n: u:
            let
              name = checkedName n;
            in
            file name u ++ linksOf name u
          ) present
        )
        ++ map (n: {
          path = n;
          target = "/dev/null";
        }) maskedNames
        ++ lib.mapAttrsToList (path: target: { inherit path target; }) links;
    };
}
