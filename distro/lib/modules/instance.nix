# Evaluations of a submodule: the same modules for each instance, with the instance's definitions beside them.
{ lib }:

let
  inherit (builtins) any attrNames genericClosure head isAttrs isList length map;
  inherit (lib.modules) evalModules;
  inherit (lib.modules.collect) checkClass collect graph load;
  inherit (lib.modules.eval) evaluate plain;
in
rec {
  /* Whether a module is another one with the file that it counts as standing in, as setDefaultModuleLocation makes it. */
  isLocated =
    m:
    isAttrs m
    && m ? _file
    && m ? imports
    && length (attrNames m) == 2
    && isList m.imports
    && length m.imports == 1;

  /* Such a module, unless it's one already: the first to say where counts. */
  locate =
    file: module:
    if isLocated module then module else lib.modules.setDefaultModuleLocation file module;

  # A set without imports means the same in every instance: it's loaded once. { ready } or { m }.
  entry =
    m:
    if isLocated m then
      let
        module = head m.imports;
        inner = entry module;
      in
      if inner ? ready && !(module ? _file) then
        { ready = inner.ready // { file = toString m._file; }; }
      else if inner ? ready then
        inner
      else
        {
          m = module;
          file = toString m._file;
        }
    else if
      isAttrs m
      && !(m ? _type)
      && !(m ? __functor)
      && !(m ? imports)
      && !(m ? require)
      && !(m ? disabledModules)
    then
      { ready = load null (m._file or lib.options.unknownModule) null "" m; }
    else
      {
        inherit m;
        file = lib.options.unknownModule;
      };

  /* A submodule's modules, made ready once for all instances: a function of the evaluation's context. */
  prepare =
    modules:
    let
      entries = lib.imap1 (
        n: m:
        let
          e = entry m;
          key = ":anon-${toString n}";
        in
        if e ? ready && e.ready.key == "" then
          { ready = e.ready // { inherit key; }; }
        else
          e // { inherit key; }
      ) modules;
    in
    context:
    let
      loaded = map (e: e.ready or (load context e.file null e.key e.m)) entries;
      checked = if context.class == null then loaded else map (checkClass context) loaded;
    in
    if any (m: m.imports != [ ] || m.disabledModules != [ ]) loaded then
      collect context modules
    else if length loaded < 2 then
      checked
    # What is named twice counts once.
    else
      lib.reverseList (
        genericClosure {
          startSet = checked;
          operator = _: [ ];
        }
      );

  /* `prepared` are the type's modules, `modules` the same as they were given; `definitions` those of the instance that are sets of
     config alone. */
  evalInstance =
    {
      prepared,
      located,
      modules,
      definitions,
      prefix,
      specialArgs,
      class,
      name,
    }@given:
    let
      all =
        modules
        ++ map (d: {
          _file = d.file;
          config = d.value;
        }) definitions;
    in
    evaluate {
      build = prepared;
      inherit prefix specialArgs class;
      # As in NixOS: the modules of an option's own type are merged before what defines it, those of other types after.
      ${
        if located then "after" else "before"
      } = lib.reverseList (map (d: plain d.file d.value) definitions);
      extraArgs = { inherit name; };
      again = {
        graph = context: graph context all;
        extendModules =
          {
            modules ? [ ],
            specialArgs ? { },
            prefix ? given.prefix,
          }:
          evalModules {
            modules = [ { _module.args.name = lib.mkOptionDefault name; } ] ++ all ++ modules;
            specialArgs = given.specialArgs // specialArgs;
            inherit prefix;
            inherit (given) class;
          };
        type = lib.types.submoduleWith { inherit modules specialArgs class; };
      };
    };
}
