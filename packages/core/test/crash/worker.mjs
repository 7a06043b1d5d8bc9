// Writes behind a journal until it is killed, and logs what it asked for, what was acknowledged, and what the source got.
// Arguments: folder, journal (level | the URL of a Redis), mode (write | drain), seed, named step, which time at that
// step it kills itself.
import { openSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { memoryAdapter } from '../../../memory/dist/index.js';
import { createCache, writeBehind } from '../../dist/index.js';

const [folder, kind, mode, seed, step, time] = process.argv.slice(2);

let state = Number(seed);
function random() {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

// What was written to a file without a buffer survives the process.
const file = openSync(join(folder, 'log'), 'a');
const log = (what, id, number) => writeSync(file, `${what} ${id} ${number}\n`);

const times = new Map();
function at(name) {
  const count = (times.get(name) ?? 0) + 1;
  times.set(name, count);
  if (name === step && count === Number(time)) process.kill(process.pid, 'SIGKILL');
}

/** The object, whose methods are steps at which the process may die: before and after. */
function stepped(object, methods) {
  // One of a class has its methods on the prototype.
  const outer = { ...object, close: () => object.close() };
  for (const method of methods) {
    outer[method] = async (...given) => {
      at(`${method}:before`);
      const result = await object[method](...given);
      at(`${method}:after`);
      return result;
    };
  }
  return outer;
}

async function openJournal() {
  if (kind === 'level') {
    const { levelJournal } = await import('../../../journal-level/dist/index.js');
    return levelJournal({ path: join(folder, 'journal') });
  }
  const { ioredisAdapter } = await import('../../../ioredis/dist/index.js');
  return ioredisAdapter({ url: kind }).journal.open(basename(folder), { lease: '100ms' });
}

const journal = stepped(await openJournal(), ['claim', 'read', 'append', 'acknowledge']);

async function apply(entries) {
  at('store:before');
  await new Promise((resolve) => setTimeout(resolve, random() * 3));
  if (mode === 'write' && random() < 0.1) throw new Error('deadlock detected');
  if (entries.some(({ number }) => number % 97 === 0)) throw new RangeError('violates a constraint');
  entries.forEach(({ id, number }, index) => {
    if (index > 0) at('store:half');
    log('applied', id, number);
  });
  at('store:after');
}

// A key carries the number of its write, so that the log of a removal does too.
const store = {
  get: () => undefined,
  set: (key) => apply([key]),
  delete: (key) => apply([key]),
  setMany: (map) => apply([...map.keys()]),
};

// Without `sync`, which would be a way around the steps.
const { sync: _sync, ...memory } = memoryAdapter();
const cache = createCache({ adapter: stepped(memory, ['remove', 'write']) });
const repository = writeBehind({
  cache,
  store,
  journal,
  key: ({ id }) => id,
  batch: { writes: 8, interval: '3ms' },
  retry: { first: '2ms', most: '20ms' },
  isPoison: (error) => error instanceof RangeError,
  deadLetter({ key }) {
    at('dead:before');
    log('dead', key.id, key.number);
    at('dead:after');
  },
});

if (mode === 'drain') {
  // Whoever was killed has the journal until its lease ends.
  for (;;) {
    const error = await repository.flush({ timeout: '30s' }).catch((caught) => caught);
    if (error === undefined) break;
    if (!['BUSY', 'UNAVAILABLE'].includes(error.code)) throw error;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await repository.close();
  process.exit(0);
}

// The numbers of an earlier process are lower.
let number = Date.now() * 1000;
let isFirst = true;
async function writeOn() {
  for (;;) {
    number += 1;
    const mine = number;
    const id = `k${Math.floor(random() * 12)}`;
    log('asked', id, mine);
    const key = { id, number: mine };
    try {
      if (random() < 0.2) await repository.delete(key);
      else await repository.set(key, { text: 'x'.repeat(random() * 50) });
      log('acknowledged', id, mine);
      if (isFirst) process.stdout.write('acknowledged\n');
      isFirst = false;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
process.stdout.write('up\n');
for (let i = 0; i < 8; i += 1) void writeOn();
