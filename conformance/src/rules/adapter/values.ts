import type { Bench } from '../../kit/bench.ts';
import { STAMP_BYTES } from '../../kit/payload.ts';
import { type AdapterRule, group } from '../../rule.ts';

const MIB = 1_048_576;

export const values: readonly AdapterRule[] = group('values', {
  'stamp-alone': [
    'A payload of nothing but its stamp is a payload, not a miss.',
    'bytes',
    async (bench) => comesBack(bench, bench.payload('')),
  ],
  'every-byte': [
    'A payload may hold every byte in any order: nothing is trimmed, escaped, decoded or ended by a NUL.',
    'bytes',
    async (bench) => {
      await comesBack(bench, bench.payload(Uint8Array.from({ length: 512 }, (_, i) => i % 256)));
      await comesBack(bench, bench.payload(new Uint8Array(64)));
      await comesBack(bench, bench.payload('\r\n"quoted" \\ $5\r\n*1\r\n'));
      await comesBack(bench, bench.payload(Uint8Array.of(0xef, 0xbb, 0xbf, 0xff, 0xfe, 0xc0, 0x80)));
    },
  ],
  sizes: [
    'Payloads come back whole around the sizes at which buffers end: 1 KiB, 4 KiB, 16 KiB and 64 KiB, one byte less and one more.',
    'bytes',
    async (bench) => {
      for (const size of [1024, 4096, 16_384, 65_536]) {
        for (const bytes of [size - 1, size, size + 1]) await comesBack(bench, sized(bench, bytes));
      }
    },
  ],
  large: [
    'A payload of 1 MiB, or of `limits.maxValueBytes` where that is less, comes back whole.',
    'bytes',
    async (bench) => comesBack(bench, sized(bench, Math.min(MIB, bench.adapter.limits.maxValueBytes))),
  ],
  numeric: [
    'A payload that looks like a number, a boolean or JSON stays what it is.',
    async (bench) => {
      for (const text of ['0', '-1', '1e3', '007', 'true', 'null', '{"a":1}', ' 12 ']) {
        await comesBack(bench, bench.payload(text));
      }
    },
  ],
});

async function comesBack(bench: Bench, payload: unknown): Promise<void> {
  const key = bench.key();
  await bench.put(key, payload);
  await bench.holds(key, payload);
}

/** A payload of so many bytes in all, its content not repetitive. */
function sized(bench: Bench, bytes: number): unknown {
  const content = new Uint8Array(bytes - STAMP_BYTES);
  for (let i = 0, x = bytes; i < content.length; i += 1) {
    x = (x * 1_103_515_245 + 12_345) % 2_147_483_648;
    content[i] = x >>> 16;
  }
  return bench.payload(content);
}
