import type { VersionCondition } from '@cache/core';

/**
 * A version is the link's epoch and the cas. It is void on every other link, since a server that starts anew counts
 * from 1 again, and a lost connection is how that shows.
 */
export function versionText(epoch: number, cas: Buffer): string {
  return `${epoch}:${cas.toString('hex')}`;
}

/** The cas of a version, if it was given on this connection. */
export function casOf({ version }: VersionCondition, epoch: number): Buffer | undefined {
  if (typeof version !== 'string') return undefined;
  const colon = version.indexOf(':');
  if (Number(version.slice(0, colon)) !== epoch || version.length !== colon + 17) return undefined;
  const cas = Buffer.from(version.slice(colon + 1), 'hex');
  // 0 would be no condition at all.
  return cas.some((byte) => byte !== 0) ? cas : undefined;
}
