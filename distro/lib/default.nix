# The function library: the names, behaviour and layout of nixpkgs' `lib`. A file is only read when something of it is used.
let
  # The library, whose functions call each other by way of `lib`: what an extension changes is changed for all of them.
  layer = lib: let part = file: import file { inherit lib; }; in {
    trivial = part ./trivial.nix;
    fixedPoints = part ./fixed-points.nix;
    attrsets = part ./attrsets.nix;
    lists = part ./lists.nix;
    strings = part ./strings.nix;
    stringsWithDeps = part ./strings-with-deps.nix;
    versions = part ./versions.nix;
    customisation = part ./customisation.nix;
    derivations = part ./derivations.nix;
    meta = part ./meta.nix;
    sources = part ./sources.nix;
    filesystem = part ./filesystem.nix;
    path = part ./path.nix;
    generators = part ./generators.nix;
    cli = part ./cli.nix;
    asserts = part ./asserts.nix;
    debug = part ./debug.nix;
    options = part ./options.nix;
    modules = part ./modules;
    types = part ./types;
    systems = part ./systems.nix;
    licenses = part ./licenses.nix;
    kernel = part ./kernel.nix;
    maintainers = { };
    teams = { };
    asciiTable = import ./ascii-table.nix;

    platforms = lib.systems.doubles;

    inherit (builtins)
      add addErrorContext all any attrNames attrValues bitAnd bitOr bitXor catAttrs compareVersions concatLists concatMap
      concatStringsSep deepSeq div elem elemAt filter foldl' fromJSON genList genericClosure getAttr groupBy hasAttr head
      intersectAttrs isAttrs isBool isFloat isInt isList isPath isString length lessThan listToAttrs map mapAttrs match mul
      parseDrvName partition pathExists readDir readFile removeAttrs replaceStrings seq sort split splitVersion storeDir
      stringLength sub substring tail toJSON toString trace tryEval typeOf unsafeDiscardStringContext unsafeGetAttrPos
      zipAttrsWith;

    inherit (lib.trivial)
      and bitNot boolToString boolToYesNo checkListOfEnum compare concat const defaultTo flip fromHexString functionArgs id
      importJSON importTOML inNixShell inPureEvalMode info isFunction isInOldestRelease mapNullable max mergeAttrs min
      mirrorFunctionArgs mod nixpkgsVersion oldestSupportedReleaseIsAtLeast or pipe setFunctionArgs showWarnings
      splitByAndCompare throwIf throwIfNot toBaseDigits toFunction toHexString version warn warnIf warnIfNot xor;

    inherit (lib.fixedPoints)
      composeExtensions composeManyExtensions converge extends fix fix' makeExtensible makeExtensibleWithCustomName toExtension;

    inherit (lib.attrsets)
      attrByPath attrVals attrsToList cartesianProduct cartesianProductOfSets chooseDevOutputs collect concatMapAttrs
      dontRecurseIntoAttrs filterAttrs filterAttrsRecursive foldAttrs foldlAttrs genAttrs genAttrs' getAttrFromPath getAttrs
      getBin getDev getFirstOutput getInclude getLib getMan getOutput getStatic hasAttrByPath isDerivation
      longestValidPathPrefix mapAttrs' mapAttrsRecursive mapAttrsRecursiveCond mapAttrsToList mapAttrsToListRecursive
      mapAttrsToListRecursiveCond mapCartesianProduct matchAttrs mergeAttrsList nameValuePair optionalAttrs overrideExisting
      recurseIntoAttrs recursiveUpdate recursiveUpdateUntil setAttrByPath showAttrPath toDerivation unionOfDisjoint
      updateManyAttrsByPath zipAttrs zipAttrsWithNames zip zipWithNames;

    inherit (lib.lists)
      allUnique commonPrefix compareLists concatAttrValues count crossLists drop dropEnd findFirst findSingle flatten fold
      foldl foldr forEach groupBy' ifilter0 imap0 imap1 init intersectLists last listDfs mutuallyExclusive naturalSort
      optional optionals range remove replaceElemAt replicate reverseList singleton sortOn sublist subtractLists take
      takeEnd toList toposort unique uniqueStrings zipLists zipListsWith;

    inherit (lib.strings)
      addContextFrom charToInt cmakeBool cmakeFeature cmakeOptionType concatImapStrings concatImapStringsSep concatLines
      concatMapAttrsStringSep concatMapStrings concatMapStringsSep concatStrings enableFeature enableFeatureAs escape
      escapeC escapeNixIdentifier escapeNixString escapeRegex escapeShellArg escapeShellArgs escapeURL escapeXML
      fileContents fixedWidthNumber fixedWidthString floatToString getName getVersion hasInfix hasPrefix hasSuffix
      intersperse isConvertibleWithToString isStorePath isStringLike isValidPosixName join levenshtein levenshteinAtMost
      lowerChars makeBinPath makeIncludePath makeLibraryPath makeSearchPath makeSearchPathOutput mesonBool mesonEnable
      mesonOption nameFromURL normalizePath optionalString readPathsFromFile removePrefix removeSuffix
      sanitizeDerivationName splitString splitStringBy stringAsChars stringToCharacters toCamelCase toInt toIntBase10
      toLower toSentenceCase toShellVar toShellVars toUpper trim trimWith upperChars versionAtLeast versionOlder withFeature
      withFeatureAs;

    inherit (lib.stringsWithDeps) fullDepEntry noDepEntry packEntry stringAfter textClosureList textClosureMap;

    inherit (lib.customisation)
      callPackageWith callPackagesWith extendDerivation hydraJob makeOverridable makeScope makeScopeWithSplicing'
      overrideDerivation;

    inherit (lib.derivations) lazyDerivation optionalDrvAttr warnOnInstantiate;

    inherit (lib.meta)
      addMetaAttrs appendToName availableOn dontDistribute getExe getExe' getLicenseFromSpdxId getLicenseFromSpdxIdOr hiPrio
      hiPrioSet licensesSpdx lowPrio lowPrioSet mapDerivationAttrset platformMatch setName setPrio updateName;

    inherit (lib.sources)
      canCleanSource cleanSource cleanSourceFilter cleanSourceWith commitIdFromGitRepo pathIsDirectory pathIsGitRepo
      pathIsRegularFile pathType sourceByRegex sourceFilesBySuffices;

    inherit (lib.filesystem) haskellPathsInDir listFilesRecursive locateDominatingFile packagesFromDirectoryRecursive;

    inherit (lib.asserts) assertEachOneOf assertMsg assertOneOf checkAssertWarn;

    inherit (lib.debug)
      runTests testAllTrue throwTestFailures traceFnSeqN traceIf traceSeq traceSeqN traceVal traceValFn traceValSeq
      traceValSeqFn traceValSeqN traceValSeqNFn;

    inherit (lib.options)
      getFiles getValues isOption literalExample literalExpression literalMD mdDoc mergeDefaultOption mergeEqualOption
      mergeOneOption mergeUniqueOption mkEnableOption mkOption mkPackageOption mkPackageOptionMD mkSinkUndeclaredOptions
      optionAttrSetToDocList optionAttrSetToDocList' renderOptionValue scrubOptionValue showDefs showFiles showOption
      showOptionWithDefLocs unknownModule;

    inherit (lib.types) defaultFunctor defaultTypeMerge isOptionType isType mkOptionType setType;

    inherit (lib.modules)
      evalModules fixMergeModules mkAfter mkAliasAndWrapDefinitions mkAliasAndWrapDefsWithPriority mkAliasDefinitions
      mkAliasIfDef mkAliasOptionModule mkAliasOptionModuleMD mkAssert mkBefore mkChangedOptionModule mkDefault mkDefinition
      mkDerivedConfig mkFixStrictness mkForce mkIf mkImageMediaOverride mkMerge mkMergedOptionModule mkOptionDefault mkOrder
      mkOverride mkRemovedOptionModule mkRenamedOptionModule mkRenamedOptionModuleWith mkStrict mkVMOverride
      setDefaultModuleLocation defaultOverridePriority defaultOrderPriority defaultPriority mergeDefinitions
      dischargeProperties doRename evalOptionValue filterOverrides importApply pushDownProperties sortProperties;

    inherit (lib.generators) mkLuaInline;

    fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    fakeSha256 = "0000000000000000000000000000000000000000000000000000000000000000";
    fakeSha512 = lib.strings.replicate 128 "0";
  };

  make = overlay:
    let
      lib = base // overlay lib base // {
        /* lib.extend (final: prev: { ... }) */
        extend = more: make (lib.composeExtensions overlay more);
      };
      base = layer lib;
    in
    lib;
in
make (final: prev: { })
