import { CacheError, quoteKey } from '../error.ts';
import { checkKey } from '../key.ts';

/** More tags would make an entry's head longer than most values. */
const MOST_TAGS = 1000;

/**
 * Checks tags and takes out what is said twice. They follow the rules of keys.
 * @throws CacheError `INVALID_OPTION` or, for a tag that is no well-formed text, `INVALID_KEY`
 */
export function parseTags(tags: unknown, operation: string): readonly string[] {
  if (!Array.isArray(tags)) {
    throw new CacheError('INVALID_OPTION', `${operation}: tags must be an array of strings`, { operation });
  }
  for (const tag of tags as unknown[]) checkKey(tag, `${operation}, tag`);
  const different = [...new Set(tags as string[])];
  if (different.length <= MOST_TAGS) return different;
  const message = `${operation}: an entry has at most ${MOST_TAGS} tags, not ${different.length}, from ${quoteKey(different[0] ?? '')} on`;
  throw new CacheError('INVALID_OPTION', message, { operation });
}
