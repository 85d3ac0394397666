#!/bin/sh
# Stands in for systemctl where no systemd runs: knows systemd-resolved, dnsmasq and the helper's own
# unit, which it runs by reading its Exec lines. LAB holds its state; every call is in $LAB/systemctl.log.
LAB=${LAB:?}
[ "$(id -u)" != 0 ] || echo "$*" >>"$LAB/systemctl.log"
verb=$1
for unit; do :; done
unit=${unit%.service}

is_active() {
  [ -f "$LAB/$1.pid" ] && [ -d "/proc/$(cat "$LAB/$1.pid")" ]
}

stop() {
  if [ "$1" = 50-nostr-dns ]; then
    execute ExecStop
    rm -f "$LAB/$1.pid"
    return 0
  fi
  is_active "$1" || return 0
  kill "$(cat "$LAB/$1.pid")"
  while is_active "$1"; do sleep 0.05; done
}

# Runs the lines of the unit that begin with $1, as systemd does: no shell, `-` ignores failure.
execute() {
  grep -h "^$1=" "$LAB/unit" 2>/dev/null >"$LAB/lines" || return 0
  while IFS= read -r line; do
    line=${line#*=}
    case $line in
      -*) sh -c "${line#-}" </dev/null >/dev/null 2>&1 || : ;;
      *) sh -c "$line" </dev/null >>"$LAB/unit.log" 2>&1 || return 1 ;;
    esac
  done <"$LAB/lines"
}

daemon() { # NAME PROGRAM...
  name=$1
  shift
  setsid "$@" </dev/null >>"$LAB/$name.log" 2>&1 &
  echo $! >"$LAB/$name.pid"
}

start() {
  case $1 in
    systemd-resolved)
      daemon "$1" "$LAB/systemd-resolved"
      tries=0
      until resolvectl status >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || return 1
        sleep 0.05
      done
      ;;
    dnsmasq)
      : >"$LAB/$1.log"
      daemon "$1" dnsmasq --keep-in-foreground --conf-file=/etc/dnsmasq.conf --pid-file= --log-facility=-
      until grep -q 'started, version' "$LAB/$1.log"; do
        is_active "$1" || return 1
        sleep 0.05
      done
      ;;
    50-nostr-dns)
      # Like systemd, remembers the unit when its file is gone.
      cp /etc/systemd/system/50-nostr-dns.service "$LAB/unit"
      execute ExecStartPre && execute ExecStart && echo $$ >"$LAB/$1.pid"
      ;;
    *) return 5 ;;
  esac
}

case $verb in
  daemon-reload) ;;
  is-active) is_active "$unit" || exit 3 ;;
  start) start "$unit" ;;
  stop) stop "$unit" ;;
  restart | reload-or-restart) stop "$unit" && start "$unit" ;;
  *) exit 1 ;;
esac
