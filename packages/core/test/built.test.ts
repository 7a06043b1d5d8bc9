import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

/** Every module that an entry reaches, by its text. */
function reach(entry: string, seen: Map<string, string> = new Map()): Map<string, string> {
  if (seen.has(entry)) return seen;
  const text = readFileSync(entry, 'utf8');
  seen.set(entry, text);
  for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?['"]([^'"]+)['"]/g)) {
    if (specifier === undefined || specifier.startsWith('node:')) continue;
    const target = specifier.startsWith('.')
      ? fileURLToPath(new URL(specifier, pathToFileURL(entry)))
      : createRequire(entry).resolve(specifier);
    reach(target, seen);
  }
  return seen;
}

test('the built main entry reaches no node: module and no driver', () => {
  const modules = reach(fileURLToPath(new URL('../dist/index.js', import.meta.url)));
  expect(modules.size).toBeGreaterThan(20);
  for (const [file, text] of modules) {
    expect(text.match(/(?:from|import|require)\s*\(?['"]node:[^'"]+/g), file).toBeNull();
    expect(
      text.match(/(?:from|import|require)\s*\(?['"](?:ioredis|redis|memjs|lru-cache)['"]/g),
      file,
    ).toBeNull();
  }
});
