import { createHash } from 'node:crypto';
import type { RedisArgument, RedisCommand } from './link.ts';

/** A Lua script, named by the digest of its text. Texts are constants: whatever varies is an argument. */
export interface RedisScript {
  readonly source: string;
  readonly sha: string;
}

const SOURCES = new Map<string, string>();

/** Digest that binds a key to a script for EVALSHA. */
export function defineScript(source: string): RedisScript {
  const sha = createHash('sha1').update(source).digest('hex');
  SOURCES.set(sha, source);
  return { source, sha };
}

/** The command that runs a script on one key. */
export function scriptCommand(script: RedisScript, key: string, ...args: RedisArgument[]): RedisCommand {
  return ['EVALSHA', script.sha, '1', key, ...args];
}

/** The same with the script's text, for a server that answered NOSCRIPT: it has run nothing. */
export function withSource(command: RedisCommand): RedisCommand {
  const [, sha, ...rest] = command;
  return ['EVAL', SOURCES.get(sha as string) as string, ...rest];
}

/** Whether a reply says that the server does not know the script. */
export function isUnknownScript(reply: unknown): boolean {
  return reply instanceof Error && reply.message.startsWith('NOSCRIPT');
}

// A version is the stamp, the first 16 bytes of the payload. An empty one names nothing, since GETRANGE answers the
// empty string for a missing key too.

/** KEYS: key. ARGV: version, payload, ttl in ms or ''. */
export const WRITE_IF_VERSION: RedisScript = defineScript(`
if ARGV[1] == '' or redis.call('GETRANGE', KEYS[1], 0, 15) ~= ARGV[1] then return 0 end
if ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`);

/** KEYS: key. ARGV: version. */
export const REMOVE_IF_VERSION: RedisScript = defineScript(`
if ARGV[1] == '' or redis.call('GETRANGE', KEYS[1], 0, 15) ~= ARGV[1] then return 0 end
return redis.call('UNLINK', KEYS[1])`);

/** KEYS: key. ARGV: version or '' for any, ttl in ms or ''. PERSIST answers 0 for a key that has no ttl. */
export const TOUCH: RedisScript = defineScript(`
if ARGV[1] ~= '' and redis.call('GETRANGE', KEYS[1], 0, 15) ~= ARGV[1] then return 0 end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if ARGV[2] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`);

/** KEYS: key. ARGV: version, ttl in ms or ''. */
export const READ_AND_TOUCH_IF_VERSION: RedisScript = defineScript(`
local payload = redis.call('GET', KEYS[1])
if not payload or ARGV[1] == '' or string.sub(payload, 1, 16) ~= ARGV[1] then return false end
if ARGV[2] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return payload`);

/**
 * KEYS: key. ARGV: INCRBY or INCRBYFLOAT, amount, initial, ttl in ms or ''.
 * The sum is read back as text: Lua would round an integer beyond 2^53. An addition that fails leaves no new counter.
 * Redis adds fractions in more bits than a double has, so what would not be finite for us is refused here.
 */
export const ADD: RedisScript = defineScript(`
local made
if ARGV[4] == '' then made = redis.call('SET', KEYS[1], ARGV[3], 'NX')
else made = redis.call('SET', KEYS[1], ARGV[3], 'NX', 'PX', ARGV[4]) end
local sum
local before = ARGV[1] == 'INCRBYFLOAT' and tonumber(redis.call('GET', KEYS[1]))
if before and math.abs(before + tonumber(ARGV[2])) == math.huge then
  sum = redis.error_reply('ERR increment would produce NaN or Infinity')
else sum = redis.pcall(ARGV[1], KEYS[1], ARGV[2]) end
if type(sum) == 'table' and sum.err then
  if made then redis.call('DEL', KEYS[1]) end
  return sum
end
return redis.call('GET', KEYS[1])`);
