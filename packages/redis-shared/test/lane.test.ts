import { systemClock } from '@cache/core';
import { expect, test } from 'vitest';
import { Errand, type Parcel } from '../src/errand.ts';
import { Lane } from '../src/lane.ts';

const a = { node: 'a' };
const b = { node: 'b' };
let orders = 0;

function parcel(key: string, effect = true): Parcel {
  const depot = { recall: () => undefined, cause: undefined };
  const errand = new Errand({ deadline: Number.POSITIVE_INFINITY }, effect, systemClock, depot);
  orders += 1;
  return errand.parcel({ command: ['X', key], slot: 0, keys: [key], settle: () => undefined }, orders);
}

function out(lane: Lane, ...keys: string[]): Parcel[] {
  return keys.map((key) => {
    const one = parcel(key);
    lane.leave(one, a);
    return one;
  });
}

test('parcels follow one another to one node, and wait where the slot has got another', () => {
  const lane = new Lane();
  const [first] = out(lane, 'k') as [Parcel];
  expect([lane.isFree(a), lane.isFree(b)]).toEqual([true, false]);
  lane.answered(first, true);
  expect(lane.isFree(b)).toBe(true);
});

test('what comes back goes first, when all that was out is answered', () => {
  const lane = new Lane();
  const [one, two, three] = out(lane, 'x', 'y', 'z') as [Parcel, Parcel, Parcel];
  const late = parcel('x');
  expect(lane.returned(two)).toBe(true);
  lane.again(two);
  expect(lane.isFree(a)).toBe(false);
  lane.hold(late);
  expect(lane.returned(one)).toBe(true);
  lane.again(one);
  expect(lane.isDue).toBe(false);
  lane.answered(three, true);
  expect(lane.isDue).toBe(true);
  expect(lane.takeBack(() => true)).toEqual([one, two]);
  expect(lane.takeHeld()).toEqual([late]);
  expect(lane.isFree(b)).toBe(true);
});

test('what came back must not go after a later call for its key that took effect', () => {
  const lane = new Lane();
  const [one, two] = out(lane, 'k', 'k') as [Parcel, Parcel];
  expect(lane.returned(one)).toBe(true);
  lane.again(one);
  expect(lane.answered(two, true)).toEqual([one]);
  expect(lane.first).toBeUndefined();
});

test('nor where the later one was answered first', () => {
  const lane = new Lane();
  const [one, two] = out(lane, 'k', 'k') as [Parcel, Parcel];
  expect(lane.answered(two, true)).toEqual([]);
  expect(lane.returned(one)).toBe(false);
});

test('but it may where the later one has another key, was refused, or both only read', () => {
  for (const [key, done] of [
    ['other', true],
    ['k', false],
  ] as const) {
    const lane = new Lane();
    const [one, two] = out(lane, 'k', key) as [Parcel, Parcel];
    lane.answered(two, done);
    expect(lane.returned(one)).toBe(true);
  }
  const lane = new Lane();
  const [one, two] = [parcel('k', false), parcel('k', false)];
  for (const read of [one, two]) lane.leave(read, a);
  lane.answered(two, true);
  expect(lane.returned(one)).toBe(true);
});
