import { launchContainer } from './container-server.ts';
import { openContainerSite } from './container-site.ts';
import { Engine, engineAddresses } from './engine.ts';
import type { Found, Missing, Recipe } from './recipe.ts';
import { nameOf } from './release.ts';
import { reason } from './until.ts';

const PROBE_MS = 5000;

/** A container of an image that is there already: pulling may hang for ever, so it is not done. */
export async function findContainer({ images, asked }: Recipe): Promise<Found | Missing> {
  if (images.length === 0) return { missing: `no image of ${nameOf(asked)} is known` };
  const probed = await probeOnce(images);
  if ('missing' in probed) return probed;
  const { engine, image } = probed;
  return {
    where: `a container of ${image}`,
    launch: (wanted) => launchContainer(wanted, image, engine),
    site: (like, ports) => openContainerSite(like, image, ports, engine),
  };
}

interface Probed {
  readonly engine: Engine;
  /** The first of the images that it has. */
  readonly image: string;
}

const known = new Map<string, Promise<Probed | Missing>>();

function probeOnce(images: readonly string[]): Promise<Probed | Missing> {
  const addresses = engineAddresses();
  const key = JSON.stringify([images, addresses]);
  let answer = known.get(key);
  if (!answer) {
    answer = probe(images, addresses);
    known.set(key, answer);
  }
  return answer;
}

/** Finds the engine and one of the images: all of this takes five seconds at most. */
async function probe(
  images: readonly string[],
  addresses: ReturnType<typeof engineAddresses>,
): Promise<Probed | Missing> {
  const end = performance.now() + PROBE_MS;
  const left = () => Math.max(1, end - performance.now());
  const engine = await answering(addresses, left);
  if ('missing' in engine) return engine;
  try {
    for (const image of images) if (await engine.has(image, left())) return { engine, image };
  } catch (error) {
    return { missing: `the engine does not answer (${reason(error)})` };
  }
  return { missing: `the engine has no image ${images.join(' or ')}` };
}

/** The first engine that answers; each is asked with the time that is left. */
async function answering(
  addresses: ReturnType<typeof engineAddresses>,
  left: () => number,
): Promise<Engine | Missing> {
  if (addresses.length === 0) {
    const host = process.env.DOCKER_HOST;
    return {
      missing: host ? `DOCKER_HOST=${host} is of a kind not known here` : 'there is no container engine',
    };
  }
  const reasons: string[] = [];
  for (const address of addresses) {
    const engine = new Engine(address);
    try {
      await engine.call('GET', '/_ping', left());
      return engine;
    } catch (error) {
      reasons.push(`no engine answers (${reason(error)})`);
    }
  }
  return { missing: reasons.join('; ') };
}

/** The engine of this machine, if one answers in time. */
export async function findEngine(): Promise<Engine | undefined> {
  const found = await answering(engineAddresses(), () => PROBE_MS);
  return 'missing' in found ? undefined : found;
}

/** Whether a container engine of this machine answers, within five seconds. */
export async function engineAnswers(): Promise<boolean> {
  return (await findEngine()) !== undefined;
}
