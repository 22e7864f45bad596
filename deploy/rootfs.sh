#!/bin/sh
# rootfs.sh BINARY FOLDER
# Makes the root folder of an image: the binary, stripped, the libraries that it is linked with, and a folder for its data.
set -eu
[ $# = 2 ] || { echo 'usage: rootfs.sh BINARY FOLDER' >&2; exit 2; }
binary=$1 root=$2
user=65532

mkdir -p "$root/data" "$root/tmp" "$root/etc"
strip -o "$root/tenure" "$binary"
chmod 755 "$root/tenure"

# The loader stands in a line of its own; the kernel's own library has no path.
for library in $(ldd "$binary" | awk '/=> \// { print $3 } /^[[:space:]]*\// { print $1 }'); do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
done

# Names of machines are looked up in /etc/hosts and by DNS, both of which the C library does itself.
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
echo "tenure:x:$user:$user::/data:/tenure" >"$root/etc/passwd"
echo "tenure:x:$user:" >"$root/etc/group"
chmod 1777 "$root/tmp"
chmod 700 "$root/data"
if [ "$(id -u)" = 0 ]; then chown "$user:$user" "$root/data"; fi
