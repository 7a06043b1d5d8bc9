/**
 * What a reader may do to what is stored. `false`: values are shared, a change by one holder is seen by all.
 * `'clone'`: each write and each read makes a structured clone. `'freeze'`: values are frozen in place, all the way
 * down, so that a change throws.
 */
export type Isolation = false | 'clone' | 'freeze';

/** How a payload enters and leaves the store. @throws DataCloneError for what has no structured clone */
export function isolationOf(kind: Isolation): { enter<T>(payload: T): T; leave<T>(payload: T): T } {
  if (kind === 'clone') return { enter: structuredClone, leave: structuredClone };
  if (kind === 'freeze') return { enter: deepFreeze, leave: same };
  return { enter: same, leave: same };
}

function same<T>(payload: T): T {
  return payload;
}

function deepFreeze<T>(root: T): T {
  const open: unknown[] = [root];
  const found = new Set<object>();
  while (open.length > 0) {
    const value = open.pop();
    // Binary data cannot be frozen; what is frozen already is taken to be so all the way down.
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value))
      continue;
    if (found.has(value)) continue;
    found.add(value);
    for (const key of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key);
      if (property !== undefined && 'value' in property) open.push(property.value);
    }
  }
  // What holds others comes after them: where one cannot be frozen, the payload is left as it was.
  for (const value of [...found].reverse()) Object.freeze(value);
  return root;
}
