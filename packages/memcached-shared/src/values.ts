import {
  failed,
  type Outcome,
  ok,
  type Removal,
  type Stored,
  type Touch,
  type Write,
  type WriteResult,
} from '@cache/core';
import { expirySeconds, uint32 } from './expiry.ts';
import { failureOf, refused, STATUS } from './failure.ts';
import { type MemcachedReply, OPCODE } from './request.ts';
import type { Plan, Step } from './step.ts';
import { casOf, versionText } from './version.ts';

export const MAX_KEY_BYTES = 250;

/** What the plans of an adapter need to know. */
export interface PlanOptions {
  readonly prefix: string;
  readonly maxValueBytes: number;
  /** Wall clock, ms. */
  readonly now: () => number;
}

type Keyed = { readonly key: string };

const NOT_WRITTEN: Outcome<WriteResult> = ok({ written: false });

/** The plan of an item whose key the server takes. A longer one would make it close the connection. */
export function onKey<I extends Keyed, T>(
  { prefix }: PlanOptions,
  plan: (item: I, key: Buffer, epoch: number) => Outcome<T> | Step<T>,
): Plan<I, T> {
  return (item, epoch) => {
    const key = Buffer.from(prefix + item.key);
    if (key.length > 0 && key.length <= MAX_KEY_BYTES) return plan(item, key, epoch);
    return failed(
      refused('INVALID_KEY', `a key has 1 to ${MAX_KEY_BYTES} bytes on this server, with the prefix`),
    );
  };
}

/** Quiet reads: a miss is answered by silence. */
export function readPlan(options: PlanOptions): Plan<Keyed, Stored<Uint8Array> | undefined> {
  return onKey(options, (_item, key, epoch) => ({
    requests: [{ opcode: OPCODE.getQuietly, key }],
    effect: false,
    next: ([reply]) => {
      if (reply === undefined) return ok(undefined);
      const { status, cas, value } = reply;
      if (status === STATUS.notFound) return ok(undefined);
      if (status !== STATUS.ok) return failed(failureOf(status));
      return ok({ payload: value, version: versionText(epoch, cas) });
    },
  }));
}

export function writePlan(options: PlanOptions): Plan<Write<Uint8Array>, WriteResult> {
  const { maxValueBytes, now } = options;
  return onKey(options, ({ payload, ttlMs, when }, key, epoch) => {
    if (payload.length > maxValueBytes) {
      // Refused here: the server would refuse it as well, and remove what it was to replace.
      return failed(
        refused('VALUE_TOO_LARGE', `${payload.length} bytes exceed the limit of ${maxValueBytes}`),
      );
    }
    const cas = typeof when === 'object' ? casOf(when, epoch) : undefined;
    if (typeof when === 'object' && cas === undefined) return NOT_WRITTEN;
    const opcode = when === 'absent' ? OPCODE.add : when === 'present' ? OPCODE.replace : OPCODE.set;
    const request = { opcode, key, extras: uint32(0, expirySeconds(ttlMs, now())), value: payload, cas };
    return {
      requests: [request],
      effect: true,
      next: ([reply]) => {
        const { status, cas: written } = answerIn(reply);
        if (status === STATUS.ok) return ok({ written: true, version: versionText(epoch, written) });
        const isRefusal = status === STATUS.exists || status === STATUS.notFound;
        if (when !== undefined && isRefusal) return NOT_WRITTEN;
        return failed(failureOf(status, opcode === OPCODE.set));
      },
    };
  });
}

export function removePlan(options: PlanOptions): Plan<Removal, boolean> {
  return onKey(options, ({ when }, key, epoch) => {
    const cas = when === undefined ? undefined : casOf(when, epoch);
    if (when !== undefined && cas === undefined) return ok(false);
    return {
      requests: [{ opcode: OPCODE.delete, key, cas }],
      effect: true,
      next: ([reply]) => doneOf(reply),
    };
  });
}

/** A touch keeps the version, except on a condition: the server's own knows none, so the value is written again. */
export function touchPlan(options: PlanOptions): Plan<Touch, boolean> {
  return onKey(options, ({ ttlMs, when }, key, epoch) => {
    const expiry = expirySeconds(ttlMs, options.now());
    if (when === undefined) {
      const request = { opcode: OPCODE.touch, key, extras: uint32(expiry) };
      return { requests: [request], effect: true, next: ([reply]) => doneOf(reply) };
    }
    const cas = casOf(when, epoch);
    if (cas === undefined) return ok(false);
    return {
      requests: [{ opcode: OPCODE.get, key }],
      effect: false,
      holds: ['reads'],
      next: ([reply]) => {
        const { status, cas: found } = answerIn(reply);
        if (status === STATUS.notFound) return ok(false);
        if (reply === undefined || status !== STATUS.ok) return failed(failureOf(status));
        if (!found.equals(cas)) return ok(false);
        const extras = Buffer.concat([reply.extras, uint32(expiry)]);
        const request = { opcode: OPCODE.set, key, extras, value: reply.value, cas };
        return { requests: [request], effect: true, next: ([again]) => doneOf(again, true) };
      },
    };
  });
}

/** Of a request that is always answered by a server that keeps to the protocol. */
export function answerIn(reply: MemcachedReply | undefined): Pick<MemcachedReply, 'status' | 'cas'> {
  return reply ?? UNANSWERED;
}

const UNANSWERED = { status: STATUS.unanswered, cas: Buffer.alloc(8) } as const;

/** Whether it was done, or what it was to be done to is not there any more. */
function doneOf(reply: MemcachedReply | undefined, sets = false): Outcome<boolean> {
  const { status } = answerIn(reply);
  if (status === STATUS.ok) return ok(true);
  if (status === STATUS.notFound || status === STATUS.exists) return ok(false);
  return failed(failureOf(status, sets));
}
