import { type AdapterHarness, FakeClock } from '@cache/conformance';
import { type MemoryAdapterOptions, memoryAdapter } from '@cache/memory';

const BYTES = 256 * 1_048_576;

/** The memory adapter in each of its ways to isolate and to bound. */
export function memoryHarnesses(): AdapterHarness[] {
  return [
    harness('memory', {}),
    harness('memory, isolate clone', { isolate: 'clone' }),
    harness('memory, isolate freeze', { isolate: 'freeze' }),
    harness('memory, maxBytes', { maxBytes: BYTES }),
  ];
}

function harness(name: string, options: MemoryAdapterOptions): AdapterHarness {
  return {
    name,
    expects: ['sync', 'expiry', 'counters', 'scan'],
    about: () => 'this process',
    async open({ room }) {
      const clock = new FakeClock();
      const adapter = memoryAdapter({ maxEntries: room, ...options, clock });
      const lose = async (key: string): Promise<void> => void adapter.sync.delete(key);
      return { adapter, clock, lose, [Symbol.asyncDispose]: () => adapter.close() };
    },
  };
}
