/** What is published of a change. */
export interface ChangeMessage {
  /** Who made it: he knows already. */
  readonly from: string;
  readonly keys: readonly string[];
}

/** As text. */
export function encodeMessage({ from, keys }: ChangeMessage): string {
  return JSON.stringify([from, ...keys]);
}

/** undefined = it is none of ours. */
export function decodeMessage(text: string): ChangeMessage | undefined {
  try {
    const parts: unknown = JSON.parse(text);
    if (!Array.isArray(parts) || parts.length < 2 || !parts.every((part) => typeof part === 'string')) {
      return undefined;
    }
    const [from, ...keys] = parts as [string, ...string[]];
    return { from, keys };
  } catch {
    return undefined;
  }
}
