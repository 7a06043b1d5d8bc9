import type { Version } from '../contract/adapter.ts';

/** A version that names the side it is of, so that it is none of the other side. @param side one character */
export function sided(side: string, version: Version): Version {
  if (version instanceof Uint8Array) {
    const bytes = new Uint8Array(version.length + 1);
    // Behind it: the beginning of a version is what people are shown of it.
    bytes.set(version);
    bytes[version.length] = side.charCodeAt(0);
    return bytes;
  }
  // The kind stands beside the side: 1, 1n and '1' are three versions.
  return `${side}${KIND[typeof version as 'string' | 'number' | 'bigint']}${version}`;
}

/** The version as its side knows it; undefined = it is of another side, or of none. */
export function unsided(side: string, version: Version): Version | undefined {
  if (version instanceof Uint8Array) {
    const last = version.length - 1;
    return version[last] === side.charCodeAt(0) ? version.subarray(0, last) : undefined;
  }
  if (typeof version !== 'string' || version[0] !== side) return undefined;
  const text = version.slice(2);
  switch (version[1]) {
    case KIND.string:
      return text;
    case KIND.number:
      return Number(text);
    case KIND.bigint:
      return BigInt(text);
    default:
      return undefined;
  }
}

const KIND = { string: 's', number: 'n', bigint: 'b' } as const;
