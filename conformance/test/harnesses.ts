import { type AdapterHarness, FakeClock, type ReferenceOptions, referenceAdapter } from '../src/index.ts';

/** The reference adapter on a clock of its own. */
export function referenceHarness(options: Omit<ReferenceOptions, 'clock'> = {}): AdapterHarness {
  return {
    name: 'reference',
    expects: ['expiry', 'counters', 'scan'],
    async open() {
      const clock = new FakeClock();
      const adapter = referenceAdapter({ ...options, clock });
      return { adapter, clock, [Symbol.asyncDispose]: () => adapter.close() };
    },
  };
}
