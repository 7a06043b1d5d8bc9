import { type AdapterHarness, FakeClock } from '@cache/conformance';
import { type MemoryAdapterOptions, memoryAdapter } from '@cache/memory';

/** Room for the largest batch of the kit. */
const ROOM = 60_000;
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
    async open() {
      const clock = new FakeClock();
      const adapter = memoryAdapter({ maxEntries: ROOM, ...options, clock });
      return { adapter, clock, [Symbol.asyncDispose]: () => adapter.close() };
    },
  };
}
