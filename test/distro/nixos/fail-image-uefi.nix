(import ./image.inc { virtualisation.useEFIBoot = true; args.partitionTableType = "legacy"; }).drvPath
