# All that follows from a system's name, with what is given instead.
{ lib }:

let
  inherit (builtins) foldl' isAttrs isString mapAttrs removeAttrs;
  inherit (lib.systems) architectures inspect parse platforms;

  part = file: import file { inherit lib; };
  emulators = part ./emulators.nix;
  conventions = part ./conventions.nix;
  languages = part ./languages.nix;
  rust = part ./rust.nix;

  # Not for comparison: a function is equal to nothing.
  functionNames = [ "canExecute" "emulator" "emulatorAvailable" "staticEmulatorAvailable" ];

  canExecute =
    host: other:
    host.isAndroid == other.isAndroid
    && parse.isCompatible host.parsed.cpu other.parsed.cpu
    && host.parsed.kernel == other.parsed.kernel
    # Of one kind of processor the better runs the lesser's programs.
    && (
      host.parsed.cpu == other.parsed.cpu && other ? gcc.arch
      -> host ? gcc.arch && architectures.canExecute host.gcc.arch other.gcc.arch
    );
in
rec {
  inherit functionNames;

  systemToAttrs = system: if isAttrs system then system else { inherit system; };

  /* Of elaborated systems, whose functions make `==` useless. */
  equals = a: b: a._withoutFunctions == b._withoutFunctions;

  toLosslessStringMaybe =
    system:
    if isString system then
      system
    else if equals system (elaborate system.system) then
      system.system
    else
      null;

  /* "x86_64-linux", or { system } or { config } with anything that shall be otherwise. */
  elaborate =
    system:
    let
      all = systemToAttrs system;
      # The rest follows from these.
      given = removeAttrs all [ "parsed" "system" "_withoutFunctions" ];

      final =
        {
          _withoutFunctions = removeAttrs final (functionNames ++ [ "_withoutFunctions" ]);
          # A configuration's name says more than a system's.
          parsed = parse.mkSystemFromString (given.config or all.system);
          system = parse.doubleFromSystem final.parsed;
          config = parse.tripleFromSystem final.parsed;
          inherit ({ gcc = given.gcc or { }; } // platforms.select final) gcc;
          rustc = given.rustc or { };
          canExecute = canExecute final;
        }
        // emulators final
        // conventions final
        // mapAttrs (_: predicate: predicate final.parsed) inspect.predicates
        // mapAttrs (_: predicate: predicate (final.gcc.arch or "default")) architectures.predicates
        // given
        // { rust = rust given final; }
        // languages final;

      checked = foldl' (pass: a: if a.assertion final then pass else throw a.message) true (
        final.parsed.abi.assertions or [ ]
      );
    in
    assert final.useAndroidPrebuilt -> final.isAndroid;
    assert checked;
    final;
}
