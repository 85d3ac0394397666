# Run in namespaces of its own: mounts, network, processes. Makes private copies of what tests change
# and the link to an upstream, then lives until its standard input is closed.
#   lab.sh FOLDER TREE     TREE: root of an unpacked systemd-resolved
set -eu
lab=$1 tree=$2
mkdir -p "$lab/etc" "$lab/bin"
mount -t tmpfs -o mode=0755 lab "$lab/etc"
cp -a /etc/. "$lab/etc/"
mount --bind "$lab/etc" /etc
mount -t tmpfs -o mode=0755 lab /run
mount -t tmpfs -o mode=0755 lab /var/lib
mount -t sysfs lab /sys
mkdir -p /run/dbus /run/systemd/resolve

libraries=$tree/usr/lib/x86_64-linux-gnu/systemd:$tree/lib/x86_64-linux-gnu/systemd:$tree/usr/lib/x86_64-linux-gnu:$tree/lib/x86_64-linux-gnu
program() { # NAME COMMAND: a script of that name
  printf '#!/bin/sh\n%s\n' "$2" >"$1"
  chmod 755 "$1"
}
program "$lab/bin/systemctl" "LAB=$lab exec sh $lab/systemctl.sh \"\$@\""
program "$lab/bin/resolvectl" "case \$1 in --version) [ ! -f $lab/version ] || exec cat $lab/version ;; esac
LD_LIBRARY_PATH=$libraries exec $tree/usr/bin/resolvectl \"\$@\""
program "$lab/bin/sudo" 'exec "$@"'
resolved=$tree/usr/lib/systemd/systemd-resolved
[ -x "$resolved" ] || resolved=$tree/lib/systemd/systemd-resolved
program "$lab/systemd-resolved" "LD_LIBRARY_PATH=$libraries exec $resolved"
mount -t overlay lab -o "lowerdir=$lab/bin:/usr/bin" /usr/bin

getent passwd systemd-resolve >/dev/null || {
  echo 'systemd-resolve:x:991:991::/:/usr/sbin/nologin' >>/etc/passwd
  echo 'systemd-resolve:x:991:' >>/etc/group
}
chown systemd-resolve:systemd-resolve /run/systemd/resolve
mkdir -p /etc/dbus-1/system.d /etc/systemd/system
cp "$tree/usr/share/dbus-1/system.d/org.freedesktop.resolve1.conf" /etc/dbus-1/system.d/
sed 's/^hosts:.*/hosts: files dns/' "$lab/etc/nsswitch.conf" >"$lab/nsswitch"
cat "$lab/nsswitch" >/etc/nsswitch.conf
grep -q '^hosts:' /etc/nsswitch.conf || echo 'hosts: files dns' >>/etc/nsswitch.conf

ip link set lo up
ip link add uplink0 type veth peer name uplink1
ip address add 198.51.100.1/24 dev uplink0
ip link set uplink0 up
ip link set uplink1 up
echo ready
# Not exec: as the first process here this shell is who buries ended daemons.
cat >/dev/null
