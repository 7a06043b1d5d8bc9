import { type Call, type Failure, failed } from '@cache/core';
import type { TestAdapter } from '../kit/bench.ts';
import { turns } from '../kit/check.ts';
import { around } from '../kit/wrap.ts';
import { adapterMutant, type Mutant, type Sound } from './mutant.ts';
import { deadlineOf } from './network.ts';

/** Defects that a troubled network shows. */
export const disrupting: readonly Mutant[] = [
  adapterMutant(
    'frozen-hangs',
    'A frozen server is waited for, deadline or not.',
    ['disrupted/frozen'],
    ({ adapter, network }) => {
      return around(adapter, (_name, items, go) =>
        network.state === 'frozen' && items.length > 0 ? new Promise(() => {}) : go(),
      );
    },
  ),
  adapterMutant(
    'frozen-for-good',
    'After a server was frozen every call fails.',
    ['disrupted/thawed'],
    ({ adapter, network }) => {
      let frozen = false;
      return around(adapter, async (_name, items, go) => {
        frozen ||= network.state === 'frozen';
        return frozen && network.state === 'up' ? items.map(() => failed(GONE)) : await go();
      });
    },
  ),
  adapterMutant(
    'late-write',
    'What a frozen server did not take is said not to be applied, and sent again when it goes on.',
    ['disrupted/no-late-write'],
    (sound) => lateWrites(sound, 'frozen'),
  ),
  adapterMutant(
    'offline-queue',
    'What is written while the server is down is said not to be applied, and sent when it is back.',
    ['disrupted/down'],
    (sound) => lateWrites(sound, 'down'),
  ),
  adapterMutant(
    'cut-hangs',
    'Calls under way when a connection is cut never settle.',
    ['disrupted/cut'],
    ({ adapter, network }) => {
      let cuts = 0;
      const cut = network.cut.bind(network);
      (network as { cut: () => Promise<void> }).cut = async () => {
        cuts += 1;
        await cut();
      };
      return around(adapter, async (_name, _items, go) => {
        const before = cuts;
        const answers = await go();
        await turns(1);
        return before === cuts ? answers : await new Promise<never>(() => {});
      });
    },
  ),
];

const GONE: Failure = { code: 'UNAVAILABLE', message: 'gone', retryable: true, outcome: 'not-applied' };

function lateWrites({ adapter, shelf, clock, network }: Sound, state: 'frozen' | 'down'): TestAdapter {
  const queue: { key: string; payload: Uint8Array; ttlMs: number | null }[] = [];
  return around(adapter, async (name, items, go, call: Call) => {
    if (network.state === 'up')
      for (const { key, payload, ttlMs } of queue.splice(0)) shelf.put(key, payload, ttlMs);
    if (network.state !== state || name !== 'write') return await go();
    queue.push(...(items as typeof queue));
    if (state === 'frozen') await deadlineOf(call.deadline, clock);
    return items.map(() => failed({ ...GONE, code: 'TIMEOUT' }));
  });
}
