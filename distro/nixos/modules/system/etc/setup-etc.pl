# Links /etc to what the configuration and Debian's packages have there.
# Usage: perl setup-etc.pl SYSTEM ETC
#
# SYSTEM is the system's store path; Debian's configuration files are its tree/etc, linked through /run/current-system.
# ETC/etc is the configuration's tree, linked through /etc/static, and goes before Debian's; ETC/copies.list names files that are
# copied: `MODE USER:GROUP PATH`. A file of the administrator's own stays where Debian has one, and yields to the configuration's.
use strict;
use warnings;

my ($system, $etc) = @ARGV;
my $stateFile = '/var/lib/bootflake/etc-entries';

# Relative paths of everything below $root that is no directory, and of the directories. A link to a directory is a leaf.
sub walk {
    my ($root, $relative, $leaves, $directories) = @_;
    opendir(my $handle, "$root/$relative") or return;
    for my $name (sort grep { $_ ne '.' && $_ ne '..' } readdir $handle) {
        my $path = $relative eq '' ? $name : "$relative/$name";
        if (-l "$root/$path" || !-d _) { push @$leaves, $path }
        else { push @$directories, $path; walk($root, $path, $leaves, $directories) }
    }
}

# Removes a directory that holds nothing but directories and links of ours; false if something else is in it.
sub removeOurs {
    my ($path) = @_;
    opendir(my $handle, $path) or return 0;
    my $empty = 1;
    for my $name (grep { $_ ne '.' && $_ ne '..' } readdir $handle) {
        my $entry = "$path/$name";
        if (-l $entry) { isOurs($entry) ? unlink($entry) : ($empty = 0) }
        elsif (-d _) { $empty = 0 unless removeOurs($entry) }
        else { $empty = 0 }
    }
    return $empty && rmdir $path;
}

sub isOurs {
    my $target = readlink($_[0]);
    return defined $target && $target =~ m{^(/etc/static/|/run/current-system/tree/etc/)};
}

# Puts a link at /etc/$path in one step.
sub placeLink {
    my ($path, $target, $force) = @_;
    my $place = "/etc/$path";
    my $present = readlink $place;
    return if defined $present && $present eq $target;
    if (-l $place || -e _) {
        return unless $force || isOurs($place);
        if (!-l $place && -d _ && !removeOurs($place)) {
            warn "$place is a directory with files of its own: moved to $place.before-activation\n";
            rename($place, "$place.before-activation");
        }
    }
    unlink "$place.new";
    symlink($target, "$place.new") or die "$place.new: $!\n";
    rename("$place.new", $place) or die "$place: $!\n";
}

sub numericOwner {
    my ($owner) = @_;
    my ($user, $group) = split /:/, $owner;
    my $uid = $user =~ /^\+?(\d+)$/ ? $1 : getpwnam($user) // die "the owner $user of a file in /etc is not known\n";
    my $gid = $group =~ /^\+?(\d+)$/ ? $1 : getgrnam($group) // die "the group $group of a file in /etc is not known\n";
    return ($uid, $gid);
}

sub copyFile {
    my ($path, $mode, $owner) = @_;
    open(my $in, '<', "$etc/copies/$path") or die "$etc/copies/$path: $!\n";
    local $/;
    my $text = <$in>;
    my $new = "/etc/$path.new";
    unlink $new;
    my $mask = umask 077;
    open(my $out, '>', $new) or die "$new: $!\n";
    umask $mask;
    print $out $text;
    close($out) or die "$new: $!\n";
    chown(numericOwner($owner), $new) or die "$new: $!\n";
    chmod(oct($mode), $new) or die "$new: $!\n";
    rename($new, "/etc/$path") or die "/etc/$path: $!\n";
}

sub makeDirectories {
    for my $path (@_) {
        my $place = "/etc/$path";
        next if !-l $place && -d $place;
        unlink $place if -l $place && isOurs($place);
        mkdir($place, 0755) or -d $place or warn "$place: $!\n";
    }
}

my (@debian, @static, @debianDirectories, @staticDirectories, @copies);
walk("$system/tree/etc", '', \@debian, \@debianDirectories);
walk("$etc/etc", '', \@static, \@staticDirectories);
open(my $list, '<', "$etc/copies.list") or die "$etc/copies.list: $!\n";
while (<$list>) { push @copies, [$3, $1, $2] if /^(\S+) (\S+) (.+)$/ }
close $list;

# What the configuration has, and what lies below its links to directories, is not Debian's.
my %own = map { $_ => 1 } @static, map { $_->[0] } @copies;
sub isCovered {
    my ($path) = @_;
    do { return 1 if $own{$path} } while $path =~ s{/[^/]*$}{};
    return 0;
}
@debian = grep { !isCovered($_) } @debian;

my %wanted = map { $_ => 1 } keys %own, @debian;
if (open(my $before, '<', $stateFile)) {
    while (my $path = <$before>) {
        chomp $path;
        next if $path =~ m{^/} || $wanted{$path};
        my $place = "/etc/$path";
        if ($path =~ s/^copy //) { unlink "/etc/$path" unless $wanted{$path} }
        elsif (isOurs($place)) { unlink $place }
    }
}

unlink '/etc/static.new';
symlink("$etc/etc", '/etc/static.new') && rename('/etc/static.new', '/etc/static') or die "/etc/static: $!\n";
my %parents;
for my $copy (@copies) { my $at = $copy->[0]; $parents{$at} = 1 while $at =~ s{/[^/]*$}{} }
makeDirectories(sort((grep { !isCovered($_) } @debianDirectories), @staticDirectories, keys %parents));
placeLink($_, "/run/current-system/tree/etc/$_", 0) for @debian;
placeLink($_, "/etc/static/$_", 1) for @static;
copyFile(@$_) for @copies;

mkdir '/var/lib/bootflake';
open(my $state, '>', "$stateFile.new") or die "$stateFile.new: $!\n";
print $state "$system\n", (map { "copy $_->[0]\n" } @copies), map { "$_\n" } @debian, @static;
close($state) or die "$stateFile: $!\n";
rename("$stateFile.new", $stateFile) or die "$stateFile: $!\n";
