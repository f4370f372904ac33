# The layer of /usr above the merged tree of Debian's packages: the programs of the tree that have the setuid or setgid bit, or an
# owner that is not root, as copies that have those; and links to what packages that are not Debian's have.
#
# In the image of a container, /usr is the tree itself: it has no layer (the empty path), and what would be in one is put there.
#
# TREE/nix-support/special has a line `MODE OWNER GROUP PATH` for each such program. LAYER/.whole is written last.
package UsrLayer;
use strict;
use warnings;
use Cwd ();

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

our $store = '/nix/store';

# Follows the symlinks of $path within the store. Returns the file, or undef and where they lead instead: to a place of the machine,
# which only the merged tree has (a link between two packages, what alternatives decide), or to nothing.
sub follow {
    my ($path) = @_;
    for (1 .. 40) {
        my ($above, $name) = $path =~ m{^(.*)/([^/]+)$} or last;
        my $folder = -d $above ? Cwd::realpath($above) : undef;
        return (undef, $path) unless defined $folder && ($folder eq $store || index($folder, "$store/") == 0);
        $path = "$folder/$name";
        return -e $path ? $path : (undef, $path) unless -l $path;
        my $to = readlink $path;
        $path = substr($to, 0, 1) eq '/' ? $to : "$folder/$to";
    }
    return (undef, $path);
}

sub sameFile {
    my ($left, $right) = @_;
    my ($device, $inode) = stat $left or return 0;
    my ($otherDevice, $otherInode) = stat $right or return 0;
    return $device == $otherDevice && $inode == $otherInode;
}

# Links to the files below $from, for the folder $place of the machine; directories are merged. What is there already stays, and so does
# what the merged tree has where a package has nothing but a link into the machine: a link over that would lead to itself.
sub linkTree {
    my ($from, $place, $tree, $layer) = @_;
    opendir(my $handle, $from) or return;
    for my $name (sort grep { $_ ne '.' && $_ ne '..' } readdir $handle) {
        my ($own, $below, $at) = ("$from/$name", "$tree$place/$name", "$layer$place/$name");
        my ($file, $end) = follow($own);
        if (defined $file && -d $file) { linkTree($own, "$place/$name", $tree, $layer); next }
        next if -e $at || -l $at;
        if (defined $file) { next if sameFile($file, $below) }
        else {
            $end =~ s{^/(bin|sbin|lib|lib64)/}{/usr/$1/};
            next if $end eq "$place/$name" || -e $below || -l $below;
        }
        makeParents("$layer$place");
        symlink($own, $at) or die "$at: $!\n";
    }
}

# Layers of other systems go, unless one is in use; a system that comes back gets its own made again.
sub removeOthers {
    my ($layer) = @_;
    my ($above) = $layer =~ m{^(.+)/} or return;
    open(my $mounts, '<', '/proc/mounts') or return;
    my $inUse = join('', <$mounts>);
    for my $other (glob("$above/*")) {
        next if $other eq $layer || index($inUse, "$other/") >= 0;
        unlink "$other/.whole";
        system('rm', '-rf', '--', $other);
    }
}

# --- a machine that runs ------------------------------------------------------------------------------------------

our $mountinfo = '/proc/self/mountinfo';

# The mounts at /usr, the topmost last, each as its list of layers; a mount of another kind has none.
sub mountsOfUsr {
    open(my $list, '<', $mountinfo) or die "$mountinfo: $!\n";
    return map { m{^\S+ \S+ \S+ \S+ /usr .* - (\S+) \S+ (\S+)} ? join(':', $1 eq 'overlay' ? $2 =~ /(?:^|,)lowerdir\+?=([^,]*)/g : ()) : () } <$list>;
}

# Shows the tree and its layer at /usr. What is there cannot be taken away while programs run from it: the new one comes on top, until the
# machine restarts. Back to the one below, the top goes: programs that run from it keep it.
sub show {
    my ($tree, $layer) = @_;
    if ($layer eq '') {
        return if Cwd::realpath("$tree/usr") eq '/usr';
        die "/usr is that of another system: make the image of the container anew\n";
    }
    my $wanted = "$layer/usr:$tree/usr";
    my @mounts = mountsOfUsr();
    return if @mounts && $mounts[-1] eq $wanted;
    if (@mounts > 1 && $mounts[-2] eq $wanted) { system('umount', '-l', '/usr') == 0 or die "/usr cannot be unmounted\n" }
    else { system('mount', '-t', 'overlay', '-o', "ro,nodev,lowerdir=$wanted", 'overlay', '/usr') == 0 or die "/usr cannot be mounted\n" }
    showModules($tree);
}

# The kernel that runs needs its modules, of the system that was booted, until the machine restarts.
sub showModules {
    my ($tree) = @_;
    my $modules = '/usr/lib/modules';
    open(my $file, '<', '/proc/sys/kernel/osrelease') or return;
    chomp(my $release = <$file>);
    my $booted = readlink '/run/booted-system/tree';
    return if -d "$modules/$release" || !-d $modules || !defined $booted || !-d "$booted$modules/$release";
    system('mount', '-t', 'overlay', '-o', "ro,nodev,lowerdir=$tree$modules:$booted$modules", 'overlay', $modules) == 0
        or die "$modules cannot be mounted\n";
}

# $packages: their store paths; the first one that has a file counts.
sub apply {
    my ($tree, $layer, $packages) = @_;
    my $mark = $layer eq '' ? '/usr/.whole' : "$layer/.whole";
    return if -e $mark;
    removeOthers($layer);
    makeParents("$layer/usr");
    copySpecial($tree, $layer);
    for my $package (@$packages) {
        linkTree("$package/$_", "/usr/$_", $tree, $layer) for grep { -d "$package/$_" } qw(bin sbin lib libexec share);
    }
    open(my $whole, '>', $mark) or die "$mark: $!\n";
    close $whole;
}

1;
