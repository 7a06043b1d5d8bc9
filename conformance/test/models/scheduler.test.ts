import { describe, expect, test } from 'vitest';
import { referenceAdapter } from '../../src/index.ts';
import type { TestAdapter } from '../../src/kit/bench.ts';
import type { ClientCall } from '../../src/models/callers.ts';
import type { Fault, History } from '../../src/models/history.ts';
import { everyOrder, everyRace, follow, type Scenario } from '../../src/models/orders.ts';

const CALL = { deadline: Number.POSITIVE_INFINITY };

/** Two clients that each add to one counter so many times, and hand each history to `see`. */
function adding(
  counts: readonly number[],
  see: (answers: readonly unknown[], history: History<undefined>) => void,
  options: Scenario<undefined>['options'] = {},
): Scenario<undefined> {
  return {
    options,
    open(scheduler) {
      const server = referenceAdapter() as unknown as TestAdapter;
      const clients = counts.map((count, i) => {
        const adapter = scheduler.gated(server, `connection ${i + 1}`);
        const next = (): ClientCall<undefined> => ({
          says: 'add',
          input: undefined,
          run: async () => {
            const [outcome] =
              (await adapter.counters?.add([{ key: 'n', by: 1n, initial: 0n, ttlMs: null }], CALL)) ?? [];
            return outcome?.ok ? outcome.value : outcome?.error.outcome;
          },
        });
        return { name: `client ${i + 1}`, calls: new Array<typeof next>(count).fill(next) };
      });
      return {
        clients,
        judge: (history) =>
          see(
            history.calls.map(({ result }) => (result?.status === 'fulfilled' ? result.value : 'failed')),
            history,
          ),
      };
    },
  };
}

describe('every order', () => {
  test('of two effects that are begun at any time is there, each once', async () => {
    const seen = new Map<string, number>();
    const scenario = adding(
      [1, 1],
      (_, history) => {
        const order = history.inWords().join('\n');
        seen.set(order, (seen.get(order) ?? 0) + 1);
      },
      { replies: false },
    );
    // Either begins first; then its effect comes before the other's begin, or the effects come in either order.
    expect(await everyOrder(scenario)).toBe(6);
    expect([...seen.values()]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('with replies apart are more', async () => {
    expect(await everyOrder(adding([1, 1], () => {}))).toBe(20);
  });

  test('of three calls of two steps is run in a moment', async () => {
    const sums = new Set<string>();
    const orders = await everyOrder(
      adding([1, 1, 1], (answers) => sums.add(answers.join()), { replies: false }),
    );
    expect(orders).toBe(90);
    expect(sums.size).toBe(6);
  });

  test('that are more than the bound are refused', async () => {
    await expect(
      everyOrder(
        adding([2, 2], () => {}),
        10,
      ),
    ).rejects.toThrow('more than 10 orders');
  });
});

describe('every race', () => {
  test('comes to every outcome of every order, in fewer of them', async () => {
    const outcomes = async (
      explore: (scenario: Scenario<undefined>) => Promise<unknown>,
    ): Promise<[string[], unknown]> => {
      const seen = new Set<string>();
      // By client: in which order calls began that overlap is nothing that anybody is told.
      const scenario = adding([2, 1], (_, { calls }) => {
        const told = calls.map(({ client, result }) => {
          return `${client} ${result?.status === 'fulfilled' ? result.value : 'failed'}`;
        });
        seen.add(told.sort().join());
      });
      const explored = await explore(scenario);
      return [[...seen].sort(), explored];
    };
    const [all, orders] = await outcomes(everyOrder);
    const [some, explored] = await outcomes(everyRace);
    expect(some).toEqual(all);
    expect(all).toHaveLength(3);
    expect((explored as { orders: number }).orders).toBeLessThan(orders as number);
  });
});

describe('the same choices', () => {
  test('give the same history, and zeros one call after the other', async () => {
    const words = async (choices: readonly number[]): Promise<readonly string[]> => {
      return (
        await follow(
          adding([2, 1], () => {}),
          choices,
        )
      ).inWords();
    };
    const mixed = [1, 1, 0, 2, 1, 1];
    expect(await words(mixed)).toEqual(await words(mixed));
    expect(await words(mixed)).not.toEqual(await words([]));
    expect(await words([])).toEqual([
      'client 1 calls add',
      'add n by 1 of connection 1 takes effect',
      'the reply of add n by 1 reaches connection 1',
      'client 1’s add answers 1',
      'client 1 calls add',
      'add n by 1 of connection 1 takes effect',
      'the reply of add n by 1 reaches connection 1',
      'client 1’s add answers 2',
      'client 2 calls add',
      'add n by 1 of connection 2 takes effect',
      'the reply of add n by 1 reaches connection 2',
      'client 2’s add answers 3',
    ]);
  });
});

describe('faults', () => {
  async function answersWith(kind: Fault): Promise<Set<string>> {
    const seen = new Set<string>();
    const faults = { kinds: [kind], atMost: 1 };
    await everyOrder(
      adding(
        [1, 1],
        (answers, { effects }) => {
          seen.add(`${answers.join()}${effects.some(({ fault }) => fault !== undefined) ? ' !' : ''}`);
        },
        { faults },
      ),
    );
    return seen;
  }

  test('a lost reply: applied, and unknown to its caller', async () => {
    expect(await answersWith('reply-lost')).toContain('unknown,2 !');
    expect(await answersWith('reply-lost')).not.toContain('unknown,1,!');
  });

  test('a lost request: not applied, and unknown to its caller', async () => {
    expect(await answersWith('request-lost')).toEqual(new Set(['1,2', '2,1', 'unknown,1 !', '1,unknown !']));
  });

  test('a late one: unknown to its caller, and applied afterwards, before or after others', async () => {
    const seen = await answersWith('late');
    expect(seen).toContain('unknown,1 !');
    expect(seen).toContain('unknown,2 !');
  });
});

test('calls of one connection on one key arrive in the order in which they were made, others in any', async () => {
  const firsts = new Set<string>();
  const scenario: Scenario<undefined> = {
    options: { replies: false },
    open(scheduler) {
      const adapter = scheduler.gated(referenceAdapter() as unknown as TestAdapter, 'the connection');
      const write = (key: string): Promise<unknown> => {
        return adapter.write([{ key, payload: new Uint8Array(16), ttlMs: null }], CALL);
      };
      const all = (): ClientCall<undefined> => ({
        says: 'three writes',
        input: undefined,
        run: () => Promise.all([write('a'), write('a'), write('b')]),
      });
      return {
        clients: [{ name: 'one', calls: [all] }],
        judge: ({ effects }) => {
          const order = [...effects.entries()].sort(
            ([, one], [, other]) => (one.arrived ?? 0) - (other.arrived ?? 0),
          );
          firsts.add(order.map(([index]) => index).join());
        },
      };
    },
  };
  await everyOrder(scenario);
  expect(firsts).toEqual(new Set(['0,1,2', '0,2,1', '2,0,1']));
});

test('a call that never settles is told, with its history', async () => {
  const scenario: Scenario<undefined> = {
    options: { patienceMs: 50 },
    open: () => ({
      clients: [
        {
          name: 'one',
          calls: [() => ({ says: 'wait', input: undefined, run: () => new Promise(() => {}) })],
        },
      ],
      judge: () => {},
    }),
  };
  await expect(follow(scenario, [])).rejects.toMatchObject({
    message: 'a call does not settle',
    history: ['one calls wait'],
  });
});
