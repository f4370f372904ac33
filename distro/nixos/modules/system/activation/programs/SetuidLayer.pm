# Copies the programs of a tree that have the setuid or setgid bit, or an owner that is not root, to a layer that has those.
#
# TREE/nix-support/special has a line `MODE OWNER GROUP PATH` for each. LAYER/.whole is written last.
package SetuidLayer;
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

sub apply {
    my ($tree, $layer) = @_;
    return if -e "$layer/.whole";
    makeParents("$layer/usr");
    if (open(my $list, '<', "$tree/nix-support/special")) {
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
    open(my $whole, '>', "$layer/.whole") or die "$layer/.whole: $!\n";
    close $whole;
}

1;
