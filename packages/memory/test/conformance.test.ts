import { type AdapterHarness, cacheConformance, conformance, FakeClock } from '@cache/conformance';
import { describe, test } from 'vitest';
import { type MemoryAdapterOptions, memoryAdapter } from '../src/index.ts';

function harness(name: string, options: MemoryAdapterOptions): AdapterHarness {
  return {
    name,
    expects: ['sync', 'expiry', 'counters', 'scan'],
    async open({ room }) {
      const clock = new FakeClock();
      const adapter = memoryAdapter({ maxEntries: room, ...options, clock });
      return {
        adapter,
        clock,
        lose: async (key) => void adapter.sync.delete(key),
        async press() {
          for (let i = 0; i <= room; i += 1) adapter.sync.set(`press${i}`, i, null);
        },
        [Symbol.asyncDispose]: () => adapter.close(),
      };
    },
  };
}

const runner = { describe, test };
const plain = harness('memory', {});

conformance(runner, plain);
cacheConformance(runner, plain);

// Time is read in another way where it cannot leap.
conformance(runner, {
  name: "memory, by the machine's clock",
  expects: ['sync', 'expiry', 'counters', 'scan'],
  async open({ room }) {
    const adapter = memoryAdapter({ maxEntries: room });
    return { adapter, [Symbol.asyncDispose]: () => adapter.close() };
  },
});
