/**
 * What an adapter wrote, with its control characters shown: they could move a terminal's cursor, colour what is not its
 * own, and no page may hold them. New lines and tabs stay.
 */
export function harmless(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
