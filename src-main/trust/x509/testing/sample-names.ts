/** Test support: a real npub name, 69 characters long. */
export const npub = 'npub1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5'
export const npubName = `${npub}.nostr`
export const pubkey = '67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa'
