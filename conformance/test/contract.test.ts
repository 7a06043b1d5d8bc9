import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rulesIn } from '../src/index.ts';
import { RULES } from '../src/suites.ts';

const document = rulesIn(readFileSync(new URL('../../CONTRACT.md', import.meta.url), 'utf8'));
const code = RULES.map(({ id, says }) => ({ id, says }));
const byId = (rules: typeof code): Record<string, string> => {
  return Object.fromEntries(rules.map(({ id, says }) => [id, says]));
};

describe('CONTRACT.md', () => {
  test('lists every rule of the kit, and no other, word for word', () => {
    expect(byId(document)).toEqual(byId(code));
  });

  test('lists no rule twice, and neither does the kit', () => {
    for (const rules of [document, code]) {
      expect(rules.length).toBeGreaterThan(100);
      expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
      expect(new Set(rules.map(({ says }) => says)).size).toBe(rules.length);
    }
  });

  test('has ids of lower-case words and sentences that end', () => {
    for (const { id, says } of code) {
      expect(id).toMatch(/^[a-z]+(\/[a-z-]+){1,2}$/);
      expect(says).toMatch(/^[A-Z`a-z].*[.:]$/s);
      expect(says).not.toMatch(/\n/);
    }
  });
});
