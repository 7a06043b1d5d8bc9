import type { EntryHead } from './entry.ts';

/** The head of what a cache keeps for its own use, under a record: it counts as long as it is kept. */
export function ownHead(
  kind: EntryHead['kind'],
  { epoch, sequence }: Pick<EntryHead, 'epoch' | 'sequence'>,
  createdAt: number,
  keptUntil: number,
): EntryHead {
  return {
    kind,
    createdAt,
    freshUntil: keptUntil,
    keptUntil,
    slidingMs: 0,
    epoch,
    sequence,
    loadMs: 0,
    tags: [],
    hashedKey: undefined,
    validators: undefined,
  };
}
