#!/bin/sh
# Has the system's resolver send our suffixes to 127.0.0.1, and nothing else. Linux and macOS.
#   detect | status                                                    as anybody; change nothing
#   install --port N --suffix S... [--backend B]   and   uninstall     as root
# Also as `sh -s -- WORDS` with this text on standard input. It takes no path, address or command.
# N: 53 or 1024 to 65535. S: nostr pkarr key. B: must be what detect finds here, else OTHER_BACKEND.
# --root DIR, last, is for tests and refused to root: works below DIR, runs nothing, believes DIR/facts.
# Prints one line of JSON {v, ok, verb, code, backend, changed, message, commands[]}. Exit and code:
#  0 OK; of status ABSENT INSTALLED DRIFT (edited, or a run was cut off); of uninstall FOREIGN_LEFT
# 64 USAGE ROOT_OPTION  73 UNSAFE (folder) WRITE  74 RELOAD INTERRUPTED  75 CONFLICT  77 NOT_ROOT
# 69 UNKNOWN_SYSTEM NIXOS RESOLVED_OLD RESOLVED_DOWN RESOLVED_UNUSED GLOBAL_DNS NO_LINK_DNS DNS_OVER_TLS
#    DNSMASQ_NO_CONF_DIR RESOLVCONF PLAIN OTHER_BACKEND
# What install cannot finish it takes back; uninstall goes on and removes what it can. The manifest (v1
# BACKEND PORT SUFFIXES, file SHA256 PATH, dir PATH) is a hint: only files at `paths` that begin with our
# marker are ever replaced or removed.
# shellcheck disable=SC2012,SC2086
main() {
  set -u -f && umask 022 && exec </dev/null 2>/dev/null && { (: 3>&1) || exec >/dev/null; } && unset ENV BASH_ENV CDPATH IFS
  unset -f awk cat cut echo grep id ip ls mkdir mv nmcli printf read resolvectl rm rmdir sed sync systemctl tr uname
  export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
  verb=none backend=none changed=false commands='' root='' asked='' port=0 suffixes='' temporary='' failed=''
  trap '[ -z "$temporary" ] || rm -f "$temporary"' EXIT && trap 'finish 74 INTERRUPTED Interrupted.' HUP INT TERM
  read_words "$@" && me=$(id -u) name=50-nostr-dns link=nostr-dns0 services='systemd-resolved NetworkManager dnsmasq'
  [ -z "$root" ] || [ "$me" != 0 ] || finish 64 ROOT_OPTION 'The option --root is for tests and refused to root.'
  case $verb$root in install | uninstall) [ "$me" = 0 ] || finish 77 NOT_ROOT 'This needs the administrator.' ;; esac
  facts=" $(if [ -n "$root" ]; then cat "$root/facts"; else gather; fi | tr '\n' ' ') "
  marker='Written by Nostr DNS, which replaces and removes this file.' state=/var/lib/nostr-dns
  paths="/etc/systemd/dns-delegate.d/$name.dns-delegate /etc/systemd/resolved.conf.d/$name.conf
    /etc/dnssec-trust-anchors.d/$name.negative /etc/systemd/system/$name.service /etc/NetworkManager/conf.d/$name.conf
    /etc/systemd/system/multi-user.target.d/$name.conf /etc/NetworkManager/dnsmasq.d/$name.conf
    /etc/dnsmasq.d/$name.conf"
  ! has system=Darwin || paths='/private/etc/resolver/nostr /private/etc/resolver/pkarr /private/etc/resolver/key' \
    state='/Library/Application Support/nostr-dns' # /etc is a link there
  read_manifest && "do_$verb"; }
finish() { # EXIT CODE MESSAGE, all three constants of this file
  [ "$1" = 0 ] && ok=true || ok=false
  printf '{"v":1,"ok":%s,"verb":"%s","code":"%s","backend":"%s","changed":%s,"message":"%s","commands":[%s]}\n' \
    "$ok" "$verb" "$2" "$backend" "$changed" "$3" "$commands"; exit "$1"; } # also when nobody can hear it
usage() { finish 64 USAGE 'These are not words this program takes.'; }
read_words() {
  for word; do case $word in '' | *..* | *//* | *[!A-Za-z0-9/._-]*) usage ;; esac; done # so "$*" says it all
  printf '%s\n' "$*" | grep -Eqx "(detect|status|uninstall|install( --port (53|[1-9][0-9]{3,4})|\
 --suffix( nostr| pkarr| key)+| --backend (dns-delegate|own-link|global-drop-in|nm-dnsmasq|dnsmasq|resolver-files))+)\
( --root (/[A-Za-z0-9._-]+)+)?" || usage
  given=' ' && for word; do
    case $given in *" $word "*) usage ;; *port\ ) port=$word ;; *backend\ ) asked=$word ;; *root\ ) root=$word ;; esac
    given="$given$word "
  done
  for word in nostr pkarr key; do case $given in *" $word "*) suffixes="$suffixes${suffixes:+ }$word" ;; esac; done
  case $1:$port:$suffixes in install:53:?* | [!i]*) ;; install:*:?*) [ "$port" -ge 1024 ] || usage ;; *) usage ;; esac
  if [ "$port" -le 65535 ]; then verb=$1; else usage; fi; }
gather() { # what only running programs know, in words
  echo "system=$(uname -s)" && resolvectl --version | awk 'NR == 1 { print "version=" $2 + 0 }'
  for word in $services; do ! systemctl is-active --quiet "$word.service" || echo "$word"; done
  for word in dnssec dnsovertls; do resolvectl "$word" | awk -v word="$word" '/^Global:/ { print word "=" $2 }'; done
  resolvectl dns | awk '/^Link/ && !/nostr-dns0/ && NF > 3 { print "link-dns"; exit }'; }
has() { case $facts in *" $1 "*) ;; *) false ;; esac; }
config() { # FILE FOLDER ENDING: all that configures a program but what is ours, the strongest last
  (set +f && for at in usr/lib usr/local/lib run etc; do grep -Hs '' "$root/$at/$1" "$root/$at/$2"/*"$3"; done) |
    grep -v "^[^:]*/$name" | cut -d : -f 2-; }
decide() { # the backend for this system, or in capitals why there is none
  version=${facts##* version=} version=${version%% *}
  form=$(awk '/^#.*resolvconf/ { by = 1 } $1 != "nameserver" { next } !n++ { near = $2 ~ /^127\.0\.[01]\.1$/ }
    $2 !~ /^127\.0\.0\.5[34]$/ { other = 1 }
    END { print n && !other ? "stub" : near ? "near" : by ? "RESOLVCONF" : "PLAIN" }' "$root/etc/resolv.conf")
  nss=$(awk 'sub(/^[ \t]*hosts:/, "") { for (i = 1; i <= NF && $i != "dns" && $i !~ /^#/; i++)
    if ($i == "resolve") print "nss"; exit }' "$root/etc/nsswitch.conf")
  ! has systemd-resolved || case $form$nss in stub | *nss) form=resolved ;; near) ;; *) form=RESOLVED_UNUSED ;; esac
  if has system=Darwin; then echo resolver-files; elif ! has system=Linux; then echo UNKNOWN_SYSTEM
  elif [ -e "$root/etc/NIXOS" ]; then echo NIXOS; elif [ "$form" = stub ]; then echo RESOLVED_DOWN
  elif [ "$form" = resolved ]; then # where DNS must go over TLS, only a link can do without
    if [ "${version:-0}" -lt 246 ]; then echo RESOLVED_OLD
    elif [ "$version" -ge 258 ] && ! has dnsovertls=yes; then echo dns-delegate
    elif [ "$version" -ge 252 ]; then echo own-link; elif has dnsovertls=yes; then echo DNS_OVER_TLS
    elif config systemd/resolved.conf systemd/resolved.conf.d .conf | grep -q '^[[:blank:]]*DNS[[:blank:]]*=.*[^ ]'
    then echo GLOBAL_DNS; elif has link-dns; then echo global-drop-in; else echo NO_LINK_DNS; fi
  elif [ "$form" != near ]; then echo "${form:-PLAIN}"
  elif has NetworkManager && config NetworkManager/NetworkManager.conf NetworkManager/conf.d .conf | awk '
    /^\[/ { main = /^\[main\]/ } main && sub(/^dns[ \t]*=[ \t]*/, "") { dns = $1 } END { exit dns != "dnsmasq" }'
  then echo nm-dnsmasq; elif ! has dnsmasq; then echo PLAIN
  elif cat "$root/etc/dnsmasq.conf" "$root/etc/default/dnsmasq" | awk 'END { exit !ok }
    /^[ \t]*(conf-dir|CONFIG_DIR)[ \t]*=[ \t"]*\/etc\/dnsmasq\.d\/?([ \t",]|$)/ && (!/\*/ || /\*\.conf/) { ok = 1 }'
  then echo dnsmasq; else echo DNSMASQ_NO_CONF_DIR; fi; }
text() { printf '%s\n' "# $marker" "$@"; }
content() { # PATH: what it must hold for $backend, $port and $suffixes; nothing when it must not be there
  domains=$(printf ' ~%s' $suffixes)
  case $backend:$1 in
    dns-delegate:*.dns-delegate) text '[Delegate]' "DNS=127.0.0.1:$port" "Domains=${domains# }" ;;
    global-drop-in:*/resolved.conf.d/*) text '[Resolve]' "DNS=127.0.0.1:$port" "Domains=${domains# }" ;;
    nm-dnsmasq:*/NetworkManager/dnsmasq.d/* | dnsmasq:/etc/dnsmasq.d/*)
      text && for it in $suffixes; do printf '%s\n' "server=/$it/127.0.0.1#$port" "rebind-domain-ok=/$it/"; done ;;
    own-link:*/multi-user.target.d/*) text '[Unit]' "Wants=$name.service" ;;
    own-link:*/conf.d/*)
      [ ! -d "$root/etc/NetworkManager" ] || text '[keyfile]' "unmanaged-devices+=interface-name:$link" ;;
    own-link:*.service)
      text '[Unit]' 'Description=Nostr DNS: the link that leads its names to 127.0.0.1' \
        'After=systemd-resolved.service dbus.service' '' '[Service]' Type=oneshot RemainAfterExit=yes
      printf 'Exec%s\n' "StartPre=-/sbin/ip link delete $link" \
        "Start=/bin/sh -c '/sbin/ip link add $link type dummy || /sbin/ip link add $link type bridge'" \
        "Start=/sbin/ip address add 192.0.2.1/32 dev $link" "Start=/sbin/ip link set $link up"
      printf 'ExecStart=/usr/bin/resolvectl %s\n' "dnssec $link no" "dnsovertls $link no" "llmnr $link no" \
        "mdns $link no" "default-route $link no" "domain $link$domains" "dns $link 127.0.0.1:$port"
      echo "ExecStop=-/sbin/ip link delete $link" ;;
    resolver-files:*) case " $suffixes " in *" ${1##*/} "*) text 'nameserver 127.0.0.1' "port $port" ;; esac ;;
    dns-delegate:*.negative | global-drop-in:*.negative)
      if has dnssec=no; then return; else printf '%s\n' "; $marker" $suffixes; fi
      # As soon as there is any such file resolved forgets its own list, which is this.
      [ -z "$(config dnssec-trust-anchors.d/none dnssec-trust-anchors.d .negative)" ] || return 0
      printf '%s\n' test local home corp lan intranet internal private home.arpa resolver.arpa ipv4only.arpa alt \
        d.f.ip6.arpa && printf '%s.in-addr.arpa\n' 10 168.192 170.0.0.192 171.0.0.192
      printf '%s.172.in-addr.arpa\n' 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 ;;
  esac; }
is_safe() { # FOLDER: all on the way to it are real folders of ours nobody else can change; it may be missing
  p=$root rest=${1#/}/ && set -- "${root:-/}"
  while [ -n "$rest" ]; do p=$p/${rest%%/*} rest=${rest#*/}
    if [ -e "$p" ] || [ -L "$p" ]; then set -- "$@" "$p"; fi; done
  ls -ldn "$@" | awk -v u="$me" '$1 !~ /^d/ || $3 != u || $1 ~ /^.....w/ || $1 ~ /^........w/ { n++ } END { exit n }'; }
held() { # PATH: what a file of ours holds
  [ -f "$root$1" ] && [ ! -L "$root$1" ] && IFS= read -r line <"$root$1" || return 0
  case $line in "# $marker" | "; $marker" | 'v1 '*) cat "$root$1" ;; esac; }
survey() { # how the files are, how they compare with what $backend, $port and $suffixes want, and folders that needs
  ours='' foreign='' clash='' differs=false && for path in $paths; do
    want=$(content "$path") have=$(held "$path") ours=$ours$have
    [ "$have" = "$want" ] || differs=true
    case "$want:$dirs " in :* | *" ${path%/*} "*) ;; *) [ -d "$root${path%/*}" ] || dirs="$dirs ${path%/*}" ;; esac
    [ -n "$have" ] || { [ ! -e "$root$path" ] && [ ! -L "$root$path" ]; } || foreign=yes clash=$clash$want
  done; }
run() { commands=$commands${commands:+,}'"'$*'"' && { [ -n "$root" ] || "$@" >/dev/null 2>&1; }; } # constants
tell() { ! has "$1" || { shift && run "$@"; } || failed=yes; } # SERVICE WORDS, if it is active
put() { # PATH TEXT: all of it or nothing
  folder=${1%/*} temporary=$root${1%/*}/.$name.tmp
  [ "${folder##*/}" != resolver ] || temporary=$root/private/etc/.$name.tmp # each file in there is a domain
  is_safe "$folder" || { problem='73 UNSAFE' && return 1; }
  problem='73 WRITE'
  { [ -d "$root$folder" ] || mkdir "$root$folder"; } && (set -C && printf '%s\n' "$2" >"$temporary") &&
    sync "$temporary" && mv -f "$temporary" "$root$1" && sync "$root$folder" && [ "$(cat "$root$1")" = "$2" ] &&
    problem='' temporary='' && { [ ! -x "$root/usr/sbin/restorecon" ] || run restorecon "$folder" "$1" || :; }; }
hash() { { sha256sum "$1" || shasum -a 256 "$1"; } | cut -c 1-64; }
manifest() { # what it must hold now
  echo "v1 $backend $port $suffixes"
  for path in $paths; do [ -z "$(held "$path")" ] || echo "file $(hash "$root$path") $path"; done
  for folder in $dirs; do echo "dir $folder"; done; }
adopt() { backend=$1 port=$2 && shift 2 && suffixes=$*; } # BACKEND PORT SUFFIXES
read_manifest() { # sets what was there before, as far as it can be believed
  folders=" $(for path in $paths; do echo "${path%/*}"; done | tr '\n' ' ')" dirs='' noted=$(held "$state/manifest")
  was=$(echo "$noted" | sed -n '1s/^v1 //p') # BACKEND PORT SUFFIXES
  if (set -- $was && b=$1 p=$2 && shift 2 && read_words install --backend "$b" --port "$p" --suffix "$@") >/dev/null
  then touched=$was; else was='none 0' touched=''; fi
  for word in $(echo "$noted" | sed -n 's/^dir //p'); do case $folders in *" $word "*) dirs="$dirs $word" ;; esac; done
  [ ! -e "$root/sys/class/net/$link" ] || touched="$touched own-link"; }
apply() { # makes files and services what $backend, $port and $suffixes say; $problem says what failed
  problem='' failed='' && for folder in $folders "$state" /private/etc; do rm -f "$root$folder/.$name.tmp"; done
  [ "$backend" = none ] || put "$state/manifest" "$(manifest)" || return 1
  for path in $paths; do
    want=$(content "$path")
    if [ "$(held "$path")" = "$want" ]; then continue; else touched="$touched $path" changed=true; fi
    if [ -n "$want" ]; then put "$path" "$want" || return 1
    elif ! is_safe "${path%/*}"; then problem='73 UNSAFE'; else rm -f "$root$path" || problem='73 WRITE'; fi
  done
  [ -z "$touched" ] || reload || problem=${problem:-74 RELOAD}
  for folder in $dirs; do rmdir "$root$folder"; done
  [ -z "$problem" ] && if [ "$backend" != none ]; then put "$state/manifest" "$(manifest)"
  else rm -f "$root$state/manifest" && { [ ! -d "$root$state" ] || rmdir "$root$state" || :; }; fi; }
reload() { # has the services read what was touched, and forget earlier answers
  case $touched in *own-link* | *.service* | *target.d* | */conf.d/*)
    ! has NetworkManager || run nmcli general reload conf
    [ "$backend" = own-link ] || run systemctl stop "$name.service"; run systemctl daemon-reload || failed=yes
    if [ "$backend" = own-link ]; then run systemctl restart "$name.service" || failed=yes
    elif [ -e "$root/sys/class/net/$link" ]; then run ip link delete "$link" || failed=yes; fi ;; esac
  case $touched in *delegate* | *global* | */resolved.conf.d/* | *negative*)
    tell systemd-resolved systemctl reload-or-restart systemd-resolved.service ;; esac
  case $touched in *nm-dnsmasq* | *Manager/dnsmasq.d/*) tell NetworkManager nmcli general reload dns-full ;; esac
  case " $touched " in *" dnsmasq "* | */etc/dnsmasq.d/*) tell dnsmasq systemctl restart dnsmasq.service ;; esac
  case $touched in *resolver*) run dscacheutil -flushcache; run killall -HUP mDNSResponder ;; esac
  if has systemd-resolved; then run resolvectl flush-caches; fi; [ ! -e "$root/run/nscd/socket" ] || run nscd -i hosts
  [ -n "$root" ] || for it in $services; do ! has "$it" || systemctl is-active -q "$it.service" || failed=yes; done
  [ "$backend$root" != own-link ] || resolvectl dns "$link" | grep -q '127\.0\.0\.1' || failed=yes
  [ -z "$failed" ]; }
choose() { chosen=$(decide)
  case $chosen in [A-Z]*) finish 69 "$chosen" 'Single names cannot be led here.' ;; *) backend=$chosen ;; esac; }
do_detect() { choose && finish 0 OK 'This is how it is done here.'; }
do_status() {
  adopt $was && survey
  if [ -n "$ours" ] && [ "$noted" = "$(manifest)" ]; then finish 0 INSTALLED 'The files are as we wrote them.'
  elif [ -n "$ours$noted" ]; then finish 0 DRIFT 'The files are not as we wrote them.'
  elif [ -n "$foreign" ]; then finish 75 CONFLICT 'A file of somebody else is in the way.'
  else finish 0 ABSENT 'There is nothing of ours.'; fi; }
do_install() {
  choose && survey
  [ "${asked:-$backend}" = "$backend" ] || finish 69 OTHER_BACKEND 'Another backend is the right one here.'
  [ -z "$clash" ] || finish 75 CONFLICT 'A file of somebody else is in the way.'
  [ "$differs" = true ] || [ "$noted" != "$(manifest)" ] || finish 0 OK 'It is so already.'
  touched="$touched $backend" && if apply; then finish 0 OK 'Done.'; fi
  set -- $problem && adopt $was && if apply; then changed=false; fi
  backend=$chosen && finish "$1" "$2" 'It did not work and was taken back.'; }
do_uninstall() {
  survey && if ! apply; then finish "${problem% *}" "${problem#* }" 'Not all could be undone.'; fi
  [ -z "$foreign" ] || finish 0 FOREIGN_LEFT 'A file of somebody else was left alone.'
  finish 0 OK 'Nothing of ours is left.'; }
main "$@"
