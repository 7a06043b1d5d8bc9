/** From here on the server reads an expiry as a date. */
const LONGEST_RELATIVE_S = 30 * 86_400;

/** 2106-02-07: the last second that the protocol can name, but for the one that means "do not create". */
const LAST_S = 0xffff_fffe;

/**
 * What the server is told of a life, in its own seconds. 0 = no end.
 *
 * It counts whole ticks of a clock that stands anywhere within its second, so a life of N ends after N − 1 to N
 * seconds. Rounded up and one more, it never ends early and at most 2 s late. Where it is a date, the clocks of both
 * machines count as well. A life that ends after the protocol's last second is given that one: sooner than asked, by
 * decades from now, but never without end.
 */
export function expirySeconds(ttlMs: number | null, now: number): number {
  if (ttlMs === null) return 0;
  const seconds = Math.ceil(ttlMs / 1000) + 1;
  if (seconds <= LONGEST_RELATIVE_S) return seconds;
  return expiryDate(ttlMs, now);
}

/** The same as a date: at most 1 s early or 2 s late, since the server counts dates and ticks by different clocks. */
export function expiryDate(ttlMs: number | null, now: number): number {
  if (ttlMs === null) return 0;
  return Math.min(Math.ceil((now + ttlMs) / 1000), LAST_S);
}

export function uint32(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(4 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32BE(number, 4 * index);
  return bytes;
}
