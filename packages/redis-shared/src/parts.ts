import type { RedisArgument, RedisCommand, RedisReply } from './link.ts';
import { slotOf } from './slot.ts';

/** A command whose keys have one slot, and what becomes of its reply. */
export interface Part {
  readonly command: RedisCommand;
  readonly slot: number;
  readonly keys: readonly RedisArgument[];
  readonly settle: (reply: RedisReply) => void;
}

/**
 * Takes a command apart by slots: a cluster refuses MGET over several, even where one node has them all.
 * @param settle gets the reply of the whole; for MGET a list, in which an `Error` stands for each key that failed
 */
export function partsOf(command: RedisCommand, settle: (reply: RedisReply) => void): Part[] {
  const [name] = command;
  if (name !== 'MGET') {
    const keys = name === 'EVAL' ? command.slice(3, 4) : command.slice(1, 2);
    return [{ command, slot: slotOf(keys[0] ?? ''), keys, settle }];
  }
  const bySlot = new Map<number, number[]>();
  const keys = command.slice(1);
  for (const [index, key] of keys.entries()) {
    const slot = slotOf(key);
    const group = bySlot.get(slot);
    if (group === undefined) bySlot.set(slot, [index]);
    else group.push(index);
  }
  return gathered(keys, [...bySlot.values()], settle).map((part, index) => {
    return { ...part, slot: [...bySlot.keys()][index] ?? 0 };
  });
}

/** One MGET a key: the last resort while some of the keys are here and some there. */
export function singles({ keys, slot, settle }: Omit<Part, 'command'>): Part[] {
  const groups = keys.map((_key, index) => [index]);
  return gathered(keys, groups, settle).map((part) => ({ ...part, slot }));
}

/** One MGET a group of positions; settles when the last is settled. */
function gathered(
  keys: readonly RedisArgument[],
  groups: readonly (readonly number[])[],
  settle: (reply: RedisReply) => void,
): Omit<Part, 'slot'>[] {
  const values = new Array<RedisReply>(keys.length);
  let open = groups.length;
  return groups.map((group) => {
    const own = group.map((index) => keys[index] ?? '');
    return {
      command: ['MGET', ...own],
      keys: own,
      settle(reply) {
        for (const [at, index] of group.entries()) {
          values[index] = Array.isArray(reply) ? (reply as readonly RedisReply[])[at] : reply;
        }
        open -= 1;
        if (open === 0) settle(values);
      },
    };
  });
}
