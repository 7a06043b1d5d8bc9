/**
 * 32 bits of a text: FNV-1a (Fowler, Noll, Vo) over its UTF-16 units, then `mixBits`. Says where entries are, so it is
 * never to be changed.
 */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mixBits(hash);
}

/** The finalizer of MurmurHash3 (Appleby): every bit of the result depends on every bit of the input. */
export function mixBits(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
