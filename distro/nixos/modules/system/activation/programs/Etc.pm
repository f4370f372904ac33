# Links /etc to what the configuration and Debian's packages have there.
#
# Debian's configuration files are the system's tree/etc, linked through /run/current-system. The configuration's own tree, a path
# of the store, has etc/, which is linked through /etc/static and goes before Debian's, and copies.list, which names files that are
# copied: `MODE USER:GROUP PATH`. A file of the administrator's own stays where Debian has one, and yields to the configuration's.
# Rules of Debian's packages that would change the configuration's files are put there without those lines: see DebianRules.pm.
package Etc;
use strict;
use warnings;

# Of Debian's: prompts of its own in homes, messages of the day, services of System V's init, jobs for cron, and a list of modules that is
# empty but makes a process start to read it.
my $leftOut = qr{^(skel|update-motd\.d|init\.d|rc[0-6S]\.d|cron\.(d|hourly|daily|weekly|monthly))/|^modules-load\.d/modules\.conf$};

my ($system, $etc, %own);
# Files of /etc that the host of a container has mounted there, which stay.
our $mountinfo = '/proc/self/mountinfo';
my %mounted;
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

sub findMounted {
    open(my $list, '<', $mountinfo) or return;
    while (<$list>) { $mounted{$1} = 1 if m{^\S+ \S+ \S+ \S+ (/etc/\S+) } }
}

# Puts a link at /etc/$path in one step.
sub placeLink {
    my ($path, $target, $force) = @_;
    my $place = "/etc/$path";
    return if $mounted{$place};
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
    placeFile($path, $mode, $owner, scalar <$in>);
}

# Puts a file at /etc/$path in one step.
sub placeFile {
    my ($path, $mode, $owner, $text) = @_;
    return if $mounted{"/etc/$path"};
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

# The files to copy: [path, mode, owner].
sub readCopies {
    open(my $list, '<', "$etc/copies.list") or die "$etc/copies.list: $!\n";
    return map { /^(\S+) (\S+) (.+)$/ ? [$3, $1, $2] : () } <$list>;
}

# Whether the configuration has the path, or a link above it.
sub isCovered {
    my ($path) = @_;
    do { return 1 if $own{$path} } while $path =~ s{/[^/]*$}{};
    return 0;
}

# What the last configuration had put there, path => whether as a copy.
sub readState {
    open(my $before, '<', $stateFile) or return ();
    scalar <$before>;
    chomp(my @paths = <$before>);
    return map { my $isCopy = s/^copy // ? 1 : 0; ($_ => $isCopy) } @paths;
}

sub writeState {
    my ($isCopy) = @_;
    open(my $state, '>', "$stateFile.new") or die "$stateFile.new: $!\n";
    print $state "$system\n", map { ($isCopy->{$_} ? 'copy ' : '') . "$_\n" } sort keys %$isCopy;
    close($state) or die "$stateFile: $!\n";
    rename("$stateFile.new", $stateFile) or die "$stateFile: $!\n";
}

# Removes what the last configuration had put there and this one has not.
sub removeStale {
    my ($before, $wanted) = @_;
    for my $path (grep { !exists $wanted->{$_} } keys %$before) { unlink "/etc/$path" if $before->{$path} || isOurs("/etc/$path") }
}

sub apply {
    ($system, $etc) = @_;
    findMounted();
    my (@debian, @static, @debianDirectories, @staticDirectories, %parents);
    walk("$system/tree/etc", '', \@debian, \@debianDirectories);
    walk("$etc/etc", '', \@static, \@staticDirectories);
    my @copies = readCopies();
    %own = map { $_ => 1 } @static, map { $_->[0] } @copies;
    my %before = readState();
    my %rules = DebianRules::changed("$system/tree", $etc, \%own);
    # The administrator's own file of that name stays.
    delete $rules{$_} for grep { !-l "/etc/$_" && -f _ && !$before{$_} } keys %rules;
    @debian = grep { !isCovered($_) && !/$leftOut/ && !exists $rules{$_} } @debian;
    my %wanted = ((map { $_ => 0 } @debian, @static), map { $_ => 1 } (map { $_->[0] } @copies), keys %rules);
    # If this is interrupted, the next configuration, which may be the last one again, removes what was put there.
    writeState({ map { $_ => $before{$_} || $wanted{$_} } keys %before, keys %wanted })
        if grep { !exists $before{$_} || $wanted{$_} && !$before{$_} } keys %wanted;
    removeStale(\%before, \%wanted);

    unlink '/etc/static.new';
    symlink("$etc/etc", '/etc/static.new') && rename('/etc/static.new', '/etc/static') or die "/etc/static: $!\n";
    for my $at ((map { $_->[0] } @copies), keys %rules) { $parents{$at} = 1 while $at =~ s{/[^/]*$}{} }
    makeDirectories(sort((grep { !isCovered($_) } @debianDirectories), @staticDirectories, keys %parents));
    placeLink($_, "/run/current-system/tree/etc/$_", $before{$_}) for @debian;
    placeLink($_, "/etc/static/$_", 1) for @static;
    copyFile(@$_) for @copies;
    placeFile($_, '0644', '+0:+0', $rules{$_}) for sort keys %rules;
    writeState(\%wanted);
}

1;
