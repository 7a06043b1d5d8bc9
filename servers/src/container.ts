import type { StartedTestContainer, WaitStrategy } from 'testcontainers';
import type { Engine } from './engine.ts';
import type { Recipe } from './recipe.ts';
import { Tail } from './tail.ts';
import { until, within } from './until.ts';
import { Watchdog } from './watchdog.ts';

const START_MS = 60_000;

/** We ask the server ourselves; testcontainers would need a shell in the image, or something printed. */
const NO_WAIT: WaitStrategy = {
  waitUntilReady: async () => {},
  withStartupTimeout: () => NO_WAIT,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => START_MS,
};

/** What to run in a container. */
export interface ContainerSpec {
  readonly image: string;
  readonly command: readonly string[];
  /** Files of /tmp, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** Ports that are the same outside. */
  readonly ports: readonly number[];
  /** The container whose network it has, instead of ports of its own. */
  readonly network?: string;
  /** Without the image's entry point: that of Redis gives up root, and could then not rewrite a file of ours. */
  readonly bare?: boolean;
}

/** The program that an image is likely to have, then its arguments. */
export function commandOf({ programs, kind }: Recipe, image: string, args: readonly string[]): string[] {
  const program = programs.find((name) => image.includes(name.replace('-server', '')));
  return [program ?? programs[0] ?? kind, ...args];
}

/** Starts one, and rejects soon if it ends at once: testcontainers would wait ten seconds for its port. */
export async function startContainer(spec: ContainerSpec, engine: Engine): Promise<StartedTestContainer> {
  let id = '';
  const onCreated = (created: string) => {
    id = created;
    Watchdog.forContainers(engine.address).name(`+${id}`);
  };
  try {
    return await within(create(spec, engine, onCreated), START_MS, spec.image);
  } catch (error) {
    await removeContainer(id, engine);
    throw error;
  }
}

/** Ends and removes it; where the engine would not, the watchdog tries again when we are gone. */
export async function removeContainer(id: string, engine: Engine): Promise<void> {
  if (id === '') return;
  // Not by testcontainers, which asks it to stop first: that takes twice as long.
  const removed = await engine.remove(id).catch(() => false);
  if (removed) Watchdog.forContainers(engine.address).name(`-${id}`);
}

async function create(
  spec: ContainerSpec,
  engine: Engine,
  onCreated: (id: string) => void,
): Promise<StartedTestContainer> {
  let id = '';
  let settled = false;
  const starting = start(spec, engine, (created) => {
    id = created;
    onCreated(id);
  }).finally(() => {
    settled = true;
  });
  const ending = until(async () => settled || (id !== '' && (await engine.ended(id))) || undefined, START_MS);
  const first = await Promise.race([starting, ending]);
  if (typeof first === 'object' || settled) return starting;
  starting.catch(() => {});
  const log = new Tail();
  await within(
    engine.follow(id, 0, (text) => log.add(text)),
    5000,
    'its log',
  ).catch(() => {});
  throw failure(spec.image, 'ended at once', log);
}

/** An error with what the container printed. */
export function failure(image: string, what: string, log: Tail): Error {
  return new Error(`servers: the container of ${image} ${what}. It printed:\n${log.read() || '(nothing)'}`);
}

async function start(
  spec: ContainerSpec,
  engine: Engine,
  onCreated: (id: string) => void,
): Promise<StartedTestContainer> {
  const { GenericContainer } = await import('testcontainers');
  const { REAPER_IMAGE } = await import('testcontainers/build/reaper/reaper.js');
  // Without its image testcontainers would pull it. Our watchdog does the same.
  if (process.env.TESTCONTAINERS_RYUK_DISABLED === undefined && !(await engine.has(REAPER_IMAGE, 5000))) {
    process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  }
  const here = await engine.here();
  // Else, in what looks like a container, it pulls an image to find out.
  if (here) process.env.TESTCONTAINERS_HOST_OVERRIDE ??= '127.0.0.1';
  class Container extends GenericContainer {
    /** Fixed ports, the same after a restart, on loopback alone unless we are in a container ourselves. */
    publish(numbers: readonly number[]): this {
      this.withExposedPorts(...numbers.map((number) => ({ container: number, host: number })));
      if (here) {
        this.hostConfig.PortBindings = Object.fromEntries(
          numbers.map((number) => [`${number}/tcp`, [{ HostIp: '127.0.0.1', HostPort: `${number}` }]]),
        );
      }
      return this;
    }

    protected override async containerCreated(id: string): Promise<void> {
      onCreated(id);
    }
  }
  const [program = '', ...args] = spec.command;
  const container = new Container(spec.image)
    .publish(spec.ports)
    .withCommand(spec.bare ? args : [...spec.command])
    .withCopyContentToContainer(
      Object.entries(spec.files).map(([name, content]) => ({ content, target: `/tmp/${name}`, mode: 0o644 })),
    )
    .withAutoRemove(true)
    .withWaitStrategy(NO_WAIT);
  if (spec.bare) container.withEntrypoint([program]);
  if (spec.network !== undefined) container.withNetworkMode(`container:${spec.network}`);
  return container.start();
}
