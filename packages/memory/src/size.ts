const OBJECT_BYTES = 32;
const SLOT_BYTES = 8;

/**
 * About how many bytes a value keeps alive: two a character, eight a number or reference, the length of binary data.
 * Shared parts are counted once. An estimate: V8 tells no exact one.
 */
export function estimateBytes(root: unknown): number {
  const seen = new Set<object>();
  const open: unknown[] = [root];
  let bytes = 0;
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') bytes += 2 * value.length;
    else if (typeof value !== 'object' || value === null) bytes += SLOT_BYTES;
    else if (!seen.has(value)) {
      seen.add(value);
      bytes += OBJECT_BYTES;
      if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) bytes += value.byteLength;
      else if (value instanceof Map) for (const [key, item] of value) open.push(key, item);
      else if (value instanceof Set) for (const item of value) open.push(item);
      else if (Array.isArray(value)) for (const item of value) open.push(item);
      else {
        for (const [key, item] of Object.entries(value)) {
          bytes += 2 * key.length;
          open.push(item);
        }
      }
    }
  }
  return bytes;
}
