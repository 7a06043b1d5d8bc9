import { createHash } from 'node:crypto';
import type { RedisArgument, RedisCommand } from './link.ts';

/**
 * The command that runs a script on one key. By its text and not its digest: a server that has forgotten its scripts
 * would refuse the digest, and the second attempt would come after calls that were made later. Texts are constants;
 * whatever varies is an argument.
 */
export function scriptCommand(script: string, key: string, ...args: RedisArgument[]): RedisCommand {
  return ['EVAL', script, '1', key, ...args];
}

/** From so many uses in one batch on, a script is loaded first and then named by its digest. */
const MANY = 8;

/**
 * The same commands with less to send: what loads the scripts stands before them, in the same write, so that none can
 * be missing. Its replies come first.
 */
export function withLoads(commands: readonly RedisCommand[]): {
  readonly loads: number;
  readonly all: readonly RedisCommand[];
} {
  if (commands.length < MANY) return { loads: 0, all: commands };
  const digests = new Map<string, string>();
  for (const [name, text] of commands) {
    if (name === 'EVAL' && typeof text === 'string' && !digests.has(text)) {
      digests.set(text, createHash('sha1').update(text).digest('hex'));
    }
  }
  const loads = Array.from(digests.keys(), (text): RedisCommand => ['SCRIPT', 'LOAD', text]);
  const short = commands.map((command): RedisCommand => {
    const [name, text, ...rest] = command;
    return name === 'EVAL' ? ['EVALSHA', digests.get(text as string) as string, ...rest] : command;
  });
  return { loads: loads.length, all: [...loads, ...short] };
}

// A version is the stamp, the first 16 bytes of the payload. GETRANGE answers the empty string for a missing key, too.
const IS_VERSION: string = `redis.call('GETRANGE', KEYS[1], 0, 15) == ARGV[1] and redis.call('EXISTS', KEYS[1]) == 1`;

/** KEYS: key. ARGV: version, payload, ttl in ms or ''. */
export const WRITE_IF_VERSION: string = `
if not (${IS_VERSION}) then return 0 end
if ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`;

/** KEYS: key. ARGV: version. */
export const REMOVE_IF_VERSION: string = `
if not (${IS_VERSION}) then return 0 end
return redis.call('UNLINK', KEYS[1])`;

/** KEYS: key. ARGV: version, ttl in ms or ''. */
export const TOUCH_IF_VERSION: string = `
if not (${IS_VERSION}) then return 0 end
if ARGV[2] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`;

/** KEYS: key. ARGV: ttl in ms or ''. PERSIST alone answers 0 for a key that has no ttl. */
export const TOUCH: string = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if ARGV[1] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return 1`;

/** KEYS: key. ARGV: version, ttl in ms or ''. */
export const READ_AND_TOUCH_IF_VERSION: string = `
local payload = redis.call('GET', KEYS[1])
if not payload or string.sub(payload, 1, 16) ~= ARGV[1] then return false end
if ARGV[2] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return payload`;

/**
 * KEYS: key. ARGV: INCRBY or INCRBYFLOAT, amount, initial, ttl in ms or ''.
 * GET comes first, so that what it refuses (rights, another kind of data) is refused before anything is changed. The
 * sum is read back as text: Lua would round an integer beyond 2^53. An addition that fails leaves no new counter. Redis
 * adds fractions in more bits than a double has, so what would not be finite for us is refused here.
 */
export const ADD: string = `
local before = redis.call('GET', KEYS[1])
if not before then
  if ARGV[4] == '' then redis.call('SET', KEYS[1], ARGV[3]) else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
end
local sum
local number = ARGV[1] == 'INCRBYFLOAT' and tonumber(before or ARGV[3])
if number and math.abs(number + tonumber(ARGV[2])) == math.huge then
  sum = redis.error_reply('ERR increment would produce NaN or Infinity')
else sum = redis.pcall(ARGV[1], KEYS[1], ARGV[2]) end
if type(sum) == 'table' and sum.err then
  if not before then redis.call('DEL', KEYS[1]) end
  return sum
end
return redis.call('GET', KEYS[1])`;

/**
 * KEYS: number. ARGV: channel, text, life of the number in ms.
 * A number is above the last one and not below the server's clock in µs, so that numbers rise even where the last one was
 * lost: evicted, over, or not replicated before a failover. %.0f writes their 16 digits whole. What is published names
 * the number before, "0" where it is not known, so that whoever receives it notices a gap.
 */
export const PUBLISH: string = `
local time = redis.call('TIME')
local previous = redis.call('GET', KEYS[1]) or '0'
local number = string.format('%.0f', math.max(tonumber(previous) + 1, time[1] * 1000000 + time[2]))
redis.call('SET', KEYS[1], number, 'PX', ARGV[3])
redis.call('PUBLISH', ARGV[1], previous .. ' ' .. number .. ' ' .. ARGV[2])
return number`;
