# Whether a package is one of Debian's, or several of them as one: its files are in a merged tree. A package that is built has
# `debianPackages', too: those that it needs where it runs.
package:
package ? debianPackage || package ? debianParts
