import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesCodec } from '../src/codec/bytes.ts';
import { jsonCodec } from '../src/codec/json.ts';
import { textCodec } from '../src/codec/text.ts';
import { bytesFormat } from '../src/entry/bytes.ts';
import { ENTRY_KIND, type EntryHead, type EntryKind } from '../src/entry/entry.ts';
import { FIXED_BYTES, LAYOUT } from '../src/entry/layout.ts';

interface Golden {
  readonly name: string;
  readonly hex: string;
  readonly kind: EntryKind;
  readonly createdAt: number;
  readonly freshUntil: number | 'never';
  readonly keptUntil: number | 'never';
  readonly slidingMs: number;
  readonly epoch: string;
  readonly sequence: number;
  readonly loadMs: number;
  readonly codec: 'json' | 'text' | 'bytes' | 'custom';
  readonly tags: readonly { readonly name: string; readonly generation: string }[];
  readonly hashedKey?: string;
  readonly validators?: { readonly etag: string; readonly lastModified: string };
  /** JSON for `json` and `custom`, text for `text`, hexadecimal for `bytes`. */
  readonly value: unknown;
}

const goldens: Golden[] = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8'));
const codecs = {
  json: jsonCodec(),
  text: textCodec,
  bytes: bytesCodec,
  custom: { ...jsonCodec(), name: 'custom' },
};

const unhex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const instant = (at: number | 'never'): number => (at === 'never' ? Number.POSITIVE_INFINITY : at);

function headOf(golden: Golden): EntryHead {
  const { kind, createdAt, slidingMs, sequence, loadMs, hashedKey, validators } = golden;
  return {
    ...{ kind, createdAt, slidingMs, sequence, loadMs, hashedKey, validators },
    freshUntil: instant(golden.freshUntil),
    keptUntil: instant(golden.keptUntil),
    epoch: unhex(golden.epoch),
    tags: golden.tags.map(({ name, generation }) => ({ name, generation: unhex(generation) })),
  };
}

const expectedValue = (golden: Golden): unknown =>
  golden.codec === 'bytes' ? unhex(golden.value as string) : golden.value;

describe('golden vectors', () => {
  test('cover every kind of entry that has a body of its own', () => {
    expect(new Set(goldens.map(({ kind }) => kind))).toEqual(
      new Set(['value', 'lease', 'quarantine', 'failure', 'record', 'marker']),
    );
  });

  test.each(goldens)('$name is read as written down', (golden) => {
    const payload = unhex(golden.hex);
    expect(bytesFormat.recognizes(payload)).toBe(true);
    expect(bytesFormat.head(payload)).toMatchObject(headOf(golden));
    expect(bytesFormat.codecName(payload)).toBe(golden.codec);
    expect(bytesFormat.value(payload, codecs[golden.codec])).toEqual(expectedValue(golden));
  });

  test.each(goldens)('$name is written as read, but for the stamp', (golden) => {
    const payload = bytesFormat.encode(headOf(golden), expectedValue(golden), codecs[golden.codec]);
    expect(Buffer.from(payload.subarray(16)).toString('hex')).toBe(golden.hex.slice(32));
  });
});

describe('the byte table', () => {
  test('is the one of CONTRACT.md', () => {
    const contract = readFileSync(new URL('../../../CONTRACT.md', import.meta.url), 'utf8');
    const rows = [...contract.matchAll(/^\| (\d+) \| (\d+) \| (\w+) \|/gm)].map(([, at, bytes, name]) => [
      name,
      { at: Number(at), bytes: Number(bytes) },
    ]);
    expect(Object.fromEntries(rows)).toEqual(LAYOUT);
  });

  test('has no gap and no overlap', () => {
    let at = 0;
    for (const field of Object.values(LAYOUT)) {
      expect(field.at).toBe(at);
      at += field.bytes;
    }
    expect(at).toBe(FIXED_BYTES);
  });
});

const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((value) => value.isWellFormed());
const time = fc.oneof(fc.integer({ min: 0, max: 2 ** 47 }), fc.constant(Number.POSITIVE_INFINITY));
const eight = fc.uint8Array({ minLength: 8, maxLength: 8 });
const heads: fc.Arbitrary<EntryHead> = fc.record({
  kind: fc.constantFrom(...(Object.keys(ENTRY_KIND) as EntryKind[])),
  createdAt: fc.integer({ min: 0, max: 2 ** 47 }),
  freshUntil: time,
  keptUntil: time,
  slidingMs: fc.integer({ min: 0, max: 2 ** 47 }),
  epoch: eight,
  sequence: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  loadMs: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  tags: fc.array(fc.record({ name: text, generation: eight }), { maxLength: 5 }),
  hashedKey: fc.option(text, { nil: undefined }),
  validators: fc.option(fc.record({ etag: text, lastModified: text }), { nil: undefined }),
});

describe('an entry in bytes', () => {
  test('comes back whole: any head, any JSON value, any codec name', () => {
    const codecNames = fc.constantFrom('json', 'custom');
    fc.assert(
      fc.property(heads, fc.jsonValue(), codecNames, (head, value, name) => {
        const payload = bytesFormat.encode(head, value, codecs[name as 'json' | 'custom']);
        expect(bytesFormat.recognizes(payload)).toBe(true);
        expect(bytesFormat.head(payload)).toMatchObject(head);
        expect(bytesFormat.hashedKey(payload)).toBe(head.hashedKey);
        expect(JSON.stringify(bytesFormat.value(payload, codecs.json))).toBe(JSON.stringify(value));
      }),
    );
  });

  test('of any bytes whatever is recognized or not, and safe to read when it is', () => {
    const seed = bytesFormat.encode({ ...headOf(goldens[0] as Golden) }, { a: 1 }, codecs.json);
    const damage = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(damage, fc.nat(seed.length), (changes, length) => {
        const payload = Uint8Array.from(seed.subarray(0, length));
        for (const [at, byte] of changes) if (at < length) payload[at] = byte;
        if (bytesFormat.recognizes(payload)) bytesFormat.head(payload);
      }),
      { numRuns: 2000 },
    );
  });

  test('has a stamp that no other has', () => {
    const head = headOf(goldens[0] as Golden);
    const stamps = Array.from({ length: 1000 }, () =>
      bytesFormat.encode(head, 1, codecs.json).subarray(0, 16),
    );
    const original = bytesFormat.encode(head, 1, codecs.json);
    stamps.push(original.subarray(0, 16), bytesFormat.copy(original).subarray(0, 16));
    expect(new Set(stamps.map((stamp) => Buffer.from(stamp).toString('hex'))).size).toBe(1002);
  });

  test('does not pollute prototypes', () => {
    const payload = bytesFormat.encode(
      headOf(goldens[0] as Golden),
      JSON.parse('{"__proto__":{"bad":1}}'),
      codecs.json,
    );
    const value = bytesFormat.value(payload, codecs.json) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { bad?: number }).bad).toBeUndefined();
  });
});
