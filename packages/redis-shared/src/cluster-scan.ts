import { createHash } from 'node:crypto';
import { type Call, failed, type Outcome, ok } from '@cache/core';
import { failureOf } from './failure.ts';
import type { RedisArgument, RedisCommand } from './link.ts';
import type { Answer, ScanStep } from './route.ts';
import { scanCommand, scanStep, textOf } from './scan.ts';
import { SLOTS } from './slot.ts';
import type { Master, SlotMap } from './slot-map.ts';

/** What a scan needs of a cluster. */
export interface Scanned {
  /** The latest map. */
  map(call: Call): Promise<Outcome<SlotMap>>;
  /** Sends a command that has no key to the node of each slot; its replies are in their order. */
  ask(slots: readonly number[], command: RedisCommand, call: Call): Promise<Answer>;
}

/** Passes over all masters at most: a key is missed if its slot was moved in each of them. */
const MAX_PASSES = 3;

/** Of a cluster in which slots are on their way; equals nothing. */
const MOVING = '-';

const CURSOR = /^([1-9])\.([0-9a-f]+|-)\.(\d+)\.(\d+)$/;

/**
 * Scans the masters one after another. A key that is moved to a master which has been scanned already would be missed.
 * So the masters are asked for their slots before and after: if any has changed or is on its way, all are scanned again.
 * The cursor holds all that there is to know: `<pass>.<state before it>.<lowest slot of the master>.<its own cursor>`.
 */
export class ClusterScan {
  readonly #cluster: Scanned;

  constructor(cluster: Scanned) {
    this.#cluster = cluster;
  }

  async step(
    cursor: string | undefined,
    how: readonly RedisArgument[],
    call: Call,
  ): Promise<Outcome<ScanStep>> {
    const begun = cursor === undefined ? await this.#begin(1, call) : ok(cursor);
    if (!begun.ok) return begun;
    const [, pass, state = MOVING, at, own] = CURSOR.exec(begun.value) ?? [];
    const slot = Number(at);
    if (own === undefined || slot >= SLOTS) return failed(NO_CURSOR);
    const step = scanStep(await this.#cluster.ask([slot], scanCommand(own, how), call));
    if (!step.ok) return step;
    const { keys, next } = step.value;
    if (next !== undefined) return ok({ keys, next: `${pass}.${state}.${slot}.${next}` });
    const after = await this.#after(Number(pass), state, slot, call);
    return after.ok ? ok({ keys, next: after.value }) : after;
  }

  /** Where to go on when a master is through. */
  async #after(pass: number, state: string, slot: number, call: Call): Promise<Outcome<string | undefined>> {
    const map = await this.#cluster.map(call);
    if (!map.ok) return map;
    const following = map.value.masters().find((master) => master.slot > slot);
    if (following !== undefined) return ok(`${pass}.${state}.${following.slot}.0`);
    const again = await this.#begin(pass + 1, call);
    if (!again.ok) return again;
    const [, , now] = CURSOR.exec(again.value) ?? [];
    return ok((now === state && now !== MOVING) || pass >= MAX_PASSES ? undefined : again.value);
  }

  async #begin(pass: number, call: Call): Promise<Outcome<string>> {
    const map = await this.#cluster.map(call);
    if (!map.ok) return map;
    const masters = map.value.masters();
    const state = await this.#state(masters, map.value, call);
    return state.ok ? ok(`${pass}.${state.value}.${masters[0]?.slot ?? 0}.0`) : state;
  }

  /** Who has which slots and since which epoch, by each master's own word, in a few characters. */
  async #state(masters: readonly Master[], map: SlotMap, call: Call): Promise<Outcome<string>> {
    const answer = await this.#cluster.ask(
      masters.map(({ slot }) => slot),
      ['CLUSTER', 'NODES'],
      call,
    );
    if ('failure' in answer) return failed(answer.failure);
    const hash = createHash('sha256');
    let slots = 0;
    for (const reply of answer.replies) {
      if (reply instanceof Error) return failed(failureOf(reply, false));
      const line = textOf(reply)
        .split('\n')
        .find((text) => text.includes('myself'));
      // <id> <address> <flags> <master> <ping> <pong> <epoch> <link> <slot or range or [slot on its way]> ...
      const [id, , , , , , epoch, , ...ranges] = (line ?? '').split(' ');
      if (ranges.some((range) => range.startsWith('['))) return ok(MOVING);
      for (const range of ranges) {
        const [first, last = first] = range.split('-').map(Number);
        slots += Number(last) - Number(first) + 1;
      }
      hash.update(`${id} ${epoch} ${ranges.join(' ')}\n`);
    }
    // A master that the map does not know yet has the rest.
    return ok(slots === map.covered ? hash.digest('hex').slice(0, 16) : MOVING);
  }
}

const NO_CURSOR = {
  code: 'INVALID_OPTION',
  message: 'the cursor is not of a scan of a cluster',
  retryable: false,
  outcome: 'not-applied',
} as const;
