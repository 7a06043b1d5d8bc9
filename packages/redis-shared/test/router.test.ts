// What cannot be timed on real servers; everything else is tested there.
import { systemClock } from '@cache/core';
import { afterEach, describe, expect, test } from 'vitest';
import type { LinkEvent, RedisCommand, RedisLink, RedisReply } from '../src/index.ts';
import { Router } from '../src/router.ts';
import { SLOTS, slotOf } from '../src/slot.ts';

/** A node that answers as it is told. */
class Node implements RedisLink {
  readonly endpoint: string;
  readonly got: string[] = [];
  ready = true;
  /** How often it was asked for the slots. */
  asked = 0;
  /** Whether it is connected and answers nothing. */
  silent = false;
  answer: (command: RedisCommand) => RedisReply | Promise<RedisReply> = () => 'OK';
  #listener: (event: LinkEvent) => void = () => undefined;

  constructor(port: number) {
    this.endpoint = `host:${port}`;
  }

  subscribe(listener: (event: LinkEvent) => void): void {
    this.#listener = listener;
  }

  lose(): void {
    this.ready = false;
    this.#listener({ kind: 'lost' });
  }

  send(commands: readonly RedisCommand[]): Promise<readonly RedisReply[]> {
    if (this.silent) return new Promise(() => undefined);
    return Promise.all(
      commands.map((command) => {
        if (command[0] === 'CLUSTER') {
          this.asked += 1;
          return slots();
        }
        this.got.push(command.join(' '));
        return this.answer(command);
      }),
    );
  }

  ear(): RedisLink {
    throw new Error('nobody listens here');
  }

  async close(): Promise<void> {
    this.ready = false;
  }
}

let nodes: readonly [Node, Node];
/** The first slot that the second node has. */
let border: number;
let router: Router;

const slots = (): RedisReply => {
  const ranges: RedisReply[] = [[border, SLOTS - 1, ['host', 2, 'id-2']]];
  return border === 0 ? ranges : [[0, border - 1, ['host', 1, 'id-1']], ...ranges];
};
const call = (ms = 2000) => ({ deadline: performance.now() + ms });
const moved = (key: string, port: number): Error => new Error(`MOVED ${slotOf(key)} host:${port}`);

function start(): readonly [Node, Node] {
  nodes = [new Node(1), new Node(2)];
  border = 8192;
  const seeds = [{ host: 'host', port: 1 }];
  router = new Router({ seeds: () => seeds, link: ({ port }) => nodes[port - 1] as Node }, systemClock);
  return nodes;
}
afterEach(() => router.close());

// Of the first node: slots 3300 and 7365 or so, whatever they are.
const [k, other] = Array.from({ length: 100 }, (_, index) => `k${index}`).filter(
  (key) => slotOf(key) < 4000,
) as [string, string];

test('a call that waits for a node goes elsewhere when the node loses the slot and keeps others', async () => {
  const [first, second] = start();
  await router.ready(call());
  first.lose();
  const waiting = router.run([['SET', k, '1']], call(), true);
  border = slotOf(k);
  expect(await waiting).toEqual({ replies: ['OK'] });
  expect(second.got).toContain(`SET ${k} 1`);
});

describe('a node that falls silent and has a successor', () => {
  async function askedAgain(node: Node): Promise<void> {
    const { asked } = node;
    await expect.poll(() => node.asked, { timeout: 10_000 }).toBeGreaterThan(asked);
  }

  test('gives up what waits for it, though nobody else asks', async () => {
    const [first, second] = start();
    await router.ready(call());
    first.silent = true;
    const unanswered = await router.run([['SET', k, '1']], call(50), true);
    expect(unanswered).toMatchObject({ replies: [{ failure: { code: 'TIMEOUT' } }] });
    const patient = router.run([['SET', k, '2']], call(10_000), true);
    await askedAgain(second);
    border = 0;
    expect(await patient).toEqual({ replies: ['OK'] });
  });

  test('also where the question for the slots was the first that it did not answer', async () => {
    const [first, second] = start();
    await router.ready(call());
    first.silent = true;
    second.lose();
    second.ready = true;
    // For the question that fell into silence, and because of it.
    await askedAgain(second);
    await askedAgain(second);
    const patient = router.run([['SET', k, '1']], call(5000), true);
    border = 0;
    expect(await patient).toEqual({ replies: ['OK'] });
  });
});

test('calls that come while one is being sent on wait behind it', async () => {
  const [first, second] = start();
  await router.ready(call());
  let answerSecond: (reply: RedisReply) => void = () => undefined;
  border = slotOf(k);
  first.answer = () => moved(k, 2);
  second.answer = (command) =>
    command[2] === '1'
      ? new Promise((resolve) => {
          answerSecond = resolve;
        })
      : 'OK';
  const one = router.run([['SET', k, '1']], call(), true);
  await expect.poll(() => second.got).toContain(`SET ${k} 1`);
  const two = router.run([['SET', k, '2']], call(), true);
  const apart = await router.run([['PTTL', 'z1{apart}']], call(), false);
  expect('replies' in apart).toBe(true);
  expect(second.got).not.toContain(`SET ${k} 2`);
  answerSecond('OK');
  await Promise.all([one, two]);
  const sets = second.got.filter((command) => command.startsWith('SET'));
  expect(sets).toEqual([`SET ${k} 1`, `SET ${k} 2`]);
});

test('a call that is sent to and fro fails after some hops, in a way that may be tried again', async () => {
  const [first, second] = start();
  await router.ready(call());
  first.answer = () => moved(k, 2);
  second.answer = () => moved(k, 1);
  const answer = await router.run([['SET', k, '1']], call(), true);
  expect(answer).toMatchObject({ replies: [{ message: expect.stringContaining('MOVED') }] });
  const sets = [...first.got, ...second.got].filter((command) => command.startsWith('SET'));
  expect(sets.length).toBeLessThanOrEqual(6);
});

test('a call that was aborted while it waited for its slot settles at once, and lets others go', async () => {
  const [first] = start();
  await router.ready(call());
  first.answer = ([name]) => (name === 'SET' ? new Error('CLUSTERDOWN no') : 'OK');
  const controller = new AbortController();
  const one = router.run([['SET', k, '1']], { ...call(60_000), signal: controller.signal }, true);
  await expect.poll(() => first.got).toContain(`SET ${k} 1`);
  const behind = router.run([['PTTL', k]], call(), false);
  expect(first.got).not.toContain(`PTTL ${k}`);
  controller.abort();
  expect(await one).toMatchObject({ replies: [{ failure: { code: 'ABORTED', outcome: 'not-applied' } }] });
  expect(await behind).toEqual({ replies: ['OK'] });
  expect(await router.run([['PTTL', other]], call(), false)).toEqual({ replies: ['OK'] });
});
