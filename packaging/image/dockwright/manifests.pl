#!/usr/bin/perl
# Written by dockwright from services.toml; change it there, then run: dockwright gen
# dockwright:body=sha256:ea5b3a295459b9f3
# Copies from a Cargo package or workspace what its dependencies are compiled from.
#
#     perl manifests.pl SOURCES INTO
#
# That is manifests, Cargo.lock, the settings of Cargo and rustup, and what those name: vendored and patched crates,
# linkers. Cargo refuses a package without targets, so each target gets a file that has nothing but an empty `main`. A
# change of code that adds no target leaves INTO as it is. Needs only perl-base.
use strict;
use warnings;
use File::Basename qw(basename dirname);
use File::Path qw(make_path);

die "usage: manifests.pl SOURCES INTO\n" if @ARGV != 2;
my ($sources, $into) = @ARGV;
umask 022;

my $empty = "//! Empty, to compile dependencies\n#![allow(warnings)]\nfn main() {}\n";

sub read_file {
    my ($path) = @_;
    open my $in, '<:raw', "$sources/$path" or die "$path: $!\n";
    local $/ = undef;
    return scalar(<$in>) // '';
}

sub put {
    my ($path, $text) = @_;
    make_path(dirname("$into/$path"));
    open my $out, '>:raw', "$into/$path" or die "$path: $!\n";
    print {$out} $text;
    close $out or die "$path: $!\n";
    chmod((-x "$sources/$path" ? 0755 : 0644), "$into/$path");
    return;
}

# Every file below a directory, and every link to a directory, sorted.
sub files {
    my ($directory) = @_;
    opendir my $handle, "$sources/$directory" or die "$directory: $!\n";
    my @names = sort grep { !/^\.\.?$/ } readdir $handle;
    closedir $handle;
    my @all;
    for my $path (map { $directory eq '.' ? $_ : "$directory/$_" } @names) {
        my $is_inside = -d "$sources/$path" && !-l "$sources/$path";
        push @all, $is_inside ? files($path) : $path;
    }
    return @all;
}

sub copy {
    my ($path) = @_;
    return put($path, read_file($path)) unless -d "$sources/$path";
    make_path(dirname("$into/$path"));
    symlink readlink("$sources/$path"), "$into/$path" unless -l "$into/$path";
    return;
}

# The paths below a directory that a text has in quotes.
sub named {
    my ($text, $directory) = @_;
    my @quoted = map { s{^(?:\./)+|/+$}{}gr } grep { defined } $text =~ /"([^"\n]+)"|'([^'\n]+)'/g;
    my @paths = map { $directory eq '.' ? $_ : "$directory/$_" } grep { $_ ne '' && !m{^/|(?:^|/)\.\.?(?:/|$)} } @quoted;
    return grep { -e "$sources/$_" } @paths;
}

# Copies files, and directories with all that is in them.
sub copy_whole { copy($_) for map { -d "$sources/$_" && !-l "$sources/$_" ? files($_) : $_ } @_; return }

# Whether Cargo finds a target in a file of a package: doc.rust-lang.org/cargo/guide/project-layout.html
sub is_target {
    my ($path, $manifest) = @_;
    return 1 if $path =~ m{^(?:build|src/lib|src/main|src/bin/[^/]+|src/bin/[^/]+/main)\.rs$};
    # A build needs tests, benchmarks and examples only where the manifest names them
    my ($name) = $path =~ m{^(?:tests|benches|examples)/([^/]+)(?:/main)?\.rs$} or return 0;
    return $manifest =~ /(["'])\Q$name\E\1/;
}

my @files = files('.');
my %manifest = map { dirname($_) => read_file($_) } grep { basename($_) eq 'Cargo.toml' } @files;
my @targets;
for my $path (@files) {
    my $name = basename($path);
    my $is_setting = $path =~ m{(?:^|/)\.cargo/config(?:\.toml)?$};
    copy($path) if $is_setting or $name =~ /^(?:Cargo\.toml|Cargo\.lock|rust-toolchain(?:\.toml)?)$/ or -d "$sources/$path";
    copy_whole(named(read_file($path), dirname(dirname($path)))) if $is_setting;
    # The nearest package above
    my $package = dirname($path);
    $package = dirname($package) until exists $manifest{$package} or $package eq '.';
    my $below = $package eq '.' ? $path : substr $path, 1 + length $package;
    push @targets, $path if is_target($below, $manifest{$package} // '');
}
for my $package (sort keys %manifest) {
    push @targets, grep { /\.rs$/ } named($manifest{$package}, $package);
    # Dependencies are compiled with the patched crates
    my @patches = $manifest{$package} =~ /^\[(?:patch|replace)\b[^\n]*\n(.*?)(?=^\[|\z)/gms;
    copy_whole(map { named($_, $package) } @patches);
}
for my $path (@targets) {
    put($path, $empty) unless -e "$into/$path";
}
