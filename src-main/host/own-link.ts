/**
 * The network link whose resolver settings are ours alone (systemd-resolved 252 to 257). It leads
 * nowhere, and its address (RFC 5737) must reach no other computer: `dns-helper.sh` has the same name.
 */
export const ownLinkName = 'nostr-dns0'
