# Restores the desktop's proxy setting when the program that set it dies without doing so.
#
#   sh -c SCRIPT NAME STATE TOKEN DESKTOP OURS MODE URL
#
# Standard input is a pipe whose other end only that program holds: the kernel closes it however the
# program ends, also by SIGKILL. A line "done" before that means that there is nothing to do. Nothing
# is done either when STATE no longer has TOKEN (a newer run took over) or the setting is not OURS.

# A logout ends this process group too; the setting must still be restored.
trap '' HUP INT TERM

state=$1 token=$2 desktop=$3 ours=$4 mode=$5 url=$6

read -r word || word=''
[ "$word" != 'done' ] || exit 0
grep -qF "\"$token\"" "$state" || exit 0

# put KEY VALUE: an entry that was not there is taken out again.
put() {
  key=$1
  if [ -n "$2" ]; then set -- "$2"; else set -- --delete ''; fi
  "$write_tool" --file kioslaverc --group 'Proxy Settings' --key "$key" "$@"
}

kde() {
  read_tool=kreadconfig$1 write_tool=kwriteconfig$1
  set -- --file kioslaverc --group 'Proxy Settings' --key
  [ "$("$read_tool" "$@" 'Proxy Config Script')" = "$ours" ] || exit 0
  [ "$("$read_tool" "$@" ProxyType)" = 2 ] || exit 0
  put ProxyType "$mode"
  put 'Proxy Config Script' "$url"
  dbus-send --type=signal /KIO/Scheduler org.kde.KIO.Scheduler.reparseSlaveConfiguration string:
}

gnome() {
  schema=org.gnome.system.proxy
  [ "$(gsettings get $schema autoconfig-url)" = "$ours" ] || exit 0
  [ "$(gsettings get $schema mode)" = "'auto'" ] || exit 0
  gsettings set $schema mode "$mode"
  gsettings set $schema autoconfig-url "$url"
}

case $desktop in
  gnome) gnome ;;
  kde5) kde 5 ;;
  kde6) kde 6 ;;
esac
