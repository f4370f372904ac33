(import ./image.inc {
  image.repart.partitions.root.repartConfig = { SizeMinBytes = "3G"; SizeMaxBytes = "2048M"; };
  image.repart.partitions.esp.repartConfig = { SizeMinBytes = "64M"; SizeMaxBytes = 1; };
}).drvPath
