# Adds or removes one trust anchor of this program in the system's certificate store.
#
#   sh -s -- trust-add    --sha256 HEX     the PEM is asked for with the line "ready" on stderr
#   sh -s -- trust-remove --sha256 HEX
#   --root DIR                             tests only: works below DIR, runs nothing, never as root
#
# Takes words, never paths: where files go is fixed by the table below. Accepts only an authority
# whose name constraints hold it to names ending in .nostr. Prints one line of JSON.
# Exit: 0 done, 64 usage, 65 certificate not acceptable, 69 unsupported system, 73 unsafe place or
# write failed, 74 update failed, 75 another file is in the way, 77 not root.
# Needs: awk base64 chmod cut fold id ls mv od rm sha256sum tr.

main() {
  set -u -f
  unset ENV BASH_ENV CDPATH
  IFS=' 	
'
  PATH=/usr/sbin:/usr/bin:/sbin:/bin
  LC_ALL=C
  export PATH LC_ALL
  umask 022

  verb=none backend=none changed=false commands='' root='' sha='' temporary=''
  trap '[ -z "$temporary" ] || rm -f "$temporary"' EXIT
  trap 'exit 74' HUP INT TERM

  read_words "$@"
  me=$(id -u)
  if [ -n "$root" ]; then
    [ "$me" != 0 ] || finish 64 ROOT_OPTION 'The option --root is for tests and refused for root.'
  else
    [ "$me" = 0 ] || finish 77 NOT_ROOT 'This needs the administrator.'
  fi
  find_store
  name=nostr-dns-$(printf '%s' "$sha" | cut -c 1-16).crt
  place=$root$folder/$name
  check_folders "$folder"
  if [ "$verb" = trust-add ]; then add; else remove; fi
  finish 0 OK 'Done.'
}

# finish EXIT CODE MESSAGE: all three are constants of this file.
finish() {
  ok=false
  [ "$1" != 0 ] || ok=true
  printf '{"v":1,"ok":%s,"verb":"%s","code":"%s","backend":"%s","changed":%s,"message":"%s","commands":[%s]}\n' \
    "$ok" "$verb" "$2" "$backend" "$changed" "$3" "$commands"
  exit "$1"
}

read_words() {
  case ${1-} in
    trust-add | trust-remove) verb=$1 ;;
    *) finish 64 USAGE 'Unknown verb.' ;;
  esac
  shift
  while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || finish 64 USAGE 'An option lacks its value.'
    case $1 in
      --sha256)
        [ -z "$sha" ] || finish 64 USAGE 'An option was given twice.'
        case $2 in '' | *[!0-9a-f]*) finish 64 USAGE 'Not a SHA-256.' ;; esac
        [ ${#2} = 64 ] || finish 64 USAGE 'Not a SHA-256.'
        sha=$2
        ;;
      --root)
        [ -z "$root" ] || finish 64 USAGE 'An option was given twice.'
        case $2 in
          *..* | *//* | */ | *[!A-Za-z0-9/._-]*) finish 64 USAGE 'Not a folder.' ;;
          /*) root=$2 ;;
          *) finish 64 USAGE 'Not a folder.' ;;
        esac
        ;;
      *) finish 64 USAGE 'Unknown option.' ;;
    esac
    shift 2
  done
  [ -n "$sha" ] || finish 64 USAGE 'The option --sha256 is missing.'
}

# The first folder that exists says which family of distributions this is.
find_store() {
  if [ -d "$root/etc/pki/ca-trust/source/anchors" ]; then
    backend=redhat folder=/etc/pki/ca-trust/source/anchors
  elif [ -d "$root/usr/local/share/ca-certificates" ]; then
    backend=debian folder=/usr/local/share/ca-certificates
  elif [ -d "$root/etc/ca-certificates/trust-source/anchors" ]; then
    backend=arch folder=/etc/ca-certificates/trust-source/anchors
  elif [ -d "$root/usr/share/pki/trust/anchors" ]; then
    backend=suse folder=/usr/share/pki/trust/anchors
  else
    finish 69 UNSUPPORTED 'No folder for certificates of the administrator was found.'
  fi
}

# Every folder on the way must be a real one of root's that nobody else can change.
check_folders() {
  walked=$root
  rest=${1#/}
  while :; do
    check_folder "${walked:-/}"
    [ -n "$rest" ] || return 0
    walked=$walked/${rest%%/*}
    case $rest in
      */*) rest=${rest#*/} ;;
      *) rest='' ;;
    esac
  done
}

check_folder() {
  { [ ! -L "$1" ] && [ -d "$1" ]; } ||
    finish 73 UNSAFE 'A folder of the store is a link or missing.'
  found=$(ls -ldn "$1") || finish 73 UNSAFE 'A folder of the store cannot be read.'
  mode=${found%% *}
  owner=$(printf '%s\n' "$found" | awk '{ print $3; exit }')
  group=$(printf '%s\n' "$found" | awk '{ print $4; exit }')
  [ "$owner" = "$me" ] || finish 73 UNSAFE 'A folder of the store belongs to somebody else.'
  case $mode in
    ????????w*) finish 73 UNSAFE 'A folder of the store can be changed by everybody.' ;;
    # Group 50 is Debian's staff, which older releases let write below /usr/local.
    ?????w*)
      [ "$group" = 0 ] || [ "$group" = 50 ] ||
        finish 73 UNSAFE 'A folder of the store can be changed by a group.'
      ;;
  esac
}

# The base64 of the one certificate on standard input; nothing when that is not what is there.
read_pem() {
  awk '
    { size += length($0) + 1; sub(/\r$/, "") }
    size > 8192 { bad = 1; exit }
    /^-----BEGIN CERTIFICATE-----$/ { if (count) { bad = 1; exit } inside = count = 1; next }
    /^-----END CERTIFICATE-----$/ { if (!inside) { bad = 1; exit } inside = 0; next }
    inside { if ($0 !~ /^[A-Za-z0-9+\/=]+$/) { bad = 1; exit } body = body $0; next }
    /[^ \t]/ { bad = 1; exit }
    END { if (!bad && count == 1 && !inside) printf "%s", body }'
}

decoded() {
  printf '%s' "$1" | base64 -d 2>/dev/null
}

hash_of() {
  decoded "$1" | sha256sum | cut -c 1-64
}

# Walks the DER on standard input (as hex): is it an authority that is held to our names? Prints yes.
# Name constraints are compared byte by byte: permitted DNS nostr, excluded 0.0.0.0/0 and ::/0.
is_constrained_authority() {
  awk '
    BEGIN {
      digits = "0123456789abcdef"
      zeros = "0000000000000000"
      ours = "303da009300782056e6f737472a130300a8708" zeros "30228720" zeros zeros zeros zeros
    }
    { hex = hex $0 }
    function digit(at) { return index(digits, substr(hex, at, 1)) - 1 }
    function octet(at) {
      return 16 * digit(2 * at + 1) + digit(2 * at + 2)
    }
    function bytes(from, to) { return substr(hex, 2 * from + 1, 2 * (to - from)) }
    # Sets tag, start and stop of the element at `at`, which must end by `limit`.
    function element(at, limit,    long) {
      if (at + 2 > limit) fail()
      tag = bytes(at, at + 1); start = at + 2; stop = octet(at + 1)
      if (stop >= 128) {
        long = stop - 128; stop = 0
        if (long < 1 || long > 2) fail()
        while (long-- > 0) { stop = stop * 256 + octet(start); start++ }
      }
      stop += start
      if (stop > limit) fail()
    }
    function fail() { exit }
    END {
      total = length(hex) / 2
      element(0, total); if (tag != "30" || stop != total) exit
      element(start, stop); if (tag != "30") exit
      at = start; end = stop; extensions = -1
      while (at < end) {
        element(at, end)
        if (tag == "a3") { extensions = start; last = stop }
        at = stop
      }
      if (extensions < 0) exit
      element(extensions, last); if (tag != "30") exit
      at = start; end = stop
      while (at < end) {
        element(at, end); if (tag != "30") exit
        next_at = stop
        element(start, next_at); if (tag != "06") exit
        oid = bytes(start, stop)
        element(stop, next_at)
        critical = 0
        if (tag == "01") { critical = (bytes(start, stop) == "ff"); element(stop, next_at) }
        if (tag != "04" || stop != next_at) exit
        value = bytes(start, stop)
        if (oid == "551d13") { basic++; if (critical && value ~ /^30[0-9a-f][0-9a-f]0101ff/) authority++ }
        if (oid == "551d1e") { names++; if (critical && value == ours) constrained++ }
        at = next_at
      }
      if (basic == 1 && authority == 1 && names == 1 && constrained == 1) printf "yes"
    }'
}

# Prints the certificate as it is written to disk.
as_pem() {
  printf '%s\n' '-----BEGIN CERTIFICATE-----'
  decoded "$1" | base64 | tr -d '\n' | fold -w 64
  printf '\n%s\n' '-----END CERTIFICATE-----'
}

add() {
  printf 'ready\n' >&2
  body=$(read_pem)
  [ -n "$body" ] || finish 65 NOT_ONE_CERTIFICATE 'There is not exactly one certificate.'
  [ "$(hash_of "$body")" = "$sha" ] || finish 65 OTHER_CERTIFICATE 'The SHA-256 does not match.'
  answer=$(decoded "$body" | od -A n -v -t x1 | tr -d ' \n' | is_constrained_authority)
  [ "$answer" = yes ] ||
    finish 65 NOT_CONSTRAINED 'The certificate is not an authority for names ending in .nostr only.'

  if [ -e "$place" ] || [ -L "$place" ]; then
    is_ours "$place" || finish 75 CONFLICT 'Another file of that name is in the way.'
  else
    temporary=$root$folder/.nostr-dns.tmp
    rm -f "$temporary" || finish 73 WRITE 'The store cannot be written.'
    # noclobber is O_EXCL: never through a link that somebody put there.
    (set -C && as_pem "$body" >"$temporary") 2>/dev/null ||
      finish 73 WRITE 'The store cannot be written.'
    { chmod 0644 "$temporary" && to_disk "$temporary" && mv -f "$temporary" "$place"; } ||
      finish 73 WRITE 'The store cannot be written.'
    temporary=''
    changed=true
    is_ours "$place" || { rm -f "$place" && finish 73 WRITE 'The file did not come out right.'; }
  fi
  update add || {
    [ "$changed" = false ] || { rm -f "$place" && update remove; changed=false; }
    finish 74 UPDATE 'The store could not be updated.'
  }
}

remove() {
  # What a killed trust-add may have left.
  rm -f "$root$folder/.nostr-dns.tmp" || finish 73 WRITE 'The store cannot be written.'
  if [ -e "$place" ] || [ -L "$place" ]; then
    is_ours "$place" || finish 75 CONFLICT 'Another file of that name is in the way.'
    rm -f "$place" || finish 73 WRITE 'The file cannot be removed.'
    changed=true
  fi
  # Also without a file: an interrupted removal may have left the bundle as it was.
  update remove || finish 74 UPDATE 'The store could not be updated.'
}

# Old versions of sync take no file and write everything there is.
to_disk() {
  sync "$1" 2>/dev/null || sync
}

# A plain file that holds exactly the certificate with our SHA-256.
is_ours() {
  [ ! -L "$1" ] && [ -f "$1" ] || return 1
  held=$(read_pem <"$1")
  [ -n "$held" ] && [ "$(hash_of "$held")" = "$sha" ]
}

update() {
  case $backend in
    redhat) run /usr/bin/update-ca-trust extract ;;
    arch) run /usr/bin/trust extract-compat ;;
    suse) run /usr/sbin/update-ca-certificates ;;
    debian)
      # Without --fresh Debian leaves a dead link behind when a certificate goes.
      case $1 in
        add) run /usr/sbin/update-ca-certificates ;;
        *) run /usr/sbin/update-ca-certificates --fresh ;;
      esac
      ;;
  esac
}

# run PROGRAM [WORD]: constants of this file.
run() {
  commands=$commands${commands:+,}'"'$*'"'
  [ -z "$root" ] || return 0
  [ -x "$1" ] || return 1
  "$@" </dev/null >/dev/null 2>&1
}

main "$@"
