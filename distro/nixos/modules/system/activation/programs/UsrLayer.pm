# The layer of /usr above the merged tree of Debian's packages: the programs of the tree that have the setuid or setgid bit, or an
# owner that is not root, as copies that have those; and links to what packages that are not Debian's have.
#
# TREE/nix-support/special has a line `MODE OWNER GROUP PATH` for each such program. LAYER/.whole is written last.
package UsrLayer;
use strict;
use warnings;

sub makeParents {
    my ($path) = @_;
    my $at = '';
    for my $part (split m{/}, $path) { $at .= "$part/"; mkdir($at, 0755) if $at ne '/' && !-d $at }
}

sub copyTo {
    my ($from, $to) = @_;
    open(my $in, '<:raw', $from) or die "$from: $!\n";
    unlink $to;
    open(my $out, '>:raw', $to) or die "$to: $!\n";
    while (sysread($in, my $block, 1 << 20)) { print $out $block or die "$to: $!\n" }
    close($out) or die "$to: $!\n";
}

sub copySpecial {
    my ($tree, $layer) = @_;
    open(my $list, '<', "$tree/nix-support/special") or return;
    while (my $line = <$list>) {
        my ($mode, $owner, $group, $path) = $line =~ /^(\d+) (\S+) (\S+) (.+)$/ or next;
        next unless $path =~ m{^usr/} && -f "$tree/$path";
        my $uid = getpwnam $owner;
        my $gid = getgrnam $group;
        if (!defined $uid || !defined $gid) { warn "$path belongs to $owner:$group, which are not known: it stays without its bits\n"; next }
        my ($directory) = "$layer/$path" =~ m{^(.*)/};
        makeParents($directory);
        copyTo("$tree/$path", "$layer/$path");
        chown($uid, $gid, "$layer/$path") or die "$layer/$path: $!\n";
        chmod(oct($mode), "$layer/$path") or die "$layer/$path: $!\n";
    }
}

# Links to the files below $from; directories are merged. What is there already stays.
sub linkTree {
    my ($from, $to) = @_;
    makeParents($to);
    opendir(my $handle, $from) or return;
    for my $name (sort grep { $_ ne '.' && $_ ne '..' } readdir $handle) {
        if (-d "$from/$name") { linkTree("$from/$name", "$to/$name") }
        elsif (!-e "$to/$name" && !-l "$to/$name") { symlink("$from/$name", "$to/$name") or die "$to/$name: $!\n" }
    }
}

# Layers of other systems go, unless one is in use; a system that comes back gets its own made again.
sub removeOthers {
    my ($layer) = @_;
    my ($above) = $layer =~ m{^(.*)/};
    open(my $mounts, '<', '/proc/mounts') or return;
    my $inUse = join('', <$mounts>);
    for my $other (glob("$above/*")) {
        next if $other eq $layer || index($inUse, "$other/") >= 0;
        unlink "$other/.whole";
        system('rm', '-rf', '--', $other);
    }
}

# $packages: their store paths; the first one that has a file counts.
sub apply {
    my ($tree, $layer, $packages) = @_;
    return if -e "$layer/.whole";
    removeOthers($layer);
    makeParents("$layer/usr");
    copySpecial($tree, $layer);
    for my $package (@$packages) {
        linkTree("$package/$_", "$layer/usr/$_") for grep { -d "$package/$_" } qw(bin sbin lib libexec share);
    }
    open(my $whole, '>', "$layer/.whole") or die "$layer/.whole: $!\n";
    close $whole;
}

1;
