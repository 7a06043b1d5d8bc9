// One of a fleet with local tiers: reads, writes and invalidates at random for a while, and says what it saw. Plain
// JavaScript, since processes run it that know no TypeScript.

/** The clock of the machine, the same in every process. */
const now = () => Number(process.hrtime.bigint() / 1000n) / 1000;

/** Numbers from 0 to 1 from a seed: mulberry32. */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function memberOf(cache, { index, members, keys, tags, seed, ready = async () => undefined }) {
  const random = seeded(seed + index * 7919);
  const log = [];
  const versions = new Map();
  /** The keys that it alone writes; another one's versions would not be in order. */
  const own = Array.from({ length: keys }, (_, key) => key).filter((key) => key % members === index);

  async function read(key) {
    const begun = now();
    const found = await cache.get(key);
    log.push({ did: 'read', key, version: found?.version ?? 0, begun, ended: now() });
  }

  async function change(did, key, run) {
    const begun = now();
    const entry = { did, key, version: versions.get(key) ?? 0, begun };
    try {
      await run();
      log.push({ ...entry, ended: now(), ok: true });
    } catch (error) {
      log.push({ ...entry, ended: now(), ok: error.outcome === 'not-applied' ? undefined : false });
    }
  }

  function next(key) {
    const version = (versions.get(key) ?? 0) + 1;
    versions.set(key, version);
    return version;
  }

  async function step() {
    const dice = random();
    const key = Math.floor(random() * keys);
    if (dice < 0.9) return await read(`k${key}`);
    const mine = own[Math.floor(random() * own.length)];
    if (dice < 0.96) {
      const version = next(mine);
      return await change('set', mine, () =>
        cache.set(`k${mine}`, { version }, { tags: [`t${mine % tags}`] }),
      );
    }
    if (dice < 0.99) {
      next(mine);
      return await change('delete', mine, () => cache.delete(`k${mine}`));
    }
    if (dice < 0.998) {
      const tag = Math.floor(random() * tags);
      return await change('tag', tag, () => cache.deleteByTag(`t${tag}`));
    }
    return await change('clear', -1, () => cache.clear());
  }

  return {
    async run(ms) {
      const end = now() + ms;
      while (now() < end) {
        await ready();
        await step();
        // Others are to come in between, and the bus.
        if (random() < 0.2) await new Promise((resolve) => setTimeout(resolve, random() * 3));
      }
      return { log: log.splice(0), hits: cache.stats().hits };
    },
    async all() {
      const values = await cache.getMany(Array.from({ length: keys }, (_, key) => `k${key}`));
      return values.map((value) => value?.version ?? 0);
    },
  };
}
