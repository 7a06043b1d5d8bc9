import { LRUCache } from 'lru-cache';
import { Agenda } from './agenda.ts';
import { Server } from './server.ts';
import type { Given } from './setup.ts';
import { Zipf } from './zipf.ts';

/** Processes that are simulated one by one; the others do what these do on average, and that is how they are known. */
const SAMPLE = 40;
const HEARTBEAT_MS = 1000;
const SILENCE_MS = 3000;
/** What a read waits for its answer, at most. */
const TIMEOUT_MS = 500;
/** Reads that have been made before, by entry of a local tier: enough for an LRU to be what it will stay. */
const WARM_READS = 5;

/** A process of the sample. */
interface Process {
  /** Its local tier: of each key, until when the copy counts. */
  readonly copies: LRUCache<number, number>;
  /** Whom a message reaches first is the same every time: 0 to 1. */
  readonly place: number;
  heardUntil: number;
}

/** The caches, servers and bus of a fleet at work. */
export class Fleet {
  readonly servers: readonly Server[];
  /** Of every change and process: how long until it has dropped its copy, ms. */
  readonly staleness: number[] = [];
  readonly #agenda: Agenda = new Agenda();
  readonly #sample: readonly Process[];
  readonly #zipf: Zipf;
  /** When each entry ends; undefined = it is not there, and nobody loads it yet. */
  readonly #entries: ({ readonly until: number } | 'loading' | undefined)[] = [];
  readonly #given: Given;
  readonly #random: () => number;

  constructor(given: Given, random: () => number) {
    const { workload, size, costs } = given;
    this.#given = given;
    this.#random = random;
    this.#zipf = new Zipf(workload.keys, workload.skew, random);
    const length = Math.min(size, SAMPLE);
    const others = (size - length) / length;
    this.servers = Array.from({ length: given.nodes }, () => new Server(others, costs.wakeMs));
    this.#sample = Array.from({ length }, (_, index) => {
      const copies = new LRUCache<number, number>({ max: workload.localEntries });
      return { copies, place: (index + random()) / length, heardUntil: 0 };
    });
    this.#warm();
  }

  run(ms: number): void {
    this.#agenda.runUntil(this.#agenda.now + ms);
  }

  /** What was counted so far. */
  forget(): void {
    this.staleness.length = 0;
    for (const server of this.servers)
      Object.assign(server, { commands: 0, messages: 0, bytes: 0, busyMs: 0 });
  }

  /** It has been running for a while: all is there, and in each process what it has asked for last. */
  #warm(): void {
    const { workload, localTtlMs, bus } = this.#given;
    const ends = Array.from({ length: workload.keys }, () => this.#random() * workload.ttlMs);
    for (const [key, until] of ends.entries()) this.#keep(key, until);
    for (const process of this.#sample) {
      for (let reads = localTtlMs > 0 ? WARM_READS * workload.localEntries : 0; reads > 0; reads -= 1) {
        const key = this.#zipf.draw();
        process.copies.set(key, Math.min(ends[key] ?? 0, this.#random() * localTtlMs));
      }
      this.#after(workload.readsPerSecond, () => this.#read(process));
      if (bus !== 'none') this.#agenda.at(this.#random() * HEARTBEAT_MS, () => this.#beat(process));
    }
    this.#change();
  }

  #after(perSecond: number, run: () => void): void {
    this.#agenda.at(this.#agenda.now - (1000 * Math.log(1 - this.#random())) / perSecond, run);
  }

  #serverOf(key: number): Server {
    return this.servers[key % this.servers.length] as Server;
  }

  #read(process: Process): void {
    this.#after(this.#given.workload.readsPerSecond, () => this.#read(process));
    const key = this.#zipf.draw();
    if ((process.copies.get(key) ?? 0) <= this.#agenda.now || !this.#hears(process))
      this.#ask(process, key, 10);
  }

  #hears({ heardUntil }: Process): boolean {
    return this.#given.bus === 'none' || this.#agenda.now - heardUntil <= SILENCE_MS;
  }

  #ask(process: Process, key: number, pauseMs: number): void {
    const { now } = this.#agenda;
    const entry = this.#entries[key];
    if (entry === undefined) {
      this.#load(key);
      return;
    }
    const at = this.#serverOf(key).take(now, this.#given.costs.read, true);
    // Whoever finds that another one loads looks again, after longer and longer pauses.
    if (entry === 'loading') {
      this.#agenda.at(at + pauseMs, () => this.#ask(process, key, Math.min(100, 2 * pauseMs)));
    } else if (this.#given.localTtlMs > 0 && this.#hears(process) && at < now + TIMEOUT_MS) {
      process.copies.set(key, Math.min(entry.until, at + this.#given.localTtlMs));
    }
  }

  /** Whoever asks first loads, and tells of its lease and of what it fills. */
  #load(key: number): void {
    this.#entries[key] = 'loading';
    const at = this.#serverOf(key).take(this.#agenda.now, this.#given.costs.load, false);
    this.#tell(key);
    this.#agenda.at(at + this.#given.workload.loadMs, () => {
      if (this.#entries[key] === 'loading') this.#keep(key, this.#agenda.now + this.#given.workload.ttlMs);
      this.#tell(key);
    });
  }

  #keep(key: number, until: number): void {
    const entry = { until };
    this.#entries[key] = entry;
    this.#agenda.at(until, () => {
      if (this.#entries[key] !== entry) return;
      if (this.#given.bus === 'tracking') this.#tell(key);
      this.#lose(key);
    });
  }

  /** Until the first of those asks for it that are not in the sample. */
  #lose(key: number): void {
    this.#entries[key] = undefined;
    const others = this.#given.size - this.#sample.length;
    if (others === 0) return;
    const reads = others * this.#given.workload.readsPerSecond * this.#zipf.shareOf(key);
    this.#after(reads, () => this.#entries[key] ?? this.#load(key));
  }

  #change(): void {
    this.#after(this.#given.size * this.#given.workload.changesPerSecond, () => this.#change());
    const key = this.#zipf.draw();
    const { change, bus } = this.#given;
    this.#serverOf(key).take(this.#agenda.now, this.#given.costs[change], false);
    // Where nothing was there, a server that tracks has nothing to tell.
    if (bus !== 'tracking' || change === 'set' || this.#entries[key] !== undefined) {
      this.#tell(key, this.staleness);
    }
    if (change === 'set') this.#keep(key, this.#agenda.now + this.#given.workload.ttlMs);
    else this.#lose(key);
  }

  /** Every process drops its copy when it hears of it, or when that has ended anyway. */
  #tell(key: number, staleness: number[] = []): void {
    const { now } = this.#agenda;
    const { bus, localTtlMs } = this.#given;
    if (bus === 'none') {
      const left = this.#sample.map(({ copies }) => (copies.peek(key) ?? 0) - now);
      staleness.push(...(localTtlMs > 0 ? left.filter((ms) => ms > 0) : [0]));
      return;
    }
    if (bus === 'pubsub') this.#serverOf(key).take(now, this.#given.costs.tell, false);
    const { startsAt, endsAt } = this.#serverOf(key).fan(now, this.#given.size, this.#given.costs.message);
    for (const { copies, place } of this.#sample) {
      const heardAt = startsAt + place * (endsAt - startsAt) + this.#given.costs.hearMs;
      const until = copies.peek(key);
      if (until !== undefined && until > heardAt) copies.set(key, heardAt);
      staleness.push(Math.min(heardAt - now, SILENCE_MS));
    }
  }

  #beat(process: Process): void {
    const askedAt = this.#agenda.now;
    const answers = this.servers.map((server) => server.take(askedAt, this.#given.costs.beat, true));
    this.#agenda.at(Math.max(...answers), () => {
      process.heardUntil = askedAt;
      this.#agenda.at(this.#agenda.now + HEARTBEAT_MS, () => this.#beat(process));
    });
  }
}
