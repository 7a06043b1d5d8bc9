import { failed, type Outcome, ok } from '@cache/core';
import { failureOf } from './failure.ts';
import type { RedisArgument, RedisCommand, RedisReply } from './link.ts';
import type { Answer, ScanStep } from './route.ts';

/** SCAN from a cursor on. */
export function scanCommand(cursor: string | undefined, how: readonly RedisArgument[]): RedisCommand {
  return ['SCAN', cursor ?? '0', ...how];
}

/** What one server answered to SCAN. */
export function scanStep(answer: Answer): Outcome<ScanStep> {
  if ('failure' in answer) return failed(answer.failure);
  const [reply] = answer.replies;
  if (reply instanceof Error) return failed(failureOf(reply, false));
  const [next, keys] = reply as readonly [RedisReply, readonly RedisReply[]];
  const cursor = textOf(next);
  return ok({ keys, next: cursor === '0' ? undefined : cursor });
}

/** The text of a bulk string. */
export function textOf(reply: RedisReply): string {
  return reply instanceof Uint8Array
    ? Buffer.from(reply.buffer, reply.byteOffset, reply.length).toString()
    : String(reply);
}
