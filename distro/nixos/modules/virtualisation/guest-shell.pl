#!/usr/bin/perl
# Runs commands for the host of this machine, as root. Each port /dev/virtio-ports/bootflake.shell.N carries one command at a time, without
# network and sshd; whoever may open the machine's sockets on the host has the machine anyway.
#
# Both directions carry frames: a type (one byte), a length (four bytes, big-endian, at most 65536) and so many bytes. A conversation begins
# with the host's greeting, "\0BFSH1\n" and 16 hexadecimal digits, which may follow the rest of an earlier one. Types:
#   from the host  1 start: "pipe" or "tty", rows, columns, TERM, and the command's words, each ended by NUL;  2 input;  3 end of input;
#                  4 signal: its number;  5 size of the terminal: rows NUL columns NUL
#   to the host    16 greeting: the 16 digits;  17 output;  18 error output;  19 end: "exit" or "signal", NUL, the number;
#                  20 input accepted: a number of bytes;  21 the command could not be started: why
# The host may send 262144 bytes of input more than were accepted.
use strict;
use warnings;

# Linux's numbers, the same on x86-64 and 64-bit ARM: Perl's modules for them take longer to load than all else here.
my ($O_WRONLY, $O_RDWR, $O_NOCTTY, $O_NONBLOCK, $O_ASYNC) = (1, 2, 0400, 04000, 020000);
my ($F_SETFL, $F_SETOWN) = (4, 8);
my ($EINTR, $EAGAIN) = (4, 11);
my $WNOHANG = 1;
my ($TIOCSPTLCK, $TIOCGPTN, $TIOCSCTTY, $TIOCSWINSZ) = (0x40045431, 0x80045430, 0x540E, 0x5414);
my $SYS_setsid = -e '/lib64/ld-linux-x86-64.so.2' ? 112 : 157;

my $greeting = qr/\0BFSH1\n([0-9a-f]{16})/;
my $largest = 65536;
my ($START, $INPUT, $INPUT_END, $SIGNAL, $SIZE) = (1 .. 5);
my ($GREETING, $OUTPUT, $ERRORS, $END, $ACCEPTED, $REFUSED) = (16 .. 21);

my %ports;    # file name -> { handle, unread, pid of the conversation }
for my $name (glob '/dev/virtio-ports/bootflake.shell.*') {
    sysopen(my $handle, $name, $O_RDWR | $O_NONBLOCK) or die "cannot open $name: $!\n";
    binmode $handle;
    $ports{$name} = { handle => $handle, unread => '', pid => 0 };
}
die "there is no /dev/virtio-ports/bootflake.shell.0\n" unless %ports;

# A port tells of data, and of a host that comes or goes, by a signal; select would return at once as long as no host is there. The
# handlers write to a pipe, for which select waits. A signal just before select is lost, but hosts repeat their greeting.
pipe(my $awake, my $waking) or die "there is no pipe: $!\n";
fcntl($_, $F_SETFL, $O_RDWR | $O_NONBLOCK) for $awake, $waking;
$SIG{IO} = $SIG{CHLD} = sub { syswrite $waking, '.' };
watch($_->{handle}) for values %ports;

while (1) {
    while ((my $pid = waitpid(-1, $WNOHANG)) > 0) {
        for my $port (grep { $_->{pid} == $pid } values %ports) {
            $port->{pid} = 0;
            watch($port->{handle});
        }
    }
    listen_to($_) for grep { !$_->{pid} } values %ports;
    my $readable = '';
    vec($readable, fileno $awake, 1) = 1;
    select($readable, undef, undef, undef);
    sysread $awake, my $marks, 100;
}

sub watch {
    my ($handle) = @_;
    fcntl($handle, $F_SETOWN, 0 + $$) or die "cannot watch a port: $!\n";
    fcntl($handle, $F_SETFL, $O_RDWR | $O_NONBLOCK | $O_ASYNC) or die "cannot watch a port: $!\n";
}

# Looks for a greeting, and leaves the conversation to a process of its own.
sub listen_to {
    my ($port) = @_;
    while (1) {
        my $count = sysread($port->{handle}, $port->{unread}, $largest, length $port->{unread});
        if ($port->{unread} =~ /$greeting/) {
            my ($digits, $rest) = ($1, substr($port->{unread}, $+[0]));
            $port->{unread} = '';
            my $pid = fork;
            return unless defined $pid;
            if ($pid == 0) {
                converse($port->{handle}, $digits, $rest);
                exit 0;
            }
            $port->{pid} = $pid;
            return;
        }
        # The beginning of a greeting may be the end of what was read.
        $port->{unread} = substr($port->{unread}, -24) if length $port->{unread} > 24;
        return unless $count;
    }
}

sub converse {
    my ($port, $digits, $in) = @_;
    $SIG{IO} = 'IGNORE';
    # Ends the wait for data as soon as the command ends.
    pipe(my $ended, my $ending) or exit 1;
    fcntl($ending, $F_SETFL, $O_WRONLY | $O_NONBLOCK);
    $SIG{CHLD} = sub { syswrite $ending, '.' };
    fcntl($port, $F_SETFL, $O_RDWR | $O_NONBLOCK);

    my $out = frame($GREETING, $digits);
    my ($command, $status, $input, $inputEnded, $drainUntil) = (undef, undef, '', 0, undef);
    my $finish = sub {
        my $how = $status & 127 ? "signal\0" . ($status & 127) : "exit\0" . ($status >> 8);
        $out .= frame($END, $how);
        $command = undef;
    };
    while (1) {
        # 1. What has arrived.
        while (length $in >= 5) {
            if ($in =~ /^\0/) {
                # The host has repeated its greeting before ours arrived.
                $in =~ s/^\0+BFSH1\n$digits// and next;
                last if $in =~ /^\0+(?:BFSH1\n[0-9a-f]{0,15}|B?F?S?H?1?)\z/ && length $in < 2 * $largest;
                # Another host is there.
                hang_up($command);
                return;
            }
            my ($type, $length) = unpack 'CN', $in;
            # Nonsense.
            if ($type < $START || $type > $SIZE || $length > $largest) { hang_up($command); return }
            last if length $in < 5 + $length;
            my $payload = substr $in, 5, $length;
            substr($in, 0, 5 + $length) = '';
            if ($type == $START && !$command && !defined $status) {
                my ($made, $why) = start($payload);
                if ($made) { $command = $made }
                else { $out .= frame($REFUSED, $why); $status = 0 }
            }
            elsif ($type == $INPUT) { $input .= $payload if $command && !$inputEnded }
            elsif ($type == $INPUT_END) { $inputEnded = 1 }
            elsif ($type == $SIGNAL && $command && $payload =~ /^([1-9][0-9]?)$/) { kill $1, -$command->{pid} }
            elsif ($type == $SIZE && $command) { resize($command->{input}, split /\0/, $payload) }
        }
        if ($command && $inputEnded && $input eq '' && $command->{input} && !$command->{inputClosed}) {
            # The end of input at a terminal is a character.
            if ($command->{tty}) { $input = "\x04" }
            else { close $command->{input} }
            $command->{inputClosed} = 1;
        }

        # 2. Wait for something to do.
        my ($readable, $writable) = ('', '');
        vec($readable, fileno $port, 1) = 1 if length $in < 2 * $largest;
        vec($readable, fileno $ended, 1) = 1;
        vec($writable, fileno $port, 1) = 1 if $out ne '';
        if ($command) {
            for my $stream (values %{ $command->{streams} }) {
                vec($readable, fileno $stream, 1) = 1 if length $out < $largest;
            }
            vec($writable, fileno $command->{input}, 1) = 1 if $input ne '' && defined fileno $command->{input};
        }
        # A signal just before select is lost.
        my $patience = !$command ? undef : defined $drainUntil || !%{ $command->{streams} } ? 0.1 : 2;
        select($readable, $writable, undef, $patience) >= 0 or next;

        # 3. Move bytes.
        if ($out ne '' && vec($writable, fileno $port, 1)) {
            my $count = syswrite $port, $out;
            if (defined $count) { substr($out, 0, $count) = '' }
            elsif ($! != $EAGAIN && $! != $EINTR) { hang_up($command); return }
        }
        if ($command) {
            for my $type (keys %{ $command->{streams} }) {
                my $stream = $command->{streams}{$type};
                next unless vec($readable, fileno $stream, 1);
                my $count = sysread $stream, my $bytes, 32768;
                if ($count) { $out .= frame($type, $bytes) }
                elsif (defined $count || ($! != $EAGAIN && $! != $EINTR)) { delete $command->{streams}{$type} }
            }
            if ($input ne '' && defined fileno $command->{input} && vec($writable, fileno $command->{input}, 1)) {
                local $SIG{PIPE} = 'IGNORE';
                my $count = syswrite $command->{input}, $input;
                if (defined $count) {
                    substr($input, 0, $count) = '';
                    $out .= frame($ACCEPTED, $count);
                }
                elsif ($! != $EAGAIN && $! != $EINTR) {
                    # The command reads no more: its further input is dropped.
                    $out .= frame($ACCEPTED, length $input);
                    $input = '';
                    close $command->{input} unless $command->{tty};
                }
            }
            elsif ($input ne '' && !defined fileno $command->{input}) {
                $out .= frame($ACCEPTED, length $input);
                $input = '';
            }
        }
        if (vec($readable, fileno $ended, 1)) { sysread $ended, my $marks, 100 }
        if ($command && !defined $status && waitpid($command->{pid}, $WNOHANG) == $command->{pid}) {
            $status = $?;
            # Others may hold its output open: they do not keep the conversation.
            $drainUntil = time + 1;
        }
        if ($command && defined $status) {
            my $open = keys %{ $command->{streams} };
            my $quiet = !grep { vec($readable, fileno $_, 1) } values %{ $command->{streams} };
            $finish->() if !$open || ($quiet && time >= $drainUntil);
        }
        if (vec($readable, fileno $port, 1)) {
            my $count = sysread $port, $in, $largest, length $in;
            # The host is gone.
            if (defined $count && $count == 0) { hang_up($command); return }
        }
        return if !$command && defined $status && $out eq '';
    }
}

sub frame {
    my ($type, $payload) = @_;
    return pack('CN', $type, length $payload) . $payload;
}

# Returns the running command, or undef and why it could not be started.
sub start {
    my ($payload) = @_;
    my ($kind, $rows, $columns, $term, @words) = split /\0/, $payload, -1;
    pop @words;
    return (undef, 'the request names no command') unless @words && $words[0] ne '';
    my ($terminal, $name);
    if ($kind eq 'tty') {
        sysopen($terminal, '/dev/ptmx', $O_RDWR | $O_NOCTTY) or return (undef, "there is no terminal: $!");
        my $unlocked = pack 'i', 0;
        my $number = pack 'i', 0;
        ioctl($terminal, $TIOCSPTLCK, $unlocked) && ioctl($terminal, $TIOCGPTN, $number) or return (undef, "there is no terminal: $!");
        $name = '/dev/pts/' . unpack 'i', $number;
        resize($terminal, $rows, $columns);
    }
    my (@pipes, @ours);
    if (!$terminal) {
        for (0 .. 2) {
            pipe(my $read, my $write) or return (undef, "there is no pipe: $!");
            push @pipes, $_ == 0 ? $read : $write;
            push @ours, $_ == 0 ? $write : $read;
        }
    }
    my $pid = fork;
    return (undef, "no process can be started: $!") unless defined $pid;
    if ($pid == 0) {
        syscall $SYS_setsid;
        $SIG{$_} = 'DEFAULT' for qw(IO CHLD PIPE);
        if ($terminal) {
            sysopen(my $own, $name, $O_RDWR) or exit 127;
            ioctl($own, $TIOCSCTTY, 0);
            @pipes = ($own, $own, $own);
        }
        # All other descriptors are closed by exec.
        open(STDIN, '<&', $pipes[0]) && open(STDOUT, '>&', $pipes[1]) && open(STDERR, '>&', $pipes[2]) or exit 127;
        %ENV = (HOME => '/root', USER => 'root', LOGNAME => 'root', SHELL => '/bin/sh', PATH => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin');
        $ENV{TERM} = $term if $terminal && $term =~ /^[\w.+-]{1,64}$/;
        chdir '/root' or chdir '/';
        # A login shell, for the system's variables.
        { exec '/bin/sh', '-l', '-c', 'exec "$@"', 'sh', @words }
        exit 127;
    }
    return { pid => $pid, tty => 1, input => $terminal, streams => { $OUTPUT => $terminal } } if $terminal;
    close $_ for @pipes;
    fcntl($ours[0], $F_SETFL, $O_WRONLY | $O_NONBLOCK);
    return { pid => $pid, tty => 0, input => $ours[0], streams => { $OUTPUT => $ours[1], $ERRORS => $ours[2] } };
}

sub resize {
    my ($terminal, $rows, $columns) = @_;
    return unless ($rows // '') =~ /^[1-9][0-9]{0,3}$/ && ($columns // '') =~ /^[1-9][0-9]{0,3}$/;
    my $size = pack 'S4', $rows, $columns, 0, 0;
    ioctl($terminal, $TIOCSWINSZ, $size);
}

# The host has left: its command loses its terminal, as a user's does.
sub hang_up {
    my ($command) = @_;
    return unless $command;
    kill 'HUP', -$command->{pid};
    for (1 .. 20) {
        return if waitpid($command->{pid}, $WNOHANG) != 0;
        select undef, undef, undef, 0.1;
    }
    kill 'KILL', -$command->{pid};
}
