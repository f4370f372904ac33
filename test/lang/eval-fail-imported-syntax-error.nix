import ./broken.inc
