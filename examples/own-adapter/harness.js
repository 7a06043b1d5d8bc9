import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@cache/conformance';
import { levelAdapter } from './level-adapter.js';

/** @type {import('@cache/conformance').AdapterHarness} */
const harness = {
  name: 'level',
  expects: ['expiry', 'counters', 'scan'],
  about: () => 'LevelDB of classic-level, in a folder of its own for each rule',
  async open() {
    const location = await mkdtemp(join(tmpdir(), 'cache-level-'));
    const clock = new FakeClock();
    const adapter = levelAdapter({ location, clock });
    return {
      adapter,
      clock,
      async [Symbol.asyncDispose]() {
        await adapter.close();
        await rm(location, { recursive: true });
      },
    };
  },
};

export default harness;
