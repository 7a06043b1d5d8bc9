import { type CounterAdd, failed, ok } from '@cache/core';
import { expiryDate, expirySeconds, uint32 } from './expiry.ts';
import { failureOf, refused, STATUS } from './failure.ts';
import { type MemcachedRequest, OPCODE } from './request.ts';
import type { Plan, Step } from './step.ts';
import { answerIn, onKey, type PlanOptions } from './values.ts';

/*
 * Signed 64-bit counters on a server whose own are unsigned, wrap at the top and stop at 0.
 *
 * Near 0 (within 2^62) a counter is kept as the text of value + 2^63, to which the server adds by itself, in one step.
 * Such an addition is at most 2^32, so that it would take 2^30 of them to leave the range from there. Farther out it is
 * kept as `!` and the value: the server refuses to add to that, and the sum is made here and written by compare-and-set,
 * which can see that it leaves the range before it is written. Whoever adds a counter out of the near range writes it
 * in the other form. The flags keep the date of its end, since the server does not tell and a SET must say it again.
 * One that was added to before it got its flags has none, and gets the life of who writes it in the other form.
 *
 * So the text of a counter near 0 has 19 digits or 20. To other bytes that begin with digits and a blank the server adds
 * all the same, and makes blanks of the rest; to look before, atomically, would cost every addition a round trip. A sum
 * that no counter can have shows it, too late. The key is then removed: a lost value is a miss, a changed one a lie.
 */
const OFFSET = 2n ** 63n;
const NEAR = 2n ** 62n;
const LARGEST_NATIVE = 2n ** 32n;
/** As far as a counter can be before it is written in the other form, with many additions at the same moment. */
const FARTHEST_NATIVE = NEAR + 2n ** 60n;
const MIN = -OFFSET;
const MAX = OFFSET - 1n;

/** The flags of a counter that does not end. */
const NEVER = 0xffff_ffff;

export function addPlan(options: PlanOptions): Plan<CounterAdd, bigint> {
  return onKey(options, (item, key) => {
    const { by, initial, ttlMs } = item;
    const now = options.now();
    const life = { date: expiryDate(ttlMs, now), expiry: expirySeconds(ttlMs, now) };
    if (isNear(initial) && isNear(initial + by) && abs(by) <= LARGEST_NATIVE)
      return nativeStep(item, key, life);
    return guardedStep(item, key, life);
  });
}

interface Life {
  readonly date: number;
  readonly expiry: number;
}

/** Added to by the server, or made with the sum if nothing is there: in one step, so that nobody sees one without. */
function nativeStep(item: CounterAdd, key: Buffer, life: Life): Step<bigint> {
  const { by, initial } = item;
  const opcode = by < 0n ? OPCODE.decrement : OPCODE.increment;
  const sum = initial + by;
  const extras = Buffer.alloc(20);
  extras.writeBigUInt64BE(abs(by), 0);
  extras.writeBigUInt64BE(sum + OFFSET, 8);
  extras.writeUInt32BE(life.expiry, 16);
  return {
    requests: [
      { opcode: OPCODE.get, key },
      { opcode, key, extras },
    ],
    effect: true,
    holds: ['additions'],
    next: ([before, reply]) => {
      const { status, cas } = answerIn(reply);
      if (status === STATUS.notNumeric) return guardedStep(item, key, life);
      // Somebody else made it at the same moment.
      if (status === STATUS.notStored) return nativeStep(item, key, life);
      if (status !== STATUS.ok || reply === undefined) return failed(failureOf(status));
      const value = reply.value.readBigUInt64BE(0) - OFFSET;
      if (abs(value) > FARTHEST_NATIVE) return spoiltStep(key, cas);
      if (!isNear(value)) return moveStep({ ...item, by: 0n, initial: 0n }, key, life, value);
      const isNew = answerIn(before).status === STATUS.notFound && value === sum;
      return isNew ? flagStep(key, life, value, cas) : ok(value);
    },
  };
}

/** Gives a counter that was just made the date of its end, unless somebody has added to it since. */
function flagStep(key: Buffer, life: Life, value: bigint, cas: Buffer): Step<bigint> {
  return {
    requests: [{ ...addition(OPCODE.set, key, value, life), cas }],
    effect: true,
    otherwise: ok(value),
    next: () => ok(value),
  };
}

/** Removes what was no counter and has been added to, unless it is another value by now. */
function spoiltStep(key: Buffer, cas: Buffer): Step<bigint> {
  const spoilt = failed({ ...failureOf(STATUS.notNumeric), outcome: 'unknown' });
  return {
    requests: [{ opcode: OPCODE.delete, key, cas }],
    effect: true,
    otherwise: spoilt,
    next: () => spoilt,
  };
}

/** Reads, adds here and writes on condition that nobody else has. */
function guardedStep(item: CounterAdd, key: Buffer, life: Life): Step<bigint> {
  return {
    requests: [{ opcode: OPCODE.get, key }],
    effect: false,
    holds: [],
    next: ([reply]) => {
      const { status, cas } = answerIn(reply);
      if (reply === undefined || (status !== STATUS.ok && status !== STATUS.notFound)) {
        return failed(failureOf(status));
      }
      const isThere = status === STATUS.ok;
      const before = isThere ? counted(reply.value) : item.initial;
      if (before === undefined) return failed(failureOf(STATUS.notNumeric));
      const sum = before + item.by;
      if (sum < MIN || sum > MAX) {
        return failed(refused('OUT_OF_RANGE', 'the sum leaves the range of signed 64-bit integers'));
      }
      const request = isThere
        ? { ...addition(OPCODE.set, key, sum, lifeOf(reply.extras.readUInt32BE(0)) ?? life), cas }
        : addition(OPCODE.add, key, sum, life);
      return {
        requests: [request],
        effect: true,
        holds: [],
        next: ([written]) => {
          const answer = answerIn(written).status;
          if (answer === STATUS.ok) return ok(sum);
          const isOther = answer === STATUS.exists || answer === STATUS.notFound;
          return isOther ? guardedStep(item, key, life) : failed(failureOf(answer, isThere));
        },
      };
    },
  };
}

/** Writes a counter that has left the near range in the other form; what was added stays added, whatever becomes of it. */
function moveStep(item: CounterAdd, key: Buffer, life: Life, value: bigint): Step<bigint> {
  const after = (step: Step<bigint>): Step<bigint> => ({
    ...step,
    otherwise: ok(value),
    next: (replies) => {
      const next = step.next(replies);
      return 'ok' in next ? ok(value) : after(next);
    },
  });
  return after(guardedStep(item, key, life));
}

function addition(opcode: number, key: Buffer, value: bigint, { date, expiry }: Life): MemcachedRequest {
  const text = isNear(value) ? String(value + OFFSET) : `!${value}`;
  return { opcode, key, extras: uint32(date === 0 ? NEVER : date, expiry), value: Buffer.from(text) };
}

/** What the flags of a counter tell of its life. */
function lifeOf(flags: number): Life | undefined {
  if (flags === 0) return undefined;
  const date = flags === NEVER ? 0 : flags;
  return { date, expiry: date };
}

/** What a counter holds, in either form; undefined = it is none. */
function counted(bytes: Buffer): bigint | undefined {
  const text = bytes.length > 24 ? '' : bytes.toString('latin1').trimEnd();
  if (/^\d{19,20}$/.test(text)) return BigInt(text) - OFFSET;
  return /^!-?\d{1,19}$/.test(text) ? BigInt(text.slice(1)) : undefined;
}

function isNear(value: bigint): boolean {
  return abs(value) < NEAR;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
