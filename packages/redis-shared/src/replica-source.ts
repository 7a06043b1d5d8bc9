import type { RedisCommand, RedisReply } from './link.ts';
import type { Part } from './parts.ts';
import type { Replica } from './replica.ts';

/** Where replicas are found. */
export interface ReplicaSource {
  /** Takes a command apart, as far as not every replica can answer all of it. */
  parts(command: RedisCommand, settle: (reply: RedisReply) => void): readonly Part[];
  /** Those that have the keys of a part. */
  of(part: Part): readonly Replica[];
  /** One of them has failed: the others may be others. */
  failed(): void;
  close(): Promise<void>;
}
