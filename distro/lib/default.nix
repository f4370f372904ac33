# The function library: the names, behaviour and layout of nixpkgs' `lib`. A file is only read when something of it is used.
let
  # The library, whose functions call each other by way of `lib`: what an extension changes is changed for all of them.
  layer =
    lib:
    let
      part = file: import file { inherit lib; };
    in
    {
      trivial = part ./trivial.nix;
      fixedPoints = part ./fixed-points.nix;
      attrsets = part ./attrsets.nix;
      lists = part ./lists.nix;
      strings = part ./strings;
      stringsWithDeps = part ./strings-with-deps.nix;
      versions = part ./versions.nix;
      customisation = part ./customisation;
      derivations = part ./derivations.nix;
      meta = part ./meta.nix;
      sources = part ./sources.nix;
      filesystem = part ./filesystem.nix;
      path = part ./path;
      generators = part ./generators;
      cli = part ./cli.nix;
      asserts = part ./asserts.nix;
      debug = part ./debug.nix;
      options = part ./options.nix;
      modules = part ./modules;
      types = part ./types;
      systems = part ./systems;
      licenses = part ./licenses;
      kernel = part ./kernel.nix;
      sourceTypes = part ./source-types.nix;
      gvariant = part ./gvariant.nix;
      fetchers = part ./fetchers.nix;
      fileset = part ./fileset;
      network = part ./network;
      flakes = part ./flakes.nix;
      misc = part ./deprecated;
      maintainers = { };
      teams = { };
      asciiTable = import ./ascii-table.nix;

      platforms = lib.systems.doubles;

      inherit (builtins)
        add
        addDrvOutputDependencies
        addErrorContext
        all
        any
        appendContext
        attrNames
        attrValues
        baseNameOf
        bitAnd
        bitOr
        bitXor
        catAttrs
        ceil
        compareVersions
        concatLists
        concatMap
        concatStringsSep
        convertHash
        deepSeq
        dirOf
        div
        elem
        elemAt
        filter
        filterSource
        floor
        fromJSON
        fromTOML
        genList
        genericClosure
        getAttr
        getContext
        groupBy
        hasAttr
        hasContext
        hashFile
        hashString
        head
        intersectAttrs
        isAttrs
        isBool
        isFloat
        isInt
        isList
        isPath
        isString
        length
        lessThan
        listToAttrs
        map
        mapAttrs
        match
        mul
        parseDrvName
        partition
        pathExists
        placeholder
        readDir
        readFile
        readFileType
        removeAttrs
        replaceStrings
        seq
        sort
        split
        splitVersion
        storeDir
        stringLength
        sub
        substring
        tail
        toFile
        toJSON
        toString
        toXML
        trace
        tryEval
        typeOf
        unsafeDiscardOutputDependency
        unsafeDiscardStringContext
        unsafeGetAttrPos
        zipAttrsWith
        ;

      inherit (lib.trivial)
        and
        bitNot
        boolToString
        boolToYesNo
        checkListOfEnum
        compare
        concat
        const
        defaultTo
        flip
        fromHexString
        functionArgs
        id
        importJSON
        importTOML
        inNixShell
        inPureEvalMode
        info
        isFunction
        isInOldestRelease
        mapNullable
        max
        mergeAttrs
        min
        mirrorFunctionArgs
        mod
        nixpkgsVersion
        oldestSupportedReleaseIsAtLeast
        or
        pipe
        setFunctionArgs
        showWarnings
        splitByAndCompare
        throwIf
        throwIfNot
        toBaseDigits
        toFunction
        toHexString
        version
        warn
        warnIf
        warnIfNot
        xor
        ;

      inherit (lib.fixedPoints)
        composeExtensions
        composeManyExtensions
        converge
        extends
        fix
        fix'
        makeExtensible
        makeExtensibleWithCustomName
        toExtension
        ;

      inherit (lib.attrsets)
        attrByPath
        attrVals
        attrsToList
        cartesianProduct
        cartesianProductOfSets
        chooseDevOutputs
        collect
        concatMapAttrs
        dontRecurseIntoAttrs
        filterAttrs
        filterAttrsRecursive
        foldAttrs
        foldlAttrs
        genAttrs
        genAttrs'
        getAttrFromPath
        getAttrs
        getBin
        getDev
        getFirstOutput
        getInclude
        getLib
        getMan
        getOutput
        getStatic
        hasAttrByPath
        isDerivation
        longestValidPathPrefix
        mapAttrs'
        mapAttrsRecursive
        mapAttrsRecursiveCond
        mapAttrsToList
        mapAttrsToListRecursive
        mapAttrsToListRecursiveCond
        mapCartesianProduct
        matchAttrs
        mergeAttrsList
        nameValuePair
        optionalAttrs
        overrideExisting
        recurseIntoAttrs
        recursiveUpdate
        recursiveUpdateUntil
        setAttrByPath
        showAttrPath
        toDerivation
        unionOfDisjoint
        updateManyAttrsByPath
        zipAttrs
        zipAttrsWithNames
        zip
        zipWithNames
        ;

      inherit (lib.lists)
        allUnique
        commonPrefix
        compareLists
        concatAttrValues
        count
        crossLists
        drop
        dropEnd
        findFirst
        findSingle
        flatten
        fold
        foldl
        foldl'
        foldr
        forEach
        groupBy'
        ifilter0
        imap0
        imap1
        init
        intersectLists
        last
        listDfs
        mutuallyExclusive
        naturalSort
        optional
        optionals
        range
        remove
        replaceElemAt
        replicate
        reverseList
        singleton
        sortOn
        sublist
        subtractLists
        take
        takeEnd
        toList
        toposort
        unique
        uniqueStrings
        zipLists
        zipListsWith
        ;

      inherit (lib.strings)
        addContextFrom
        charToInt
        cmakeBool
        cmakeFeature
        cmakeOptionType
        concatImapStrings
        concatImapStringsSep
        concatLines
        concatMapAttrsStringSep
        concatMapStrings
        concatMapStringsSep
        concatStrings
        enableFeature
        enableFeatureAs
        escape
        escapeC
        escapeNixIdentifier
        escapeNixString
        escapeRegex
        escapeShellArg
        escapeShellArgs
        escapeURL
        escapeXML
        fileContents
        fixedWidthNumber
        fixedWidthString
        floatToString
        getName
        getVersion
        hasInfix
        hasPrefix
        hasSuffix
        intersperse
        isConvertibleWithToString
        isStorePath
        isStringLike
        isValidPosixName
        join
        levenshtein
        levenshteinAtMost
        lowerChars
        makeBinPath
        makeIncludePath
        makeLibraryPath
        makeSearchPath
        makeSearchPathOutput
        mesonBool
        mesonEnable
        mesonOption
        nameFromURL
        normalizePath
        optionalString
        readPathsFromFile
        removePrefix
        removeSuffix
        replaceString
        sanitizeDerivationName
        splitString
        splitStringBy
        stringAsChars
        stringToCharacters
        toCamelCase
        toInt
        toIntBase10
        toLower
        toSentenceCase
        toShellVar
        toShellVars
        toUpper
        trim
        trimWith
        upperChars
        versionAtLeast
        versionOlder
        withFeature
        withFeatureAs
        ;

      inherit (lib.stringsWithDeps)
        fullDepEntry
        noDepEntry
        packEntry
        stringAfter
        textClosureList
        textClosureMap
        ;

      inherit (lib.customisation)
        callPackageWith
        callPackagesWith
        extendDerivation
        extendMkDerivation
        hydraJob
        makeOverridable
        makeScope
        makeScopeWithSplicing
        makeScopeWithSplicing'
        mapCrossIndex
        overrideDerivation
        renameCrossIndexFrom
        renameCrossIndexTo
        ;

      inherit (lib.derivations) lazyDerivation optionalDrvAttr warnOnInstantiate;

      inherit (lib.meta)
        addMetaAttrs
        appendToName
        availableOn
        dontDistribute
        getExe
        getExe'
        getLicenseFromSpdxId
        getLicenseFromSpdxIdOr
        hiPrio
        hiPrioSet
        licensesSpdx
        lowPrio
        lowPrioSet
        mapDerivationAttrset
        platformMatch
        setName
        setPrio
        updateName
        ;

      inherit (lib.sources)
        canCleanSource
        cleanSource
        cleanSourceFilter
        cleanSourceWith
        commitIdFromGitRepo
        pathHasContext
        pathIsDirectory
        pathIsGitRepo
        pathIsRegularFile
        pathType
        repoRevToName
        revOrTag
        sourceByRegex
        sourceFilesBySuffices
        ;

      inherit (lib.filesystem)
        haskellPathsInDir
        listFilesRecursive
        locateDominatingFile
        packagesFromDirectoryRecursive
        ;

      inherit (lib.asserts) assertEachOneOf assertMsg assertOneOf checkAssertWarn;

      inherit (lib.debug)
        runTests
        testAllTrue
        throwTestFailures
        traceFnSeqN
        traceIf
        traceSeq
        traceSeqN
        traceVal
        traceValFn
        traceValSeq
        traceValSeqFn
        traceValSeqN
        traceValSeqNFn
        ;

      inherit (lib.options)
        getFiles
        getValues
        isOption
        literalExample
        literalExpression
        literalMD
        mdDoc
        mergeDefaultOption
        mergeEqualOption
        mergeOneOption
        mergeUniqueOption
        mkEnableOption
        mkOption
        mkPackageOption
        mkPackageOptionMD
        mkSinkUndeclaredOptions
        optionAttrSetToDocList
        optionAttrSetToDocList'
        renderOptionValue
        scrubOptionValue
        showDefs
        showFiles
        showOption
        showOptionWithDefLocs
        unknownModule
        ;

      inherit (lib.types) defaultFunctor defaultTypeMerge isOptionType isType mkOptionType setType;

      inherit (lib.modules)
        evalModules
        fixMergeModules
        mkAfter
        mkAliasAndWrapDefinitions
        mkAliasAndWrapDefsWithPriority
        mkAliasDefinitions
        mkAliasIfDef
        mkAliasOptionModule
        mkAliasOptionModuleMD
        mkAssert
        mkBefore
        mkChangedOptionModule
        mkDefault
        mkDefinition
        mkDerivedConfig
        mkFixStrictness
        mkForce
        mkIf
        mkImageMediaOverride
        mkMerge
        mkMergedOptionModule
        mkOptionDefault
        mkOrder
        mkOverride
        mkRemovedOptionModule
        mkRenamedOptionModule
        mkRenamedOptionModuleWith
        mkStrict
        mkVMOverride
        setDefaultModuleLocation
        defaultOverridePriority
        defaultOrderPriority
        defaultPriority
        mergeDefinitions
        applyModuleArgsIfFunction
        dischargeProperties
        doRename
        evalOptionValue
        filterOverrides
        fixupOptionType
        importApply
        mergeModules
        mergeModules'
        mergeOptionDecls
        pushDownProperties
        sortProperties
        unifyModuleSyntax
        ;

      inherit (lib.generators) mkLuaInline;

      inherit (lib.network.ipv6) mkEUI64Suffix;

      inherit (lib.flakes) flakeRefToString parseFlakeRef;

      inherit (lib.misc)
        checkFlag
        checkReqs
        closePropagation
        condConcat
        defaultMerge
        defaultMergeArg
        fakeHash
        fakeSha256
        fakeSha512
        foldArgs
        getValue
        ifEnable
        imap
        innerClosePropagation
        innerModifySumArgs
        lazyGenericClosure
        maybeAttr
        maybeAttrNullable
        maybeEnv
        mergeAttrBy
        mergeAttrByFunc
        mergeAttrsByFuncDefaults
        mergeAttrsByFuncDefaultsClean
        mergeAttrsConcatenateValues
        mergeAttrsNoOverride
        mergeAttrsWithFunc
        modifySumArgs
        nixType
        nvs
        setAttr
        setAttrMerge
        uniqList
        uniqListExt
        ;
    };

  make =
    overlay:
    let
      lib =
        base
        // overlay lib base
        // {
          /* lib.extend (final: prev: { ... }) */
          extend = more: make (lib.composeExtensions overlay more);
        };
      base = layer lib;
    in
    lib;
in
make (final: prev: { })
