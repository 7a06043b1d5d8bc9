import { launchContainer } from './container-server.ts';
import { openContainerSite } from './container-site.ts';
import { Engine, engineAddresses } from './engine.ts';
import type { Found, Missing, Recipe } from './recipe.ts';
import { reason } from './until.ts';

const PROBE_MS = 5000;

/** A container of an image that is there already: pulling may hang for ever, so it is not done. */
export async function findContainer(recipe: Recipe): Promise<Found | Missing> {
  const { image } = recipe;
  const engine = await probed(image);
  if ('missing' in engine) return engine;
  return {
    where: `a container of ${image}`,
    launch: (wanted) => launchContainer(wanted, engine),
    site: (like, ports) => openContainerSite(like, ports, engine),
  };
}

const known = new Map<string, Promise<Engine | Missing>>();

function probed(image: string): Promise<Engine | Missing> {
  const addresses = engineAddresses();
  const key = JSON.stringify([image, addresses]);
  let answer = known.get(key);
  if (!answer) {
    answer = probe(image, addresses);
    known.set(key, answer);
  }
  return answer;
}

/** Asks for engine and image in one call: all of this takes five seconds at most. */
async function probe(
  image: string,
  addresses: ReturnType<typeof engineAddresses>,
): Promise<Engine | Missing> {
  if (addresses.length === 0) {
    const host = process.env.DOCKER_HOST;
    return {
      missing: host ? `DOCKER_HOST=${host} is of a kind not known here` : 'there is no container engine',
    };
  }
  const end = performance.now() + PROBE_MS;
  const reasons: string[] = [];
  for (const address of addresses) {
    const engine = new Engine(address);
    try {
      if (await engine.has(image, Math.max(1, end - performance.now()))) return engine;
      return { missing: `the engine has no image ${image}` };
    } catch (error) {
      reasons.push(`no engine answers (${reason(error)})`);
    }
  }
  return { missing: reasons.join('; ') };
}
