# Where the files of a container are on its machine.
name: container:
"${if container.ephemeral then "/run" else "/var/lib"}/nixos-containers/${name}"
