#!/bin/sh
# Has the system's resolver send our suffixes to 127.0.0.1, and nothing else. Linux and macOS.
#   detect | status                                                  as anybody; they change nothing
#   install --port N --suffix S... [--backend B]    and    uninstall     as root
# Also as `sh -s -- WORDS` with this text on standard input. It takes no path, address or command.
# N: 53 or 1024 to 65535. S: nostr pkarr key. B: must be what detect finds here, else OTHER_BACKEND.
# --root DIR (last) is for tests and refused to root: works below DIR, runs nothing, believes DIR/facts.
# Prints one line of JSON {v, ok, verb, code, backend, changed, message, commands[]}. Exit and code:
#  0 OK; of status ABSENT INSTALLED DRIFT (edited, or a run was cut off); of uninstall FOREIGN_LEFT
# 64 USAGE ROOT_OPTION  73 UNSAFE (folder) WRITE  74 RELOAD INTERRUPTED  75 CONFLICT  77 NOT_ROOT
# 69 UNKNOWN_SYSTEM NIXOS RESOLVED_OLD RESOLVED_DOWN RESOLVED_UNUSED GLOBAL_DNS NO_LINK_DNS DNS_OVER_TLS
#    DNSMASQ_NO_CONF_DIR RESOLVCONF PLAIN OTHER_BACKEND
# What install cannot finish it takes back; uninstall goes on and removes what it can.
# The manifest (v1 BACKEND PORT SUFFIXES, file SHA256 PATH, dir PATH) is a hint: only files of the
# table below that begin with our marker are ever replaced or removed.
main() {
  set -u -f
  unset -f awk cat cut echo grep id ip ls mkdir mv printf read rm rmdir sync tr uname
  unset ENV BASH_ENV CDPATH IFS
  PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
  export PATH LC_ALL
  umask 022
  exec </dev/null
  verb=none backend=none changed=false commands='' root='' asked='' port='' suffixes='' temporary='' problem=''
  trap '[ -z "$temporary" ] || rm -f "$temporary"' EXIT
  trap 'finish 74 INTERRUPTED "It was interrupted."' HUP INT TERM
  read_words "$@"
  me=$(id -u) state=/var/lib/nostr-dns name=50-nostr-dns link=nostr-dns0
  case $verb:$root:$me in
    *:/*:0) finish 64 ROOT_OPTION 'The option --root is for tests and refused to root.' ;;
    install::0 | uninstall::0 | *:/*:* | detect:* | status:*) ;;
    *) finish 77 NOT_ROOT 'This needs the administrator.' ;;
  esac
  facts=" $(if [ -n "$root" ]; then cat "$root/facts"; else gather 2>/dev/null; fi | tr '\n' ' ') "
  marker='Written by Nostr DNS, which replaces and removes this file.'
  paths="/etc/dnssec-trust-anchors.d/$name.negative /etc/systemd/dns-delegate.d/$name.dns-delegate
    /etc/systemd/resolved.conf.d/$name.conf /etc/NetworkManager/conf.d/$name.conf /etc/systemd/system/$name.service
    /etc/systemd/system/multi-user.target.d/$name.conf /etc/NetworkManager/dnsmasq.d/$name.conf /etc/dnsmasq.d/$name.conf"
  # On macOS /etc is a link; files are written where it leads.
  ! has system=Darwin || paths='/private/etc/resolver/nostr /private/etc/resolver/pkarr /private/etc/resolver/key' \
    state='/Library/Application Support/nostr-dns'
  read_manifest
  "do_$verb"
}

finish() { # EXIT CODE MESSAGE, all three constants of this file
  [ "$1" = 0 ] && ok=true || ok=false
  printf '{"v":1,"ok":%s,"verb":"%s","code":"%s","backend":"%s","changed":%s,"message":"%s","commands":[%s]}\n' \
    "$ok" "$verb" "$2" "$backend" "$changed" "$3" "$commands"
  exit "$1"
}
usage() { finish 64 USAGE 'These are not words this program takes.'; }
read_words() {
  for word; do case $word in '' | *..* | *//* | *[!A-Za-z0-9/._-]*) usage ;; esac; done # "$*" says it all now
  printf '%s\n' "$*" | grep -Eqx "((detect|status|uninstall)|install( --port (53|[1-9][0-9]{3,4})|\
 --suffix( nostr| pkarr| key)+| --backend (dns-delegate|own-link|global-drop-in|nm-dnsmasq|dnsmasq|resolver-files))+)\
( --root (/[A-Za-z0-9._-]+)+)?" || usage
  verb=$1 given=' '
  for word; do
    case $given in *" $word "*) usage ;; esac
    given="$given$word "
    case $word in --*) option=$word && continue ;; "$verb") continue ;; esac
    case $option in
      --port) port=$word ;;
      --backend) asked=$word ;;
      --root) root=$word ;;
    esac
  done
  for word in nostr pkarr key; do case $given in *" $word "*) suffixes="$suffixes${suffixes:+ }$word" ;; esac; done
  [ "$verb" != install ] || { [ -n "$suffixes" ] && [ "${port:-0}" -le 65535 ] && { [ "${port:-0}" -ge 1024 ] || [ "$port" = 53 ]; }; } || usage
}
gather() { # what only running programs know, in words
  echo "system=$(uname -s)"
  for unit in systemd-resolved NetworkManager dnsmasq; do ! systemctl is-active --quiet "$unit.service" || echo "$unit"; done
  resolvectl --version | awk 'NR == 1 { print "version=" $2 + 0 }'
  for key in dnssec dnsovertls; do resolvectl "$key" | awk -v key="$key" '/^Global:/ { print key "=" $2 }'; done
  resolvectl dns | awk '/^Link/ && !/nostr-dns0/ && NF > 3 { print "link-dns"; exit }'
}
has() { case $facts in *" $1 "*) ;; *) false ;; esac; }
config() { # FOLDER FILE FOLDER2: what configures a program, but for our own part, the strongest last
  (set +f && for base in usr/lib usr/local/lib run etc; do
    for file in "$root/$base/$1/$2" "$root/$base/$1/$3"/*; do
      case $file in */$name.*) ;; *.conf | *.negative) cat "$file" && echo ;; esac
    done
  done) 2>/dev/null
}
decide() { # the backend for this system, or in capitals why there is none
  version=${facts##* version=} version=${version%% *}
  form=$(awk '/^#.*resolvconf/ { by = 1 } $1 != "nameserver" { next }
    { if (!n++) near = $2 ~ /^127\.0\.[01]\.1$/ } $2 !~ /^127\.0\.0\.5[34]$/ { other = 1 }
    END { print n && !other ? "stub" : near ? "near" : by ? "RESOLVCONF" : "PLAIN" }' "$root/etc/resolv.conf" 2>/dev/null)
  nss=$(awk 'sub(/^[ \t]*hosts:/, "") { for (i = 1; i <= NF && $i != "dns" && $i !~ /^#/; i++)
    if ($i == "resolve") print "nss"; exit }' "$root/etc/nsswitch.conf" 2>/dev/null)
  ! has systemd-resolved || case $form$nss in stub | *nss) form=resolved ;; near) ;; *) form=RESOLVED_UNUSED ;; esac
  if has system=Darwin; then echo resolver-files
  elif ! has system=Linux; then echo UNKNOWN_SYSTEM
  elif [ -e "$root/etc/NIXOS" ]; then echo NIXOS
  elif [ "$form" = stub ]; then echo RESOLVED_DOWN
  elif [ "$form" = resolved ]; then
    # Where DNS must go over TLS only a link can be told otherwise, and our server does not speak it.
    if [ "${version:-0}" -ge 258 ] && ! has dnsovertls=yes; then echo dns-delegate
    elif [ "${version:-0}" -ge 252 ]; then echo own-link
    elif [ "${version:-0}" -lt 246 ]; then echo RESOLVED_OLD
    elif has dnsovertls=yes; then echo DNS_OVER_TLS
    elif [ -n "$(config systemd resolved.conf resolved.conf.d | awk '/^[ \t]*DNS[ \t]*=[ \t]*[^ \t]/')" ]; then echo GLOBAL_DNS
    elif has link-dns; then echo global-drop-in
    else echo NO_LINK_DNS; fi
  elif [ "$form" != near ]; then echo "${form:-PLAIN}"
  elif has NetworkManager && [ "$(config NetworkManager NetworkManager.conf conf.d | awk '/^\[/ { main = /^\[main\]/ }
    main && sub(/^dns[ \t]*=/, "") { dns = $1 } END { print dns }')" = dnsmasq ]; then echo nm-dnsmasq
  elif has dnsmasq; then
    cat "$root/etc/dnsmasq.conf" "$root/etc/default/dnsmasq" 2>/dev/null | awk 'END { print ok ? "dnsmasq" : "DNSMASQ_NO_CONF_DIR" }
      /^[ \t]*(conf-dir|CONFIG_DIR)[ \t]*=[ \t"]*\/etc\/dnsmasq\.d\/?([ \t",]|$)/ && (!/\*/ || /\*\.conf/) { ok = 1 }'
  else echo PLAIN; fi
}
content() { # PATH: what it must hold for $backend, $port and $suffixes; nothing when it must not be there
  domains='' lines=''
  for suffix in $suffixes; do
    domains="$domains${domains:+ }~$suffix" lines="$lines
server=/$suffix/127.0.0.1#$port
rebind-domain-ok=/$suffix/"
  done
  case $backend:$1 in
    dns-delegate:*.dns-delegate) printf '%s\n' "# $marker" '[Delegate]' "DNS=127.0.0.1:$port" "Domains=$domains" ;;
    global-drop-in:*/resolved.conf.d/*) printf '%s\n' "# $marker" '[Resolve]' "DNS=127.0.0.1:$port" "Domains=$domains" ;;
    nm-dnsmasq:*/NetworkManager/dnsmasq.d/* | dnsmasq:/etc/dnsmasq.d/*) printf '%s\n' "# $marker$lines" ;;
    own-link:*/multi-user.target.d/*) printf '%s\n' "# $marker" '[Unit]' "Wants=$name.service" ;;
    own-link:*/NetworkManager/conf.d/*)
      [ ! -d "$root/etc/NetworkManager" ] || printf '%s\n' "# $marker" '[keyfile]' "unmanaged-devices+=interface-name:$link" ;;
    own-link:*.service)
      printf '%s\n' "# $marker" '[Unit]' 'Description=Nostr DNS: the link that leads its names to 127.0.0.1' \
        'After=systemd-resolved.service dbus.service' '' '[Service]' 'Type=oneshot' 'RemainAfterExit=yes'
      printf 'Exec%s\n' "StartPre=-/sbin/ip link delete $link" \
        "Start=/bin/sh -c '/sbin/ip link add $link type dummy || /sbin/ip link add $link type bridge'" \
        "Start=/sbin/ip address add 192.0.2.1/32 dev $link" "Start=/sbin/ip link set $link up"
      printf 'ExecStart=/usr/bin/resolvectl %s\n' "dnssec $link no" "dnsovertls $link no" "llmnr $link no" \
        "mdns $link no" "default-route $link no" "domain $link $domains" "dns $link 127.0.0.1:$port"
      printf '%s\n' "ExecStop=-/sbin/ip link delete $link" ;;
    dns-delegate:*.negative | global-drop-in:*.negative)
      has dnssec=no || { printf '%s\n' "; $marker" && printf '%s\n' "$domains" | tr -d '~' | tr ' ' '\n' && private_names; } ;;
    resolver-files:*)
      case " $suffixes " in *" ${1##*/} "*) printf '%s\n' "# $marker" 'nameserver 127.0.0.1' "port $port" ;; esac ;;
  esac
}
private_names() { # resolved forgets its own list of these as soon as there is any file
  [ -z "$(config dnssec-trust-anchors.d . .)" ] || return 0
  printf '%s\n' test local home corp lan intranet internal private home.arpa resolver.arpa ipv4only.arpa alt d.f.ip6.arpa
  printf '%s.in-addr.arpa\n' 10 168.192 170.0.0.192 171.0.0.192
  printf '%s.172.in-addr.arpa\n' 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
}
is_safe() { # FOLDER: all on the way to it are real folders of ours that nobody else can change; it may be missing
  at=$root rest=${1#/}
  set -- "${root:-/}"
  while [ -n "$rest" ]; do
    at=$at/${rest%%/*}
    case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
    [ -e "$at" ] || [ -L "$at" ] || break
    set -- "$@" "$at"
  done
  ls -ldn "$@" | awk -v me="$me" '$1 !~ /^d/ || $3 != me || $1 ~ /^.....w/ || $1 ~ /^........w/ { bad = 1 } END { exit bad }'
}
held() { # PATH: what a file of ours holds
  [ -f "$root$1" ] && [ ! -L "$root$1" ] && IFS= read -r line <"$root$1" || return 0
  case $line in "# $marker" | "; $marker" | 'v1 '*) cat "$root$1" ;; esac
}
put() { # PATH TEXT: all of it or nothing
  folder=${1%/*}
  temporary=$root$folder/.$name.tmp
  # For macOS every file in that folder is a domain.
  [ "$folder" != /private/etc/resolver ] || temporary=$root/private/etc/.$name.tmp
  [ -d "$root$folder" ] || mkdir "$root$folder" || return 1
  (set -C && printf '%s\n' "$2" >"$temporary") 2>/dev/null && sync "$temporary" && mv -f "$temporary" "$root$1" &&
    sync "$root$folder" && [ "$(cat "$root$1")" = "$2" ] || return 1
  temporary=''
  [ ! -x "$root/usr/sbin/restorecon" ] || run restorecon "$folder" "$1" || :
}
run() { # WORDS: constants of this file
  commands=$commands${commands:+,}'"'$*'"'
  [ -n "$root" ] || "$@" >/dev/null 2>&1
}
manifest() { # what it must hold now
  printf '%s\n' "v1 $backend $port $suffixes"
  for path in $paths; do
    [ -z "$(held "$path")" ] || printf '%s\n' "file $({ sha256sum "$root$path" || shasum -a 256 "$root$path"; } 2>/dev/null | cut -c 1-64) $path"
  done
  for folder in $dirs; do printf '%s\n' "dir $folder"; done
}
read_manifest() {
  old_backend=none old_port='' old_suffixes='' dirs='' touched=''
  [ -f "$root$state/manifest" ] && [ ! -L "$root$state/manifest" ] || return 0
  while read -r key first port_ rest; do
    case $key in
      v1) (suffixes='' && read_words install --backend "$first" --port "$port_" --suffix $rest) >/dev/null &&
        old_backend=$first old_port=$port_ old_suffixes=$rest ;;
      dir) for path in $paths; do case $first:$dirs in "${path%/*}":*" $first"* ) ;; "${path%/*}":*) dirs="$dirs $first" ;; esac; done ;;
    esac
  done <"$root$state/manifest"
}
apply() { # makes files and services what $backend, $port and $suffixes say; $problem says what failed
  problem=''
  set -- "$root$state/.$name.tmp" "$root/private/etc/.$name.tmp" # what a killed run may have left
  for path in $paths; do
    set -- "$@" "$root${path%/*}/.$name.tmp"
    [ -n "$(content "$path")" ] && [ ! -e "$root${path%/*}" ] || continue
    case "$dirs " in *" ${path%/*} "*) ;; *) dirs="$dirs ${path%/*}" ;; esac
  done
  rm -f "$@"
  [ "$backend" = none ] || save || return 1
  for path in $paths; do
    want=$(content "$path")
    [ "$(held "$path")" != "$want" ] || continue
    touched="$touched $path" changed=true
    if ! is_safe "${path%/*}"; then problem='73 UNSAFE'
    elif [ -z "$want" ]; then rm -f "$root$path" || problem='73 WRITE'
    else put "$path" "$want" || problem='73 WRITE'; fi
  done
  [ "$backend" = none ] || [ -z "$problem" ] || return 1
  reload || problem=${problem:-74 RELOAD}
  kept=''
  for folder in $dirs; do rmdir "$root$folder" 2>/dev/null || [ ! -e "$root$folder" ] || kept="$kept $folder"; done
  dirs=$kept
  if [ "$backend" != none ]; then [ -n "$problem" ] || save
  elif [ -z "$problem" ]; then rm -f "$root$state/manifest" && { rmdir "$root$state" 2>/dev/null || :; }; fi
  [ -z "$problem" ]
}
save() { is_safe "$state" && put "$state/manifest" "$(manifest)" || { problem='73 WRITE' && return 1; }; }
reload() { # has the services read what was touched, and forget answers from before
  [ "$backend" = own-link ] || [ ! -e "$root/sys/class/net/$link" ] || touched="$touched own-link"
  failed=''
  case $touched in *own-link* | *.service* | *target.d* | *conf.d/*) ! has NetworkManager || run nmcli general reload conf || : ;; esac
  case $touched in *own-link* | *.service* | *target.d*)
    [ "$backend" = own-link ] || run systemctl stop "$name.service" || :
    run systemctl daemon-reload || failed=yes
    if [ "$backend" = own-link ]; then run systemctl restart "$name.service" || failed=yes
    elif [ -e "$root/sys/class/net/$link" ]; then run ip link delete "$link" || failed=yes; fi ;;
  esac
  case $touched in *delegate* | *global* | *resolved.conf.d* | *negative*)
    ! has systemd-resolved || run systemctl reload-or-restart systemd-resolved.service || failed=yes ;; esac
  case $touched in *nm-dnsmasq* | *NetworkManager/dnsmasq.d*) ! has NetworkManager || run nmcli general reload dns-full || failed=yes ;; esac
  case "$touched " in *" dnsmasq "* | *" /etc/dnsmasq.d/"*) ! has dnsmasq || run systemctl restart dnsmasq.service || failed=yes ;; esac
  case $touched in *resolver*) run dscacheutil -flushcache && run killall -HUP mDNSResponder || : ;; esac
  case $touched in *link* | *.service* | *delegate* | *global* | *resolved.conf.d*) ! has systemd-resolved || run resolvectl flush-caches || : ;; esac
  [ ! -e "$root/run/nscd/socket" ] || [ -z "$touched" ] || run nscd -i hosts || :
  [ -z "$failed" ] || return 1
  [ -n "$root" ] || case $backend in
    own-link) resolvectl dns "$link" 2>/dev/null | grep -q '127\.0\.0\.1' ;;
    dns-delegate | global-drop-in) systemctl is-active --quiet systemd-resolved.service ;;
    dnsmasq) systemctl is-active --quiet dnsmasq.service ;;
  esac
}
do_detect() {
  backend=$(decide)
  case $backend in [A-Z]*) set -- "$backend" && backend=none && finish 69 "$1" 'Nothing here can be told where names lead.' ;; esac
  finish 0 OK 'This is how it is done here.'
}
do_status() {
  ours='' foreign='' backend=$old_backend port=$old_port suffixes=$old_suffixes
  for path in $paths; do
    if [ -n "$(held "$path")" ]; then ours=yes
    elif [ -e "$root$path" ] || [ -L "$root$path" ]; then foreign=yes; fi
  done
  held=$(held "$state/manifest")
  if [ -n "$ours" ] && [ "$held" = "$(manifest)" ]; then finish 0 INSTALLED 'Our files are as we wrote them.'
  elif [ -n "$ours$held" ]; then finish 0 DRIFT 'Our files are not as we wrote them.'
  elif [ -n "$foreign" ]; then finish 75 CONFLICT 'A file of somebody else is in the way.'
  else finish 0 ABSENT 'There is nothing of ours.'; fi
}
do_install() {
  goal=$(decide)
  case $goal in [A-Z]*) finish 69 "$goal" 'Nothing here can be told where names lead.' ;; esac
  [ "${asked:-$goal}" = "$goal" ] || finish 69 OTHER_BACKEND 'Another backend is the right one here.'
  backend=$goal
  for path in $paths; do
    [ -z "$(content "$path")" ] || [ -n "$(held "$path")" ] || { [ ! -e "$root$path" ] && [ ! -L "$root$path" ]; } ||
      finish 75 CONFLICT 'A file of somebody else is in the way.'
    [ "$(held "$path")" = "$(content "$path")" ] || changed=true
  done
  [ "$changed" = true ] || [ "$(held "$state/manifest")" != "$(manifest)" ] || finish 0 OK 'It is so already.'
  changed=false touched="$old_backend $backend"
  ! apply || finish 0 OK 'Done.'
  because=$problem backend=$old_backend port=$old_port suffixes=$old_suffixes
  ! apply || changed=false
  backend=$goal
  finish "${because% *}" "${because#* }" 'It did not work and was taken back.'
}
do_uninstall() {
  foreign=''
  for path in $paths; do [ -n "$(held "$path")" ] || { [ ! -e "$root$path" ] && [ ! -L "$root$path" ]; } || foreign=yes; done
  touched=$old_backend
  apply || finish "${problem% *}" "${problem#* }" 'Not everything could be undone.'
  [ -z "$foreign" ] || finish 0 FOREIGN_LEFT 'A file of somebody else was left alone.'
  finish 0 OK 'Nothing of ours is left.'
}

main "$@"
