#!/bin/sh
# Runs before the package's files go: as Debian's prerm and as RPM's %preun. Has the system's resolver
# forget our suffixes, while the helper that does it is still there. Whatever happens, the removal
# goes on: what is left behind sends only our suffixes to this computer and harms no other name.

case ${1-} in
  remove) ;; # Debian: removal or purge, no upgrade
  0) ;;      # RPM: no version of the package stays
  *) exit 0 ;;
esac

# dpkg sets DPKG_ROOT when it works on another file tree than its own.
helper=${DPKG_ROOT-}/usr/libexec/nostr-dns/dns-helper
[ -x "$helper" ] || exit 0

limit=
! command -v timeout >/dev/null 2>&1 || limit='timeout 60'

# shellcheck disable=SC2086 # two words, or none
if ! $limit "$helper" uninstall >/dev/null 2>&1 </dev/null; then
  echo 'nostr-dns: the settings of the system resolver were not undone; what is left are files called 50-nostr-dns.* below /etc' >&2
fi
exit 0
